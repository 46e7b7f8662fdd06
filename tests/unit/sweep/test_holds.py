"""What the sweeper does with the groups of its targets: it opens, keeps and ends holds by what SDRS shows."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from simulator.defaults import ERP_PROD, PROJECT_ID, REGION
from simulator.world import STATUSES
from standdown.core.hold import UNPROTECTED, Hold, HoldState
from standdown.core.notice import Notice, NoticeKind
from standdown.core.operation import GroupRef, Operation
from standdown.core.request import Source, StopRequest
from standdown.ledger.table import Table
from support.inmemory.clock import START
from support.inmemory.stack import Stack, Target

GROUP = GroupRef(REGION, PROJECT_ID, ERP_PROD)
CRM = "5a1c7c0e-3f62-4d0b-9a57-2f4f6a0f1b02"
HOUR = 3600.0
OFF = sorted(UNPROTECTED)


def hold_of(stack: Stack, group: GroupRef = GROUP) -> Hold | None:
    return stack.ledger.holds.get(group)


def open_hold(stack: Stack) -> Hold:
    found = hold_of(stack)
    assert found is not None
    assert found.state is HoldState.OPEN
    return found


def notices(stack: Stack) -> list[Notice]:
    found = [stack.ledger.notices.get(pk) for pk in stack.dynamodb.items if pk.startswith("notice#")]
    return [one for one in found if one is not None]


def kinds(stack: Stack) -> list[NoticeKind]:
    return [one.kind for one in notices(stack)]


def calls(stack: Stack, endpoint: str) -> int:
    return sum(call.endpoint == endpoint for call in stack.sdrs.calls)


def stopped_by_hand(status: str = "available", **more: Any) -> Stack:
    """Return a stack whose group somebody else stopped, after one run that saw it."""
    stack = Stack([Target(more=more)])
    stack.set_group(status)
    stack.watch()
    return stack


# --- a hold begins ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", STATUSES)
def test_a_hold_is_opened_for_each_status_without_protection_and_for_no_other(status: str) -> None:
    stack = Stack()
    stack.set_group(status)

    done = stack.watch()

    found = hold_of(stack)
    if status in OFF:
        assert found is not None
        assert (found.outside, found.status, found.since, found.target_name) == (True, status, START, "erp-prod")
        assert (found.priority_station, found.state, found.asked) == ("source", HoldState.OPEN, ())
        assert done.opened == [ERP_PROD]
        assert done.notices == [f"notice#{found.hold_id}#1"]
    else:
        assert found is None
        assert (done.opened, done.notices) == ([], [])


@pytest.mark.parametrize("minutes", range(5))
def test_a_group_that_is_stopped_by_hand_is_told_within_six_minutes_by_one_list_a_project_and_run(minutes: int) -> None:
    stack = Stack([Target(), Target("crm-prod", CRM, {"project_id": "b" * 32})])
    runs, stopped = 0, START + timedelta(minutes=20 + minutes, seconds=20)

    while not stack.topic.details and stack.clock() - START < timedelta(hours=1):
        if stack.clock() == stopped:
            stack.set_group("available")
        if (stack.clock() - START) % timedelta(minutes=5) == timedelta():
            runs += 1
            stack.sweep()
            stack.watch()
        stack.executions.advance()
        stack.clock.pass_(20)

    [mail] = stack.topic.details
    assert (mail["notice"], mail["target"], mail["hold"]["outside"]) == ("reminder", "erp-prod", True)
    assert mail["hold"]["hold"] == open_hold(stack).hold_id
    assert stack.clock() - stopped <= timedelta(minutes=6)
    lists = Counter(call.path.split("/")[2] for call in stack.sdrs.calls if call.endpoint == "list-groups")
    assert lists == {PROJECT_ID: runs, "b" * 32: runs}


def test_no_hold_is_opened_while_an_operation_has_the_group() -> None:
    stack = Stack()
    request = StopRequest("d-1", Source.QUEUE, START, target="erp-prod")
    operation = Operation("1" * 32, request, START, target="erp-prod", group=GROUP, lock=GROUP.key)
    stack.ledger.begin(operation, timedelta())
    stack.set_group("available")

    stack.watch()

    assert hold_of(stack) is None


def test_a_group_known_by_name_is_found_in_the_same_list() -> None:
    stack = Stack()
    stack.parameters["targets/erp-prod"] = json.dumps({"server_group_name": "erp-prod"})
    stack.set_group("available")

    stack.watch()

    assert open_hold(stack).target_name == "erp-prod"
    assert calls(stack, "list-groups") == 1


def test_a_name_that_two_groups_have_means_neither_of_them() -> None:
    stack = Stack()
    stack.parameters["targets/erp-prod"] = json.dumps({"server_group_name": "erp"})
    for group in (ERP_PROD, CRM):
        stack.set_group("available", group, name="erp")

    stack.watch()

    assert [hold_of(stack), hold_of(stack, replace(GROUP, server_group_id=CRM))] == [None, None]


def test_a_group_that_is_no_target_has_no_hold() -> None:
    stack = Stack([Target(group=CRM, name="crm-prod")])
    stack.set_group("available")

    assert stack.watch().opened == []


def test_a_hold_that_is_over_is_followed_by_another_one() -> None:
    stack = stopped_by_hand()
    stack.set_group("protected")
    stack.watch()
    before = hold_of(stack)
    stack.clock.pass_(HOUR)
    stack.set_group("available")

    stack.watch()

    assert before is not None
    assert before.over
    assert open_hold(stack).since == START + timedelta(hours=1)
    assert open_hold(stack).hold_id != before.hold_id


# --- a hold is kept --------------------------------------------------------------------------------------------------


def test_a_hold_says_in_which_status_and_under_which_name_the_group_is_now() -> None:
    stack = stopped_by_hand()
    stack.set_group("failed-over", name="erp-moved")

    stack.watch()

    assert (open_hold(stack).status, open_hold(stack).name) == ("failed-over", "erp-moved")
    assert open_hold(stack).since == START


def test_a_hold_that_nobody_had_seen_yet_is_confirmed_by_what_is_seen() -> None:
    stack = Stack()
    stack.ledger.holds.save(Hold("1" * 32, GROUP, START, target_name="erp-prod"))
    stack.set_group("available")

    stack.watch()

    assert (open_hold(stack).status, open_hold(stack).outside) == ("available", False)
    assert open_hold(stack).priority_station == "source"


def test_the_site_of_production_stays_the_one_at_which_the_hold_began() -> None:
    stack = stopped_by_hand()
    stack.set_group("available", priority_station="target")

    stack.watch()

    assert open_hold(stack).priority_station == "source"


@pytest.mark.parametrize("status", ["reversing", "failing-over", "error", "deleting"])
def test_a_status_that_says_neither_ends_no_hold_and_reminds_nobody(status: str) -> None:
    stack = stopped_by_hand(remind_after_minutes=1)
    stack.set_group(status)
    stack.clock.pass_(HOUR)

    assert stack.watch().notices == []
    assert open_hold(stack).status == status


def failing(stack: Stack) -> None:
    stack.fault(endpoint="list-groups", status=503)


def incomplete(stack: Stack) -> None:
    stack.fault(endpoint="list-groups", body='{"count": 7, "server_groups": []}', status=200)


def no_list(stack: Stack) -> None:
    stack.fault(endpoint="list-groups", body='{"count": 0}', status=200)


def nameless(stack: Stack) -> None:
    stack.fault(endpoint="list-groups", body='{"count": 1, "server_groups": [{"status": "protected"}]}', status=200)


@pytest.mark.parametrize("trouble", [failing, incomplete, no_list, nameless])
def test_a_list_that_fails_or_is_not_whole_ends_no_hold_and_opens_none(trouble: Callable[[Stack], None]) -> None:
    stack = stopped_by_hand(remind_after_minutes=1)
    stack.sdrs.put_group({"id": CRM, "status": "available"})
    stack.parameters["targets/crm-prod"] = json.dumps({"server_group_id": CRM})
    before = open_hold(stack)
    stack.clock.pass_(HOUR)
    trouble(stack)

    done = stack.watch()

    assert (done.opened, done.ended, done.notices) == ([], [], [])
    assert open_hold(stack) == before
    assert hold_of(stack, replace(GROUP, server_group_id=CRM)) is None


@pytest.mark.parametrize("trouble", [failing, incomplete, no_list, nameless])
def test_a_list_that_fails_does_not_end_the_alarm_on_a_group_without_protection(
    trouble: Callable[[Stack], None], capsys: pytest.CaptureFixture[str]
) -> None:
    stack = stopped_by_hand()
    stack.clock.pass_(HOUR)
    trouble(stack)
    capsys.readouterr()

    stack.watch()

    assert minutes(capsys) == [([60.0], "erp-prod")]


@pytest.mark.parametrize("status", ["reversing", "error", "deleting"])
def test_a_status_that_says_neither_does_not_end_the_alarm(status: str, capsys: pytest.CaptureFixture[str]) -> None:
    stack = stopped_by_hand()
    stack.set_group(status)
    stack.clock.pass_(HOUR)
    capsys.readouterr()

    stack.watch()

    assert minutes(capsys) == [([60.0], "erp-prod")]


def test_a_group_that_copies_again_is_no_more_counted(capsys: pytest.CaptureFixture[str]) -> None:
    stack = stopped_by_hand()
    stack.set_group("protected", planted_pairs={"0": {"replication_status": "copying"}})
    stack.watch()
    failing(stack)
    capsys.readouterr()

    stack.watch()

    assert open_or_copying(stack) is HoldState.COPYING
    assert minutes(capsys) == []


def minutes(capsys: pytest.CaptureFixture[str]) -> list[tuple[list[float], str]]:
    """Return the minutes without protection that were counted, each with its target."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "UnprotectedMinutes" in line]
    return [(one["UnprotectedMinutes"], one["target"]) for one in lines]


def open_or_copying(stack: Stack) -> HoldState | None:
    found = hold_of(stack)
    return found.state if found else None


def test_one_group_in_trouble_holds_up_no_other() -> None:
    stack = Stack([Target(), Target("crm-prod", CRM)])
    for group in (ERP_PROD, CRM):
        stack.set_group("available", group)
    stack.watch()
    stack.set_group("protected")
    stack.clock.pass_(5 * HOUR)
    stack.fault(endpoint="get-group", status=500)

    done = stack.watch()

    assert done.ended == []
    assert [stack.ledger.notices.get(one).target_name for one in done.notices] == ["crm-prod"]  # type: ignore[union-attr]


# --- a hold ends -----------------------------------------------------------------------------------------------------


def test_a_hold_is_over_once_the_group_is_protected_and_every_pair_is_in_step() -> None:
    stack = stopped_by_hand()
    stack.set_group("protected")
    stack.clock.pass_(HOUR)

    done = stack.watch()

    found = hold_of(stack)
    assert found is not None
    assert (found.state, found.ended_at, found.status) == (HoldState.OVER, stack.clock(), "protected")
    assert (done.ended, done.notices, calls(stack, "list-pairs")) == ([ERP_PROD], [], 1)


def test_a_group_that_copies_is_told_once_when_every_pair_is_in_step() -> None:
    stack = stopped_by_hand()
    copying = {"0": {"replication_status": "copying"}}
    stack.set_group("protected", planted_pairs=copying)
    stack.watch()
    stack.watch()
    states = [getattr(hold_of(stack), "state", None)]
    told = kinds(stack)
    stack.set_group("protected", planted_pairs={})

    for _ in range(3):
        stack.watch()

    assert (states, told) == ([HoldState.COPYING], [NoticeKind.REMINDER])
    assert kinds(stack) == [NoticeKind.REMINDER, NoticeKind.IN_STEP]
    assert notices(stack)[1].progress == 100
    assert hold_of(stack).over  # type: ignore[union-attr]


@pytest.mark.parametrize("pair", [{"status": "starting"}, {"status": "available"}, {"replication_status": "inactive"}])
def test_a_pair_that_is_not_in_step_keeps_the_hold(pair: dict[str, str]) -> None:
    stack = stopped_by_hand()
    stack.set_group("protected", planted_pairs={"1": pair})

    stack.watch()

    assert getattr(hold_of(stack), "state", None) is HoldState.COPYING


def test_pairs_that_cannot_be_read_keep_the_hold() -> None:
    stack = stopped_by_hand()
    stack.set_group("protected")
    stack.fault(endpoint="list-pairs", status=500)

    stack.watch()

    assert getattr(hold_of(stack), "state", None) is HoldState.COPYING


def test_a_group_without_pairs_has_nothing_to_copy() -> None:
    stack = stopped_by_hand()
    stack.set_group("protected", pairs=0)

    assert stack.watch().ended == [ERP_PROD]


def test_a_group_that_is_stopped_by_hand_while_it_copies_has_a_hold_of_its_own() -> None:
    stack = stopped_by_hand()
    stack.set_group("protected", planted_pairs={"0": {"replication_status": "copying"}})
    stack.watch()
    stack.clock.pass_(HOUR)
    stack.set_group("available", planted_pairs={})

    stack.watch()

    assert open_hold(stack).since == START + timedelta(hours=1)


def test_a_list_that_is_behind_ends_no_hold() -> None:
    stack = stopped_by_hand()
    shown = {"count": 1, "server_groups": [{"id": ERP_PROD, "name": "erp-prod", "status": "protected"}]}
    stack.fault(endpoint="list-groups", status=200, body=json.dumps(shown))

    stack.watch()

    assert open_hold(stack).status == "available"


def test_a_hold_is_left_to_the_resume_that_has_the_group() -> None:
    stack = stopped_by_hand()
    hold = open_hold(stack)
    stack.parameters["targets/erp-prod"] = Target(more={"resume_sources": ["queue"]}).document()
    stack.send(action="resume", hold=hold.hold_id)
    stack.deliver()
    stack.sdrs.world.end(ERP_PROD)

    stack.watch()
    left = hold_of(stack)
    stack.run(60, sweeps=False)

    assert left is not None
    assert left.state is HoldState.OPEN
    after = hold_of(stack)
    assert after is not None
    assert after.resumed_by is not None


def test_a_hold_ends_with_its_group() -> None:
    stack = stopped_by_hand()
    del stack.sdrs.world.groups[ERP_PROD]

    assert stack.watch().ended == [ERP_PROD]
    assert hold_of(stack).over  # type: ignore[union-attr]


def test_a_group_that_only_the_list_lacks_keeps_its_hold() -> None:
    stack = stopped_by_hand()
    stack.fault(endpoint="list-groups", status=200, body='{"count": 0, "server_groups": []}')

    stack.watch()

    assert open_hold(stack).status == "available"


def test_a_hold_whose_target_is_gone_is_still_looked_after() -> None:
    stack = stopped_by_hand()
    del stack.parameters["targets/erp-prod"]
    stack.set_group("protected")

    assert stack.watch().ended == [ERP_PROD]


def test_a_change_that_somebody_else_makes_at_the_same_time_wins() -> None:
    stack = stopped_by_hand()
    stack.clock.pass_(5 * HOUR)

    def meanwhile() -> None:
        other = Table(stack.dynamodb, "ledger")
        holds = type(stack.ledger.holds)(other)
        hold = holds.get(GROUP)
        assert hold is not None
        holds.save(replace(hold, acknowledged_until=stack.clock() + timedelta(days=1)))

    stack.boundary.cut(0, meanwhile, name="dynamodb.transact_write_items")
    stack.watch()

    assert len(notices(stack)) == 1  # the one of its beginning
    assert open_hold(stack).acknowledged_until is not None


# --- reminders -------------------------------------------------------------------------------------------------------


def test_people_are_told_at_once_what_somebody_else_stopped_and_then_ever_more_rarely() -> None:
    stack = stopped_by_hand()

    told = [0.0 for _ in notices(stack)]
    for _ in range(12 * 30):
        stack.clock.pass_(300)
        told += [(stack.clock() - START).total_seconds() / HOUR for _ in stack.watch().notices]

    assert told == [0, 4, 12, 24]
    assert set(kinds(stack)) == {NoticeKind.REMINDER}
    assert len({one.notice_id for one in notices(stack)}) == 4


def test_people_are_reminded_of_a_stop_that_was_told_four_hours_after_it_and_then_ever_more_rarely() -> None:
    stack = Stack()
    stack.send()
    stack.run(60, sweeps=False)
    since = open_hold(stack).since

    told = []
    for _ in range(12 * 30):
        told += [round((stack.clock() - since).total_seconds() / HOUR, 1) for _ in stack.watch().notices]
        stack.clock.pass_(300)

    assert told == [4.0, 8.0, 16.0, 28.0]


def test_a_reminder_says_of_which_group_and_hold_it_is() -> None:
    stack = stopped_by_hand()

    [notice] = notices(stack)
    assert (notice.target_name, notice.group_name, notice.at) == ("erp-prod", "erp-prod", stack.clock())
    assert notice.hold is not None
    assert (notice.hold.hold_id, notice.hold.since, notice.hold.status) == (
        open_hold(stack).hold_id, START, "available",
    )  # fmt: skip
    assert notice.notice_id == f"notice#{open_hold(stack).hold_id}#1"


def test_nobody_is_reminded_in_quiet_but_the_minutes_are_still_counted(capsys: pytest.CaptureFixture[str]) -> None:
    stack = stopped_by_hand(remind_after_minutes=60)
    stack.ledger.holds.save(replace(open_hold(stack), acknowledged_until=START + timedelta(days=1)))
    stack.clock.pass_(5 * HOUR)
    capsys.readouterr()

    assert stack.watch().notices == []

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert [(one["UnprotectedMinutes"], one["target"]) for one in lines] == [([300.0], "erp-prod")]


def test_every_run_writes_one_line_for_each_group_without_protection(caplog: pytest.LogCaptureFixture) -> None:
    stack = stopped_by_hand()
    stack.clock.pass_(5 * 60)
    caplog.clear()

    with caplog.at_level("INFO"):
        stack.watch()

    [line] = [one.__dict__ for one in caplog.records if one.message == "group unprotected"]
    assert (line["target"], line["group"], line["minutes"], line["asked_by"]) == ("erp-prod", ERP_PROD, 5, "outside")
    assert (line["since"], line["acknowledged_until"]) == ("2026-01-02T03:04:05.000Z", None)


def test_the_hold_of_a_stop_says_who_asked(caplog: pytest.LogCaptureFixture) -> None:
    stack = Stack()
    stack.send()
    stack.run(60, sweeps=False)

    with caplog.at_level("INFO"):
        stack.watch()

    [line] = [one.__dict__ for one in caplog.records if one.message == "group unprotected"]
    assert line["asked_by"] == "queue"


# --- the list --------------------------------------------------------------------------------------------------------


def test_a_day_has_at_most_three_hundred_lists_for_a_thousand_groups() -> None:
    stack = Stack([Target(), Target("crm-prod", CRM)])
    for number in range(1000 - len(stack.sdrs.world.groups)):
        stack.sdrs.put_group({"id": f"{number:08x}-0000-4000-8000-000000000000", "name": f"g{number}"})
    stack.set_group("available")

    for _ in range(12):  # an hour's runs
        stack.watch()
        stack.clock.pass_(300)

    lists = [call for call in stack.sdrs.calls if call.endpoint == "list-groups"]
    assert len(lists) * 24 <= 300
    assert {call.query for call in lists} == {"limit=1000&offset=0"}
    assert calls(stack, "get-group") + calls(stack, "list-pairs") == 0


def test_more_than_a_thousand_groups_are_read_page_by_page() -> None:
    stack = Stack()
    for number in range(1000):
        stack.sdrs.put_group({"id": f"{number:08x}-0000-4000-8000-000000000000", "name": f"g{number}"})
    last = f"{999:08x}-0000-4000-8000-000000000000"
    stack.parameters["targets/last"] = json.dumps({"server_group_id": last})
    stack.set_group("available", last)

    assert stack.watch().opened == [last]
    assert calls(stack, "list-groups") == 2


def test_targets_that_name_their_project_differently_share_one_list() -> None:
    stack = Stack([Target(), Target("crm-prod", CRM, {"project_id": PROJECT_ID})])

    stack.watch()

    assert calls(stack, "list-groups") == 1


def test_a_run_without_targets_lists_nothing() -> None:
    stack = Stack([])

    stack.watch()

    assert calls(stack, "list-groups") == 0


# --- a group that is no target ---------------------------------------------------------------------------------------

EVERYWHERE = GroupRef(REGION, PROJECT_ID)


def test_groups_that_are_no_target_are_told_once_a_day_where_all_are_watched() -> None:
    stack = Stack()

    days = []
    for _ in range(36):
        stack.clock.pass_(HOUR)
        days += [stack.clock().date() for _ in stack.watch(EVERYWHERE).notices]

    assert days == [START.date(), START.date() + timedelta(days=1)]
    assert kinds(stack) == [NoticeKind.UNWATCHED] * 2
    names = [(one.name, one.status) for one in notices(stack)[0].unwatched]
    assert names == [("archive", "failed-over"), ("billing", "error-stopping"), ("intranet", "available")]
    assert notices(stack)[0].hold is None


def test_they_are_not_told_where_targets_alone_are_watched() -> None:
    stack = Stack()

    assert stack.watch().notices == []


def test_a_target_is_in_no_digest() -> None:
    stack = Stack([Target(), Target("intranet", "7c3e9e20-5184-4f2d-9c79-417f8c213d04")])

    stack.watch(EVERYWHERE)

    assert "intranet" not in [one.name for one in notices(stack)[0].unwatched]


def test_a_group_that_is_no_target_any_more_and_was_stopped_while_it_copied_is_in_the_digest() -> None:
    stack = Stack()
    stack.set_group("available")
    stack.watch()
    saved = stack.ledger.holds.save(replace(open_hold(stack), state=HoldState.COPYING))
    assert saved is not None
    del stack.parameters["targets/erp-prod"]

    stack.watch(EVERYWHERE)

    [found] = [one for one in notices(stack) if one.kind is NoticeKind.UNWATCHED]
    assert "erp-prod" in [one.name for one in found.unwatched]


def test_a_hold_that_cannot_be_read_is_logged_and_holds_up_no_other(caplog: pytest.LogCaptureFixture) -> None:
    stack = Stack([Target(), Target("crm-prod", CRM)])
    for group in (ERP_PROD, CRM):
        stack.set_group("available", group=group)
    stack.watch()
    [broken, _] = sorted(key for key in stack.dynamodb.items if key.startswith("hold#"))
    stack.dynamodb.items[broken]["since"] = {"S": "some day"}

    assert len(list(stack.ledger.holds.listed())) == 1
    [line] = [one.__dict__ for one in caplog.records if one.message == "hold not readable"]
    assert line["hold"] == broken
    assert "cannot be read" in line["problem"]
