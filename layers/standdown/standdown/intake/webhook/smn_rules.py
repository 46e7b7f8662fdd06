"""Which messages of other publishers on SMN are an alarm: rules over topic, subject and one field. Pure, linear time.

A rule has exact words or globs, never regular expressions. A message that two rules know is refused: which of them was
meant is not ours to guess.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from standdown.base.text import canonical


@dataclass(frozen=True, slots=True)
class SmnRule:
    """A message of these topics, with this subject or this value in a field of its JSON, is that alarm.

    `topic_urn`, `subject` and `value` are words or globs; what is None is not looked at. `field` is a path such as
    `detail.severity`.
    """

    topic_urn: str
    alarm: str
    subject: str | None = None
    field: str | None = None
    value: str | None = None

    def knows(self, topic_urn: str, subject: str, document: Any) -> bool:
        """Tell whether the rule is about a message; `document` is the JSON in it, None where there is none."""
        if not matches(self.topic_urn, topic_urn):
            return False
        if self.subject is not None and not matches(self.subject, subject):
            return False
        if self.field is None or self.value is None:
            return True
        found = _under(document, self.field)
        return found is not None and matches(self.value, found)


def matches(pattern: str, text: str) -> bool:
    """Tell whether the text is the pattern's, in which `*` stands for any characters and nothing else is special."""
    first, *rest = pattern.split("*")
    if not rest:
        return text == pattern
    *middle, last = rest
    at, end = len(first), len(text) - len(last)
    if end < at or not text.startswith(first) or not text.endswith(last):
        return False
    for part in middle:  # the first place is as good as any other: what comes later has the most room after it
        at = text.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True


def _under(document: Any, path: str) -> str | None:
    """Return the text under a path, a number or a truth value as JSON writes it; None where there is none."""
    for key in path.split("."):
        document = document.get(key) if isinstance(document, dict) else None
    if isinstance(document, str):
        return document
    return canonical(document) if isinstance(document, bool | int | float) else None
