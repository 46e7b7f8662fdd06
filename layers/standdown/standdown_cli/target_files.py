"""Targets' documents from files: one a file, named like it, or several in one file by their names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from standdown.base.text import NotJsonError, canonical, strict_json
from standdown.core.targets import TargetDefaults, Targets, read_targets


class DocumentsError(Exception):
    """Raised when a file cannot be read at all, or names a target that another one names; the message says which."""


@dataclass(frozen=True, slots=True)
class Documents:
    """The targets in some files, the valid and the broken, and a sentence for each file that could not be read."""

    targets: Targets
    unread: tuple[str, ...]


def read_documents(paths: Iterable[str], defaults: TargetDefaults) -> Documents:
    """Return the targets in files and folders (their `*.json`); one file that cannot be read hides no other."""
    found, unread = _read(paths)
    documents = {f"targets/{name}": text for name, text in found.items()}
    return Documents(read_targets(documents, defaults), tuple(unread))


def read_texts(paths: Iterable[str]) -> dict[str, str]:
    """Return each document's text by its target's name; raise DocumentsError where one cannot be read."""
    found, unread = _read(paths)
    if unread:
        raise DocumentsError("; ".join(unread))
    return found


def _read(paths: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    found: dict[str, tuple[str, Path]] = {}
    unread: list[str] = []
    for given in map(Path, paths):
        inside = sorted(given.glob("*.json")) if given.is_dir() else [given]
        if not inside:
            unread.append(f"{given}: no file in it ends with .json")
        for path in inside:
            try:
                found |= _new(_documents(path, listed=path is not given), path, found)
            except DocumentsError as error:
                unread.append(f"{path}: {error}")
    return {name: text for name, (text, _) in found.items()}, unread


def _new(
    documents: Iterable[tuple[str, str]], path: Path, found: dict[str, tuple[str, Path]]
) -> dict[str, tuple[str, Path]]:
    new: dict[str, tuple[str, Path]] = {}
    for name, text in documents:
        if name in found:
            raise DocumentsError(f"the target {name!r} stands in {found[name][1]} already: keep one")
        new[name] = (text, path)
    return new


def _documents(path: Path, *, listed: bool) -> Iterator[tuple[str, str]]:
    """Yield name and text of each document: an object whose values are objects holds several by name.

    What a folder lists must be a file, since reading a pipe would wait for ever; what is named itself may be a pipe.
    """
    if listed and path.exists() and not path.is_file():
        raise DocumentsError("not a file")
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeError) as error:
        raise DocumentsError(error.strerror if isinstance(error, OSError) else "not UTF-8 text") from error
    try:
        value = strict_json(text)
    except NotJsonError:
        value = None  # it is one document then, and reading it says what is wrong with it
    if isinstance(value, dict) and any(isinstance(inner, dict) for inner in value.values()):
        yield from ((name, canonical(inner)) for name, inner in value.items())
    else:
        yield path.stem, text
