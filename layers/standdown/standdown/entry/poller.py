"""The poller's entry point: the workflow's state comes in, and its next state goes out."""

from __future__ import annotations

from typing import Any

from standdown.base.log import logger
from standdown.entry.wiring import poller as wiring
from standdown.entry.wiring.poller import PollerSettings
from standdown.follow.look import follow
from standdown.follow.watch_state import WatchState


def handle(event: dict[str, Any], settings: PollerSettings) -> dict[str, Any]:
    """Look once at the job of the operation that the state names; return the workflow's next state."""
    state = WatchState.read(event)
    logger.append_keys(operation_id=state.operation_id)
    ledger, huawei = wiring.ledger(settings.ledger), wiring.huawei(settings.huawei)
    return follow(state, ledger, huawei, wiring.now()).to_dict()
