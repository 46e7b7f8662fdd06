"""Our own command: a document that names what to stop or resume. Strict: a misread word ends a disaster recovery."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from standdown.base.text import one_line
from standdown.core.operation import SCHEMA_VERSION
from standdown.core.reasons import Reason
from standdown.core.request import Source, StopRequest
from standdown.intake.command_action import action_of, force_of, hold_of, resume_time
from standdown.intake.errors import MalformedError
from standdown.intake.fields import MAX_FUTURE, delivery_id_of, kind, object_of, to_moment
from standdown.intake.reading import KNOWN, Reading

MAX_TARGETS = 20
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_GROUP = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}")
NOTHING_TO_STOP = "the command names nothing to stop: give 'target' or 'server_group_id'"
_SYNONYMS = {
    **dict.fromkeys(("dryruns", "dry", "test", "testrun", "simulate", "simulation", "rehearsal", "noop"), "dry_run"),
    **dict.fromkeys(("rehearse", "preview", "whatif", "checkonly", "validateonly"), "dry_run"),
    **dict.fromkeys(("targets", "targetname", "targetnames", "name", "names"), "target"),
    **dict.fromkeys(("servergroup", "servergroupids", "servergroupname", "groupid", "group"), "server_group_id"),
    **dict.fromkeys(("protectiongroup", "protectiongroupid", "protectiongroupname"), "server_group_id"),
    **dict.fromkeys(("reasons", "comment", "message", "description"), "reason"),
    **dict.fromkeys(("time", "timestamp", "requestedtime"), "requested_at"),
    **dict.fromkeys(("requester", "requestor", "user"), "requested_by"),
    **dict.fromkeys(("id", "requestid", "idempotencykey"), "delivery_id"),
}


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
    otherwise wrong, its requests carry a `flaw`: they are refused, and that is published. Raises MalformedError where
    nothing to stop can be read.
    """
    reading = Reading(object_of(document, "the command"))
    wanted = _wanted(reading)
    source = _source(reading, source, may_claim)
    own_id = _delivery_id(reading, source, delivery_id)
    own_time = _requested_at(reading, source, requested_at, now or requested_at)
    action, person = action_of(reading), reading.text("requested_by")
    unnamed = requested_by or ("webhook" if source is Source.WEBHOOK else "")
    after_minutes, at = resume_time(reading)
    request = StopRequest(
        own_id, source, own_time, reason=reading.text("reason"), requested_by=person or unnamed,
        dry_run=reading.truth("dry_run"), force=force_of(reading, source), action=action, hold=hold_of(reading, action),
        own_id=own_id != delivery_id and source in (Source.QUEUE, Source.DIRECT), person=person,
        resume_after_minutes=after_minutes, resume_at=at,
    )  # fmt: skip
    _nothing_else(reading)
    return [replace(request.flawed(*reading.flaws), **one) for one in wanted]


def _wanted(reading: Reading) -> list[dict[str, Any]]:
    """Return each one that is named, under the key that names it."""
    names, no_names = _list(reading, "target", lambda value: value if _NAME.fullmatch(value) else None)
    groups, no_groups = _list(
        reading, "server_group_id", lambda value: value.lower() if _GROUP.fullmatch(value.lower()) else None
    )
    if "target" in reading.document and "server_group_id" in reading.document:
        reading.flaw(Reason.TARGET_AND_GROUP)
    # A name in a wrong form is a name: its request has a flaw, so that it is refused where everyone reads of it.
    for key, found in (
        ("target", names),
        ("server_group_id", groups),
        ("target", no_names),
        ("server_group_id", no_groups),
    ):
        if found:
            return [{key: one} for one in found]
    raise MalformedError("no_target", f"{NOTHING_TO_STOP}{near(reading.document)}")


def _list(reading: Reading, key: str, accept: Callable[[str], str | None]) -> tuple[list[str], list[str]]:
    """Return the good and the wrong ones among the one or several texts under `key`, each once; note what is wrong."""
    if not reading.has(key):
        return [], []
    value = reading.document[key]
    values = value if isinstance(value, list) else [value]
    texts = [one for one in values[:MAX_TARGETS] if isinstance(one, str)]
    found = [taken for one in texts if (taken := accept(one)) is not None]
    wrong = [shown for one in texts if accept(one) is None and (shown := one_line(one, 80))]
    if len(values) > MAX_TARGETS:
        reading.flaw(Reason.TOO_MANY, key=key, count=len(values), most=MAX_TARGETS)
    elif wrong:
        reading.flaw(Reason.WRONG_TARGET if key == "target" else Reason.WRONG_GROUP_ID, value=wrong[0])
    elif len(found) < len(values) or not values:
        reading.flaw(Reason.NO_TARGET_NAMED if key == "target" else Reason.NO_GROUP_NAMED)
    if len(set(found)) < len(found):
        reading.flaw(Reason.NAMED_TWICE, key=key)
    return list(dict.fromkeys(found)), list(dict.fromkeys(wrong))


def _source(reading: Reading, source: Source, may_claim: frozenset[Source]) -> Source:
    if not reading.has("source"):
        return source
    claim = reading.document["source"]
    if claim == source.value or (isinstance(claim, str) and claim in {allowed.value for allowed in may_claim}):
        return Source(claim)
    reading.flaw(Reason.SOURCE_CLAIMED)
    return source


def _delivery_id(reading: Reading, source: Source, envelope: str) -> str:
    """Return the command's own identity, else the envelope's."""
    value = reading.filled("delivery_id", source, Reason.UNFILLED_VALUE)
    if value is None:
        return envelope
    own = delivery_id_of(value)
    if own is None:
        reading.flaw(Reason.BAD_DELIVERY_ID, kind=kind(value))
    return own or envelope


def _requested_at(reading: Reading, source: Source, envelope: datetime, now: datetime) -> datetime:
    """Return the command's own time, else the envelope's."""
    value = reading.filled("requested_at", source, Reason.UNFILLED_TIME)
    if value is None:
        return envelope
    try:
        own = to_moment(value)
    except ValueError:
        reading.flaw(Reason.BAD_TIME, key="requested_at")
        return envelope
    if own - now > MAX_FUTURE:
        reading.flaw(Reason.FUTURE_TIME, key="requested_at")
        return envelope
    return own


def _nothing_else(reading: Reading) -> None:
    version = reading.document["schema_version"] if reading.has("schema_version") else SCHEMA_VERSION
    if type(version) is not int or version != SCHEMA_VERSION:
        reading.flaw(Reason.WRONG_VERSION, version=SCHEMA_VERSION)
    unknown = sorted(set(reading.document) - KNOWN)
    for key in unknown[:3]:
        shown, meant = one_line(key, 40), _meant(key)
        if meant:
            reading.flaw(Reason.MISSPELT_KEY, key=shown, meant=meant)
        else:
            reading.flaw(Reason.UNKNOWN_KEY, key=shown)


def near(document: dict[str, Any]) -> str:
    """Return a question about the first keys that come near a known one, or an empty text."""
    found = [(key, meant) for key in list(document)[:20] if key not in KNOWN and (meant := _meant(key))]
    return "".join(f"; did you mean {meant!r} by {one_line(key, 40)!r}?" for key, meant in found[:2])


def _meant(key: str) -> str | None:
    """Return the known key that an unknown one comes near, by spelling or by meaning."""
    plain = "".join(filter(str.isalnum, key[:40])).lower()
    return next((known for known in sorted(KNOWN) if plain == known.replace("_", "")), None) or _SYNONYMS.get(plain)
