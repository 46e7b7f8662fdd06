"""Plain words for what the stack's answers say."""

from __future__ import annotations

from typing import Any

MODES = {
    "live": "stops are sent",
    "dry-run": "no stop is sent, every request ends as a dry run",
    "off": "every request is refused, and the refusal is published",
}
"""What each mode of a stack does."""
GOOD = frozenset({"succeeded", "already_stopped", "resumed", "already_protected", "dry_run"})
"""The outcomes of a request that got what it asked for; one that joined is as good as what it joined."""


def moment(text: str | None) -> str:
    """Return a time of an answer as people read it, in UTC and without saying so."""
    return text[:19].replace("T", " ") if text else ""


def ended(operation: dict[str, Any]) -> str:
    """Return how an operation ended, or that it has not."""
    if operation["outcome"] is None:
        return "not yet"
    return f"{operation['outcome']}: {operation['refusal']}" if operation["refusal"] else str(operation["outcome"])


def protection(target: dict[str, Any]) -> str:
    """Return a target's protection as an operation last saw it, with the time."""
    if target["protection"] is None:
        return "not seen yet"
    return f"{target['protection']}, seen {moment(target['seen_at'])}"


def got_it(operation: dict[str, Any]) -> bool:
    """Return whether an operation that has ended got what was asked for."""
    result = operation.get("joined_result") if operation["outcome"] == "joined" else operation["outcome"]
    return result in GOOD
