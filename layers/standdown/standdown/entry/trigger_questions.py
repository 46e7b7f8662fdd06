"""The trigger's question, `check`: it has the credential that may stop. The sweeper answers it with its own.

A rule asks once a day, so that a credential that expired is found by this, and not by the alarm that needed it.
"""

from __future__ import annotations

from typing import Any

from standdown.action.invocation import Invocation
from standdown.base.documents import Reader
from standdown.base.log import logger
from standdown.base.metrics import Metric, record
from standdown.core.readiness import Purpose
from standdown.doctor.causes import not_ready
from standdown.doctor.check import check
from standdown.doctor.readiness import ready_for
from standdown.doctor.verdict import Verdicts
from standdown.entry.questions import AskError, rejected, target_asked


def ask_trigger(event: dict[str, Any], invocation: Invocation) -> dict[str, Any]:
    """Answer `{"check": true, "target": NAME, "for": PURPOSE}`; without a target, check them all."""
    try:
        only, purpose = target_asked(event), _purpose(event)
    except AskError as error:
        return rejected("malformed", error)
    found = check(
        invocation.targets,
        invocation.huawei,
        invocation.clock(),
        remaining=invocation.remaining,
        lock=invocation.ledger.lock_on,
        only=only,
    )
    if purpose is not None:
        return ready_for(purpose, found, invocation.huawei, invocation.remaining).to_dict()
    if only is None:
        _count(found)
    return found.to_dict()


def _purpose(event: dict[str, Any]) -> Purpose | None:
    """Return what a check is for, or None where it does not say; raise AskError."""
    reader = Reader(event, lambda key, problem: AskError(f"{key!r} {problem}"))
    return None if event.get("for") is None else reader.one_of("for", Purpose)


def _count(found: Verdicts) -> None:
    """Count the targets that are not ready, each cause also where it has none: that ends its alarm."""
    for cause, targets in not_ready(found).items():
        record(Metric.TARGETS_NOT_READY, len(targets), cause=cause.value)
        for one in targets:
            said = {"target": one.target, "cause": cause.value, "why": one.why, "next_step": one.next_step}
            logger.warning("target not ready", extra=said)
