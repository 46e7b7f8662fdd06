"""Orders to the functions of a test build to die at a step: `before sdrs.stop`, `after dynamodb.TransactWriteItems`."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from local.overlay import Overlay

FUNCTIONS = ("trigger", "poller", "notifier", "sweeper")


@dataclass(frozen=True, slots=True)
class Switchboard:
    """A folder through which functions that are `killable` get their orders, each carried out once."""

    folder: Path

    def overlays(self) -> tuple[Overlay, ...]:
        """Return what is wrapped around the functions so that they obey."""
        given = {name: {"function": name, "folder": str(self.folder)} for name in FUNCTIONS}
        return tuple(
            Overlay(name, "killable", {"switchboard.json": json.dumps(words).encode()}) for name, words in given.items()
        )

    def order(self, function: str, step: str, *containing: str, deed: str = "die", for_ever: bool = False) -> None:
        """Have a function die (or `hang`) at a step of its own, where the call is about one of some words."""
        words = {"step": step, "deed": deed, "containing": containing, "for_ever": for_ever}
        made = self.folder / f"{function}-{uuid.uuid4()}"
        made.write_text(json.dumps(words))
        made.rename(made.with_suffix(".order"))

    def chance(self, probability: float, functions: Sequence[str] = FUNCTIONS) -> None:
        """Have some functions die at every step with that probability."""
        for function in functions:
            made = self.folder / f"{function}.new"
            made.write_text(str(probability))
            made.rename(made.with_suffix(".chance"))

    def lead_through(self, proxy: str) -> None:
        """Have every function call AWS through a proxy, given as its host and port, from now on."""
        made = self.folder / "detour.new"
        made.write_text(proxy)
        made.rename(self.folder / "detour")

    def calm(self) -> None:
        """Withdraw every order."""
        for path in (*self.folder.glob("*.order"), *self.folder.glob("*.chance")):
            path.unlink(missing_ok=True)

    def deeds(self) -> list[str]:
        """Return what was carried out, such as `trigger: die after sdrs.stop by chance`."""
        notes = self.folder / "deeds"
        return notes.read_text().splitlines() if notes.exists() else []
