"""The groups of a storm that go both ways: stopped before it, then asked to be protected again and stopped, at once."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from local.case import documents, group_id, wait_for

if TYPE_CHECKING:
    from local.cloud import LocalCloud

ENDS = ("succeeded", "already_stopped", "resumed", "already_protected", "joined")
REFUSALS = ("hold_changed", "stop_under_way")
"""What a resume may be refused for while somebody stops the same group."""
PATIENCE = 120.0


def names(count: int) -> list[str]:
    """Return the targets that go both ways."""
    return [f"back-{number:03}" for number in range(count)]


def targets(count: int) -> dict[str, dict[str, Any]]:
    """Return their documents: whoever may send to the queue may have them resumed."""
    return documents(names(count), resume_sources=["direct", "queue"])


def stopped(cloud: LocalCloud, count: int) -> list[tuple[str, dict[str, Any]]]:
    """Stop each group, in peace; return what is asked for then, by delivery id: its resume and a stop."""
    for name in names(count):
        cloud.request({"target": name}, delivery_id=f"before-{name}")
    wait_for(lambda: [one["state"] for one in cloud.ledger()], lambda states: states == ["published"] * count, PATIENCE)
    holds = {group_id(str(one["target"])): one["pk"] for one in cloud.ledger()}
    asked = [
        (
            f"resume-{name}",
            {"target": name, "action": "resume", "hold": holds[group_id(name)], "requested_by": "storm"},
        )
        for name in names(count)
    ]
    return asked + [(f"stop-{name}", {"target": name}) for name in names(count)]


def twice(asked: Iterable[tuple[str, dict[str, Any]]], seed: int) -> list[tuple[str, dict[str, Any]]]:
    """Return every request twice, in an order that the seed decides."""
    both = list(asked) * 2
    random.Random(seed).shuffle(both)  # noqa: S311 - an order to be repeated
    return both


def problems(count: int, operations: Iterable[dict[str, Any]], taken: Counter[tuple[str, str]]) -> Iterator[str]:
    """Yield what must not be: two of one call, another end than these have, both at once on a group."""
    known = {one["request"]["delivery_id"]: one for one in operations}
    for name in names(count):
        group = group_id(name)
        for word, most in (("start", 1), ("stop", 2)):
            if taken[group, word] > most:
                yield f"{name}: SDRS took {taken[group, word]} calls to {word}"
        mine = [known.get(f"{kind}-{name}") for kind in ("before", "resume", "stop")]
        yield from (f"{name}: a request is lost" for one in mine if one is None)
        ran = sorted((one for one in mine if one and one.get("accepted_at")), key=lambda one: str(one["accepted_at"]))
        for first, second in pairwise(ran):
            ended = str((first.get("outcome") or {}).get("ended_at", "9"))
            if str(second["accepted_at"]) < ended and not _same(first, second):
                yield f"{name}: a {_action(second)} was accepted while a {_action(first)} was under way"
        for outcome in ((one or {}).get("outcome") or {} for one in mine):
            if not _may_end_so(outcome):
                yield f"{name}: ended as {outcome.get('result')} ({outcome.get('refusal')}): {outcome.get('detail')}"


def _may_end_so(outcome: dict[str, Any]) -> bool:
    """Return whether an end is one of those that a stop and a resume at once may have.

    A resume that may have been sent, but is not seen, is not sent again where somebody asked for the hold meanwhile.
    """
    if outcome.get("result") in ENDS or outcome.get("refusal") in REFUSALS:
        return True
    behind = [one.get("code") for one in (outcome.get("why") or {}).get("because") or ()]
    return outcome.get("result") == "unknown" and "hold_changed" in behind


def _same(first: dict[str, Any], second: dict[str, Any]) -> bool:
    return _action(first) == _action(second)


def _action(operation: dict[str, Any]) -> str:
    return str(operation["request"].get("action", "stop"))
