"""What a person should do now, by how the operation ended. Pure sentences; nothing is looked up."""

from __future__ import annotations

from collections.abc import Mapping

from standdown.base.text import one_line
from standdown.core.operation import Operation, Outcome, Refusal, Result
from standdown.publish.render.phrases import duration, name
from standdown.sdrs.classify import ErrorClass, classify_code

__all__ = ["next_steps", "still_protected"]

_OFF = frozenset({Result.SUCCEEDED, Result.ALREADY_STOPPED})
_WAIT = {
    "SDRS.1830": "Wait until the replication pairs have synchronised",
    "SDRS.1831": "Wait until the disk is no longer locked",
}
_STOP_BY_HAND = "If the stop cannot wait, stop the protection by hand in the SDRS console."
_ASK_AGAIN = "If the stop is still wanted, send it as a new request; a repeat of the old one will not be acted on."
_SWITCH_ON = (
    "Switch the protection on again in the SDRS console when the cause is dealt with: until then this group has no "
    "disaster recovery protection, and the copy at the recovery site stays as it was at the last synchronisation."
)
_CHECK_COPY = (
    "If you suspect ransomware or corrupted data, check the copy at the recovery site before anyone relies on it: "
    "what was damaged before the stop may have been replicated already."
)
_LOOK = (
    "Open the group in the SDRS console. If its status is available, protection is off and nothing more has to be "
    "stopped. If it is protected or error-stopping, data may still be replicated."
)
_STILL_ON = (
    "Data of this group is still being replicated. If it may be corrupted, act now: stop the protection by hand in the "
    "SDRS console, and if that fails too, keep the production servers from writing."
)
_CONFIRM = (
    "Open the group in the SDRS console and see that its status is available: SDRS reported the stop as done, but we "
    "could not confirm it on the group itself."
)
_SINCE_WHEN = (
    "Nothing has to be stopped. If you did not know that protection was off, find out since when: the copy at the "
    "recovery site is as old as that."
)
_CREDENTIAL = (
    "Have the Huawei Cloud credential of this stack checked: it must be valid, and its user must be allowed to stop "
    "protection in the group's project."
)
_MAY_END_WELL = (
    "Watch the stop in the SDRS console: it may still end well. When the group is available, its protection is off."
)
_NO_SECOND_STOP = (
    "Do not send another stop while this one is running. No further message about this operation will come."
)
_WHY_UNSEEN = (
    "Find out why we could not see it: the log lines say which calls failed. Most often it is the network, the "
    "credential, or an outage of SDRS."
)
_SENDER = (
    "If it is wanted, stop the protection by hand in the SDRS console, or have this sender allowed in the target's "
    "settings and send a new request."
)
_TOO_OLD = (
    "The request was more than {age} old when it was to be acted on, and the group may have been switched on again "
    "since."
)
_BUSY = (
    "The group's status was {status}. SDRS stops a group only while it is protected or error-stopping: wait until "
    "what is under way has ended, or put it right in the SDRS console."
)
_NO_SUCH_GROUP = (
    "Check the group's id, region and project in the settings of the target {name}: SDRS knows no such group there. "
    "It may have been deleted or made anew."
)
_JUST_STOPPED = (
    "A stop of this group was carried out only a short while ago. See in the SDRS console whether the group has been "
    "switched on again since."
)

_FIXED: Mapping[Result, tuple[str, ...]] = {
    Result.ALREADY_STOPPED: (_SINCE_WHEN, _SWITCH_ON),
    Result.TIMED_OUT: (
        _MAY_END_WELL,
        _NO_SECOND_STOP,
        "If it does not end, open a ticket with Huawei Cloud support and name the job.",
    ),
    Result.UNKNOWN: (_LOOK, _WHY_UNSEEN),
}
_REFUSED: Mapping[Refusal, tuple[str, ...]] = {
    Refusal.NOT_ALLOWED: (
        "If the stop is not wanted, find out who sent this and why: it was not allowed to stop {name}.",
        _SENDER,
    ),
    Refusal.STALE: (_TOO_OLD, _ASK_AGAIN),
    Refusal.WRONG_STATE: (_BUSY, _ASK_AGAIN),
    Refusal.NOT_FOUND: (_NO_SUCH_GROUP, _STOP_BY_HAND),
    Refusal.OFF: (
        "Stops are switched off for {name} or for the whole stack, on purpose as far as we know.",
        _STOP_BY_HAND,
        "To let requests through again, set the mode back to live and send a new request.",
    ),
    Refusal.COOLDOWN: (_JUST_STOPPED, _ASK_AGAIN),
    Refusal.USED_ID: (
        "If the stop is wanted, send the request again with a delivery_id that was never used.",
        _STOP_BY_HAND,
    ),
    Refusal.MALFORMED: (
        "Have the request corrected by whoever sent it, and sent again as a new one.",
        _STOP_BY_HAND,
    ),
}


def still_protected(outcome: Outcome) -> bool | None:
    """Return whether the group is still protected, at least in part, as far as is known; None where it is not."""
    if outcome.verified or outcome.group_status == "available":
        return False
    if outcome.group_status in ("protected", "error-stopping"):
        return True
    if outcome.result in _OFF and outcome.verified is None:
        return False
    return False if outcome.joined_result in _OFF else None


def next_steps(operation: Operation) -> tuple[str, ...]:
    """Return what to do now, one sentence or two a step, the most urgent first."""
    outcome = operation.outcome
    if outcome is None:
        return ("Wait: the operation has not ended yet.",)
    return _FIXED.get(outcome.result) or _depending(operation, outcome)


def _depending(operation: Operation, outcome: Outcome) -> tuple[str, ...]:
    match outcome.result:
        case Result.SUCCEEDED:
            return ("Nothing more has to be stopped." if outcome.verified else _CONFIRM, _CHECK_COPY, _SWITCH_ON)
        case Result.FAILED:
            return _failed(operation, outcome)
        case Result.DRY_RUN:
            return (_in_earnest(operation),)
        case Result.JOINED:
            return _joined(operation, outcome)
        case _:
            return _refused(operation, outcome)


def _failed(operation: Operation, outcome: Outcome) -> tuple[str, ...]:
    code, said = _code(outcome), outcome.huawei
    if code in _WAIT:
        remedy = f"{_WAIT[code]}, then send the stop as a new request."
    elif said and classify_code(said.http_status, code) is ErrorClass.CREDENTIALS:
        remedy = _CREDENTIAL
    else:
        remedy = "Send it once more as a new request: many failures pass by themselves."
    quote = f"name request id {one_line(said.request_id, 80)}" if said and said.request_id else "quote what SDRS said"
    ticket = f"If it fails again, open a ticket with Huawei Cloud support and {quote}."
    return (remedy, ticket) if operation.dry_run else (_urgent(outcome), remedy, ticket)


def _urgent(outcome: Outcome) -> str:
    protected = still_protected(outcome)
    if protected is None:
        return _LOOK
    if protected:
        return _STILL_ON
    return "Open the group in the SDRS console and make sure that its status is still available."


def _in_earnest(operation: Operation) -> str:
    return (
        f"Nothing has to be done. To stop {name(operation)} in earnest, send the request without dry_run and with a "
        "delivery_id of its own, and make sure that neither the target nor the stack is set to dry-run."
    )


def _joined(operation: Operation, outcome: Outcome) -> tuple[str, ...]:
    if outcome.joined_result in _OFF:
        return ("Nothing more has to be stopped for this request.", _CHECK_COPY, _SWITCH_ON)
    other = one_line(outcome.joined_to or operation.joined_to or "", 64)
    return (_urgent(outcome), f"Follow the message about operation {other}: it says how that stop ended.")


def _refused(operation: Operation, outcome: Outcome) -> tuple[str, ...]:
    filled = {
        "name": name(operation),
        "status": one_line(outcome.group_status or "unknown", 40),
        "age": duration(operation.stale_at - operation.request.requested_at),
    }
    return tuple(step.format(**filled) for step in _REFUSED[outcome.refusal or Refusal.MALFORMED])


def _code(outcome: Outcome) -> str | None:
    """Return the code that says most: a failed sub-job's where there is one, for the job's own only sums it up."""
    if outcome.huawei is None:
        return None
    codes = [job.code for job in outcome.huawei.failed_sub_jobs if job.code]
    return codes[0] if codes else outcome.huawei.code
