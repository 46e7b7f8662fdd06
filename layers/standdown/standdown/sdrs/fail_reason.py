"""Read what SDRS writes as a task's `fail_reason`: free text with a task's name, a code and JSON in it.

An example: `SdrsExtendReplicationPairNewTask-fail:SDRS.0011:Client error : {"badRequest": {"message": "…"}}`.
Reading never fails: JSON that is broken, cut off or nested too deeply is text like any other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from standdown.base.text import one_line

LONGEST = 4_000
"""Characters of a text that are read; what follows is dropped."""

_DEEPEST = 4
_MOST_TRIES = 50
_TASK = re.compile(r"(\w{1,100})(?:-fail(?:ed|ure)?|(?<=Task) failed)\s*:\s*", re.IGNORECASE)
_CODE = re.compile(r"(?<![\w.])([A-Za-z]{2,12}\.\d{3,8})(?![\w.]\w)")
_LEADING_CODE = re.compile(r"([A-Za-z]{2,12}\.\d{3,8})\s*(?::|$)\s*")
_MESSAGES = frozenset({"message", "error_msg", "errormsg", "error_message", "fail_reason", "failreason", "reason"})
_CODES = frozenset({"code", "error_code", "errorcode"})
# Where JSON is broken, or is Python's way of writing an object: the value after a message's name, closed or not.
_TOLD = re.compile(r"""(?:message|error_?msg|reason)["']\s*:\s*u?(["'])((?:(?!\1)[^\\]|\\.)*)""", re.IGNORECASE)
_MARKS = re.compile(r"[{}\[\]\"\\]+")


class Reason(NamedTuple):
    """What a text says: in plain words, with the code found in it and the task that it names."""

    words: str
    code: str | None = None
    task: str | None = None

    @property
    def text(self) -> str:
        """Return task and words: `SdrsExtendReplicationPairNewTask failed: Client error: no quota`."""
        if self.task is None:
            return self.words
        return f"{self.task} failed: {self.words}" if self.words else f"{self.task} failed"


def read_reason(text: str | None) -> Reason:
    """Read a text; one that says nothing has empty words."""
    return _read(one_line(text or "", LONGEST), 0)


def _read(text: str, depth: int) -> Reason:
    task, code = None, None
    text = text.lstrip()
    if found := _TASK.match(text):
        task, text = found[1], text[found.end() :]
    if found := _LEADING_CODE.match(text):
        code, text = found[1], text[found.end() :]
    parts: list[str] = []
    for part in _parts(text):
        inner = Reason(part) if isinstance(part, str) else _told(part, depth)
        code = code or inner.code
        task = task or inner.task
        parts.append(inner.words)
    words = _joined(parts)
    return Reason(words, code or _code_in(words), task)


def _parts(text: str) -> Iterator[str | dict[str, Any] | list[Any]]:
    """Yield the plain text and the JSON values of a text in their order."""
    decoder = json.JSONDecoder()
    begin = place = 0
    for _ in range(_MOST_TRIES):
        if (place := _next_opening(text, place)) < 0:
            break
        try:
            value, end = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            place += 1
            if text[place - 1] == "{":  # not JSON, so there is no telling where it ends
                yield text[begin : place - 1]
                yield _broken(text[place - 1 :])
                return
            continue
        if _says_nothing(value):
            place = end
            continue
        yield text[begin:place]
        yield value
        begin = place = end
    yield text[begin:]


def _next_opening(text: str, place: int) -> int:
    return min((at for at in (text.find("{", place), text.find("[", place)) if at >= 0), default=-1)


def _says_nothing(value: Any) -> bool:
    """Return whether it is a list of plain values, such as the `[57.0]` in an alarm's words: text, not an answer."""
    return isinstance(value, list) and not any(isinstance(item, dict) for item in value)


def _broken(text: str) -> str:
    found = [said for _, said in _TOLD.findall(text) if said.strip()]
    return "; ".join(found) or _MARKS.sub(" ", text)


def _told(value: Any, depth: int) -> Reason:
    """Return what a JSON value says, in the order in which it stands there, each sentence once."""
    said = list(_said(value, depth))
    words = dict.fromkeys(one.words for one in said if one.words)
    return Reason(
        "; ".join(words) or (_MARKS.sub(" ", json.dumps(value, ensure_ascii=False)) if depth == 0 else ""),
        next((one.code for one in said if one.code), None),
        next((one.task for one in said if one.task), None),
    )


def _said(value: Any, depth: int) -> Iterator[Reason]:
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for item in value[:20]:
            yield from _said(item, depth + 1)
    if not isinstance(value, dict):
        return
    for key, item in list(value.items())[:20]:
        name = key.lower()
        if isinstance(item, str) and name in _MESSAGES:
            yield _read(one_line(item, LONGEST), depth + 1)  # at times a whole answer as text
        elif isinstance(item, str) and name in _CODES:
            yield Reason("", _code_in(item))
        elif isinstance(item, dict | list):
            yield from _said(item, depth + 1)


def _code_in(text: str) -> str | None:
    found = _CODE.search(text)
    return found[1] if found else None


def _joined(parts: list[str]) -> str:
    """Put sentences together: what stands before JSON leads to it with a colon."""
    kept = [trimmed for part in parts if (trimmed := " ".join(part.split()).strip(" :,-"))]
    return ": ".join(kept)
