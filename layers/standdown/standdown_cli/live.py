"""One operation live on a terminal: what has happened, how far it is, what each replication pair does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from standdown_cli.output import console, safe
from standdown_cli.progress import DONE, IS, Progress
from standdown_cli.words import moment

_OTHERS, _FEWEST = 14, 4
"""Lines that are for all but the pairs, and pairs that are shown in any case: a terminal has an end."""
_STEPS = (("requested_at", "requested"), ("received_at", "received"), ("accepted_at", "accepted by SDRS"))


@contextmanager
def lively() -> Iterator[Live]:
    """Give a place on the terminal that is drawn again and again, and removed at its end."""
    with Live(console=console(), refresh_per_second=8, transient=True) as live:
        yield live


def picture(operation: dict[str, Any], state: str, seen: Progress | None) -> RenderableType:
    """Return how an operation stands now."""
    rows = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    rows.add_column(style="bold")
    rows.add_column(overflow="fold")
    rows.add_row("target", safe(operation["target"]))
    for key, name in _STEPS:
        if operation.get(key):
            rows.add_row(name, f"{moment(operation[key])} UTC")
    if operation.get("job_id"):
        rows.add_row("job", safe(operation["job_id"]))
    parts: list[RenderableType] = [rows, Spinner("line", text=Text(state))]
    return Group(*parts, *_poll(seen)) if seen else Group(*parts)


def _poll(seen: Progress) -> Iterator[RenderableType]:
    yield Text(f"poll {seen.polls}: {seen.seen}")
    if not seen.pairs:
        return
    done = DONE[seen.action]
    yield Text(f"{seen.done} of {len(seen.pairs)} replication pairs are {IS[seen.action]}")
    yield ProgressBar(total=len(seen.pairs), completed=seen.done, width=40)
    room = max(console().height - _OTHERS, _FEWEST)
    for name, word in sorted(seen.pairs.items(), key=lambda pair: pair[1] in done)[:room]:
        yield Text.assemble("  ", safe(name), "  ", (safe(word).plain, "green" if word in done else "yellow"))
    if len(seen.pairs) > room:
        yield Text(f"  and {len(seen.pairs) - room} more")
