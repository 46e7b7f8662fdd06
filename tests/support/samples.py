"""Ended operations of every kind, as they come from the ledger: what the messages and events are shown with."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from standdown.core.hold import Asker, Hold, HoldState
from standdown.core.notice import Notice, NoticeKind, Unwatched, notice_id
from standdown.core.operation import GroupRef, Operation, State
from standdown.core.outcome import FailedSubJob, HuaweiAnswer, Outcome, Pairs, Refusal, Result
from standdown.core.reasons import Reason, Why
from standdown.core.request import Action, Source, StopRequest
from standdown.publish.render.links import Links

ALARM_AT = datetime(2026, 11, 24, 2, 14, 7, tzinfo=UTC)
GROUP = GroupRef("cn-north-4", "0605767a9980d5762f6bc00b8e0d2a8c", "40df180b-9fe2-471a-8c64-1b758dc84189")
ALARM = StopRequest(
    "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:erp-prod-corruption-pages/2026-11-24T02:14:07.000Z",
    Source.ALARM,
    ALARM_AT,
    target="erp-prod",
    reason="Threshold Crossed: 1 datapoint [57.0 (24/11/26 02:13:00)] was greater than the threshold (10.0).",
    alarm="erp-prod-corruption-pages",
)
TICKET = StopRequest(
    "msg_2Lh9KRb0pzN4LePd3XiA4v12345",
    Source.WEBHOOK,
    ALARM_AT + timedelta(seconds=9),
    target="erp-prod",
    reason="Change CHG-4711: storage firmware, replication off from 02:00",
    requested_by="Ada Lovelace",
)
LINKS = Links(
    workflow_arn="arn:aws:states:eu-central-1:123456789012:stateMachine:standdown-StopWorkflow",
    log_groups=("/standdown/trigger", "/standdown/poller"),
    huawei_region="cn-north-4",
    stack="standdown-prod",
    config_prefix="/standdown-prod",
    runbook="https://wiki.example.com/dr/{target}",
    queue_url="https://sqs.eu-central-1.amazonaws.com/123456789012/standdown-RequestQueue",
)
OTHER = "9f86d081884c7d659a2feaa0c55ad015"


def ended(result: Result, why: Why | str, seconds: float = 24, request: StopRequest = ALARM, **known: Any) -> Operation:
    """Return an operation that went through the stop and ended like this, so many seconds after it was received.

    A text in place of a reason makes the record one of 0.1.0, which had none.
    """
    received = request.requested_at + timedelta(seconds=1.25)
    at = received + timedelta(seconds=seconds)
    if isinstance(why, str):
        outcome = Outcome(result, at, why, looks=6, **known)
    else:
        outcome = Outcome.of(result, at, why, looks=6, **known)
    return Operation(
        operation_id=request.operation_id,
        request=request,
        received_at=received,
        state=State.ENDED,
        target="erp-prod",
        group=GROUP,
        job_id="ff8080825ddb93b7015ddb9d57ba0008",
        accepted_at=received + timedelta(seconds=0.8),
        outcome=outcome,
    )


def refused(refusal: Refusal, why: Why | str, request: StopRequest = ALARM, **known: Any) -> Operation:
    """Return an operation that was refused before anything was sent."""
    operation = ended(Result.REFUSED, why, 0.4, request, refusal=refusal, **known)
    return replace(operation, job_id=None, accepted_at=None)


def _joined(result: Result, **known: Any) -> Operation:
    why = Why.of(Reason.JOINED, operation_id=OTHER)
    operation = ended(Result.JOINED, why, 15, TICKET, joined_to=OTHER, joined_result=result, **known)
    return replace(operation, state=State.ENDED, job_id=None, accepted_at=None, joined_to=OTHER)


_OFF: dict[str, Any] = {"group_status": "available", "group_name": "ERP production", "verified": True}
_WHOLE: dict[str, Any] = {
    "pairs": Pairs(2, 2, 0, 0),
    "copy_as_of": ALARM_AT + timedelta(seconds=1.95),
    "copy_until": ALARM_AT + timedelta(seconds=23),
}
_SINCE = ALARM_AT + timedelta(seconds=23)
_NIGHT = StopRequest(
    "night", Source.SCHEDULE, ALARM_AT, target="erp-prod", reason="nightly window", requested_by="nightly"
)
_NO_READ = "SDRS.0005: No permission for the operation (HTTP 403)"
_ON: dict[str, Any] = {"group_status": "protected", "group_name": "ERP production", "verified": False}
_BROKEN: dict[str, Any] = {"group_status": "error-stopping", "group_name": "ERP production", "verified": False}
_PAIRS = HuaweiAnswer(
    code="SDRS.0406",
    message="StopProtectionGroupNoCGTask-fail:SDRS.0406:Failed to execute the subjob.",
    failed_sub_jobs=(
        FailedSubJob(
            "ff8080825ddb93b7015ddb9d57ba0010",
            "9a23dbdf-3bd6-4f60-8c1c-3f1b5c4a9b52",
            "SDRS.0011",
            'SdrsExtendReplicationPairNewTask-fail:SDRS.0011:Client error : {"badRequest": {"message": "Volume '
            '0a1b2c3d is being backed up", "code": 400}}',
        ),
        FailedSubJob("ff8080825ddb93b7015ddb9d57ba0011", None, None, ""),
    ),
)
_DENIED = HuaweiAnswer(403, "SDRS.0005", "No permission for the operation", "b9a7c1f0d2e34a5b8c6d7e8f90a1b2c3")
_SYNCING = HuaweiAnswer(400, "SDRS.1830", "复制对正在同步数据", "c1d2e3f4a5b6978800112233445566aa")
_WRONG = HuaweiAnswer(400, "SDRS.1002", "The protection group status is starting.", "d2e3f4a5b697880011223344556677bb")
_NO_RIGHT = Why.of(
    Reason.REQUEST_REFUSED, problem="SDRS.0005: No permission for the operation (HTTP 403)", code="SDRS.0005"
)
_SYNCS = "SDRS.1830: 复制对正在同步数据 (HTTP 400)"
_OLD = Why.of(Reason.STALE, minutes=1_560, target="erp-prod", most=60)
_DRY = replace(TICKET, dry_run=True)
_STRANGER = replace(TICKET, requested_by="", reason="")
_USED = replace(TICKET, source=Source.QUEUE, delivery_id="CHG-4711", own_id=True)
_MALFORMED = replace(TICKET, source=Source.QUEUE).flawed(Why.of(Reason.NOT_TRUE_OR_FALSE, key="dry_run", kind="text"))
_BY_ID = replace(TICKET, target=None, server_group_id="40df180b-9fe2-471a-8c64-1b758dc84189")

ENDED: dict[str, Operation] = {
    "succeeded": ended(Result.SUCCEEDED, Why(Reason.PROTECTION_OFF), **_OFF, **_WHOLE),
    "succeeded-half-stopped": ended(
        Result.SUCCEEDED,
        Why.of(Reason.PAIRS_NOT_STOPPED, count=1, total=2, pairs="erp-db-disk2 (protected)"),
        140,
        **(_OFF | _WHOLE | {"verified": False, "copy_until": None, "pairs": Pairs(2, 1, 1, 0)}),
    ),
    "succeeded-pairs-not-told": ended(
        Result.SUCCEEDED, Why.of(Reason.PAIRS_NOT_TOLD, problem=_NO_READ), **(_OFF | {"verified": False})
    ),
    "succeeded-unverified": ended(
        Result.SUCCEEDED,
        Why(Reason.JOB_DONE_GROUP_UNREAD),
        95,
        verified=False,
    ),
    "succeeded-with-more-causes": replace(
        ended(Result.SUCCEEDED, Why(Reason.PROTECTION_OFF), **_OFF),
        causes=(TICKET, replace(TICKET, delivery_id="d3", source=Source.SCHEDULE, requested_by="", reason="")),
    ),
    "failed": ended(Result.FAILED, Why.of(Reason.JOB_FAILED_PAIRS, failed=2, total=2), huawei=_PAIRS, **_BROKEN),
    "failed-credential": replace(
        ended(Result.FAILED, Why.of(Reason.NO_STOP_SENT, _NO_RIGHT), 2, huawei=_DENIED), job_id=None, accepted_at=None
    ),
    "failed-synchronizing": replace(
        ended(Result.FAILED, Why.of(Reason.TOO_LATE_SINCE, minutes=60, problem=_SYNCS), 3_600, huawei=_SYNCING, **_ON),
        job_id=None,
        accepted_at=None,
    ),
    "failed-dry-run": replace(
        ended(Result.FAILED, Why.of(Reason.DRY_RUN_FAILED, _NO_RIGHT), 1, _DRY, huawei=_DENIED),
        job_id=None,
        accepted_at=None,
        dry_run=True,
    ),
    "already-stopped": replace(
        ended(Result.ALREADY_STOPPED, Why(Reason.ALREADY_OFF), 1, **_OFF),
        job_id=None,
        accepted_at=None,
    ),
    "refused-not-allowed": refused(
        Refusal.NOT_ALLOWED,
        Why.of(Reason.SOURCE_NOT_ALLOWED, target="erp-prod", allowed="alarm, queue", source="webhook"),
        _STRANGER,
    ),
    "refused-stale": replace(
        refused(Refusal.STALE, _OLD),
        received_at=ALARM_AT + timedelta(hours=26),
        outcome=Outcome.of(Result.REFUSED, ALARM_AT + timedelta(hours=26, seconds=0.4), _OLD, Refusal.STALE),
    ),
    "refused-wrong-state": refused(
        Refusal.WRONG_STATE,
        Why.of(Reason.WRONG_STATE, status="starting"),
        huawei=_WRONG,
        group_status="starting",
    ),
    "refused-production-failed": refused(
        Refusal.PRODUCTION_FAILED, Why.of(Reason.PRODUCTION_FAILED, pairs="erp-db-disk2 (protected)")
    ),
    "refused-not-found": refused(Refusal.NOT_FOUND, Why(Reason.NO_SUCH_GROUP)),
    "refused-off": refused(Refusal.OFF, Why.of(Reason.TARGET_OFF, target="erp-prod")),
    "refused-cooldown": refused(
        Refusal.COOLDOWN, Why.of(Reason.COOLDOWN, stopped_at="2026-11-24T02:10:08.000Z", minutes=30)
    ),
    "refused-malformed": refused(Refusal.MALFORMED, _MALFORMED.malformed or Why(Reason.MALFORMED), _MALFORMED),
    "refused-used-id": refused(
        Refusal.USED_ID, Why.of(Reason.USED_ID_CHANGED, delivery_id="CHG-4711", operation_id=OTHER), _USED
    ),
    "refused-unknown-group": replace(
        refused(Refusal.NOT_ALLOWED, Why.of(Reason.UNKNOWN_GROUP, server_group_id=_BY_ID.server_group_id), _BY_ID),
        target=None,
        group=None,
    ),
    "timed-out": ended(
        Result.TIMED_OUT,
        Why.of(Reason.STILL_RUNNING, minutes=60, status="stopping"),
        3_600,
        group_status="stopping",
        verified=False,
    ),
    "unknown": ended(Result.UNKNOWN, Why.of(Reason.WORKFLOW_BROKE_UNSEEN, execution="aborted"), 3_700),
    "dry-run": replace(
        ended(
            Result.DRY_RUN,
            Why.of(Reason.WOULD_STOP, status="protected"),
            1,
            _DRY,
            group_status="protected",
            group_name="ERP production",
        ),
        job_id=None,
        accepted_at=None,
        dry_run=True,
    ),
    "joined-succeeded": _joined(Result.SUCCEEDED, **_OFF),
    "joined-failed": _joined(Result.FAILED, huawei=_PAIRS, **_BROKEN),
    "succeeded-for-the-night": replace(
        ended(Result.SUCCEEDED, Why(Reason.PROTECTION_OFF), 24, _NIGHT, unprotected_since=_SINCE, **_OFF, **_WHOLE),
        resume_at="06:00 Europe/Berlin",
    ),
    "refused-skipped": refused(
        Refusal.SKIPPED,
        Why.of(
            Reason.SKIPPED_FOR,
            target="erp-prod",
            calendar="holidays",
            day="2026-11-24",
            zone="Europe/Berlin",
            reason="closing of the year",
        ),
        _NIGHT,
    ),
}

# What is done to have protection back. All of it undoes what `succeeded` has done.

BACK = StopRequest(
    "CHG-4711-back",
    Source.QUEUE,
    ALARM_AT + timedelta(hours=5),
    target="erp-prod",
    reason="The volume is clean again, the copy is kept",
    requested_by="Ada Lovelace",
    action=Action.RESUME,
    hold=ALARM.operation_id,
    person="Ada Lovelace",
    sender="AROAEXAMPLEEXAMPLE:ada",
)
TIMER = replace(BACK, source=Source.TIMER, delivery_id="timer", requested_by="", person="", sender="", reason="")
_DRY_BACK = replace(BACK, dry_run=True)
_STRANGE_BACK = replace(BACK, source=Source.WEBHOOK, requested_by="", person="", sender="", reason="")
_BAD_BACK = replace(BACK, hold=None).flawed(Why(Reason.HOLD_MISSING))
_ON_AGAIN: dict[str, Any] = {
    "group_status": "protected",
    "group_name": "ERP production",
    "verified": True,
    "unprotected_since": _SINCE,
}
_STILL_OFF: dict[str, Any] = {"group_status": "error-starting", "group_name": "ERP production", "verified": False}
_STARTING = HuaweiAnswer(
    code="SDRS.0406",
    message="StartProtectionGroupNoCGTask-fail:SDRS.0406:Failed to execute the subjob.",
    failed_sub_jobs=(
        FailedSubJob("ff8080825ddb93b7015ddb9d57ba0020", "9a23dbdf-3bd6-4f60-8c1c-3f1b5c4a9b52", "SDRS.1831", "locked"),
    ),
)


def _unsent(result: Result, why: Why, request: StopRequest = BACK, seconds: float = 1, **known: Any) -> Operation:
    return replace(
        ended(result, why, seconds, request, **known), job_id=None, accepted_at=None, dry_run=request.dry_run
    )


def _joined_back(result: Result, **known: Any) -> Operation:
    why = Why.of(Reason.RESUME_JOINED, operation_id=OTHER)
    operation = _unsent(Result.JOINED, why, seconds=15, joined_to=OTHER, joined_result=result, **known)
    return replace(operation, joined_to=OTHER)


def _refused_back(refusal: Refusal, why: Why, request: StopRequest = BACK, **known: Any) -> Operation:
    return _unsent(Result.REFUSED, why, request, 0.4, refusal=refusal, **known)


ENDED |= {
    "resumed": ended(Result.RESUMED, Why(Reason.PROTECTION_ON), 95, BACK, in_step=True, progress=100, **_ON_AGAIN),
    "resumed-copying": ended(
        Result.RESUMED, Why(Reason.PROTECTION_ON), 95, BACK, in_step=False, progress=37, **_ON_AGAIN
    ),
    "resumed-by-its-timer": ended(Result.RESUMED, Why(Reason.PROTECTION_ON), 95, TIMER, in_step=False, **_ON_AGAIN),
    "resumed-unverified": ended(
        Result.RESUMED, Why(Reason.RESUME_JOB_DONE_GROUP_UNREAD), 140, BACK, verified=False, unprotected_since=_SINCE
    ),
    "already-protected": _unsent(Result.ALREADY_PROTECTED, Why(Reason.ALREADY_ON), in_step=True, **_ON_AGAIN),
    "resume-failed": ended(
        Result.FAILED,
        Why.of(Reason.RESUME_JOB_FAILED_PAIRS, failed=1, total=2),
        61,
        BACK,
        huawei=_STARTING,
        **_STILL_OFF,
    ),
    "resume-failed-credential": _unsent(
        Result.FAILED, Why.of(Reason.NO_RESUME_SENT, _NO_RIGHT), seconds=2, huawei=_DENIED, group_status="available"
    ),
    "resume-failed-dry-run": _unsent(
        Result.FAILED, Why.of(Reason.RESUME_DRY_RUN_FAILED, _NO_RIGHT), _DRY_BACK, huawei=_DENIED
    ),
    "resume-timed-out": ended(
        Result.TIMED_OUT,
        Why.of(Reason.RESUME_STILL_RUNNING, minutes=60, status="starting"),
        3_600,
        BACK,
        group_status="starting",
        verified=False,
    ),
    "resume-unknown": ended(
        Result.UNKNOWN, Why.of(Reason.RESUME_WORKFLOW_BROKE_UNSEEN, execution="aborted"), 3_700, BACK
    ),
    "resume-dry-run": _unsent(
        Result.DRY_RUN, Why.of(Reason.WOULD_RESUME, status="available"), _DRY_BACK, group_status="available"
    ),
    "resume-joined": _joined_back(Result.RESUMED, in_step=False, progress=37, **_ON_AGAIN),
    "resume-joined-failed": _joined_back(Result.FAILED, huawei=_STARTING, **_STILL_OFF),
    "resume-refused-other-direction": _refused_back(
        Refusal.WRONG_STATE, Why.of(Reason.OTHER_DIRECTION, status="failed-over"), group_status="failed-over"
    ),
    "resume-refused-wrong-state": _refused_back(
        Refusal.WRONG_STATE, Why.of(Reason.RESUME_WRONG_STATE, status="deleting"), group_status="deleting"
    ),
    "resume-refused-hold-changed": _refused_back(
        Refusal.HOLD_CHANGED, Why.of(Reason.HOLD_CHANGED, hold=ALARM.operation_id, now=OTHER)
    ),
    "resume-refused-timer-not-alone": _refused_back(Refusal.HOLD_CHANGED, Why(Reason.TIMER_NOT_ALONE), TIMER),
    "resume-refused-stop-under-way": _refused_back(
        Refusal.STOP_UNDER_WAY, Why.of(Reason.STOP_UNDER_WAY, operation_id=OTHER), group_status="stopping"
    ),
    "resume-refused-not-allowed": _refused_back(
        Refusal.NOT_ALLOWED,
        Why.of(Reason.RESUME_SOURCE_NOT_ALLOWED, target="erp-prod", allowed="direct", source="webhook"),
        _STRANGE_BACK,
    ),
    "resume-refused-no-person": _refused_back(
        Refusal.NOT_ALLOWED, Why(Reason.NO_PERSON), replace(BACK, requested_by="")
    ),
    "resume-refused-stale": _refused_back(Refusal.STALE, _OLD),
    "resume-refused-malformed": _refused_back(
        Refusal.MALFORMED, _BAD_BACK.malformed or Why(Reason.MALFORMED), _BAD_BACK
    ),
    "resume-refused-off": _refused_back(Refusal.OFF, Why(Reason.STACK_OFF)),
    "resume-refused-not-found": _refused_back(Refusal.NOT_FOUND, Why(Reason.NO_SUCH_GROUP)),
    "resume-refused-used-id": _refused_back(
        Refusal.USED_ID, Why.of(Reason.USED_ID_CHANGED, delivery_id="CHG-4711-back", operation_id=OTHER)
    ),
}

# What is told beside outcomes.

HOLD = Hold(
    hold_id=TICKET.operation_id,
    group=GROUP,
    since=ALARM_AT + timedelta(seconds=23),
    status="available",
    name="ERP production",
    target_name="erp-prod",
    asked=(Asker.of(_NIGHT), Asker.of(TICKET)),
    askers=2,
    priority_station="source",
    notices=1,
    resume_at=ALARM_AT + timedelta(hours=2, minutes=45, seconds=53),
    resume_set_by=_NIGHT.operation_id,
)
OUTSIDE = replace(HOLD, hold_id=OTHER, asked=(), askers=0, outside=True, resume_at=None, resume_set_by=None)
BY_ALARM = replace(OUTSIDE, hold_id=ALARM.operation_id, outside=False, alarmed=True, asked=(Asker.of(ALARM),), askers=9)
TURNED = replace(OUTSIDE, status="failed-over", priority_station="target")
OVER = replace(
    BY_ALARM,
    state=HoldState.OVER,
    status="protected",
    resumed_by=BACK.operation_id,
    ended_at=ALARM_AT + timedelta(hours=5, minutes=40),
)
QUIET = replace(BY_ALARM, acknowledged_until=ALARM_AT + timedelta(hours=16), acknowledged_by="Ada Lovelace", notices=2)


def notice(kind: NoticeKind, hold: Hold | None = HOLD, hours: float = 4.1, **known: Any) -> Notice:
    """Return a notice that was due so many hours after the alarm."""
    at, about = ALARM_AT + timedelta(hours=hours), hold.hold_id if hold else OTHER
    if hold is not None:
        known |= {"target_name": hold.target_name, "group": hold.group, "group_name": hold.name}
    return Notice(notice_id(about, 1), kind, at, hold, **known)


NOTICES: dict[str, Notice] = {
    "reminder": notice(NoticeKind.REMINDER),
    "reminder-after-an-alarm": notice(NoticeKind.REMINDER, BY_ALARM),
    "reminder-outside": notice(NoticeKind.REMINDER, OUTSIDE, 28.1),
    "reminder-failed-over": notice(NoticeKind.REMINDER, TURNED),
    "in-step": notice(NoticeKind.IN_STEP, OVER, 5.7, progress=100),
    "acknowledged": notice(NoticeKind.ACKNOWLEDGED, QUIET),
    "stop-by-hand": notice(
        NoticeKind.STOP_BY_HAND,
        None,
        0.05,
        operation_id=OTHER,
        target_name="erp-prod",
        group=GROUP,
        problem="SDRS.1830: the replication pairs are synchronising (HTTP 400)",
        requested_at=ALARM_AT,
    ),
    "unwatched": notice(
        NoticeKind.UNWATCHED,
        None,
        unwatched=(
            Unwatched("7f1b0c5e-0000-4000-8000-000000000001", "test group", "available"),
            Unwatched("7f1b0c5e-0000-4000-8000-000000000002", "", "error-starting", ALARM_AT - timedelta(days=3)),
        ),
    ),
}
