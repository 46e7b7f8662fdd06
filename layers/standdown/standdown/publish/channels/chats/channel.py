"""A chat as a channel: a message in its own form and language, at its own pace, judged by its own answer."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING

from standdown.base.log import logger
from standdown.ledger.table import LedgerError
from standdown.publish.channels.chats.form import MOST_READ, Form, Refused
from standdown.publish.channels.endpoint_channel import EndpointChannel
from standdown.publish.channels.kinds import CHATS, Kind
from standdown.publish.render.message import Message
from standdown.publish.render.rendered import Rendered

if TYPE_CHECKING:
    from standdown.ledger.turns import Turns

__all__ = ["ChatChannel"]


@dataclass(frozen=True, slots=True)
class ChatChannel(EndpointChannel):
    """Posts messages to one robot of a chat."""

    turns: Turns | None = field(default=None, repr=False)
    alongside: bool = True

    def turn(self, now: datetime) -> datetime:
        """Return when this message may be sent: the chat's limit is for all of them together.

        Where the ledger cannot say, it is now: a chat that refuses says so, and silence would not be noticed.
        """
        if self.turns is None:
            return now
        try:
            return self.turns.take(self.endpoint.name, form(self.endpoint.kind).spacing, now)
        except LedgerError as error:
            logger.error("a chat is not paced", extra={"endpoint": self.endpoint.name, "problem": str(error)})
            return now

    def send(self, rendered: Rendered, /) -> None:
        """Post it in the endpoint's language; raise PublishError where the chat did not take it."""
        message = rendered.message(self.endpoint.language)
        try:
            self.say(message)
        except Refused as refused:
            if not refused.unfit or not message.facts:
                raise
            # The chat's censor does not say which word it was. What others wrote is left out, the rest is ours.
            self.say(replace(message, facts=()))

    def say(self, message: Message) -> None:
        """Post one message; raise PublishError where the chat did not take it."""
        chat, place, now = form(self.endpoint.kind), self.endpoint.place, self.sender.clock()
        path, body = place.path, chat.body(message)
        if chat.sign is not None and self.endpoint.keys:
            path, body = chat.sign(path, body, self.endpoint.keys[0], now)
        raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        headers = {"content-type": "application/json; charset=utf-8", "user-agent": "standdown"}
        answer = self.sender.post(replace(place, path=path), headers, raw, MOST_READ)
        try:
            chat.judge(answer, now)
        except Refused as refused:
            self._keep_away(refused, now)
            raise

    def _keep_away(self, refused: Refused, now: datetime) -> None:
        """Let nobody send to a chat that is shut until it opens again."""
        if not refused.rate or self.turns is None:
            return
        try:
            self.turns.hold(self.endpoint.name, now + timedelta(seconds=refused.retry_after or 0))
        except LedgerError as error:
            logger.error("a chat is not paced", extra={"endpoint": self.endpoint.name, "problem": str(error)})


def form(kind: Kind) -> Form:
    """Return a chat's own form; its module has the kind's name, and is loaded when it is first needed."""
    if kind not in CHATS:
        raise ValueError(f"{kind.value} is no chat")
    found: Form = import_module(f"{__package__}.{kind.value}").FORM
    return found
