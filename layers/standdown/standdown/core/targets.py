"""What may be stopped, by whom and how: one document per target, so that a broken one breaks itself alone.

A target that is not written down here, and valid, can never be stopped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any

from standdown.base.documents import Reader, shown
from standdown.base.text import NotJsonError, one_line, strict_json
from standdown.core.reasons import Reason, Why
from standdown.core.request import FIRST_SOURCES, Mode, Source, StopRequest
from standdown.sdrs.endpoints import check_endpoint, check_region


class Guard(StrEnum):
    """Whether the guard is asked before a stop by an alarm, an alert or a schedule."""

    ON = "on"
    OFF = "off"


NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE)
_ANY = re.compile(r"\[!?\]?[^]]*\]|[*?]")  # what a glob has beside letters: a bracket right after `[` or `[!` is in it
_MOST = (Mode.LIVE, Mode.DRY_RUN, Mode.OFF)
_GROUP = re.compile(r"[^\x00-\x1f]{1,64}")
_PROJECT = re.compile(r"[0-9A-Fa-f]{32}|[a-z]{2,3}(-[a-z0-9]{1,20}){1,3}_[A-Za-z0-9_-]{1,64}")


class TargetError(Exception):
    """Raised when a target's document is not valid; names the target and the key and says what to do."""

    def __init__(self, target: str, key: str, problem: str) -> None:
        self.target, self.key, self.problem = target, key, problem
        self.why = Why.of(Reason.BAD_TARGET, target=target, key=key, problem=problem)
        super().__init__(f"target {target!r}, key {key!r}: {problem}")


@dataclass(frozen=True, slots=True)
class TargetDefaults:
    """What a target's document may leave out."""

    region: str
    project_id: str | None = None
    max_age_minutes: int = 60
    deadline_minutes: int = 60


@dataclass(frozen=True, slots=True)
class Target:
    """One protection group that this stack may stop: exactly one of its id and its name is set."""

    name: str
    region: str
    server_group_id: str | None = None
    server_group_name: str | None = None
    project_id: str | None = None
    endpoint: str | None = None
    alarms: tuple[str, ...] = ()
    sources: frozenset[Source] = FIRST_SOURCES
    mode: Mode = Mode.LIVE
    max_age_minutes: int = 60
    deadline_minutes: int = 60
    cooldown_minutes: int = 0
    guard: Guard = Guard.ON


@dataclass(frozen=True, slots=True)
class Targets:
    """The stack's mode and its targets, the valid and the broken; `bad_mode` is a mode that is none, taken for off."""

    valid: Mapping[str, Target]
    broken: Mapping[str, TargetError]
    mode: Mode = Mode.LIVE
    bad_mode: str | None = None

    def __iter__(self) -> Iterator[Target]:
        return iter(self.valid.values())

    def find(self, request: StopRequest) -> Target | None:
        """Return the target that the request names, by name or by its group's id, or None."""
        if request.target:
            return self.valid.get(request.target)
        wanted = (request.server_group_id or "").lower()
        found = [t for t in self if t.server_group_id and t.server_group_id.lower() == wanted]
        # Several targets may have one group: the one that lets this request do the most is meant.
        return min(
            found,
            key=lambda t: (_MOST.index(t.mode), request.source not in t.sources, -t.max_age_minutes),
            default=None,
        )

    def why(self, request: StopRequest) -> Why:
        """Return why `find` found nothing."""
        if request.target in self.broken:
            return self.broken[str(request.target)].why
        if request.target:
            near = [path for path in self.broken if path.rpartition("/")[2].lower() == request.target.lower()]
            if near:
                return Why.of(Reason.MISPLACED_TARGET, target=request.target, parameter=one_line(near[0], 80))
            return Why.of(Reason.UNKNOWN_TARGET, target=request.target)
        named = one_line(", ".join(target.name for target in self if target.server_group_name), 200)
        if named:
            return Why.of(Reason.UNKNOWN_GROUP_OR_NAMED, server_group_id=request.server_group_id, targets=named)
        return Why.of(Reason.UNKNOWN_GROUP, server_group_id=request.server_group_id)


def read_targets(parameters: Mapping[str, str], defaults: TargetDefaults) -> Targets:
    """Read the parameters below a stack's prefix: `mode`, and a document at `targets/{name}` each.

    Never raises: a broken document, and whatever else stands there, is kept beside the valid ones; a broken stack mode
    is read as `off`.
    """
    valid: dict[str, Target] = {}
    broken: dict[str, TargetError] = {}
    for path, text in sorted(parameters.items()):
        folder, _, name = path.strip("/").partition("/")
        if folder == "targets":
            try:
                valid[name] = read_target(name, text, defaults)
            except TargetError as error:
                broken[name] = error
        elif path.strip("/") != "mode" and folder != "calendars":
            broken[path] = TargetError(
                one_line(path, 80), "(parameter)", "is none of mode, targets/NAME, calendars/NAME"
            )
    return Targets(valid, broken, *_stack_mode(parameters.get("mode", Mode.LIVE.value)))


def read_target(name: str, text: str, defaults: TargetDefaults) -> Target:
    """Read one target's JSON document; raise TargetError naming the key."""
    if not NAME.fullmatch(name):
        raise TargetError(one_line(name, 80), "name", "use 1 to 63 lower-case letters, digits and hyphens")
    if text.startswith("AQICAH"):  # how KMS's ciphertexts begin
        raise TargetError(name, "(document)", "is a SecureString, which is not decrypted: store it as a String")
    try:
        document = strict_json(text)
    except NotJsonError as error:
        raise TargetError(name, "(document)", str(error)) from error
    if not isinstance(document, dict):
        raise TargetError(name, "(document)", "must be a JSON object")
    return _target(name, document, defaults)


def _target(name: str, document: dict[str, Any], defaults: TargetDefaults) -> Target:
    reader = Reader(document, partial(TargetError, name))
    reader.nothing_else(_READERS, "a target")
    values: dict[str, Any] = {
        "region": defaults.region,
        "project_id": defaults.project_id,
        "max_age_minutes": defaults.max_age_minutes,
        "deadline_minutes": defaults.deadline_minutes,
    } | {key: _READERS[key](reader, key) for key in document}
    if ("server_group_id" in document) == ("server_group_name" in document):
        raise TargetError(
            name, "server_group_id", "give the group's id, or its name as server_group_name, and not both"
        )
    return Target(name=name, **values)


def _stack_mode(text: str) -> tuple[Mode, str | None]:
    try:
        return Mode(text.strip()), None
    except ValueError:
        return Mode.OFF, one_line(text, 40)


def _alarms(reader: Reader, key: str) -> tuple[str, ...]:
    patterns = reader.texts(
        key, "a list of at most 100 alarm names or globs", lambda one: 0 < len(one) <= 255, most=100
    )
    for pattern in patterns:
        if pattern.startswith("arn:"):
            raise reader.raising(key, f"{shown(pattern)} is an ARN: write the alarm's name alone")
        if not _ANY.sub("", pattern):
            raise reader.raising(
                key, f"the pattern {pattern!r} would let every alarm stop this target: name a part of the alarm"
            )
    return patterns


_MINUTES = "a whole number of minutes"
_READERS: dict[str, Callable[[Reader, str], Any]] = {
    # As SDRS spells it: an answer about another spelling would pass for one about another group.
    "server_group_id": lambda reader, key: reader.text(key, _UUID, "the protection group's id (a UUID)").lower(),
    "server_group_name": lambda reader, key: reader.text(
        key, _GROUP, "the protection group's name (1 to 64 characters)"
    ),
    "region": lambda reader, key: reader.checked(key, check_region, "a Huawei Cloud region such as cn-north-4"),
    "project_id": lambda reader, key: reader.text(
        key, _PROJECT, "a project id (32 hexadecimal characters), or a sub-project's name such as eu-de_name"
    ),
    "endpoint": lambda reader, key: reader.checked(key, check_endpoint, "the service's URL"),
    "alarms": _alarms,
    "sources": lambda reader, key: reader.some_of(key, Source),
    "mode": lambda reader, key: reader.one_of(key, Mode),
    "max_age_minutes": lambda reader, key: reader.whole(key, 1, 1440, _MINUTES),
    "deadline_minutes": lambda reader, key: reader.whole(key, 1, 1440, _MINUTES),
    "cooldown_minutes": lambda reader, key: reader.whole(key, 0, 10080, _MINUTES),
    "guard": lambda reader, key: reader.one_of(key, Guard),
}
