"""One outcome, rendered once, as every channel is given it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from standdown.base.text import canonical
from standdown.core.operation import Operation
from standdown.core.outcome import Outcome
from standdown.publish.backoff import Schedule
from standdown.publish.render.links import Links
from standdown.publish.render.locale import Locale, english, locale
from standdown.publish.render.message import Message, message
from standdown.publish.render.payload import detail
from standdown.publish.render.text import body, subject

__all__ = ["Channel", "Paced", "RenderedOutcome", "render"]


@dataclass(frozen=True, slots=True)
class RenderedOutcome:
    """An ended operation with its subject and text for people, its detail and JSON for machines."""

    operation: Operation
    outcome: Outcome
    detail: dict[str, Any]
    json: str
    subject: str
    text: str
    execution_arn: str | None
    links: Links
    locale: Locale

    def message(self, language: str | None = None) -> Message:
        """Return what people read in a language, the stack's own where none is named."""
        same = language is None or language == self.locale.language
        return message(self.operation, self.links, self.locale if same else locale(language or "", self.locale.zone))


class Channel(Protocol):
    """A channel that takes rendered outcomes. `alongside`: its sends may run beside those of other such channels."""

    @property
    def name(self) -> str:
        """Return the name under which the ledger keeps the channel's state."""
        ...

    @property
    def schedule(self) -> Schedule:
        """Return when a failed send is tried again."""
        ...

    @property
    def alongside(self) -> bool:
        """Return whether a send may take long and needs nothing that others use."""
        ...

    def wants(self, rendered: RenderedOutcome, /) -> bool:
        """Return whether the channel is to have this outcome at all."""
        ...

    def send(self, rendered: RenderedOutcome, /) -> None:
        """Deliver the outcome; raise PublishError where it was not taken."""
        ...


@runtime_checkable
class Paced(Channel, Protocol):
    """A channel whose messages must be so far apart that the workflow waits for each one's turn."""

    def turn(self, now: datetime) -> datetime:
        """Return when the next message may be sent, and let nobody else have that moment."""
        ...


def render(operation: Operation, links: Links, stacks: Locale | None = None) -> RenderedOutcome:
    """Render the outcome of an operation, its text in the stack's language; raise ValueError where it has not ended."""
    words = stacks or english()
    payload = detail(operation, links)
    return RenderedOutcome(
        operation=operation,
        outcome=operation.ended,
        detail=payload,
        json=canonical(payload),
        subject=subject(operation, links.stack),
        text=body(operation, links, words),
        execution_arn=links.execution_arn(operation),
        links=links,
        locale=words,
    )
