"""Every order in which several invocations can go, call by call, with crashes: walked through, each state once.

A state is what the stack holds, and of each invocation what it has been answered so far. What follows from it is the
same whatever led to it. So each invocation is run once for each row of answers, and each call is made once for each
state of the stack in which it is made. All else is looking up which numbers follow each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from support.inmemory.frozen import Frozen, freeze, thaw
from support.inmemory.replay import NOT_BEGUN, OVER, Act, Answer, Replays
from support.inmemory.stack import Stack
from support.inmemory.watcher import Watcher

WRITES = ("dynamodb.transact_write_items", "dynamodb.update_item", "sdrs.stop", "sdrs.start", "states.start", "sqs.")
GO, BEFORE, AFTER, LATER = "go", "crash before", "crash after", "later"
LEASE = timedelta(seconds=400)
"""Longer than any lease: after it, a delivery takes over what a crash left."""

State = tuple[int, int, int, tuple[int, ...]]
"""The stack's number, crashes so far, how often time has passed, and each invocation's number."""
Step = tuple[str, str]
"""What happened: a call's name and how it went."""


@dataclass(slots=True)
class Walk:
    """Walks through all orders of `deliveries` invocations of each act, with at most so many crashes.

    Time passes, once for each crash, while no invocation is under way. `rests` judges a stack that no invocation goes
    on in.
    """

    stack: Stack
    watcher: Watcher
    acts: Sequence[Act]
    deliveries: int
    most_crashes: int
    rests: Callable[[Stack, Watcher], None]
    at_start: Callable[[], None] = lambda: None
    states: set[State] = field(default_factory=set)
    ends: set[int] = field(default_factory=set)
    _worlds: list[Frozen] = field(default_factory=list)
    _nows: list[datetime] = field(default_factory=list)
    _numbers: dict[str, int] = field(default_factory=dict)
    _steps: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    _later: dict[int, int] = field(default_factory=dict)
    _replays: Replays = field(init=False)
    _act_of: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        self._replays = Replays(self.stack, list(self.acts), self.at_start)
        self._act_of = tuple(number for number in range(len(self.acts)) for _ in range(self.deliveries))

    @property
    def measure(self) -> str:
        """Return how far it was, in numbers."""
        return (
            f"{len(self.states)} states, {len(self.ends)} ends, {len(self._worlds)} stacks, "
            f"{len(self._steps)} calls made, {self._replays.runs} runs"
        )

    def go(self) -> None:
        """Walk through them all; raise AssertionError, with the way there, at the first that breaks a rule."""
        with self._replays.through(self.stack.boundary):
            first: State = (self._world(), 0, 0, (NOT_BEGUN,) * len(self._act_of))
            way: list[tuple[Step, Iterator[tuple[Step, State]]]] = [(("begin", GO), self._from(first))]
            self.states.add(first)
            try:
                while way:
                    step, state = next(way[-1][1], (None, None))
                    if step is None or state is None:
                        way.pop()
                    elif state not in self.states:
                        self.states.add(state)
                        way.append((step, self._from(state)))
            except AssertionError as error:
                steps = "\n".join(f"{name}: {how}" for (name, how), _ in way[1:])
                raise AssertionError(f"{error}\nthe way there:\n{steps}") from error

    def _from(self, state: State) -> Iterator[tuple[Step, State]]:
        """Yield what can happen in a state, and the state after it."""
        world, crashes, passed, actors = state
        if all(actor == OVER for actor in actors):
            self._end(world)
            return
        if passed < crashes and NOT_BEGUN in actors and max(actors) < 0:
            yield (("time", LATER), (self._pass(world), crashes, passed + 1, actors))
        for place, actor in enumerate(actors):
            if actor == OVER or (place and actors[place - 1] == actor and self._alike(place)):
                continue
            began = self._replays.begin(self._act_of[place], self._nows[world]) if actor == NOT_BEGUN else actor
            name = self._replays.call(began).name
            after, then = self._step(world, began)
            yield ((f"{place} {name}", GO), (after, crashes, passed, self._with(actors, place, then)))
            if crashes < self.most_crashes and name.startswith(WRITES):
                gone = self._with(actors, place, OVER)
                yield ((f"{place} {name}", BEFORE), (world, crashes + 1, passed, gone))
                yield ((f"{place} {name}", AFTER), (after, crashes + 1, passed, gone))

    def _alike(self, place: int) -> bool:
        return self._act_of[place] == self._act_of[place - 1]

    def _with(self, actors: tuple[int, ...], place: int, then: int) -> tuple[int, ...]:
        """Return the invocations after one went on; deliveries of one message are in no order."""
        first = place - place % self.deliveries
        same = list(actors[first : first + self.deliveries])
        same[place - first] = then
        return (*actors[:first], *sorted(same), *actors[first + self.deliveries :])

    def _step(self, world: int, number: int) -> tuple[int, int]:
        known = self._steps.get((world, number))
        if known is None:
            thaw(self._worlds[world], self.stack, self.watcher)
            answer = Answer.of(self._replays.call(number))
            after = self._world()
            known = self._steps[world, number] = after, self._replays.after(number, answer)
        return known

    def _pass(self, world: int) -> int:
        if world not in self._later:
            thaw(self._worlds[world], self.stack, self.watcher)
            self.stack.clock.pass_(LEASE.total_seconds())
            self._later[world] = self._world()
        return self._later[world]

    def _world(self) -> int:
        """Return the number of what the stack holds now, and see that it may."""
        self.watcher.check()
        frozen = freeze(self.stack, self.watcher)
        if frozen.text not in self._numbers:
            self._numbers[frozen.text] = len(self._worlds)
            self._worlds.append(frozen)
            self._nows.append(self.stack.clock())
        return self._numbers[frozen.text]

    def _end(self, world: int) -> None:
        if world not in self.ends:
            self.ends.add(world)
            thaw(self._worlds[world], self.stack, self.watcher)
            self.rests(self.stack, self.watcher)
