"""Questions to the stack by direct invocation: `check` to the trigger, `history` and `replay` to the notifier.

The trigger has the credential that a check needs. The history is the notifier's, so that whoever may ask it need not be
let near the function that stops.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from standdown.base.text import one_line
from standdown.core.operation import OPERATION_ID
from standdown.ledger.ledger import Ledger, LedgerError

if TYPE_CHECKING:
    from standdown.action.invocation import Invocation
    from standdown.publish.delivery import Publication

_ANSWERED_BY = {"check": "trigger", "history": "notifier", "replay": "notifier"}
_BESIDE = {"check": {"target"}, "history": set[str](), "replay": {"channels"}}
_OF_A_STATE = frozenset({"operation_id", "finished", "wait_seconds", "schema_version", "Error", "Cause"})


class AskError(ValueError):
    """Raised when a question is not understood; the message says what to write instead."""


def asks(event: Any) -> bool:
    """Return whether an event is a question: then it never is a request to stop anything."""
    return isinstance(event, dict) and bool(_ANSWERED_BY.keys() & event.keys())


def asks_notifier(event: Any) -> bool:
    """Return whether the notifier is asked something; what is not a workflow's state is meant for a question."""
    return asks(event) or (isinstance(event, dict) and bool(event) and not event.keys() & _OF_A_STATE)


def ask_trigger(event: dict[str, Any], invocation: Invocation) -> dict[str, Any]:
    """Answer `{"check": true, "target": NAME}`; without a target, check them all."""
    from standdown.doctor.check import check  # a cold start that stops something need not wait for it

    try:
        _word(event, "trigger")
        only = _only(event["check"], event.get("target"))
    except AskError as error:
        return _rejected("malformed", error)
    found = check(
        invocation.targets,
        invocation.huawei,
        invocation.clock(),
        remaining=invocation.remaining,
        lock=invocation.ledger.lock_on,
        only=only,
    )
    return found.to_dict()


def ask_notifier(event: Any, ledger: Ledger, publication: Publication) -> dict[str, Any]:
    """Answer `{"history": {…}}` or `{"replay": OPERATION_ID, "channels": […]}`."""
    from standdown.publish.history import (  # a cold start that tells an outcome need not wait for them
        HistoryError,
        history,
    )
    from standdown.publish.replay import ReplayError, replay

    try:
        if _word(event, "notifier") == "history":
            return history(ledger, event["history"]).to_dict()
        return replay(_operation_id(event["replay"]), ledger, publication, _channels(event.get("channels"))).to_dict()
    except (AskError, HistoryError) as error:
        return _rejected("malformed", error)
    except ReplayError as error:
        return _rejected("no_outcome", error)
    except LedgerError as error:
        return _rejected("unavailable", error)


def _word(event: Any, function: str) -> str:
    """Return the one word that is asked; raise AskError where it is none, several, or another function's."""
    words = sorted(_ANSWERED_BY.keys() & event.keys()) if isinstance(event, dict) else []
    if len(words) != 1:
        known = " or ".join(sorted(word for word, by in _ANSWERED_BY.items() if by == function))
        raise AskError(f"the event is no question that the {function} answers: ask {known}, one at a time")
    [word] = words
    if _ANSWERED_BY[word] != function:
        raise AskError(f"the {function} does not answer {word!r}: ask the {_ANSWERED_BY[word]}")
    unknown = sorted(event.keys() - {word} - _BESIDE[word])
    if unknown:
        raise AskError(f"{one_line(repr(unknown[0]), 60)} does not belong beside {word!r}: remove it")
    return word


def _only(value: Any, target: Any) -> str | None:
    if value is not True:
        raise AskError("'check' must be true")
    if target is not None and not isinstance(target, str):
        raise AskError("'target' must be the name of a target")
    return target


def _operation_id(value: Any) -> str:
    if not isinstance(value, str) or not OPERATION_ID.fullmatch(value):
        raise AskError("'replay' must be an operation's id, 32 hexadecimal characters")
    return value


def _channels(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not value or not all(isinstance(one, str) for one in value):
        raise AskError('\'channels\' must be a list of channels, such as ["sns", "webhook:ops"]')
    return tuple(value)


def _rejected(code: str, error: Exception) -> dict[str, Any]:
    return {"rejected": {"code": code, "message": one_line(str(error), 300)}}
