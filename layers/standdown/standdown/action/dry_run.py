"""A dry run: everything but the call. Reads the group and says what it would have met; locks and sends nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from standdown.core.actions import reason_of
from standdown.core.decisions import Step, after_look
from standdown.core.huawei_answer import answer_of_error, why_of_error
from standdown.core.operation import Operation
from standdown.core.outcome import Outcome, Result
from standdown.core.reasons import Reason, Why
from standdown.core.request import Action
from standdown.core.retry import SOON, RetryLaterError
from standdown.huawei.account import HuaweiAccount
from standdown.sdrs.errors import HuaweiError, SdrsError
from standdown.sdrs.models import GroupStatus


def rehearse(
    operation: Operation, huawei: HuaweiAccount, clock: Callable[[], datetime], time_for_call: Callable[[], float]
) -> Outcome:
    """Return the outcome of a dry run; a rehearsal that shows that a stop could not even be sent has failed.

    Raises RetryLaterError where Huawei Cloud cannot be reached now.
    """
    try:
        found = huawei.group(operation.located, time_for_call())
    except HuaweiError as error:
        if error.retryable:
            raise RetryLaterError(str(error), error.retry_after or SOON) from error
        answer = answer_of_error(error) if isinstance(error, SdrsError) else None
        failed = Why.of(reason_of(operation.action, Reason.DRY_RUN_FAILED), why_of_error(error))
        return Outcome.of(Result.FAILED, clock(), failed, huawei=answer)
    return Outcome.of(
        Result.DRY_RUN,
        clock(),
        _would(operation.action, found.status, found.raw_status),
        group_status=found.raw_status,
        group_name=found.name,
    )


def _would(action: Action, status: GroupStatus, word: str) -> Why:
    match after_look(status, maybe_sent=False, action=action):
        case Step.DONE:
            return Why(reason_of(action, Reason.WOULD_FIND_OFF))
        case Step.FOLLOW:
            return Why(reason_of(action, Reason.WOULD_FOLLOW))
        case Step.LATER:
            return Why.of(reason_of(action, Reason.WOULD_WAIT), status=word)
        case Step.POST:
            return Why.of(reason_of(action, Reason.WOULD_STOP), status=word)
        case _:
            return Why.of(reason_of(action, Reason.WOULD_REFUSE), status=word)
