"""A command while it is read: its document, and every flaw that was found so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from standdown.base.text import one_line
from standdown.core.reasons import Reason, Why
from standdown.core.request import Source
from standdown.intake.fields import has_placeholder, kind

TEXTS = {"reason": 500, "requested_by": 200}
KNOWN = frozenset({
    "target", "server_group_id", "dry_run", "force", "delivery_id", "requested_at", "source", "schema_version",
    "action", "hold", "resume_after_minutes", "resume_at", *TEXTS
})  # fmt: skip


@dataclass(slots=True, eq=False, repr=False)
class Reading:
    """One document being read: what it says, what its envelope says, and every flaw found so far."""

    document: dict[str, Any]
    flaws: list[Why] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Note every known key that is null: leaving it out may mean something else to the sender than to us."""
        for key in sorted(KNOWN & self.document.keys()):
            if self.document[key] is None:
                self.flaw(Reason.NULL_KEY, key=key)

    def has(self, key: str) -> bool:
        """Tell whether the document gives the key a value."""
        return self.document.get(key) is not None

    def flaw(self, code: Reason, **values: object) -> None:
        """Note what is wrong."""
        self.flaws.append(Why.of(code, **values))

    def filled(self, key: str, source: Source, unfilled: Reason) -> Any:
        """Return the value under a key; None if there is none, or only a placeholder.

        The scheduler of AWS fills `<aws.scheduler.…>`; the local cloud does not, and every run of a schedule would then
        have one and the same identity. Elsewhere such text is a template sent by mistake.
        """
        value = self.document.get(key)
        if not has_placeholder(value):
            return value
        if source is not Source.SCHEDULE:
            self.flaw(unfilled, key=key)
        return None

    def text(self, key: str) -> str:
        """Return the text under a key, on one line; empty where there is none."""
        value = self.document[key] if self.has(key) else ""
        if not isinstance(value, str):
            self.flaw(Reason.NOT_TEXT, key=key, kind=kind(value))
            return ""
        if has_placeholder(value):
            self.flaw(Reason.UNFILLED_TEXT, key=key)
        return one_line(value, TEXTS[key])

    def truth(self, key: str) -> bool:
        """Return whether the value under a key is true."""
        value = self.document[key] if self.has(key) else False
        if not isinstance(value, bool):
            self.flaw(Reason.NOT_TRUE_OR_FALSE, key=key, kind=kind(value))
        return value is True
