"""Send a sample to people: somebody wants to see that messages arrive, and what they look like. Its words are fixed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from standdown.base.log import logger
from standdown.core.operation import SCHEMA_VERSION
from standdown.ledger.ledger import Ledger
from standdown.publish.channels.broken import BrokenChannel
from standdown.publish.channels.chats.channel import ChatChannel
from standdown.publish.channels.errors import PublishError
from standdown.publish.channels.sns import SnsChannel
from standdown.publish.delivery import Publication
from standdown.publish.render.links import Links
from standdown.publish.render.locale import Locale, english, locale
from standdown.publish.render.message import Message, Section
from standdown.publish.render.text import mail

__all__ = ["SampleError", "Sampled", "sample"]


EVERY = timedelta(minutes=1)
"""How far apart samples are at least: they go to everybody, and everybody is not to learn to ignore them."""


class SampleError(Exception):
    """Raised when no sample may be sent now; the message says why."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """What became of a sample: for each chat `done`, or why not."""

    channels: dict[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {"schema_version": SCHEMA_VERSION, "sample": True, "channels": self.channels}


def sample(publication: Publication, ledger: Ledger, channels: Collection[str] = ()) -> Sampled:
    """Send a sample to the topic and the chats, or to those named, each once; raise SampleError where it is too soon.

    A webhook gets none, nor does the event bus: what reads it is a machine, and might act on it. Raises LedgerError
    where the ledger, which knows when the last sample was sent, cannot be used.
    """
    if not ledger.take_turn("sample", EVERY, publication.clock()):
        raise SampleError("a sample was sent less than a minute ago: wait")
    known = {channel.name: channel for channel in publication.channels}
    people = SnsChannel | ChatChannel | BrokenChannel
    named = channels or [name for name, one in known.items() if isinstance(one, people)]
    said = {name: _sent(known.get(name), publication) for name in named}
    logger.info("sample sent", extra={"channels": said})
    return Sampled(said)


def _sent(channel: object, publication: Publication) -> str:
    if isinstance(channel, BrokenChannel):
        return f"failed: {channel.problem}"
    words = publication.locale
    try:
        if isinstance(channel, SnsChannel):
            channel.say(_subject(publication.links), mail(_message(publication.links, words), words))
        elif isinstance(channel, ChatChannel):
            if channel.endpoint.language:
                words = locale(channel.endpoint.language, words.zone)
            channel.say(_message(publication.links, words))
        else:
            return "not sent: no such topic or chat is configured"
    except PublishError as error:
        return f"failed: {error.problem}"
    return "done"


def _subject(links: Links) -> str:
    """Return the subject of a mail, in the ASCII that SNS demands, so in English in every language."""
    title = english().say("sample.title")
    return f"{title} [{ascii(links.stack)[1:-1]}]"[:99] if links.stack else title


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
