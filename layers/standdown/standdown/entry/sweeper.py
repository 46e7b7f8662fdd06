"""The sweeper's entry point: its schedule, the event of a workflow that broke, and a check of its own credential."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from standdown.entry.questions import asks
from standdown.entry.wiring import sweeper as wiring
from standdown.entry.wiring.sweeper import SweeperSettings
from standdown.sweep.holds import SHARE, watch
from standdown.sweep.open_operations import sweep
from standdown.sweep.timers import ask_for_due_resumes


def handle(event: dict[str, Any], settings: SweeperSettings, context: LambdaContext) -> dict[str, Any]:
    """Finish the operation whose workflow broke, or every one that was left open; return which were moved on.

    Answer a check, with the credential of the functions that never stop anything.
    """
    if asks(event):
        from standdown.entry.trigger_questions import ask_trigger  # a run need not wait for it to be loaded
        from standdown.entry.wiring.checks import checks

        return ask_trigger(event, wiring.invocation(settings.acting, context), checks, "read")
    broken = event.get("detail", {}).get("name")
    invocation, queue = wiring.invocation(settings.acting, context), wiring.queue(settings.acting)
    if broken is not None:
        swept = sweep(invocation, queue, broken)
    else:
        ask_for_due_resumes(invocation, queue)  # first: it takes little time, and operations in trouble take much
        swept = sweep(invocation._replace(remaining=lambda: invocation.remaining() - SHARE), queue)
        watch(invocation, settings.everywhere)
    return {"seen": swept.seen, "moved": list(swept.moved)}
