"""Every order in which several invocations can go, call by call, with crashes: walked through, each state once.

Each invocation runs in a thread of its own and waits at every call that leaves the process. The walk decides who goes
next. A state is what the ledger and SDRS hold and what each invocation has been answered so far: what follows from it
is the same whatever led to it, so it is walked on from once.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from support.inmemory.boundary import Boundary, Crash
from support.inmemory.stack import Stack

WRITES = ("dynamodb.transact_write_items", "dynamodb.update_item", "sdrs.stop", "sdrs.start", "states.start", "sqs.")
GO, BEFORE, AFTER, LEAVE = "go", "crash before", "crash after", "leave"

Act = Callable[[Stack], object]
Choice = tuple[int, str]
_present = threading.local()


class _Left(BaseException):
    """Ends an invocation that the walk does not need any more."""


@dataclass(slots=True)
class _Actor:
    """One invocation: what it waits to call, what it was answered, and whether it has come to its end."""

    act: Act
    pending: str | None = None
    answers: str = ""
    told: str = GO
    broken: Exception | None = None
    may_go: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    has_come: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def run(self, stack: Stack) -> None:
        _present.actor = self
        try:
            self.act(stack)
        except (AssertionError, AttributeError, KeyError, TypeError) as error:
            self.broken = error  # no function dies of these
        except (Crash, _Left, Exception):  # noqa: BLE001, S110 - what a function dies of is the cloud's to see
            pass
        finally:
            self.pending = None
            self.has_come.release()

    def call(self, name: str, do: Callable[[], Any]) -> Any:
        """Wait for one's turn, make the call, or break off before or after it."""
        self.pending = name
        self.has_come.release()
        self.may_go.acquire()
        if self.told == LEAVE:
            raise _Left
        if self.told == BEFORE:
            raise Crash
        try:
            answer = do()
        except Exception as error:
            self._note(name, f"{type(error).__name__} {error}")
            raise
        if self.told == AFTER:
            raise Crash
        self._note(name, _plain(answer))
        return answer

    def go(self, told: str) -> None:
        """Let it go on to its next call, or to its end."""
        self.told = told
        self.may_go.release()
        self.has_come.acquire()

    def _note(self, name: str, answer: str) -> None:
        self.answers = hashlib.sha256(f"{self.answers}\n{name}\n{answer}".encode()).hexdigest()


@dataclass(slots=True)
class Walk:
    """Walks through the orders of `acts` on stacks as `begin` makes them, with at most so many crashes.

    `ended` is called with each different end, the stack and its choices; `states` counts the different states.
    """

    begin: Callable[[], Stack]
    acts: Sequence[Act]
    most_crashes: int
    ended: Callable[[Stack, tuple[Choice, ...]], None]
    states: set[str] = field(default_factory=set)
    ends: int = 0
    runs: int = 0

    def go(self) -> None:
        """Walk through them all."""
        original = Boundary.call
        Boundary.call = _call  # type: ignore[method-assign, assignment]
        _present.original = original
        try:
            left: list[tuple[Choice, ...]] = [()]
            while left:
                self._follow(left.pop(), left)
        finally:
            Boundary.call = original  # type: ignore[method-assign]

    def _follow(self, prefix: tuple[Choice, ...], left: list[tuple[Choice, ...]]) -> None:
        """Go a way to its end, or to a state that is known; note the other ways that begin on it."""
        self.runs += 1
        _present.actor = None
        stack = self.begin()
        actors = [_Actor(act) for act in self.acts]
        threads = [threading.Thread(target=actor.run, args=(stack,), daemon=True) for actor in actors]
        for actor, thread in zip(actors, threads, strict=True):
            thread.start()
            actor.has_come.acquire()
        way, crashes = list(prefix), sum(told != GO for _, told in prefix)
        for number, told in prefix:
            actors[number].go(told)
        known = False
        while any(actor.pending for actor in actors):
            state = _state(stack, actors, crashes)
            if state in self.states:
                known = True
                break
            self.states.add(state)
            first, *others = list(_choices(actors, crashes < self.most_crashes))
            left.extend((*way, other) for other in others)
            way.append(first)
            actors[first[0]].go(first[1])
        for actor in actors:
            while actor.pending:
                actor.go(LEAVE)
        for actor, thread in zip(actors, threads, strict=True):
            thread.join()
            if actor.broken:
                raise actor.broken
        if not known and (end := _state(stack, (), 0)) not in self.states:
            self.states.add(end)
            self.ends += 1
            self.ended(stack, tuple(way))


def _choices(actors: Sequence[_Actor], may_crash: bool) -> Iterator[Choice]:
    for number, actor in enumerate(actors):
        if actor.pending:
            yield number, GO
            if may_crash and actor.pending.startswith(WRITES):
                yield number, BEFORE
                yield number, AFTER


def _call(boundary: Boundary, name: str, do: Callable[[], Any]) -> Any:
    actor: _Actor | None = getattr(_present, "actor", None)
    boundary.crossed.append(name)
    return do() if actor is None else actor.call(name, do)


def _state(stack: Stack, actors: Sequence[_Actor], crashes: int) -> str:
    groups = {key: group.status for key, group in stack.sdrs.world.groups.items()}
    jobs = [(job.word, job.group_id) for job in stack.sdrs.world.jobs.values()]
    queue = sorted(message.body for message in stack.queues.requests)
    running = sorted(stack.executions.by_name)
    held = json.dumps([stack.dynamodb.items, groups, jobs, queue, running], sort_keys=True, default=str)
    for number, job_id in enumerate(stack.sdrs.world.jobs):
        held = held.replace(job_id, f"job {number}")
    where = "\n".join(f"{actor.pending} {actor.answers}" for actor in actors)
    return hashlib.sha256(f"{crashes}\n{held}\n{where}".encode()).hexdigest()


def _plain(answer: Any) -> str:
    """Return an answer as text, without what differs from run to run and decides nothing."""
    if isinstance(answer, dict):
        return json.dumps(answer, sort_keys=True, default=str)
    body = getattr(answer, "text", None) or getattr(answer, "content", None) or getattr(answer, "body", b"")
    return f"{getattr(answer, 'status_code', getattr(answer, 'status', ''))} {body!r}"
