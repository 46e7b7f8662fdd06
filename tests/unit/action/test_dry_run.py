"""A dry run: one read of the group, and what a stop would have met."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from standdown.action.dry_run import rehearse
from standdown.core.huawei_answer import answer_of_error
from standdown.core.operation import GroupRef, Operation
from standdown.core.outcome import Outcome, Result
from standdown.core.reasons import Reason, Why
from standdown.core.request import Source, StopRequest
from standdown.core.retry import SOON, RetryLaterError
from standdown.huawei.account import SecretError
from standdown.sdrs.credentials import CredentialsError
from standdown.sdrs.errors import ApiError, HuaweiError, NotSentError
from standdown.sdrs.models import GroupStatus, ProtectionGroup

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
GROUP = GroupRef("cn-north-4", "p", "40df180b-9fe2-471a-8c64-1b758dc84189")
OPERATION = Operation("0" * 32, StopRequest("d", Source.QUEUE, NOW, "erp-prod"), NOW, group=GROUP, dry_run=True)
REFUSED = ApiError("SDRS.0011: no", http_status=403, code="SDRS.0011")


class Huawei:
    """An account that answers, or fails, when a group is read."""

    def __init__(self, answer: str | HuaweiError) -> None:
        self._answer, self.asked = answer, list[tuple[Any, ...]]()

    def group(self, group: GroupRef, timeout: float) -> ProtectionGroup:
        """Return the group, or raise."""
        self.asked.append((group, timeout))
        if isinstance(self._answer, HuaweiError):
            raise self._answer
        return ProtectionGroup("g", "ERP production", GroupStatus.read(self._answer), self._answer)


def rehearsed(huawei: Any) -> Outcome:
    return rehearse(OPERATION, huawei, lambda: NOW, lambda: 7.5)


@pytest.mark.parametrize(
    ("status", "why"),
    [
        ("protected", Why.of(Reason.WOULD_STOP, status="protected")),
        ("error-stopping", Why.of(Reason.WOULD_STOP, status="error-stopping")),
        ("available", Why(Reason.WOULD_FIND_OFF)),
        ("stopping", Why(Reason.WOULD_FOLLOW)),
        ("starting", Why.of(Reason.WOULD_WAIT, status="starting")),
        ("reprotecting", Why.of(Reason.WOULD_WAIT, status="reprotecting")),
        ("reversing", Why.of(Reason.WOULD_WAIT, status="reversing")),
        ("failed-over", Why.of(Reason.WOULD_REFUSE, status="failed-over")),
        ("a new word", Why.of(Reason.WOULD_REFUSE, status="a new word")),
    ],
)
def test_a_dry_run_reads_the_group_once_and_says_what_a_stop_would_have_met(status: str, why: Why) -> None:
    huawei = Huawei(status)

    outcome = rehearsed(huawei)

    facts: dict[str, Any] = {"group_status": status, "group_name": "ERP production"}
    assert outcome == Outcome.of(Result.DRY_RUN, NOW, why, **facts)
    assert huawei.asked == [(GROUP, 7.5)]


@pytest.mark.parametrize("error", [REFUSED, CredentialsError("no credential")])
def test_a_dry_run_that_shows_that_no_stop_could_be_sent_has_failed(error: HuaweiError) -> None:
    outcome = rehearsed(Huawei(error))

    assert (outcome.result, outcome.ended_at) == (Result.FAILED, NOW)
    assert outcome.huawei == (answer_of_error(REFUSED) if error is REFUSED else None)
    assert outcome.why is not None
    assert outcome.why.code is Reason.DRY_RUN_FAILED
    assert [one.code for one in outcome.why.because] != []
    assert str(error) in outcome.detail


@pytest.mark.parametrize(
    ("error", "delay"),
    [
        (SecretError("not readable now"), SOON),
        (NotSentError("not sent: refused"), SOON),
        (ApiError("busy", http_status=503, retry_after=40), 40),
    ],
)
def test_a_dry_run_waits_for_what_passes(error: HuaweiError, delay: float) -> None:
    with pytest.raises(RetryLaterError) as caught:
        rehearsed(Huawei(error))

    assert (caught.value.why, caught.value.delay) == (str(error), delay)
