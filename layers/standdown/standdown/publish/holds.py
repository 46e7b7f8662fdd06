"""The groups without protection, as whoever asks for them reads it: each with the id that a resume must name."""

from __future__ import annotations

from typing import Any

from standdown.core.hold import Hold
from standdown.core.operation import SCHEMA_VERSION
from standdown.ledger.ledger import Ledger

__all__ = ["holds_in_status", "open_holds"]

SHOWN = 50
"""Holds that a status shows, the oldest ones, so that the answer has an end."""


def open_holds(ledger: Ledger) -> dict[str, Any]:
    """Return every hold that is not over, the oldest first, JSON-ready; raise LedgerError."""
    return {"schema_version": SCHEMA_VERSION, "holds": [_shown(hold) for hold in ledger.holds.listed()]}


def holds_in_status(ledger: Ledger) -> dict[str, Any]:
    """Return the first holds that are not over, and how many more there are; raise LedgerError."""
    found = list(ledger.holds.listed())
    return {"holds": [_shown(hold) for hold in found[:SHOWN]], "holds_omitted": max(len(found) - SHOWN, 0)}


def _shown(hold: Hold) -> dict[str, Any]:
    return {"hold": hold.hold_id, **hold.to_dict()}
