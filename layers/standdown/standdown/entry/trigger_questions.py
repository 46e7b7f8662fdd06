"""The trigger's question, `check`: it has the credential that may stop. The sweeper answers it with its own.

A rule asks once a day, so that a credential that expired is found by this, and not by the alarm that needed it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from standdown.action.invocation import Invocation
from standdown.base.documents import Reader
from standdown.base.log import logger
from standdown.base.metrics import Metric, record
from standdown.base.text import one_line
from standdown.core.readiness import Purpose
from standdown.doctor.causes import Cause, not_ready
from standdown.doctor.check import check
from standdown.doctor.readiness import ready_for
from standdown.doctor.verdict import CheckUp, Verdicts
from standdown.entry.questions import AskError, rejected, target_asked
from standdown.ledger.checks import Checks
from standdown.ledger.table import LedgerError

SHOWN = 50
"""Targets that are not ready of which a check keeps what is wrong, so that the item has an end."""


def ask_trigger(
    event: dict[str, Any], invocation: Invocation, checks: Callable[[], Checks] | None = None, credential: str = "stop"
) -> dict[str, Any]:
    """Answer `{"check": true, "target": NAME, "for": PURPOSE}`; without a target, check them all.

    What a check of all found with a `credential`, stop or read, is kept where `checks` are given.
    """
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
        causes = not_ready(found)
        _count(causes)
        if checks is not None:
            _keep(found, causes, checks(), credential)
    return found.to_dict()


def _purpose(event: dict[str, Any]) -> Purpose | None:
    """Return what a check is for, or None where it does not say; raise AskError."""
    reader = Reader(event, lambda key, problem: AskError(f"{key!r} {problem}"))
    return None if event.get("for") is None else reader.one_of("for", Purpose)


def _count(causes: dict[Cause, list[CheckUp]]) -> None:
    """Count the targets that are not ready, each cause also where it has none: that ends its alarm."""
    for cause, targets in causes.items():
        record(Metric.TARGETS_NOT_READY, len(targets), cause=cause.value)
        for one in targets:
            said = {"target": one.target, "cause": cause.value, "why": one.why, "next_step": one.next_step}
            logger.warning("target not ready", extra=said)


def _keep(found: Verdicts, causes: dict[Cause, list[CheckUp]], checks: Checks, credential: str) -> None:
    """Keep what was found, for `status`; a ledger that cannot be used is no reason to give no answer."""
    wrong = [
        {"target": one.target, "cause": cause.value, "why": one_line(one.why, 300), "next_step": one.next_step}
        for cause, targets in causes.items()
        for one in targets
    ]
    kept = {
        "stack_mode": found.stack_mode.value,
        "credential": one_line(found.credential, 300),
        "targets": len(found.targets),
        "not_ready": len(wrong),
        "wrong": wrong[:SHOWN],
    }
    try:
        checks.note(credential, kept, found.checked_at)
    except LedgerError as error:
        logger.warning("check not kept", extra={"problem": str(error)})
