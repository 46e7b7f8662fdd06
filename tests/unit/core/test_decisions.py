"""What comes next on the way to one stop: a table per decision, over everything that SDRS may answer."""

from __future__ import annotations

import pytest

from standdown.core.decisions import Step, after_look, after_look_failed, after_post, may_have_arrived
from standdown.sdrs.classify import ErrorClass, classify
from standdown.sdrs.errors import (
    ApiError,
    InvalidIdError,
    NotSentError,
    ProjectError,
    SdrsError,
    SignInError,
    UnclearError,
)
from standdown.sdrs.models import GroupStatus


def api(status: int, code: str | None = None) -> ApiError:
    return ApiError("m", http_status=status, code=code)


# error, after a POST, after a look that failed
ANSWERS: list[tuple[SdrsError, Step, Step]] = [
    # certainly not sent: the same call again
    (NotSentError("refused"), Step.AGAIN, Step.AGAIN),
    (SignInError("down", http_status=503), Step.AGAIN, Step.AGAIN),
    (SignInError("no answer"), Step.AGAIN, Step.AGAIN),
    (api(429), Step.AGAIN, Step.AGAIN),
    (api(429, "APIGW.0308"), Step.AGAIN, Step.AGAIN),
    # throttled, but not with a 429: who knows what a proxy did with it
    (api(503, "APIGW.0308"), Step.LOOK, Step.AGAIN),
    # may have arrived, or is a matter of the group's state: look
    (UnclearError("read timeout"), Step.LOOK, Step.AGAIN),
    (UnclearError("no job", http_status=200), Step.LOOK, Step.AGAIN),
    (api(400), Step.LOOK, Step.AGAIN),
    (api(408), Step.LOOK, Step.AGAIN),
    (api(409), Step.LOOK, Step.AGAIN),
    (api(500), Step.LOOK, Step.AGAIN),
    (api(500, "SDRS.0008"), Step.LOOK, Step.AGAIN),
    (api(500, "SDRS.0404"), Step.LOOK, Step.AGAIN),
    (api(502), Step.LOOK, Step.AGAIN),
    (api(503), Step.LOOK, Step.AGAIN),
    (api(504), Step.LOOK, Step.AGAIN),
    (api(400, "SDRS.1002"), Step.LOOK, Step.AGAIN),
    (api(400, "SDRS.1019"), Step.LOOK, Step.AGAIN),
    (api(400, "SDRS.1024"), Step.LOOK, Step.AGAIN),
    (api(400, "SDRS.1028"), Step.LOOK, Step.AGAIN),
    (api(400, "SDRS.9999"), Step.LOOK, Step.AGAIN),
    # passes in minutes
    (api(400, "SDRS.1830"), Step.LATER, Step.LATER),
    (api(400, "SDRS.1831"), Step.LATER, Step.LATER),
    # a bare 404 is a gateway's
    (api(404), Step.LOOK, Step.AGAIN),
    # there is no such group
    (api(400, "SDRS.1013"), Step.NOT_FOUND, Step.NOT_FOUND),
    (api(400, "SDRS.0207"), Step.NOT_FOUND, Step.NOT_FOUND),
    (InvalidIdError("not a valid protection group id"), Step.NOT_FOUND, Step.NOT_FOUND),
    # nothing that repeating would mend
    (api(401), Step.FAILED, Step.FAILED),
    (api(403), Step.FAILED, Step.FAILED),
    (api(400, "SDRS.0005"), Step.FAILED, Step.FAILED),
    (api(404, "APIGW.0101"), Step.FAILED, Step.FAILED),
    (api(301), Step.FAILED, Step.FAILED),
    (api(405), Step.FAILED, Step.FAILED),
    (api(501), Step.FAILED, Step.FAILED),
    (ProjectError("none"), Step.FAILED, Step.FAILED),
    (SignInError("wrong password", http_status=401), Step.FAILED, Step.FAILED),
]


@pytest.mark.parametrize(("error", "after_a_post", "after_a_look"), ANSWERS, ids=lambda value: repr(str(value)))
def test_what_follows_an_error(error: SdrsError, after_a_post: Step, after_a_look: Step) -> None:
    assert after_post(error) is after_a_post
    assert after_look_failed(error) is after_a_look


def test_the_table_has_every_reaction() -> None:
    assert {classify(error) for error, _, _ in ANSWERS} == set(ErrorClass)


def test_no_answer_but_a_429_has_a_stop_sent_again_without_a_look() -> None:
    steps = {status: after_post(ApiError("m", http_status=status)) for status in (None, *range(200, 600))}

    assert Step.POST not in steps.values()
    assert [status for status, step in steps.items() if step is Step.AGAIN] == [429]


# status, when no stop of ours may be under way, when one may
SEEN: list[tuple[GroupStatus, Step, Step]] = [
    (GroupStatus.PROTECTED, Step.POST, Step.POST),
    (GroupStatus.ERROR_STOPPING, Step.POST, Step.POST),
    (GroupStatus.STOPPING, Step.FOLLOW, Step.FOLLOW),
    (GroupStatus.AVAILABLE, Step.DONE, Step.DONE),
    (GroupStatus.UNKNOWN, Step.WRONG_STATE, Step.FOLLOW),
    (GroupStatus.STARTING, Step.LATER, Step.LATER),
    (GroupStatus.REPROTECTING, Step.LATER, Step.LATER),
    (GroupStatus.REVERSING, Step.LATER, Step.LATER),
    *(
        (status, Step.WRONG_STATE, Step.UNKNOWN)
        for status in (
            GroupStatus.CREATING,
            GroupStatus.DELETING,
            GroupStatus.ERROR_DELETING,
            GroupStatus.ERROR,
            GroupStatus.ERROR_STARTING,
            GroupStatus.ERROR_REPROTECTING,
            GroupStatus.ERROR_REVERSING,
            GroupStatus.FAILING_OVER,
            GroupStatus.FAILED_OVER,
            GroupStatus.ERROR_FAILING_OVER,
        )
    ),
]


@pytest.mark.parametrize(("status", "untouched", "maybe_sent"), SEEN)
def test_the_groups_status_decides(status: GroupStatus, untouched: Step, maybe_sent: Step) -> None:
    assert after_look(status, maybe_sent=False) is untouched
    assert after_look(status, maybe_sent=True) is maybe_sent


def test_the_table_has_every_status() -> None:
    assert sorted(status for status, _, _ in SEEN) == sorted(GroupStatus)


@pytest.mark.parametrize(
    ("error", "wanted"),
    [
        (UnclearError("read timeout"), True),
        (UnclearError("no job", http_status=200), True),
        (api(408), True),
        (api(500), True),
        (api(503, "APIGW.0308"), True),
        (api(599), True),
        (api(400), False),
        (api(407), False),
        (api(409), False),
        (api(429), False),
        (api(499), False),
        (NotSentError("refused"), False),
        (SignInError("down"), False),
    ],
)
def test_only_an_answer_of_sdrs_itself_says_that_a_stop_has_no_effect(error: SdrsError, wanted: bool) -> None:
    assert may_have_arrived(error) is wanted
