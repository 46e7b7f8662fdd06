"""Send a sample to the chats: somebody wants to see that messages arrive, and what they look like."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from standdown.base.log import logger
from standdown.core.operation import SCHEMA_VERSION
from standdown.publish.channels.broken import BrokenChannel
from standdown.publish.channels.chats.channel import ChatChannel
from standdown.publish.channels.errors import PublishError
from standdown.publish.delivery import Publication
from standdown.publish.render.links import Links
from standdown.publish.render.locale import Locale, locale
from standdown.publish.render.message import Message, Section

__all__ = ["SampleError", "Sampled", "sample"]


class SampleError(Exception):
    """Raised when there is nobody to send a sample to; the message says why."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """What became of a sample: for each chat `done`, or why not."""

    channels: dict[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {"schema_version": SCHEMA_VERSION, "sample": True, "channels": self.channels}


def sample(publication: Publication, channels: Collection[str] = ()) -> Sampled:
    """Send a sample to the chats named, or to all of them, each once; raise SampleError where there is none.

    A webhook gets none: what reads it is a machine, and might act on it.
    """
    known = {channel.name: channel for channel in publication.channels}
    named = channels or [name for name, one in known.items() if isinstance(one, ChatChannel | BrokenChannel)]
    if not named:
        raise SampleError("no chat is configured: add an endpoint with a kind to the secret OutgoingWebhookSecretName")
    said = {name: _sent(known.get(name), publication) for name in named}
    logger.info("sample sent", extra={"channels": said})
    return Sampled(said)


def _sent(channel: object, publication: Publication) -> str:
    if isinstance(channel, BrokenChannel):
        return f"failed: {channel.problem}"
    if not isinstance(channel, ChatChannel):
        return "not sent: no such chat is configured"
    words = publication.locale
    if channel.endpoint.language:
        words = locale(channel.endpoint.language, words.zone)
    try:
        channel.say(_message(publication.links, words))
    except PublishError as error:
        return f"failed: {error.problem}"
    return "done"


def _message(links: Links, words: Locale) -> Message:
    between, sender = words.say("sentences.join"), links.sender(words)
    state = [f"{words.say('sample.state')}{between}{words.say('sample.move')}"]
    state += [words.say("where.sender", sender=sender)] if sender else []
    return Message(
        language=words.language,
        urgent=False,
        title=words.say("sample.title"),
        state=tuple(state),
        steps=Section(words.say("section.steps"), (words.say("sample.step"),)),
    )
