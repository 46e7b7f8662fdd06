"""One invocation's way to one accepted stop: what is sent, how long is waited, and how it ends, word for word."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from simulator.defaults import ERP_PROD
from simulator.scenarios import Plan
from standdown.action.attempt import MOST_POSTS, Accepted, Attempt
from standdown.action.patience import MOST_TRIES
from standdown.base.text import iso
from standdown.core.admission import group_of
from standdown.core.operation import GroupRef, Operation
from standdown.core.outcome import Outcome, Refusal, Result
from standdown.core.request import Source, StopRequest
from standdown.core.retry import RetryLaterError
from standdown.huawei.account import HuaweiAccount, SecretError
from standdown.sdrs.endpoints import EndpointError
from support.inmemory import Stack

UNSEEN = "A stop may have been sent, and how it went cannot be seen: "


@dataclass
class Invocation:
    """An invocation of so many seconds at an operation that has its group's lock."""

    stack: Stack = field(default_factory=Stack)
    seconds: float = 60.0
    pauses: list[float] = field(default_factory=list)

    def run(self, forbidden: Outcome | None = None, **how: Any) -> Accepted | Outcome:
        ends = self.stack.clock.epoch() + self.seconds

        def pause(seconds: float) -> None:
            self.pauses.append(seconds)
            self.stack.clock.pass_(seconds)

        issue = Attempt(self.stack.huawei, self.stack.clock, lambda: ends - self.stack.clock.epoch(), pause)
        return issue.run(self.operation, forbid=lambda: forbidden, **how)

    def outcome(self, **how: Any) -> Outcome:
        answer = self.run(**how)
        assert isinstance(answer, Outcome)
        assert answer.ended_at == self.stack.clock()
        return answer

    def later(self, **how: Any) -> RetryLaterError:
        with pytest.raises(RetryLaterError) as raised:
            self.run(**how)
        return raised.value

    @property
    def operation(self) -> Operation:
        request = StopRequest("d-1", Source.QUEUE, self.stack.clock(), "erp-prod")
        group = self.group
        return Operation("0" * 32, request, self.stack.clock(), target="erp-prod", group=group, lock="its lock")

    @property
    def group(self) -> GroupRef:
        return group_of(self.stack.targets().valid["erp-prod"])

    @property
    def asked(self) -> list[str]:
        return [call.endpoint for call in self.stack.sdrs.calls]


@pytest.fixture
def invocation() -> Invocation:
    return Invocation()


def error(code: str, message: str = "no") -> str:
    return json.dumps({"error": {"code": code, "message": message}})


# --- The stop is sent ------------------------------------------------------------------------------------------------


def test_a_stop_that_is_taken_is_one_call(invocation: Invocation) -> None:
    answer = invocation.run()

    [job] = invocation.stack.accepted
    assert answer == Accepted(job.job_id, invocation.group, invocation.stack.clock())
    assert invocation.asked == ["stop"]
    assert invocation.pauses == []


def test_what_is_forbidden_is_not_sent_and_nobody_is_asked(invocation: Invocation) -> None:
    forbidden = Outcome(Result.REFUSED, invocation.stack.clock(), "switched off", Refusal.OFF)

    assert invocation.outcome(forbidden=forbidden) is forbidden
    assert invocation.asked == []


@pytest.mark.parametrize(
    ("fault", "posts", "with_effect"),
    [
        ({"kind": "reset"}, MOST_POSTS, MOST_POSTS),
        ({"kind": "reset", "when": "after"}, 1, 1),
        ({"status": 500}, MOST_POSTS, MOST_POSTS),
        ({"status": 400, "body": '{"error": {"code": "SDRS.1028", "message": "no"}}'}, MOST_POSTS, 0),
        ({"status": 404, "body": "<html>"}, MOST_POSTS, 0),
        ({"status": 429}, MOST_TRIES, 0),
        ({"kind": "refuse"}, MOST_TRIES, 0),
    ],
    ids=str,
)
def test_no_delivery_sends_more_posts_than_are_stated(
    invocation: Invocation, fault: dict[str, Any], posts: int, with_effect: int
) -> None:
    """Two that may have an effect, and not more than six in all; the others certainly had none."""
    invocation.stack.fault(endpoint="stop", **fault)

    with contextlib.suppress(RetryLaterError):
        invocation.run()

    assert (MOST_POSTS, MOST_TRIES) == (2, 6)
    assert len(invocation.stack.posts) == posts
    assert with_effect <= MOST_POSTS
    assert len(invocation.stack.accepted) <= 1


def test_a_plain_refusal_is_looked_into_and_repeated_once(invocation: Invocation) -> None:
    invocation.stack.fault(endpoint="stop", status=400, body=error("SDRS.1028", "not now"))

    outcome = invocation.outcome()

    assert invocation.asked == ["stop", "get-group", "stop", "get-group"]
    assert (outcome.result, outcome.refusal) == (Result.FAILED, None)
    assert outcome.detail == "SDRS refused the stop twice although the group is protected."
    assert outcome.huawei is not None
    assert (outcome.huawei.code, outcome.huawei.message) == ("SDRS.1028", "not now")


@pytest.mark.parametrize("fault", [{"kind": "reset"}, {"status": 500}, {"status": 503}, {"status": 408}])
def test_a_stop_that_may_have_arrived_is_sent_twice_and_no_third_time(
    invocation: Invocation, fault: dict[str, Any]
) -> None:
    invocation.stack.fault(endpoint="stop", **fault)

    later = invocation.later()

    assert invocation.asked == ["stop", "get-group", "stop", "get-group"]
    assert later.why == "two stops were sent and the group is still protected"
    assert later.delay == 5


@pytest.mark.parametrize("fault", [{"kind": "refuse"}, {"status": 429}])
def test_a_stop_that_had_no_effect_is_repeated_until_patience_ends(
    invocation: Invocation, fault: dict[str, Any]
) -> None:
    invocation.seconds = 600
    invocation.stack.fault(endpoint="stop", **fault)

    later = invocation.later()

    assert invocation.asked == ["stop"] * 6
    assert len(invocation.pauses) == 5
    for number, wait in enumerate(invocation.pauses, 1):
        assert 0.1 * 2**number <= wait <= 0.2 * 2**number
    assert 6.4 <= later.delay <= 12.8
    assert later.why.startswith("APIGW.0308: " if "status" in fault else "not sent: ")


def test_waits_are_not_in_step_with_those_of_others() -> None:
    firsts = set()
    for _ in range(5):
        invocation = Invocation()
        invocation.stack.fault(endpoint="stop", status=429, count=1)
        invocation.run()
        firsts |= set(invocation.pauses)

    assert len(firsts) == 5


def test_what_had_no_effect_does_not_count_as_a_stop(invocation: Invocation) -> None:
    invocation.stack.fault(endpoint="stop", status=429, count=2)
    invocation.stack.fault(endpoint="stop", status=400, body=error("SDRS.1028"), count=1)

    answer = invocation.run()

    assert isinstance(answer, Accepted)
    assert invocation.asked == ["stop", "stop", "stop", "get-group", "stop"]


def test_what_had_no_effect_allows_no_stop_more(invocation: Invocation) -> None:
    invocation.stack.fault(endpoint="stop", status=429, count=1)
    invocation.stack.fault(endpoint="stop", status=400, body=error("SDRS.1028"))

    assert invocation.outcome().result is Result.FAILED
    assert invocation.asked == ["stop", "stop", "get-group", "stop", "get-group"]


def test_the_wish_of_the_service_is_waited_for_exactly(invocation: Invocation) -> None:
    invocation.stack.fault(endpoint="stop", status=429, headers={"Retry-After": "7"}, count=1)

    assert isinstance(invocation.run(), Accepted)
    assert invocation.pauses == [7]


def test_a_wish_that_does_not_fit_into_the_invocation_is_for_a_later_one(invocation: Invocation) -> None:
    invocation.stack.fault(endpoint="stop", status=429, headers={"Retry-After": "55"})

    assert invocation.later().delay == 55
    assert invocation.pauses == []


@pytest.mark.parametrize(("asks", "fits"), [("54", True), ("55", False)])
def test_after_a_wait_there_must_be_time_for_a_call_and_what_comes_after_it(asks: str, fits: bool) -> None:
    invocation = Invocation(seconds=60)
    invocation.stack.fault(endpoint="stop", status=429, headers={"Retry-After": asks}, count=1)

    if fits:
        assert isinstance(invocation.run(), Accepted)
    else:
        invocation.later()


def test_a_short_wait_that_does_not_fit_is_five_seconds(invocation: Invocation) -> None:
    invocation.seconds = 7
    invocation.stack.fault(endpoint="stop", status=429, headers={"Retry-After": "2"})

    assert invocation.later().delay == 5


@pytest.mark.parametrize(("headers", "delay"), [({}, 60), ({"Retry-After": "90"}, 90)])
def test_what_passes_in_minutes_is_given_back_for_that_long(headers: dict[str, str], delay: float) -> None:
    invocation = Invocation()
    invocation.stack.fault(endpoint="stop", status=400, body=error("SDRS.1830", "pairs synchronize"), headers=headers)

    later = invocation.later()

    assert later.delay == delay
    assert later.why.startswith("waiting: 100 % synchronised (SDRS.1830")
    assert invocation.asked == ["stop", "get-group"]


@pytest.mark.parametrize(
    ("fault", "detail", "result", "refusal"),
    [
        (
            {"status": 404, "body": error("SDRS.1013")},
            "Huawei Cloud knows no such protection group.",
            Result.REFUSED,
            Refusal.NOT_FOUND,
        ),
        ({"status": 403, "body": error("SDRS.0005")}, "No stop was sent: Huawei Cloud refused: ", Result.FAILED, None),
    ],
)
def test_what_repeating_would_not_mend_ends_it(
    fault: dict[str, Any], detail: str, result: Result, refusal: Refusal | None
) -> None:
    invocation = Invocation()
    invocation.stack.fault(endpoint="stop", **fault)

    outcome = invocation.outcome()

    assert (outcome.result, outcome.refusal) == (result, refusal)
    assert outcome.detail.startswith(detail)
    assert outcome.huawei is not None
    assert invocation.asked == ["stop"]


# --- The time of the invocation --------------------------------------------------------------------------------------


def test_a_call_that_could_not_end_in_time_is_not_begun() -> None:
    invocation = Invocation(seconds=5.9)

    later = invocation.later()

    assert later.why == "no time is left in this invocation"
    assert later.delay == 5
    assert invocation.asked == []


def test_a_call_that_just_fits_is_made() -> None:
    assert isinstance(Invocation(seconds=6.0).run(), Accepted)


@pytest.mark.parametrize(("seconds", "patience"), [(60.0, 8.0), (11.0, 6.0)])
def test_a_call_is_given_up_after_eight_seconds_or_what_is_left(seconds: float, patience: float) -> None:
    invocation = Invocation(seconds=seconds)
    invocation.stack.fault(endpoint="stop", kind="hang", seconds=3600)
    given: list[float] = []
    invocation.stack.adapter.at_action.append(lambda _word, _group: given.append(invocation.stack.clock.epoch()))
    invocation.stack.fault(endpoint="get-group", status=403)
    begun = invocation.stack.clock.epoch()

    with contextlib.suppress(RetryLaterError):
        invocation.run()

    waited = invocation.stack.clock.epoch() - begun - sum(invocation.pauses)
    assert given == [begun]
    assert patience / 2 < waited <= patience


# --- The group is read -----------------------------------------------------------------------------------------------


def test_a_stop_that_is_under_way_is_followed_without_a_job(invocation: Invocation) -> None:
    invocation.stack.set_group("stopping")

    assert invocation.run(maybe_sent=True) == Accepted(None, invocation.group)
    assert invocation.asked == ["get-group"]


def test_a_group_that_is_protected_is_stopped_after_the_look(invocation: Invocation) -> None:
    answer = invocation.run(maybe_sent=True)

    assert isinstance(answer, Accepted)
    assert answer.job_id is not None
    assert invocation.asked == ["get-group", "stop"]


def test_what_the_look_does_not_forbid_the_brakes_do(invocation: Invocation) -> None:
    forbidden = Outcome(Result.REFUSED, invocation.stack.clock(), "switched off", Refusal.OFF)

    outcome = invocation.outcome(maybe_sent=True, forbidden=forbidden)

    assert (outcome.result, outcome.refusal) == (Result.UNKNOWN, None)
    assert outcome.detail == (
        "A stop may have been sent, and its effect is not to be seen; no other is sent: switched off"
    )
    assert (outcome.group_status, outcome.verified) == ("protected", False)
    assert invocation.asked == ["get-group"]


def test_a_group_that_is_off_is_off_by_whomever(invocation: Invocation) -> None:
    invocation.stack.set_group("available")

    outcome = invocation.outcome(maybe_sent=True)

    assert outcome.result is Result.SUCCEEDED
    assert outcome.detail == "Protection is off; whether by our stop is not known, as its answer was lost."
    assert (outcome.group_status, outcome.group_name, outcome.verified) == ("available", "erp-prod", True)


def test_a_group_that_was_off_before_the_stop_is_no_success_of_ours(invocation: Invocation) -> None:
    invocation.stack.set_group("available")

    outcome = invocation.outcome()

    assert invocation.asked == ["stop", "get-group", "list-pairs"]
    assert outcome.result is Result.ALREADY_STOPPED
    assert outcome.detail == "Protection was off already; nothing had to be stopped."
    assert (outcome.group_status, outcome.verified) == ("available", True)


@pytest.mark.parametrize("status", ["failing-over", "deleting", "error-starting", "failed-over"])
def test_a_group_in_another_state_is_not_stopped(invocation: Invocation, status: str) -> None:
    invocation.stack.set_group(status)

    outcome = invocation.outcome(maybe_sent=True)

    assert (outcome.result, outcome.refusal) == (Result.UNKNOWN, None)
    assert outcome.detail == (f"A stop may have been taken, and its end was not seen: the group is now {status!r}.")
    assert (outcome.group_status, outcome.verified) == (status, False)
    assert invocation.asked == ["get-group"]


@pytest.mark.parametrize("status", ["starting", "reprotecting", "reversing"])
@pytest.mark.parametrize("maybe_sent", [True, False])
def test_a_group_whose_status_passes_is_waited_for(invocation: Invocation, status: str, maybe_sent: bool) -> None:
    invocation.stack.set_group(status)

    later = invocation.later(maybe_sent=maybe_sent, admitted=True)

    assert later.why.startswith("waiting: ")
    assert later.why.endswith(f"% synchronised (the group is {status!r}: SDRS takes a stop when that is over)")
    assert later.delay == 15
    assert invocation.asked == ["get-group"] if maybe_sent else ["stop", "get-group"]


def test_a_status_that_passes_is_waited_for_no_longer_than_a_stop_is_allowed(invocation: Invocation) -> None:
    invocation.stack.set_group("starting")
    forbidden = Outcome(Result.FAILED, invocation.stack.clock(), "too late")

    assert invocation.run(forbidden=forbidden, admitted=True) is forbidden
    unseen = invocation.outcome(forbidden=forbidden, maybe_sent=True)
    assert (unseen.result, unseen.group_status) == (Result.UNKNOWN, "starting")


def test_a_group_in_another_state_is_refused_where_no_stop_was_sent(invocation: Invocation) -> None:
    invocation.stack.set_group("error-starting")

    outcome = invocation.outcome()

    assert (outcome.result, outcome.refusal) == (Result.REFUSED, Refusal.WRONG_STATE)
    assert outcome.detail == "SDRS does not take a stop while the group is 'error-starting'; nothing was stopped."
    assert invocation.asked == ["stop", "get-group"]


def test_after_a_look_that_found_it_protected_a_refusal_is_plain_again(invocation: Invocation) -> None:
    """What an earlier delivery may have sent is long answered."""
    invocation.stack.fault(endpoint="stop", status=403, body=error("SDRS.0005"))

    outcome = invocation.outcome(maybe_sent=True)

    assert outcome.result is Result.FAILED
    assert outcome.detail.startswith("An earlier stop has no effect that can be seen, and no other could be sent: ")
    assert outcome.group_status == "protected"


def test_after_an_unclear_stop_of_this_invocation_a_refusal_is_not(invocation: Invocation) -> None:
    invocation.stack.fault(endpoint="stop", kind="reset", count=1)
    invocation.stack.fault(endpoint="stop", status=403, body=error("SDRS.0005"))

    outcome = invocation.outcome()

    assert outcome.result is Result.UNKNOWN
    assert outcome.detail.startswith(
        "A stop may have been sent, and how it went cannot be seen: Huawei Cloud refused: "
    )


def test_a_look_that_fails_is_repeated_and_what_was_said_first_is_kept(invocation: Invocation) -> None:
    invocation.stack.fault(endpoint="stop", kind="reset", count=1)
    invocation.stack.fault(endpoint="get-group", status=503, body=error("SDRS.0901", "first"), count=1)
    invocation.stack.fault(endpoint="get-group", status=403, body=error("SDRS.0005", "second"))

    outcome = invocation.outcome()

    assert invocation.asked == ["stop", "get-group", "get-group"]
    assert outcome.result is Result.UNKNOWN
    assert outcome.huawei is not None
    assert "second" not in str(outcome.huawei.message)


@pytest.mark.parametrize(("before", "result"), [(0, Result.FAILED), (110, Result.FAILED), (125, None)])
def test_a_stop_that_failed_while_its_answer_was_lost_is_told_by_the_task_centre(
    before: float, result: Result | None
) -> None:
    """Its clock may be two minutes behind ours; what failed earlier is another's."""
    invocation = Invocation(Stack(plan=Plan(job_seconds=1, ending="fail")))
    first = Invocation(invocation.stack)
    first.run()
    invocation.stack.clock.pass_(before)
    assert invocation.stack.group_status(ERP_PROD) == "error-stopping" or before == 0
    if before == 0:
        received = invocation.operation
        invocation.stack.clock.pass_(5)
        assert received.received_at < invocation.stack.clock()
    posts = len(invocation.stack.posts)

    answer = invocation.run(maybe_sent=True)

    if result is None:
        assert isinstance(answer, Accepted)
        assert len(invocation.stack.posts) == posts + 1
    else:
        assert isinstance(answer, Outcome)
        assert (answer.result, answer.refusal, answer.verified) == (result, None, False)
        assert answer.detail == "SDRS took the stop and could not carry it out: the group is 'error-stopping'."
        assert answer.group_status == "error-stopping"
        assert answer.huawei is not None
        assert len(invocation.stack.posts) == posts


# --- What is ours to mend --------------------------------------------------------------------------------------------


def test_a_credential_that_cannot_be_read_now_is_tried_later(invocation: Invocation) -> None:
    invocation.stack.secret_fails = SecretError("the secret cannot be read")

    assert invocation.later().why == "the secret cannot be read"


@pytest.mark.parametrize(
    ("maybe_sent", "result", "begins"),
    [
        (False, Result.FAILED, "No stop was sent: the credential for Huawei Cloud is not usable: "),
        (True, Result.UNKNOWN, f"{UNSEEN}the credential for Huawei Cloud is not usable: "),
    ],
)
def test_a_credential_that_is_none_ends_it(
    invocation: Invocation, maybe_sent: bool, result: Result, begins: str
) -> None:
    invocation.stack.secret = lambda: "{}"

    outcome = invocation.outcome(maybe_sent=maybe_sent)

    assert outcome.result is result
    assert outcome.detail.startswith(begins)
    assert outcome.detail.endswith(".")
    assert invocation.asked == []


def test_a_place_that_cannot_be_called_ends_it(invocation: Invocation, monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_: object) -> GroupRef:
        raise EndpointError("'x' is not the name of a region")

    monkeypatch.setattr(HuaweiAccount, "locate", nowhere)

    assert invocation.outcome().detail == (
        "No stop was sent: Huawei Cloud cannot be called: 'x' is not the name of a region."
    )


def by_name(invocation: Invocation, name: str) -> None:
    """Have the target name its group by the group's name."""
    document = {"server_group_name": name, "project_id": invocation.group.project_id}
    invocation.stack.parameters["targets/erp-prod"] = json.dumps(document)


def test_a_name_that_may_not_be_looked_up_ends_it_with_what_was_said(invocation: Invocation) -> None:
    by_name(invocation, "erp-prod")
    invocation.stack.fault(endpoint="list-groups", status=403, body=error("SDRS.0005", "no right"))

    outcome = invocation.outcome()

    assert outcome.result is Result.FAILED
    assert outcome.detail.startswith("No stop was sent: Huawei Cloud refused: ")
    assert outcome.huawei is not None
    assert (outcome.huawei.code, outcome.huawei.message) == ("SDRS.0005", "no right")
    assert invocation.asked == ["list-groups"]


def test_what_was_said_of_the_stop_stands_when_the_name_is_looked_up_in_vain_afterwards(invocation: Invocation) -> None:
    by_name(invocation, "erp-prod")
    waits = {"Retry-After": "40"}  # longer than a name is believed to be the same group's
    invocation.stack.fault(endpoint="stop", status=503, headers=waits, body=error("SDRS.0901", "of the stop"), count=1)
    invocation.stack.fault(endpoint="list-groups", status=403, body=error("SDRS.0005", "of the name"), skip=1)
    invocation.seconds = 120

    outcome = invocation.outcome()

    assert invocation.asked == ["list-groups", "stop", "list-groups"]
    assert outcome.result is Result.UNKNOWN
    assert outcome.huawei is not None
    assert outcome.huawei.message == "of the stop"


@pytest.mark.parametrize(("seconds", "patience"), [(60.0, 8.0), (8.0, 3.0)])
def test_a_name_is_looked_up_for_eight_seconds_or_what_is_left(seconds: float, patience: float) -> None:
    invocation = Invocation(seconds=seconds)
    by_name(invocation, "erp-prod")
    invocation.stack.fault(endpoint="list-groups", kind="hang", seconds=3600)
    begun = invocation.stack.clock.epoch()

    invocation.later()

    calls, slept = len(invocation.asked), sum(invocation.pauses)
    waited = (invocation.stack.clock.epoch() - begun - slept) / calls
    assert patience / 2 < waited <= patience


def test_a_group_whose_name_nobody_has_is_refused(invocation: Invocation) -> None:
    by_name(invocation, "nobody")

    outcome = invocation.outcome()

    assert (outcome.result, outcome.refusal) == (Result.REFUSED, Refusal.NOT_FOUND)
    assert outcome.detail.startswith("Nothing was stopped: ")
    assert outcome.detail.endswith(".")
    assert iso(outcome.ended_at) == invocation.stack.now_iso()
