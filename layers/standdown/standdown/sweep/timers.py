"""Ask for the resumes that are due, through the queue: the trigger alone acts, and reads for itself what is due."""

from __future__ import annotations

from standdown.action.invocation import Invocation
from standdown.aws.request_queue import QueueError, RequestQueue
from standdown.base.log import logger
from standdown.core.due import is_due, resume_of
from standdown.ledger.table import LedgerError

__all__ = ["ask_for_due_resumes"]


def ask_for_due_resumes(invocation: Invocation, queue: RequestQueue) -> int:
    """Queue each hold whose time has come and whose resume is not recorded yet; return how many there were.

    Raises nothing: the next run, five minutes later, asks for what this one could not.
    """
    asked = 0
    try:
        for hold in invocation.ledger.holds.listed():
            now = invocation.clock()
            if is_due(hold, now) and invocation.ledger.get(resume_of(hold, now).operation_id) is None:
                queue.resume_due(hold.hold_id)
                logger.info("resume is due", extra={"hold": hold.hold_id, "target": hold.target_name})
                asked += 1
    except (LedgerError, QueueError) as error:
        logger.warning("due resumes not asked for", extra={"problem": str(error)})
    return asked
