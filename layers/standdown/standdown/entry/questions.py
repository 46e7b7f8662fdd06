"""Reads a question, a direct invocation: `check` and `acknowledge` to the trigger, all others to the notifier."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from standdown.base.documents import Reader
from standdown.base.text import from_iso, iso, one_line
from standdown.core.operation import OPERATION_ID

LONGEST_QUIET = timedelta(days=7)
"""For how long somebody may want no reminders of a hold."""

_ANSWERED_BY = {
    **dict.fromkeys(("check", "acknowledge"), "trigger"),
    **dict.fromkeys(("status", "history", "replay", "sample", "holds", "notices"), "notifier"),
}
_BESIDE = {
    "check": {"target", "for"},
    "acknowledge": {"until", "requested_by"},
    "holds": set[str](),
    "status": set[str](),
    "history": set[str](),
    "notices": set[str](),
    "replay": {"channels"},
    "sample": {"channels"},
}
_OF_A_STATE = frozenset({"operation_id", "finished", "wait_seconds", "schema_version", "Error", "Cause"})


class AskError(ValueError):
    """Raised when a question is not understood; the message says what to write instead."""


def asks(event: Any) -> bool:
    """Return whether an event is a question: then it never is a request to stop anything."""
    return isinstance(event, dict) and bool(_ANSWERED_BY.keys() & event.keys())


def asks_notifier(event: Any) -> bool:
    """Return whether the notifier is asked something; what is not a workflow's state is meant for a question."""
    return asks(event) or (isinstance(event, dict) and bool(event) and not event.keys() & _OF_A_STATE)


def target_asked(event: dict[str, Any]) -> str | None:
    """Return the target that a check is about, or None where it is about all of them; raise AskError."""
    word_asked(event, "trigger")
    reader = _reader(event)
    reader.value("check", bool, "true", bool)
    return None if event.get("target") is None else reader.value("target", str, "the name of a target")


def acknowledge_asked(event: dict[str, Any], now: datetime) -> tuple[str, datetime, str]:
    """Return of which hold nobody is to be reminded, until when (UTC), and who wants that; raise AskError."""
    word_asked(event, "trigger")
    reader = _reader(event)
    hold = reader.text("acknowledge", OPERATION_ID, "the hold's id, 32 hexadecimal characters")
    until = reader.checked("until", from_iso, "a time such as 2026-01-02T03:04:05Z")
    if not now < until <= now + LONGEST_QUIET:
        raise AskError(f"'until' must be in the future and at most {LONGEST_QUIET.days} days ahead, not {iso(until)}")
    by = reader.value("requested_by", str, "who wants no reminders (1 to 200 characters)", _is_name)
    return hold, until, by.strip()


def holds_asked(event: dict[str, Any]) -> None:
    """Read the question for the open holds; raise AskError."""
    _reader(event).value("holds", bool, "true", bool)


def replay_asked(event: dict[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Return the operation whose outcome is to be published again, and on which channels; raise AskError."""
    reader = _reader(event)
    operation_id = reader.text("replay", OPERATION_ID, "an operation's id, 32 hexadecimal characters")
    return operation_id, _channels(reader)


def sample_asked(event: dict[str, Any]) -> tuple[str, ...]:
    """Return the chats to which a sample is to be sent, none for all of them; raise AskError."""
    reader = _reader(event)
    reader.value("sample", bool, "true", bool)
    return _channels(reader)


def rejected(code: str, error: Exception) -> dict[str, Any]:
    """Return the answer to a question that has none, JSON-ready."""
    return {"rejected": {"code": code, "message": one_line(str(error), 300)}}


def word_asked(event: Any, function: str) -> str:
    """Return the one word that is asked; raise AskError where it is none, several, or another function's."""
    words = sorted(_ANSWERED_BY.keys() & event.keys()) if isinstance(event, dict) else []
    if len(words) != 1:
        known = " or ".join(sorted(word for word, by in _ANSWERED_BY.items() if by == function))
        raise AskError(f"the event is no question that the {function} answers: ask {known}, one at a time")
    [word] = words
    if _ANSWERED_BY[word] != function:
        raise AskError(f"the {function} does not answer {word!r}: ask the {_ANSWERED_BY[word]}")
    unknown = sorted(event.keys() - {word} - _BESIDE.get(word, set()))
    if unknown:
        raise AskError(f"{one_line(repr(unknown[0]), 60)} does not belong beside {word!r}: remove it")
    return word


def _is_name(text: str) -> bool:
    return 0 < len(text.strip()) <= 200 and text.isprintable()


def _channels(reader: Reader) -> tuple[str, ...]:
    if reader.document.get("channels") is None:
        return ()
    return reader.texts("channels", 'a list of channels, such as ["sns", "webhook:ops"]', least=1)


def _reader(event: dict[str, Any]) -> Reader:
    return Reader(event, lambda key, problem: AskError(f"{key!r} {problem}"))
