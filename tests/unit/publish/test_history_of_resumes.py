"""The history and the status know resumes: what was undone, how far the copy is, and that they are no stops."""

from __future__ import annotations

from dataclasses import replace

from standdown.core.operation import State
from standdown.publish.history import Page, entry
from standdown.publish.status import summed
from support.samples import BACK, ENDED


def test_a_resume_is_listed_with_the_hold_that_it_undid_and_how_far_the_copy_is() -> None:
    shown = entry(ENDED["resumed-copying"])

    assert (shown.action, shown.outcome, shown.hold) == ("resume", "resumed", BACK.hold)
    assert (shown.in_step, shown.progress) == (False, 37)
    assert shown.unprotected_since == ENDED["resumed-copying"].ended.unprotected_since


def test_a_stop_is_listed_with_the_hold_that_it_opened() -> None:
    operation = ENDED["succeeded"]

    assert (entry(operation).action, entry(operation).hold) == ("stop", operation.operation_id)


def test_the_table_says_of_which_action_a_result_is() -> None:
    under_way = replace(ENDED["resumed"], outcome=None, state=State.FOLLOWING)
    cases = ("resumed", "resume-failed", "resume-refused-hold-changed", "failed", "refused-skipped")
    shown = Page((entry(under_way), *(entry(ENDED[case]) for case in cases)), None).table(200)

    ends = ("resume: not yet", "resumed", "resume failed", "resume refused: hold_changed", "failed", "refused: skipped")
    for line, end in zip(shown.splitlines()[1:], ends, strict=True):
        assert f" {end} " in line


def test_what_was_seen_last_is_that_protection_is_on() -> None:
    unseen = replace(ENDED["resumed"], outcome=replace(ENDED["resumed"].ended, group_status=None))

    for resumed in (ENDED["resumed"], ENDED["already-protected"], unseen):
        [target] = summed([resumed, ENDED["succeeded"]]).targets
        assert target.protection == "on"
        assert target.last_stopped_at == ENDED["succeeded"].ended.ended_at


def test_a_dry_run_of_a_resume_is_no_rehearsal_of_a_stop() -> None:
    [target] = summed([ENDED["resume-dry-run"]]).targets

    assert target.last_rehearsed_at is None
