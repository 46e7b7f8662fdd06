"""Publish an outcome or a notice on every channel, each on its own: what failed is tried again alone.

What is done stays done. Every send carries the operation's or the notice's id, so that a repeat after a crash is known
for what it is.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from math import ceil

from standdown.core.operation import Operation
from standdown.core.outcome import Delivery, DeliveryState
from standdown.publish.channels.errors import PublishError
from standdown.publish.render.links import Links
from standdown.publish.render.locale import Locale, english
from standdown.publish.render.rendered import Channel, Paced, Rendered, render

__all__ = ["Publication", "seconds_to_next", "settled"]

_AT_ONCE = 25
_LATE = timedelta(seconds=60)
"""A turn that was not used for so long is over: after an outage all would come at once."""


class Publication:
    """The channels of one stack, its language, and the clock by which they are tried."""

    def __init__(
        self,
        channels: Sequence[Channel],
        links: Links,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        jitter: Callable[[float], float] = lambda seconds: seconds * random.uniform(1.0, 1.1),  # noqa: S311
        stacks: Locale | None = None,
    ) -> None:
        self.channels = tuple(channels)
        self.links = links
        self.locale = stacks or english()
        self.clock = clock
        self._jitter = jitter

    def publish(
        self,
        operation: Operation,
        mark: Callable[[str, DeliveryState], None] | None = None,
        *,
        force: bool = False,
        only: Callable[[Channel], bool] = lambda _: True,
    ) -> dict[str, DeliveryState]:
        """Publish an operation's outcome as `publish_rendered` does; raise ValueError where it has not ended."""
        rendered = render(operation, self.links, self.locale)
        return self.publish_rendered(rendered, operation.channels, mark, force=force, only=only)

    def publish_rendered(
        self,
        rendered: Rendered,
        channels: Mapping[str, DeliveryState],
        mark: Callable[[str, DeliveryState], None] | None = None,
        *,
        force: bool = False,
        only: Callable[[Channel], bool] = lambda _: True,
    ) -> dict[str, DeliveryState]:
        """Try every channel that is due and return where each channel stands.

        `mark` is called right after each channel with its name and new state, in this thread. `force` publishes
        again, with the same ids, also where it is done. `only` chooses the channels that are tried now; the others
        stand as they stood, or as pending. `channels` is where each stands so far. A channel's own trouble is recorded,
        never raised.
        """
        states = {} if force else dict(channels)
        wanted = [channel for channel in self.channels if channel.wants(rendered)]
        chosen = [channel for channel in wanted if only(channel)]
        for name, state in chain(self._tries(rendered, states, chosen, force=force), _orphans(states, wanted)):
            states[name] = state
            if mark is not None:
                mark(name, state)
        return {channel.name: DeliveryState() for channel in wanted if channel not in chosen} | states

    def _tries(
        self,
        rendered: Rendered,
        states: Mapping[str, DeliveryState],
        wanted: Iterable[Channel],
        *,
        force: bool,
    ) -> Iterator[tuple[str, DeliveryState]]:
        """Try what is due: AWS's own services one by one, then the others beside one another."""
        now = self.clock()
        named = ((name, channel) for channel in wanted for name in _names(channel, states))
        due = [
            (name, channel, state) for name, channel in named if _due(state := states.get(name, DeliveryState()), now)
        ]
        for name, channel, state in due:
            if not channel.alongside:
                yield name, self._try(channel, state, rendered, force=force)
        beside = [(name, channel, state) for name, channel, state in due if channel.alongside]
        with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
            running = {
                pool.submit(self._try, channel, state, rendered, force=force): name for name, channel, state in beside
            }
            for done in as_completed(running):
                yield running[done], done.result()

    def _try(self, channel: Channel, state: DeliveryState, rendered: Rendered, *, force: bool) -> DeliveryState:
        try:
            if waiting := self._turn(channel, state, force=force):
                return waiting
            channel.send(rendered)
        except PublishError as error:
            return self._failed(channel, state, error)
        except Exception as error:  # noqa: BLE001 - a fault in one channel must not silence the others
            return self._failed(channel, state, PublishError(f"unexpected {type(error).__name__} while sending"))
        return DeliveryState(Delivery.DONE, state.attempts + 1, at=self.clock())

    def _turn(self, channel: Channel, state: DeliveryState, *, force: bool) -> DeliveryState | None:
        """Return the state in which a channel waits for its turn; None where it is now, or nobody waits for one.

        Whoever publishes again by hand does not wait, and takes a turn from the others all the same.
        """
        now = self.clock()
        if not isinstance(channel, Paced) or (state.turn_at and state.turn_at <= now < state.turn_at + _LATE):
            return None
        turn = channel.turn(now)
        return None if force or turn <= now else replace(state, next_at=turn, turn_at=turn)

    def _failed(self, channel: Channel, state: DeliveryState, error: PublishError) -> DeliveryState:
        attempts, now = state.attempts + 1, self.clock()
        wait = channel.schedule.wait(attempts, error.retry_after) if error.retryable else None
        if wait is None:
            return DeliveryState(Delivery.UNDELIVERED, attempts, at=now, problem=error.problem)
        next_at = now + timedelta(seconds=self._jitter(wait))
        return DeliveryState(Delivery.PENDING, attempts, at=now, next_at=next_at, problem=error.problem)


def settled(channels: Mapping[str, DeliveryState]) -> bool:
    """Return whether no channel is to be tried again."""
    return all(state.status is not Delivery.PENDING for state in channels.values())


def seconds_to_next(channels: Mapping[str, DeliveryState], now: datetime) -> int:
    """Return the whole seconds until the first channel is due again, at least one; 0 where all are settled."""
    waits = [
        (state.next_at - now).total_seconds() if state.next_at else 0.0
        for state in channels.values()
        if state.status is Delivery.PENDING
    ]
    return max(1, ceil(min(waits))) if waits else 0


def _due(state: DeliveryState, now: datetime) -> bool:
    return state.status is Delivery.PENDING and (state.next_at is None or state.next_at <= now)


def _names(channel: Channel, states: Mapping[str, DeliveryState]) -> Iterator[str]:
    """Return under which names a channel is tried: its own, or all open ones of a kind where it stands for the kind."""
    yield channel.name
    if channel.name.endswith(":*"):
        yield from [name for name in states if name != channel.name and name.startswith(channel.name[:-1])]


def _orphans(states: Mapping[str, DeliveryState], wanted: Iterable[Channel]) -> Iterator[tuple[str, DeliveryState]]:
    """Settle channels that are open in the ledger and that nobody configures any longer."""
    names = {name for channel in wanted for name in _names(channel, states)}
    for name, state in tuple(states.items()):
        if state.status is not Delivery.PENDING or name in names:
            continue
        if name.endswith(":*"):  # the channels that it stood for are known again, and were tried under their own names
            yield name, replace(state, status=Delivery.DONE, next_at=None, problem=None)
        else:
            yield name, replace(state, status=Delivery.UNDELIVERED, next_at=None, problem="no longer configured")
