"""A direct invocation: our command, or an alarm's own action."""

from __future__ import annotations

from typing import Any

import pytest

from standdown.core.reasons import Reason
from standdown.core.request import Action, Source, StopRequest
from standdown.intake.direct_invocation import is_sent_by_aws, read_direct
from standdown.intake.errors import MalformedError
from support.wire import NOW, TARGETS, TRUST, event

HOLD = "0123456789abcdef0123456789abcdef"


def read(document: Any) -> list[StopRequest]:
    return read_direct(document, TARGETS, request_id="r-1", now=NOW, trust=TRUST)


def test_a_command_takes_its_identity_from_the_invocation() -> None:
    (request,) = read(event("direct"))

    assert (request.delivery_id, request.source, request.requested_at) == ("r-1", Source.DIRECT, NOW)
    assert (request.target, request.flaw) == ("erp-prod", None)


@pytest.mark.parametrize("claim", ["schedule", "webhook", "alarm", "queue"])
def test_no_other_source_may_be_claimed(claim: str) -> None:
    (request,) = read({"target": "erp-prod", "source": claim})

    assert (request.source, request.flaw is not None) == (Source.DIRECT, True)


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (None, "not_an_object"), ([], "not_an_object"), ("stop", "not_an_object"), (7, "not_an_object"),
        (float("nan"), "not_an_object"), ({}, "unknown_shape"), ({"reason": "x"}, "unknown_shape"),
        ({"detail": {}}, "unknown_shape"), ({"target": []}, "no_target"),
        ({"target": "a", "alarmData": {}}, "ambiguous"), ({"target": float("nan")}, "no_target"),
    ],
)  # fmt: skip
def test_what_names_nothing_is_malformed(document: Any, code: str) -> None:
    with pytest.raises(MalformedError) as caught:
        read(document)

    assert caught.value.code == code


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (7, "the event is a number; a JSON object is expected"),
        (
            {"target": "a", "alarmData": {}},
            "the event is a command and an alarm's action at once: send one of them",
        ),
        ({}, "the command names nothing to stop: give 'target' or 'server_group_id'; nor is it an alarm's action"),
    ],
)
def test_what_names_nothing_says_so(document: Any, message: str) -> None:
    with pytest.raises(MalformedError) as caught:
        read(document)

    assert caught.value.message == message


@pytest.mark.parametrize(
    ("more", "flaw", "key"),
    [
        ({"action": "start"}, Reason.WRONG_ACTION, None),
        ({"action": 7}, Reason.WRONG_ACTION, None),
        ({"hold": HOLD}, Reason.ONLY_FOR_RESUME, "hold"),
        ({"resume_after_minutes": 0}, Reason.BAD_RESUME_TIME, "resume_after_minutes"),
        ({"resume_after_minutes": "60"}, Reason.BAD_RESUME_TIME, "resume_after_minutes"),
        ({"resume_after_minutes": True}, Reason.BAD_RESUME_TIME, "resume_after_minutes"),
        ({"resume_at": "06:00 Mars"}, Reason.BAD_RESUME_TIME, "resume_at"),
        ({"resume_at": 6}, Reason.BAD_RESUME_TIME, "resume_at"),
        ({"resume_after_minutes": 60, "resume_at": "06:00 Europe/Berlin"}, Reason.TWO_RESUME_TIMES, None),
        ({"action": "resume"}, Reason.HOLD_MISSING, None),
        ({"action": "resume", "hold": HOLD.upper()}, Reason.WRONG_HOLD, None),
        ({"action": "resume", "hold": 7}, Reason.WRONG_HOLD, None),
        ({"action": "resume", "hold": HOLD, "force": True}, Reason.ONLY_FOR_STOP, "force"),
        ({"action": "resume", "hold": HOLD, "resume_after_minutes": 60}, Reason.ONLY_FOR_STOP, "resume_after_minutes"),
    ],
)
def test_what_fits_to_no_stop_or_no_resume_is_a_flaw_that_names_it(
    more: dict[str, Any], flaw: Reason, key: str | None
) -> None:
    (request,) = read({"target": "erp-prod", "requested_by": "ops", **more})

    found = [(one.code, one.values.get("key")) for one in request.flaws]
    assert (flaw, key) in found
    assert request.malformed is not None


@pytest.mark.parametrize(
    ("more", "minutes", "at"),
    [({"resume_after_minutes": 60}, 60, None), ({"resume_at": "06:00 Europe/Berlin"}, None, "06:00 Europe/Berlin")],
)
def test_a_stop_may_say_when_it_is_to_be_undone(more: dict[str, Any], minutes: int | None, at: str | None) -> None:
    (request,) = read({"target": "erp-prod", **more})

    assert (request.flaws, request.resume_after_minutes, request.resume_at) == ((), minutes, at)


def test_a_resume_names_the_hold_that_it_undoes() -> None:
    (request,) = read({"target": "erp-prod", "action": "resume", "hold": HOLD, "requested_by": "ops"})

    assert (request.flaws, request.action, request.hold) == ((), Action.RESUME, HOLD)


@pytest.mark.parametrize("event", [{"alarmData": {}}, {"Records": []}, {"detail-type": "x", "detail": {"target": "a"}}])
def test_k08_an_event_that_an_aws_service_made_is_known_as_one(event: dict[str, object]) -> None:
    assert is_sent_by_aws(event)
    assert not is_sent_by_aws({"target": "erp-prod"})
