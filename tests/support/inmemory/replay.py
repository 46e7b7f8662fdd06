"""An invocation as what it has been answered so far: from that alone follows which call it makes next.

It is run from its start on the answers that were noted, up to the first call that has none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from support.http import Given
from support.inmemory.boundary import Boundary, Crash
from support.inmemory.stack import Stack

Act = Callable[[Stack], object]
OVER = -2
NOT_BEGUN = -1


class _Reached(BaseException):
    """Ends a run at the first call that has no answer yet."""


@dataclass(frozen=True, slots=True)
class Call:
    """What an invocation is about to call."""

    name: str
    make: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call was answered, or what it raised; `text` is the same for all answers that say the same."""

    text: str
    value: Any = None
    error: Exception | None = None

    @classmethod
    def of(cls, call: Call) -> Answer:
        """Make the call."""
        try:
            value = call.make()
        except Exception as error:  # noqa: BLE001 - whatever it is, the invocation is told
            reasons = getattr(error, "response", {}).get("CancellationReasons")
            return cls(f"{type(error).__name__} {error} {json.dumps(reasons, default=str)}", error=error)
        if isinstance(value, Given):
            body = value.read(1_000_000)
            kept = value.status, dict(value.headers.items()), body
            return cls(f"{value.status} {body!r}", kept)
        return cls(json.dumps(value, sort_keys=True, default=str), value)

    def give(self) -> Any:
        """Answer once more."""
        if self.error is not None:
            raise self.error.with_traceback(None)
        return Given(*self.value) if isinstance(self.value, tuple) else self.value


@dataclass(slots=True)
class Replays:
    """The invocations of one stack, by number; `at_start` is called before each run, to forget what a process knew."""

    stack: Stack
    acts: list[Act]
    at_start: Callable[[], None]
    runs: int = 0
    _began: dict[tuple[int, datetime], int] = field(default_factory=dict)
    _next: dict[tuple[int, str], int] = field(default_factory=dict)
    _known: list[tuple[int, datetime, tuple[Answer, ...]]] = field(default_factory=list)
    _calls: list[Call] = field(default_factory=list)
    _answers: list[Answer] | None = None
    _reached: Call | None = None

    def begin(self, act: int, now: datetime) -> int:
        """Return the number of an invocation that begins now, or OVER where it makes no call."""
        if (act, now) not in self._began:
            self._began[act, now] = self._number(act, now, ())
        return self._began[act, now]

    def call(self, number: int) -> Call:
        """Return what the invocation of that number is about to call."""
        return self._calls[number]

    def after(self, number: int, answer: Answer) -> int:
        """Return the number of the same invocation after an answer to its call, or OVER."""
        key = number, answer.text
        if key not in self._next:
            act, now, answers = self._known[number]
            self._next[key] = self._number(act, now, (*answers, answer))
        return self._next[key]

    @contextmanager
    def through(self, boundary: Boundary) -> Iterator[None]:
        """Answer the calls of runs in place of the boundary while this lasts."""
        boundary.instead = self._cross
        yield
        boundary.instead = None

    def _number(self, act: int, now: datetime, answers: tuple[Answer, ...]) -> int:
        call = self._run(act, now, answers)
        if call is None:
            return OVER
        self._known.append((act, now, answers))
        self._calls.append(call)
        return len(self._calls) - 1

    def _run(self, act: int, now: datetime, answers: tuple[Answer, ...]) -> Call | None:
        """Run an invocation on its answers; return the first call beyond them, or None where it came to its end."""
        self.runs += 1
        self.at_start()
        self.stack.clock.set(now)
        self._answers, self._reached = list(reversed(answers)), None
        try:
            self.acts[act](self.stack)
        except (AssertionError, AttributeError, KeyError, TypeError):
            raise  # no function dies of these
        except (_Reached, Crash, Exception):  # noqa: BLE001, S110 - what a function dies of is the cloud's to see
            pass
        finally:
            left, self._answers = self._answers, None
        assert not left, f"not asked for again: {left}"
        return self._reached

    def _cross(self, name: str, make: Callable[[], Any]) -> Any:
        if self._answers is None:
            return make()
        if self._answers:
            return self._answers.pop().give()
        if self._reached is None:
            self._reached = Call(name, make)
        raise _Reached
