"""The trigger's question, `check`: only the trigger has the credential that a check needs."""

from __future__ import annotations

from typing import Any

from standdown.action.invocation import Invocation
from standdown.doctor.check import check
from standdown.entry.questions import AskError, rejected, target_asked


def ask_trigger(event: dict[str, Any], invocation: Invocation) -> dict[str, Any]:
    """Answer `{"check": true, "target": NAME}`; without a target, check them all."""
    try:
        only = target_asked(event)
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
    return found.to_dict()
