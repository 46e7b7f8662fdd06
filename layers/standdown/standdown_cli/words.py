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
COPYING = "copying"
"""The state of a hold whose group is protected again, while its pairs are not in step yet."""
_SAY_SO = frozenset({"resumed", "already_protected"})
"""The outcomes that say by themselves that they are of a resume."""


def moment(text: str | None) -> str:
    """Return a time of an answer as people read it, in UTC and without saying so."""
    return text[:19].replace("T", " ") if text else ""


def is_resume(operation: dict[str, Any]) -> bool:
    """Return whether an operation enables protection; one of an earlier version never does."""
    return operation.get("action") == "resume"


def result(operation: dict[str, Any]) -> str:
    """Return how an operation ended, or that it has not."""
    if operation["outcome"] is None:
        return "not yet"
    return f"{operation['outcome']}: {operation['refusal']}" if operation["refusal"] else str(operation["outcome"])


def ended(operation: dict[str, Any]) -> str:
    """Return how an operation ended; of a resume it says that it is one."""
    end = result(operation)
    return f"resume {end}" if is_resume(operation) and operation["outcome"] not in _SAY_SO else end


def asked_by(hold: dict[str, Any]) -> str:
    """Return who had a group's protection off, the first of them."""
    asked = hold.get("asked") or ()
    if not asked:
        return "nobody on record" if hold.get("alarmed") else "somebody outside of this stack"
    more = max(hold.get("askers") or 0, len(asked)) - 1
    return f"{asker(asked[0])} and {more} more" if more else asker(asked[0])


def asker(one: dict[str, Any]) -> str:
    """Return one of those that asked, with the entry point."""
    return f"{one.get('requested_by') or one.get('alarm') or 'nobody named'} ({one['source']})"


def hold_line(hold: dict[str, Any]) -> str:
    """Return how a group without protection stands, in one line."""
    group = hold.get("group") or {}
    name = hold.get("target_name") or hold.get("name") or group.get("server_group_id") or "a group"
    if hold.get("state") == COPYING:
        return f"{name}: protection is on again, not every pair is in step yet"
    parts = [f"{name} since {moment(hold['since'])} UTC, by {asked_by(hold)}"]
    if hold.get("acknowledged_until"):
        parts.append(f"acknowledged by {hold.get('acknowledged_by')} until {moment(hold['acknowledged_until'])} UTC")
    if hold.get("resume_at"):
        parts.append(f"resume due {moment(hold['resume_at'])} UTC")
    return f"{'; '.join(parts)} (hold {hold['hold_id']})"


def protection(target: dict[str, Any]) -> str:
    """Return a target's protection as an operation last saw it, with the time."""
    if target["protection"] is None:
        return "not seen yet"
    return f"{target['protection']}, seen {moment(target['seen_at'])}"


def got_it(operation: dict[str, Any]) -> bool:
    """Return whether an operation that has ended got what was asked for."""
    result = operation.get("joined_result") if operation["outcome"] == "joined" else operation["outcome"]
    return result in GOOD
