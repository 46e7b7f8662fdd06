"""The targets of an invocation: one that a request names is read by its name, and all where they are gone through.

So a request takes as long in a stack with a thousand targets as in one with ten. Only an alarm, and a request with a
group's id, have to see all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from standdown.core.reasons import Why
from standdown.core.request import Mode, StopRequest
from standdown.core.targets import NAME, Target, TargetError, Targets

if TYPE_CHECKING:
    from standdown.core.calendars import Calendar, CalendarError


class TargetsOnDemand(Targets):
    """The targets and the mode, read when they are asked for; every answer may raise RetryLaterError.

    `everything` reads all. `named` reads the mode and the target of a name, or returns None where that does not do.
    """

    __slots__ = ("_everything", "_named", "_seen")

    _everything: Callable[[], Targets]
    _named: Callable[[str], Targets | None]
    _seen: Targets | None

    def __init__(self, everything: Callable[[], Targets], named: Callable[[str], Targets | None]) -> None:
        for name, value in (("_everything", everything), ("_named", named), ("_seen", None)):
            object.__setattr__(self, name, value)

    def find(self, request: StopRequest) -> Target | None:
        """Return the target that the request names, as ever; one named by its own name is read alone."""
        name = request.target or ""
        one = self._named(name) if NAME.fullmatch(name) else None
        return (self._all if one is None else self._noted(one)).find(request)

    def why(self, request: StopRequest) -> Why:
        """Return why `find` found nothing."""
        return self._all.why(request)

    def __iter__(self) -> Iterator[Target]:
        return iter(self._all)

    @property
    def valid(self) -> Mapping[str, Target]:
        """Return all valid targets, by their names."""
        return self._all.valid

    @property
    def broken(self) -> Mapping[str, TargetError]:
        """Return what is wrong with each of the others."""
        return self._all.broken

    @property
    def mode(self) -> Mode:
        """Return the stack's mode as it was read with the targets that were asked for."""
        return (self._seen or self._all).mode

    @property
    def bad_mode(self) -> str | None:
        """Return a mode that is none."""
        return (self._seen or self._all).bad_mode

    @property
    def calendars(self) -> Mapping[str, Calendar]:
        """Return all valid calendars: a target that is read alone comes without those that it names."""
        return self._all.calendars

    @property
    def broken_calendars(self) -> Mapping[str, CalendarError]:
        """Return what is wrong with each of the others."""
        return self._all.broken_calendars

    @property
    def _all(self) -> Targets:
        return self._noted(self._everything())

    def _noted(self, targets: Targets) -> Targets:
        object.__setattr__(self, "_seen", targets)
        return targets

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = object.__hash__
