"""What is published, rendered once, as every channel is given it: an outcome, or a notice (`notices`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from standdown.base.text import canonical
from standdown.core.operation import Operation
from standdown.core.outcome import Outcome, Result
from standdown.core.request import Action
from standdown.publish.backoff import Schedule
from standdown.publish.render.links import Links
from standdown.publish.render.locale import Locale, english
from standdown.publish.render.message import Message, message
from standdown.publish.render.payload import detail
from standdown.publish.render.text import body, subject

__all__ = ["DETAIL_TYPES", "Channel", "Paced", "Rendered", "RenderedOutcome", "render"]

DETAIL_TYPES = {
    Action.STOP: "SDRS Protection Stop Outcome",
    Action.RESUME: "SDRS Protection Resume Outcome",
}


class Rendered(Protocol):
    """What a channel needs to know of whatever it sends. All of it is fixed but the language of `message`."""

    @property
    def identity(self) -> str:
        """Return the id by which a repeat is known: the same on every channel."""
        ...

    @property
    def about(self) -> str:
        """Return what it is about, as an endpoint's key `kinds` names it: `stop`, `resume` or `notice`."""
        ...

    @property
    def result(self) -> Result | None:
        """Return how the operation ended; None for a notice."""
        ...

    @property
    def detail_type(self) -> str:
        """Return the type of its event."""
        ...

    @property
    def at(self) -> datetime:
        """Return when it came to be (UTC)."""
        ...

    @property
    def attributes(self) -> dict[str, str]:
        """Return by what a subscription can choose; nothing in it is empty."""
        ...

    @property
    def json(self) -> str:
        """Return what machines get."""
        ...

    @property
    def subject(self) -> str:
        """Return one line of ASCII, under 100 characters."""
        ...

    @property
    def text(self) -> str:
        """Return what people get as a mail."""
        ...

    @property
    def execution_arn(self) -> str | None:
        """Return the execution that stands for it; None where the workflow is not known."""
        ...

    def message(self, language: str | None = None) -> Message:
        """Return what people read in a language, the stack's own where none is named."""
        ...


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

    @property
    def identity(self) -> str:
        """Return the operation's id."""
        return self.operation.operation_id

    @property
    def about(self) -> str:
        """Return which action it is about."""
        return self.operation.action.value

    @property
    def result(self) -> Result:
        """Return how it ended."""
        return self.outcome.result

    @property
    def detail_type(self) -> str:
        """Return the type of its event."""
        return DETAIL_TYPES[self.operation.action]

    @property
    def at(self) -> datetime:
        """Return when it ended."""
        return self.outcome.ended_at

    @property
    def attributes(self) -> dict[str, str]:
        """Return by what a subscription can choose."""
        values = {
            "kind": "outcome",
            "action": self.about,
            "outcome": self.outcome.result.value,
            "refusal": self.detail["refusal"],
            "target": self.detail["target"],
            "source": self.operation.request.source.value,
        }
        return {key: value for key, value in values.items() if value}

    def message(self, language: str | None = None) -> Message:
        """Return what people read in a language, the stack's own where none is named."""
        return message(self.operation, self.links, self.locale.of(language))


class Channel(Protocol):
    """A channel that takes outcomes and notices. `alongside`: its sends may run beside those of other such channels."""

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

    def wants(self, rendered: Rendered, /) -> bool:
        """Return whether the channel is to have this at all."""
        ...

    def send(self, rendered: Rendered, /) -> None:
        """Deliver it; raise PublishError where it was not taken."""
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
