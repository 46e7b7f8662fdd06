"""How far an operation is, as the poller saw it last: from the history of its execution."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from standdown_cli.stack import Stack, StackError
from standdown_cli.words import is_resume

DONE = {"stop": frozenset({"SUCCESS", "available"}), "resume": frozenset({"SUCCESS", "protected"})}
"""Words that SDRS has for a pair that is where the action takes it: its part of the job, and the pair itself."""
IS = {"stop": "stopped", "resume": "protected"}
"""What a pair is then."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What the last poll saw: the job's or the group's status, and each replication pair's word by its id."""

    polls: int
    seen: str
    pairs: dict[str, str] = field(default_factory=dict)
    action: str = "stop"

    @property
    def done(self) -> int:
        """Return how many pairs are where the action takes them."""
        return sum(word in DONE[self.action] for word in self.pairs.values())

    def line(self) -> str:
        """Return it as one line."""
        count = Counter(self.pairs.values())
        pairs = "; replication pairs: " + ", ".join(f"{n} {word}" for word, n in sorted(count.items())) if count else ""
        return f"poll {self.polls}: {self.seen}{pairs}"


def progress(stack: Stack, operation: dict[str, Any]) -> Progress | None:
    """Return how far an operation is, None where nobody has looked yet, or may know (states:GetExecutionHistory)."""
    try:
        events = stack.execution_events(str(operation["execution_name"]))
    except (StackError, KeyError):
        return None  # it is shown beside what the ledger says, which is enough without it
    action = "resume" if is_resume(operation) else "stop"
    found = (_state(details, action) for event in events for details in event.values() if isinstance(details, dict))
    return next((one for one in found if one is not None), None)


def _state(details: dict[str, Any], action: str) -> Progress | None:
    """Return what a poll left in the workflow's state; None where these are details of something else."""
    try:
        state = json.loads(details.get("output") or "null")
    except ValueError:
        return None
    if not isinstance(state, dict) or not state.get("looks") or not state.get("seen"):
        return None
    pairs = state.get("pairs")
    return Progress(int(state["looks"]), str(state["seen"]), dict(pairs) if isinstance(pairs, dict) else {}, action)
