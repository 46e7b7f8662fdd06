"""What a person should do now, by how the operation ended. Pure sentences; nothing is looked up."""

from __future__ import annotations

from collections.abc import Mapping

from standdown.base.text import one_line
from standdown.core.operation import Operation, Outcome, Result
from standdown.publish.render.causes import correction
from standdown.publish.render.phrases import name
from standdown.publish.render.refusals import after_refusal
from standdown.publish.render.urgency import OFF, STILL_ON, still_protected
from standdown.sdrs.classify import ErrorClass, classify_code

__all__ = ["next_steps"]

_WAIT = {
    "SDRS.1830": "Wait until the replication pairs have synchronised",
    "SDRS.1831": "Wait until the disk is no longer locked",
}
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
    "stopped. If it is protected or error-stopping, data may still be replicated: stop the protection by hand there."
)
_CONFIRM = (
    "Open the group in the SDRS console and see that its status is available: SDRS reported the stop as done, but we "
    "could not confirm it on the group itself. If it is not available, stop the protection by hand."
)
_SINCE_WHEN = (
    "Nothing has to be stopped. If you did not know that protection was off, find out since when: the copy at the "
    "recovery site is as old as that."
)
_CLOCK = (
    "Huawei Cloud held the signature to be too old: the clock of one side is wrong, or the call was late. "
    "Send the stop as a new request."
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

_FIXED: Mapping[Result, tuple[str, ...]] = {
    Result.ALREADY_STOPPED: (_SINCE_WHEN, _SWITCH_ON),
    Result.TIMED_OUT: (
        _MAY_END_WELL,
        _NO_SECOND_STOP,
        "If it does not end, open a ticket with Huawei Cloud support and name the job.",
    ),
    Result.UNKNOWN: (_LOOK, _WHY_UNSEEN),
}


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
            return (_after_dry_run(operation),)
        case Result.JOINED:
            return _joined(operation, outcome)
        case _:
            return after_refusal(operation, outcome)


def _failed(operation: Operation, outcome: Outcome) -> tuple[str, ...]:
    code, said = _code(outcome), outcome.huawei
    if corrected := correction(outcome.why):
        remedies: tuple[str, ...] = (f"{corrected} Then send the request again as a new one.",)
        return remedies if operation.dry_run else (_by_hand(outcome), *remedies)
    if code in _WAIT:
        remedy = f"{_WAIT[code]}, then send the stop as a new request."
    elif said and classify_code(said.http_status, code) is ErrorClass.CREDENTIALS:
        # The gateway gives one code for a wrong key and for a request that it holds to be too old.
        remedy = _CLOCK if "expired" in said.message.lower() else _CREDENTIAL
    else:
        remedy = "Send it once more as a new request: many failures pass by themselves."
    quote = f"name request id {one_line(said.request_id, 80)}" if said and said.request_id else "quote what SDRS said"
    ticket = f"If it fails again, open a ticket with Huawei Cloud support and {quote}."
    return (remedy, ticket) if operation.dry_run else (_by_hand(outcome), remedy, ticket)


def _by_hand(outcome: Outcome) -> str:
    protected = still_protected(outcome)
    if protected is None:
        return _LOOK
    if protected:
        return STILL_ON
    return "Open the group in the SDRS console and make sure that its status is still available."


def _after_dry_run(operation: Operation) -> str:
    return (
        f"Nothing has to be done. To stop {name(operation)}, send the request without dry_run and with a "
        "delivery_id of its own, and make sure that neither the target nor the stack is set to dry-run."
    )


def _joined(operation: Operation, outcome: Outcome) -> tuple[str, ...]:
    if outcome.joined_result in OFF:
        return ("Nothing more has to be stopped for this request.", _CHECK_COPY, _SWITCH_ON)
    other = one_line(outcome.joined_to or operation.joined_to or "", 64)
    return (_by_hand(outcome), f"Follow the message about operation {other}: it says how that stop ended.")


def _code(outcome: Outcome) -> str | None:
    """Return the code that says most: a failed sub-job's where there is one, for the job's own only sums it up."""
    if outcome.huawei is None:
        return None
    codes = [job.code for job in outcome.huawei.failed_sub_jobs if job.code]
    return codes[0] if codes else outcome.huawei.code
