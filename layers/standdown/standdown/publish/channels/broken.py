"""A channel that cannot be used as it is configured: it delivers nothing, and says why whenever it is tried."""

from __future__ import annotations

from dataclasses import dataclass

from standdown.publish.backoff import Schedule
from standdown.publish.channels.errors import PublishError
from standdown.publish.render.rendered import Rendered

__all__ = ["BrokenChannel"]


@dataclass(frozen=True, slots=True)
class BrokenChannel:
    """Fails closed, on a schedule, since the configuration may be corrected meanwhile.

    A name that ends with `:*` stands for every channel of that kind, for their names are not known.
    """

    name: str
    problem: str
    schedule: Schedule
    alongside: bool = False

    def wants(self, _rendered: Rendered, /) -> bool:
        """Return True: what it would want is not known."""
        return True

    def send(self, _rendered: Rendered, /) -> None:
        """Raise PublishError."""
        raise PublishError(self.problem)
