"""Our own command: a document that names what to stop. Strict, since a misread word stops a disaster recovery."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from standdown.base.text import one_line
from standdown.core.operation import SCHEMA_VERSION, Source, StopRequest
from standdown.intake.errors import MalformedError
from standdown.intake.fields import MAX_FUTURE, delivery_id_of, has_placeholder, kind, object_of, to_moment

MAX_TARGETS = 20
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_GROUP = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}")
_TEXTS = {"reason": 500, "requested_by": 200}
_KNOWN = frozenset({
    "target", "server_group_id", "dry_run", "delivery_id", "requested_at", "source", "schema_version", *_TEXTS
})  # fmt: skip


@dataclass(slots=True)
class _Reading:
    """One document being read: what it says, what its envelope says, and every flaw found so far."""

    document: dict[str, Any]
    flaws: list[str] = field(default_factory=list)

    def flaw(self, key: str, sentence: str) -> None:
        self.flaws.append(f"{key!r} {sentence}")


def is_command(document: dict[str, Any]) -> bool:
    """Tell whether the document means to be a command: it has a key that only a command has."""
    return "target" in document or "server_group_id" in document


def read_command(
    document: Any,
    *,
    delivery_id: str,
    source: Source,
    requested_at: datetime,
    requested_by: str = "",
    now: datetime | None = None,
    may_claim: frozenset[Source] = frozenset(),
) -> list[StopRequest]:
    """Return one request for each target or group named.

    `delivery_id`, `requested_at` and `requested_by` are the envelope's: they hold where the document has none of its
    own. `may_claim` are the sources that the sender may say it is. Where the document names something to stop but is
    otherwise wrong, its requests carry a `flaw`: they are to be refused, and told. Raises MalformedError where nothing
    to stop can be read.
    """
    reading = _Reading(object_of(document, "the command"))
    key, wanted = _wanted(reading)
    source = _source(reading, source, may_claim)
    own_id = _delivery_id(reading, source, delivery_id)
    own_time = _requested_at(reading, source, requested_at, now or requested_at)
    chosen = own_id != delivery_id and source in (Source.QUEUE, Source.DIRECT)
    texts = {name: _text(reading, name) for name in _TEXTS}
    dry_run = _dry_run(reading)
    _nothing_else(reading)
    found = one_line("; ".join(reading.flaws), 500) or None
    return [
        StopRequest(
            own_id, source, own_time, **{key: one}, reason=texts["reason"],
            requested_by=texts["requested_by"] or requested_by, dry_run=dry_run, flaw=found, own_id=chosen,
        )
        for one in wanted
    ]  # fmt: skip


def _wanted(reading: _Reading) -> tuple[str, list[str]]:
    """Return the key that names something, and what it names."""
    names = _list(reading, "target", lambda value: value if _NAME.fullmatch(value) else None)
    groups = _list(reading, "server_group_id", lambda value: value.lower() if _GROUP.fullmatch(value.lower()) else None)
    if "target" in reading.document and "server_group_id" in reading.document:
        reading.flaw("target", "and 'server_group_id' are both given: give one of them")
    if not names and not groups:
        raise MalformedError("no_target", "the command names nothing to stop: give 'target' or 'server_group_id'")
    return ("target", names) if names else ("server_group_id", groups)


def _list(reading: _Reading, key: str, accept: Callable[[str], str | None]) -> list[str]:
    """Return the acceptable ones among the one or several texts under `key`, each once, noting all that is wrong."""
    if key not in reading.document:
        return []
    value = reading.document[key]
    values = value if isinstance(value, list) else [value]
    found = [taken for one in values[:MAX_TARGETS] if isinstance(one, str) and (taken := accept(one)) is not None]
    if len(values) > MAX_TARGETS:
        reading.flaw(key, f"names {len(values)}: at most {MAX_TARGETS} are allowed, send several commands")
    elif len(found) < len(values) or not values:
        reading.flaw(key, "must be a valid name or id, or a list of them: correct what is not one")
    if len(set(found)) < len(found):
        reading.flaw(key, "names the same twice: name each once")
    return list(dict.fromkeys(found))


def _source(reading: _Reading, source: Source, may_claim: frozenset[Source]) -> Source:
    if "source" not in reading.document:
        return source
    claim = reading.document["source"]
    if claim == source.value or (isinstance(claim, str) and claim in {allowed.value for allowed in may_claim}):
        return Source(claim)
    reading.flaw("source", "is not this sender's to claim: leave it out")
    return source


def _delivery_id(reading: _Reading, source: Source, envelope: str) -> str:
    """Return the command's own identity; a schedule's placeholder left unfilled is replaced by the envelope's.

    The scheduler of AWS fills `<aws.scheduler.…>`; the local cloud does not, and every run of a schedule would then
    have one and the same identity. Elsewhere such text is a template sent by mistake.
    """
    if "delivery_id" not in reading.document:
        return envelope
    value = reading.document["delivery_id"]
    if has_placeholder(value):
        if source is not Source.SCHEDULE:
            reading.flaw("delivery_id", "holds an unfilled placeholder: send the value")
        return envelope
    own = delivery_id_of(value)
    if own is None:
        reading.flaw("delivery_id", f"is {kind(value)}: it must be 1 to 200 printable characters")
    return own or envelope


def _requested_at(reading: _Reading, source: Source, envelope: datetime, now: datetime) -> datetime:
    """Return the command's own time; the rule for placeholders is that of `_delivery_id`."""
    if "requested_at" not in reading.document:
        return envelope
    value = reading.document["requested_at"]
    if has_placeholder(value):
        if source is not Source.SCHEDULE:
            reading.flaw("requested_at", "holds an unfilled placeholder: send the time")
        return envelope
    try:
        own = to_moment(value)
    except ValueError:
        reading.flaw("requested_at", "must be an ISO 8601 time with its zone, such as 2026-01-02T03:04:05Z")
        return envelope
    if own - now > MAX_FUTURE:
        reading.flaw("requested_at", "lies more than 5 minutes in the future: correct the sender's clock")
        return envelope
    return own


def _text(reading: _Reading, key: str) -> str:
    value = reading.document.get(key, "")
    if not isinstance(value, str):
        reading.flaw(key, f"is {kind(value)}: it must be text")
        return ""
    if has_placeholder(value):
        reading.flaw(key, "holds an unfilled placeholder: send the text")
    return one_line(value, _TEXTS[key])


def _dry_run(reading: _Reading) -> bool:
    value = reading.document.get("dry_run", False)
    if not isinstance(value, bool):
        reading.flaw("dry_run", f"is {kind(value)}: it must be true or false")
    return value is True


def _nothing_else(reading: _Reading) -> None:
    version = reading.document.get("schema_version", SCHEMA_VERSION)
    if type(version) is not int or version != SCHEMA_VERSION:
        reading.flaw("schema_version", f"must be {SCHEMA_VERSION}")
    unknown = sorted(set(reading.document) - _KNOWN)
    for key in unknown[:3]:
        reading.flaw(one_line(key, 40), "is not a known field: remove it")
