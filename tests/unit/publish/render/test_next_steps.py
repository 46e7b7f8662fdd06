from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from standdown.core.outcome import FailedSubJob, HuaweiAnswer, Outcome, Refusal, Result
from standdown.core.reasons import Reason, Why
from standdown.publish.render.links import Links
from standdown.publish.render.next_steps import next_steps
from standdown.publish.render.payload import detail
from standdown.publish.render.text import body
from standdown.publish.render.urgency import still_protected
from support.samples import ALARM_AT, ENDED, LINKS, TICKET, ended, refused


@pytest.mark.parametrize(
    ("known", "protected"),
    [
        ({"result": Result.SUCCEEDED, "verified": True}, False),
        ({"result": Result.SUCCEEDED, "verified": None}, False),
        ({"result": Result.SUCCEEDED, "verified": False}, None),
        ({"result": Result.SUCCEEDED, "verified": False, "group_status": "protected"}, True),
        ({"result": Result.ALREADY_STOPPED, "group_status": "available"}, False),
        ({"result": Result.FAILED, "group_status": "error-stopping", "verified": False}, True),
        ({"result": Result.FAILED}, None),
        ({"result": Result.FAILED, "group_status": "available"}, False),
        ({"result": Result.TIMED_OUT, "group_status": "stopping"}, None),
        ({"result": Result.UNKNOWN}, None),
        ({"result": Result.DRY_RUN, "group_status": "protected"}, True),
        ({"result": Result.REFUSED, "group_status": "failed-over"}, None),
        ({"result": Result.JOINED, "joined_result": Result.SUCCEEDED}, False),
        ({"result": Result.JOINED, "joined_result": Result.FAILED}, None),
        ({"result": Result.UNKNOWN, "group_status": "a status of tomorrow"}, None),
    ],
)
def test_whether_the_group_is_still_protected(known: dict[str, Any], protected: bool | None) -> None:
    assert still_protected(Outcome(ended_at=ALARM_AT, detail="", **known)) is protected


@pytest.mark.parametrize(
    ("said", "step"),
    [
        (HuaweiAnswer(400, "SDRS.1830", "x"), "Wait until the replication pairs have synchronised"),
        (HuaweiAnswer(400, "SDRS.1831", "x"), "Wait until the disk is no longer locked"),
        (HuaweiAnswer(400, "SDRS.0005", "x"), "credential of this stack"),
        (HuaweiAnswer(401, None, "x"), "credential of this stack"),
        (HuaweiAnswer(400, "SDRS.1028", "x"), "Send it once more as a new request"),
        (None, "Send it once more as a new request"),
        (
            HuaweiAnswer(None, "SDRS.0406", "x", None, (FailedSubJob("j", "r", "SDRS.1831", "locked"),)),
            "Wait until the disk is no longer locked",
        ),
    ],
)
def test_a_failure_is_advised_by_its_code(said: HuaweiAnswer | None, step: str) -> None:
    steps = next_steps(ended(Result.FAILED, "It failed.", huawei=said))

    assert any(step in sentence for sentence in steps)


def test_a_failure_names_the_request_id_for_the_ticket() -> None:
    steps = next_steps(ended(Result.FAILED, "It failed.", huawei=HuaweiAnswer(request_id="r-1")))

    assert "name request id r-1" in steps[-1]


def test_after_a_failure_that_left_the_group_off_nobody_is_told_to_hurry() -> None:
    steps = next_steps(ended(Result.FAILED, "Odd.", group_status="available"))

    assert "make sure that its status is still available" in steps[0]


def test_where_data_is_still_replicated_that_comes_first() -> None:
    for case in ("failed", "joined-failed", "failed-synchronizing"):
        assert next_steps(ENDED[case])[0].startswith("Data of this group is still being replicated")


@pytest.mark.parametrize("case", ENDED)
def test_steps_are_whole_sentences(case: str) -> None:
    steps = next_steps(ENDED[case])

    assert steps
    assert all(step[0].isupper() and step.endswith(".") and "{" not in step for step in steps)


def test_a_refusal_without_a_reason_is_taken_for_a_malformed_request() -> None:
    operation = refused(Refusal.OFF, "x", TICKET)
    assert operation.outcome
    nameless = replace(operation, outcome=replace(operation.outcome, refusal=None))

    assert next_steps(nameless) == next_steps(ENDED["refused-malformed"])


def test_an_operation_under_way_asks_for_patience() -> None:
    assert next_steps(replace(ENDED["succeeded"], outcome=None)) == ("Wait: the operation has not ended yet.",)


UNUSABLE = Why.of(Reason.BAD_CREDENTIAL, problem="none", secret="standdown/huawei-prod")


@pytest.mark.parametrize(
    ("why", "place"),
    [
        (
            Why(Reason.BAD_TARGET, {"target": "erp-prod", "key": "region", "problem": "is none"}),
            "/standdown-prod/targets/erp-prod",
        ),
        (Why(Reason.UNKNOWN_TARGET, {"target": "erp-prd"}), "/standdown-prod/targets/erp-prd"),
        (Why.of(Reason.MISPLACED_TARGET, target="erp", parameter="target/erp"), "/standdown-prod/targets/erp"),
        (Why.of(Reason.MISPLACED_TARGET, target="erp", parameter="target/erp"), "/standdown-prod/target/erp "),
        (Why(Reason.BAD_MODE, {"value": "of"}), "/standdown-prod/mode"),
        (Why.of(Reason.NO_STOP_SENT, UNUSABLE), "standdown/huawei-prod"),
    ],
)
@pytest.mark.parametrize("dry_run", [False, True])
def test_k11_what_has_to_be_corrected_is_said_with_the_stacks_own_place(why: Why, place: str, dry_run: bool) -> None:
    credential = why.code is Reason.NO_STOP_SENT
    operation = ended(Result.FAILED, why) if credential else refused(Refusal.NOT_ALLOWED, why, TICKET)

    steps = next_steps(replace(operation, dry_run=dry_run), prefix="/standdown-prod")

    assert any(step.startswith(("Correct", "Move")) and place in step for step in steps)
    assert not any("PREFIX" in step or "HuaweiSecretName" in step for step in steps)
    assert not any("find out who sent this" in step or "support" in step or "on purpose" in step for step in steps)
    assert any("by hand" in step or "SDRS console" in step for step in steps) is not dry_run


def test_k11c_a_mail_names_the_stacks_own_parameters() -> None:
    unknown = refused(Refusal.NOT_ALLOWED, Why.of(Reason.UNKNOWN_TARGET, target="erp-prd"), TICKET)

    assert "/standdown-prod/targets/erp-prd" in body(unknown, LINKS)
    assert any("/standdown-prod/targets/erp-prd" in step for step in detail(unknown, LINKS)["next_steps"])
    assert any("PREFIX/targets/erp-prd" in step for step in detail(unknown, Links())["next_steps"])


def test_k11b_a_name_that_somebody_wrote_cannot_break_the_step() -> None:
    steps = next_steps(refused(Refusal.NOT_ALLOWED, Why(Reason.UNKNOWN_TARGET, {"target": "{x}\n1."}), TICKET))

    assert any("PREFIX/targets/{x} 1." in step for step in steps)
