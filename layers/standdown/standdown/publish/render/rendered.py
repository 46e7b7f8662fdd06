"""One outcome, rendered once, as every channel is given it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from standdown.base.text import canonical
from standdown.core.operation import Operation, Outcome
from standdown.publish.backoff import Schedule
from standdown.publish.render.links import Links
from standdown.publish.render.payload import detail
from standdown.publish.render.text import body, subject

__all__ = ["Channel", "RenderedOutcome", "render"]


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


def render(operation: Operation, links: Links) -> RenderedOutcome:
    """Render the outcome of an operation; raise ValueError where it has not ended yet."""
    if operation.outcome is None:
        raise ValueError(f"operation {operation.operation_id} has not ended yet")
    payload = detail(operation, links)
    return RenderedOutcome(
        operation=operation,
        outcome=operation.outcome,
        detail=payload,
        json=canonical(payload),
        subject=subject(operation, links.stack),
        text=body(operation, links),
        execution_arn=links.execution_arn(operation),
    )
