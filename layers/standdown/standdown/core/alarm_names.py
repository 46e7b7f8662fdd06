"""Which alarm may stop what: a target lists names of alarms, or globs."""

from __future__ import annotations

from fnmatch import fnmatchcase


def is_among(alarm: str, patterns: tuple[str, ...]) -> bool:
    """Return whether an alarm's name is one of these; an exact name matches whatever brackets are in it."""
    return alarm in patterns or any(fnmatchcase(alarm, pattern) for pattern in patterns)
