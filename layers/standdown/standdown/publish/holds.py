"""The groups without protection, as whoever asks for them reads it: each with the id that a resume must name."""

from __future__ import annotations

from typing import Any

from standdown.core.operation import SCHEMA_VERSION
from standdown.ledger.ledger import Ledger

__all__ = ["open_holds"]


def open_holds(ledger: Ledger) -> dict[str, Any]:
    """Return every hold that is not over, the oldest first, JSON-ready; raise LedgerError."""
    found = [{"hold": hold.hold_id, **hold.to_dict()} for hold in ledger.holds.listed()]
    return {"schema_version": SCHEMA_VERSION, "holds": found}
