"""Operations as the notifier's history answers them, for reports."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

SINCE, UNTIL = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
HOSTILE = "<script>window.pwned=1</script>\"'><img src=x onerror=window.pwned=1>\u202e\x1b[2J"


def operation(day: float, target: str = "erp-prod", outcome: str | None = "succeeded", **more: Any) -> dict[str, Any]:
    """Return an operation of a day in November 2026 that ended so; a stop was accepted after two seconds."""
    then = SINCE + timedelta(days=day)
    stopped = outcome in ("succeeded", "failed", "timed_out")
    seen = {"succeeded": "available", "already_stopped": "available", "dry_run": "protected"}.get(outcome or "")
    return {
        "operation_id": f"{int(day * 1000):032x}",
        "target": target,
        "who": "Ada Lovelace (by a direct call)",
        "reason": "failback rehearsal",
        "requested_at": _iso(then),
        "received_at": _iso(then),
        "accepted_at": _iso(then + timedelta(seconds=2)) if stopped else None,
        "ended_at": _iso(then + timedelta(minutes=6)) if outcome else None,
        "outcome": outcome,
        "refusal": "stale" if outcome == "refused" else None,
        "verified": True if outcome == "succeeded" else None,
        "dry_run": outcome == "dry_run",
        "group_status": seen,
        "huawei_request_id": "7a2b6c",
        "execution_name": f"stop-{int(day * 1000):032x}",
        "undelivered": [],
        "state": "published",
    } | more


def resume(day: float, target: str = "erp-prod", outcome: str = "resumed", **more: Any) -> dict[str, Any]:
    """Return a resume of a day in November 2026, accepted after two seconds, that ended so six minutes later."""
    then = SINCE + timedelta(days=day)
    status = {"resumed": "protected", "already_protected": "protected"}.get(outcome, "available")
    sent = {"accepted_at": _iso(then + timedelta(seconds=2))} if outcome in ("resumed", "failed") else {}
    given = {"action": "resume", "group_status": status, "in_step": True, "who": "Grace Hopper (by a direct call)"}
    return operation(day, target, outcome, **(given | sent | more))


def hold(day: float, target: str = "erp-prod", **more: Any) -> dict[str, Any]:
    """Return a hold since a day in November 2026, that somebody outside of the stack began."""
    since = _iso(SINCE + timedelta(days=day))
    whole = {"hold_id": "9" * 32, "target_name": target, "since": since, "state": "open", "asked": [], "outside": True}
    return whole | more


def notice(day: float, kind: str = "reminder", target: str = "erp-prod", **more: Any) -> dict[str, Any]:
    """Return a notice of a day in November 2026."""
    about = more.pop("hold", None) or hold(day - 1, target)
    identity = f"notice#{int(day * 1000):032x}#1"
    at = _iso(SINCE + timedelta(days=day))
    return {"notice_id": identity, "kind": kind, "at": at, "target": target, "hold": about, "dropped": None} | more


def november() -> list[dict[str, Any]]:
    """Return the operations of two targets in November, newest first, as the history has them."""
    made = [
        operation(-3, outcome="already_stopped"),
        operation(2, outcome="dry_run"),
        operation(5),
        operation(6, outcome="refused"),
        operation(20, outcome="dry_run"),
        operation(25, outcome="failed", group_status="protected"),
        operation(10, "crm", outcome="already_stopped"),
        operation(12, "crm", outcome="already_stopped"),
    ]
    return sorted(made, key=lambda one: str(one["received_at"]), reverse=True)


def _iso(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")
