"""What a webhook and a chat have in common: a name, a schedule, and the messages that their endpoint asked for."""

from __future__ import annotations

from dataclasses import dataclass, field

from standdown.publish.backoff import Schedule
from standdown.publish.channels.endpoints import Endpoint
from standdown.publish.channels.post import Sender
from standdown.publish.render.rendered import Rendered


@dataclass(frozen=True, slots=True)
class EndpointChannel:
    """One endpoint of the document that lists them."""

    endpoint: Endpoint
    sender: Sender = field(default_factory=Sender, repr=False)

    @property
    def name(self) -> str:
        """Return `webhook:` and the endpoint's name: every endpoint of the document goes by this."""
        return f"webhook:{self.endpoint.name}"

    @property
    def schedule(self) -> Schedule:
        """Return the schedule of all endpoints."""
        return self.sender.schedule

    def wants(self, rendered: Rendered, /) -> bool:
        """Return whether the endpoint asked for this kind of message, and for this outcome."""
        if rendered.about not in self.endpoint.kinds:
            return False
        outcomes = self.endpoint.outcomes
        return outcomes is None or rendered.result is None or rendered.result in outcomes
