"""Publish an outcome again, when somebody asks: the same message with the same ids, so that receivers know it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from standdown.base.log import logger
from standdown.core.operation import SCHEMA_VERSION
from standdown.core.outcome import Delivery, DeliveryState
from standdown.ledger.ledger import Ledger
from standdown.publish.delivery import Publication

__all__ = ["ReplayError", "Replayed", "replay"]

_NOBODY = "not replayed: no such channel is configured, or it does not want this outcome"


class ReplayError(Exception):
    """Raised when there is no outcome to publish again; the message says why."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of a replay: for each channel `done`, or why not."""

    operation_id: str
    outcome: str
    channels: dict[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "schema_version": SCHEMA_VERSION,
            "operation_id": self.operation_id,
            "outcome": self.outcome,
            "channels": self.channels,
        }


def replay(operation_id: str, ledger: Ledger, publication: Publication, channels: Collection[str] = ()) -> Replayed:
    """Publish an operation's outcome once more, on the channels named or on all of them, and record what got through.

    Each channel is tried once: whoever replays sees what failed, and can replay again. Raises ReplayError where the
    operation is not recorded or has not ended, and LedgerError where the ledger cannot be used.
    """
    operation = ledger.get(operation_id)
    if operation is None:
        raise ReplayError(f"no operation {operation_id} is in the ledger")
    if operation.outcome is None:
        raise ReplayError(f"operation {operation_id} has not ended: its outcome is published when it has")
    before = operation.channels
    tried: dict[str, DeliveryState] = {}

    def mark(name: str, channel: DeliveryState) -> None:
        tried[name] = channel
        if channel.status is Delivery.DONE:
            attempts = channel.attempts + (before[name].attempts if name in before else 0)
            ledger.mark(operation_id, name, replace(channel, attempts=attempts))

    publication.publish(operation, mark, force=True, only=lambda channel: _is_meant(channel.name, channels))
    said = dict.fromkeys(channels, _NOBODY) | {name: _said(channel) for name, channel in tried.items()}
    logger.info("outcome replayed", extra={"operation_id": operation_id, "channels": said})
    return Replayed(operation_id, operation.outcome.result.value, said)


def _is_meant(name: str, channels: Collection[str]) -> bool:
    """Return whether a channel is among those named; one whose name ends with `:*` stands for all of its kind."""
    kind = name[:-1] if name.endswith(":*") else None
    return not channels or name in channels or (kind is not None and any(one.startswith(kind) for one in channels))


def _said(channel: DeliveryState) -> str:
    return "done" if channel.status is Delivery.DONE else f"failed: {channel.problem}"
