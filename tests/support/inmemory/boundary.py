"""Every call that leaves the process goes through here, so that a test can cut the process off at any of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from botocore.exceptions import EndpointConnectionError

T = TypeVar("T")


class Crash(BaseException):
    """The process is gone: no handler of the code under test may see this as an error."""


@dataclass(slots=True)
class Cut:
    """What happens at one call: `act` runs before the call is made, or after it took effect and before its answer.

    `act` raises to lose the call or its answer, or runs something else in between, and then the call goes on.
    `at` counts the calls from where the cut was set, beginning with 0; `name` restricts it to calls so named.
    """

    at: int
    after: bool
    act: Callable[[], None]
    name: str = ""


def crash() -> None:
    """End the process."""
    raise Crash


@dataclass(slots=True)
class Boundary:
    """Counts calls by name, and lets each cut act at its call, once; none reaches a service that is `down`.

    `instead` is given every call, where it is set.
    """

    cuts: list[Cut] = field(default_factory=list)
    crossed: list[str] = field(default_factory=list)
    down: set[str] = field(default_factory=set)
    instead: Callable[[str, Callable[[], Any]], Any] | None = None

    def cut(self, at: int, act: Callable[[], None] = crash, *, after: bool = False, name: str = "") -> None:
        """Have something happen at the call that is the `at`th from now among those with that name."""
        self.cuts.append(Cut(at, after, act, name))

    def clear(self) -> None:
        """Forget the cuts that have not happened."""
        self.cuts.clear()

    def call(self, name: str, do: Callable[[], T]) -> T:
        """Make the call under its name, such as `dynamodb.update_item` or `sdrs.stop`."""
        if self.instead is not None:
            return self.instead(name, do)  # type: ignore[no-any-return]
        self.crossed.append(name)
        if any(name.startswith(service) for service in self.down):
            raise EndpointConnectionError(endpoint_url=f"https://{name}.amazonaws.com")
        met = [cut for cut in self.cuts if name.startswith(cut.name)]
        due = [cut for cut in met if cut.at == 0]
        for cut in met:
            cut.at -= 1
        for cut in due:
            self.cuts.remove(cut)
        for cut in due:
            if not cut.after:
                cut.act()
        answer = do()
        for cut in due:
            if cut.after:
                cut.act()
        return answer
