"""The sweeper's entry point: its schedule, and the event of a workflow that broke."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from standdown.entry.wiring import sweeper as wiring
from standdown.entry.wiring.sweeper import SweeperSettings
from standdown.sweep.open_operations import sweep


def handle(event: dict[str, Any], settings: SweeperSettings, context: LambdaContext) -> dict[str, Any]:
    """Finish the operation whose workflow broke, or every one that was left open; return which were moved on."""
    broken = event.get("detail", {}).get("name")
    swept = sweep(wiring.invocation(settings.acting, context), wiring.queue(settings.acting), broken)
    return {"seen": swept.seen, "moved": list(swept.moved)}
