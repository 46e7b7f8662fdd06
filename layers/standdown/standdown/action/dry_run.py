"""A dry run: everything but the stop. Reads the group and says what a stop would have met; locks and sends nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from standdown.core.huawei_answer import answer_of_error
from standdown.core.operation import Operation, Outcome, Result
from standdown.core.reasons import Reason, Why
from standdown.core.retry import SOON, RetryLaterError
from standdown.huawei.account import HuaweiAccount
from standdown.sdrs.credentials import CredentialsError
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
        why = Why(Reason.BAD_CREDENTIAL) if isinstance(error, CredentialsError) else None
        return Outcome(Result.FAILED, clock(), f"Dry run: a stop could not be sent: {error}.", huawei=answer, why=why)
    return Outcome(
        Result.DRY_RUN,
        clock(),
        f"Dry run: nothing was sent. {_would(found.status, found.raw_status)}",
        group_status=found.raw_status,
        group_name=found.name,
    )


def _would(status: GroupStatus, word: str) -> str:
    if status.stoppable:
        return f"The group is {word!r}: SDRS would have taken the stop."
    if status.stopped:
        return "The group's protection is off already."
    if status.stopping:
        return "A stop of the group is under way already."
    return f"The group is {word!r}: SDRS would have refused the stop."
