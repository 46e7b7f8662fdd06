"""What one chat makes of a message and of an answer. Each module of this package gives one `FORM`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from standdown.base.http.exchange import Answer
from standdown.publish.channels.chats.plain import clipped
from standdown.publish.channels.errors import PublishError
from standdown.publish.render.message import Message, Section

__all__ = ["MOST_READ", "Form", "Refused", "fitting", "said"]

MOST_READ = 4_096
"""Bytes of an answer that are read."""
_LONG = 300
"""Characters: longer links are the first to be left out where a message is too large."""


class Refused(PublishError):  # noqa: N818 - a PublishError, named for what the chat did
    """Raised when a chat refused a message.

    `rate` says that too many came: nobody may send there before `retry_after`. `unfit` says that it is about what the
    message says: what others wrote may be left out of it.
    """

    def __init__(
        self,
        problem: str,
        *,
        retryable: bool = True,
        retry_after: float | None = None,
        rate: bool = False,
        unfit: bool = False,
    ) -> None:
        super().__init__(problem, retryable=retryable, retry_after=retry_after)
        self.rate, self.unfit = rate, unfit


@dataclass(frozen=True, slots=True)
class Form:
    """One chat: its body, its signature, how its answer is judged, and how far apart its messages must be.

    `body` returns the JSON-ready body; `sign` the path and the body as they are sent, with the robot's secret and the
    time; `judge` raises Refused where the answer is not the chat's own success.
    """

    body: Callable[[Message], dict[str, Any]]
    judge: Callable[[Answer, datetime], None]
    spacing: timedelta
    sign: Callable[[str, dict[str, Any], bytes, datetime], tuple[str, dict[str, Any]]] | None = None


def said(answer: Answer) -> dict[str, Any]:
    """Return the JSON object of an answer; an empty one where there is none."""
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def fitting(message: Message, fits: Callable[[Message], bool]) -> Message:
    """Return the message with as much of it as fits: what is said first is what is left out last."""
    for smaller in _smaller(message):
        if fits(smaller):
            return smaller
    return replace(
        smaller, state=tuple(clipped(line, 400) for line in smaller.state), title=clipped(smaller.title, 200)
    )


def _smaller(message: Message) -> Iterator[Message]:
    yield message
    message = replace(message, links=tuple(link for link in message.links if len(link.url) <= _LONG))
    yield message
    for left in range(len(message.facts) - 1, -1, -1):
        message = replace(message, facts=message.facts[:left])
        yield message
    message = replace(message, again=None)
    yield message
    for left in range(len(message.steps.lines) - 1, -1, -1):
        message = replace(message, steps=Section(message.steps.title, message.steps.lines[:left]))
        yield message
    yield replace(message, links=())
