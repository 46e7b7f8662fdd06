"""A request as an event on the bus: the stack's rule takes those of its one source, and nobody else's."""

from __future__ import annotations

import json
from typing import Any

from local.case import Case
from local.doors import Doors
from local.places import ROOT


def test_an_event_of_the_configured_source_stops_its_target_and_one_of_another_source_nothing(
    doors: Doors, case: Case
) -> None:
    event: dict[str, Any] = json.loads((ROOT / "events" / "event-request.json").read_text())
    event["detail"]["target"] = case.target

    doors.event({**event, "source": "example.somebody-else"})
    doors.event({**event, "detail-type": "Something Else"})
    doors.event(event)

    (operation,) = case.published()
    assert operation["request"]["source"] == "queue"
    assert operation["request"]["requested_by"] == "runbook INC-7"
    assert operation["outcome"]["result"] == "succeeded"
    assert len(case.stops()) == 1
