"""Targets' documents from files: one a file, named like it, or several in one file by their names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from standdown.base.text import NotJsonError, canonical, strict_json
from standdown.core.targets import TargetDefaults, TargetError, Targets, read_targets


class DocumentsError(Exception):
    """Raised when a file with targets cannot be read at all, or two of them name one target; the message says which."""


def read_documents(paths: Iterable[str], defaults: TargetDefaults) -> Targets:
    """Return the targets in files and folders (their `*.json`), the valid and the broken; raise DocumentsError."""
    found: dict[str, tuple[str, Path]] = {}
    for path in _files(paths):
        for name, text in _documents(path):
            if name in found:
                raise DocumentsError(f"the target {name!r} stands in {found[name][1]} and again in {path}: keep one")
            found[name] = (text, path)
    return read_targets({f"targets/{name}": text for name, (text, _) in found.items()}, defaults)


def _files(paths: Iterable[str]) -> Iterator[Path]:
    for given in map(Path, paths):
        inside = sorted(given.glob("*.json")) if given.is_dir() else [given]
        if not inside:
            raise DocumentsError(f"no file in {given} ends with .json")
        yield from inside


def _documents(path: Path) -> Iterator[tuple[str, str]]:
    """Yield name and text of each document: an object whose values are objects holds several by name."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise DocumentsError(f"{path} cannot be read: {why}") from error
    try:
        value = strict_json(text)
    except NotJsonError:
        value = None  # it is one document then, and reading it says what is wrong with it
    if isinstance(value, dict) and any(isinstance(inner, dict) for inner in value.values()):
        yield from ((name, canonical(inner)) for name, inner in value.items())
    else:
        yield path.stem, text


__all__ = ["DocumentsError", "TargetError", "read_documents"]
