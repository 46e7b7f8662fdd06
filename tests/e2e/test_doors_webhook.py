"""Recipe: another system asks for a stop by a signed HTTP request; nobody else gets in."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from local.case import Case
from local.cloud import LocalCloud
from local.doors import Answer, Doors

ANSWERED_SECONDS = 3.0


def test_a_signed_request_is_answered_with_the_ids_of_what_it_becomes_and_a_replay_with_the_same(
    doors: Doors, case: Case
) -> None:
    body = json.dumps({"target": case.target, "reason": "ticket INC-1042", "requested_by": "ticketing"}).encode()

    first = doors.post_standard(body, "msg_inc_1042")
    replay = doors.post_standard(body, "msg_inc_1042")
    other = doors.post_standard(body.replace(b"1042", b"1043"), "msg_inc_1042")

    (operation,) = case.published()
    assert (first.status, replay.status, other.status) == (202, 202, 409)
    assert first.body == replay.body
    assert [one["operation_id"] for one in first.body["operations"]] == [operation["pk"]]
    assert operation["outcome"]["result"] == "succeeded"
    assert operation["request"].pop("sender")  # the local cloud names the account; AWS the role of the function
    assert operation["request"] | {"requested_at": ""} == {
        "delivery_id": "msg_inc_1042", "source": "webhook", "requested_at": "", "target": case.target,
        "server_group_id": None, "reason": "ticket INC-1042", "requested_by": "ticketing", "dry_run": False,
        "alarm": None, "flaw": None, "flaws": [], "own_id": False, "force": False, "action": "stop", "hold": None,
        "person": "ticketing", "resume_after_minutes": None, "resume_at": None,
    }  # fmt: skip
    assert len(case.stops()) == 1
    assert replay.seconds < ANSWERED_SECONDS


def test_a_request_signed_in_githubs_way_is_a_dry_run_if_it_says_so(doors: Doors, case: Case) -> None:
    said = {"target": case.target, "dry_run": True, "requested_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"}

    answer = doors.post_github(json.dumps(said).encode())

    (operation,) = case.published()
    assert answer.status == 202
    assert operation["outcome"]["result"] == "dry_run"
    assert not case.stops()


BODY = b'{"target": "erp-prod"}'
LONG_AGO = timedelta(seconds=400)
BAD: dict[str, tuple[int, Callable[[Doors], Answer]]] = {
    "unsigned": (401, lambda doors: doors.post(BODY, {})),
    "forged": (401, lambda doors: doors.post(BODY + b" ", doors.standard_headers(BODY, "msg_forged"))),
    "old": (401, lambda doors: doors.post_standard(BODY, at=datetime.now(UTC) - LONG_AGO)),
    "early": (401, lambda doors: doors.post_standard(BODY, at=datetime.now(UTC) + LONG_AGO)),
    "not JSON": (400, lambda doors: doors.post_standard(b"{")),
    "no target": (400, lambda doors: doors.post_standard(b"{}")),
    "a text for a boolean": (400, lambda doors: doors.post_standard(b'{"target": "erp-prod", "dry_run": "false"}')),
    "a source": (400, lambda doors: doors.post_standard(b'{"target": "erp-prod", "source": "schedule"}')),
    "no time": (400, lambda doors: doors.post_github(BODY)),
    "another path": (404, lambda doors: doors.post(BODY, {}, path="/stop/")),
    "another method": (405, lambda doors: doors.post(BODY, {}, method="PUT")),
    "too large": (413, lambda doors: doors.post_standard(BODY.ljust(70_000))),
    "another type": (415, lambda doors: doors.post(BODY, {"content-type": "text/plain"})),
    "compressed": (415, lambda doors: doors.post(BODY, {"content-encoding": "gzip"})),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_request_is_told_what_it_may_know_and_stops_nothing(stack: LocalCloud, doors: Doors, name: str) -> None:
    status, send = BAD[name]
    before = Case(stack, "erp-prod").operations()

    answer = send(doors)

    refused = {"error": {"code": "unauthenticated", "message": _UNAUTHENTICATED}}
    assert answer.status == status, answer.body
    assert answer.body == refused or status != 401
    assert Case(stack, "erp-prod").operations() == before


_UNAUTHENTICATED = "the signature does not hold, is too old, or is missing"


def test_an_unknown_target_is_let_in_and_refused_where_it_is_recorded(stack: LocalCloud, doors: Doors) -> None:
    answer = doors.post_standard(b'{"target": "of-no-webhook"}')

    (operation,) = Case(stack, "of-no-webhook").published()
    assert answer.status == 202
    assert operation["outcome"]["refusal"] == "not_allowed"
