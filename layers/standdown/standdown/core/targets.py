"""What may be stopped, by whom and how: one document per target, so that a broken one breaks itself alone.

A target that is not written down here, and valid, can never be stopped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from standdown.base.documents import DOCUMENT_NAME, Reader
from standdown.base.text import NotJsonError, one_line, strict_json
from standdown.core.reasons import Reason, Why
from standdown.core.request import FIRST_SOURCES, Mode, Source, StopRequest
from standdown.core.target_keys import KEYS, Guard

if TYPE_CHECKING:
    from standdown.core.calendars import Calendar, CalendarError


NAME = DOCUMENT_NAME
_MOST = (Mode.LIVE, Mode.DRY_RUN, Mode.OFF)


class TargetError(Exception):
    """Raised when a target's document is not valid; names the target and the key and says what to do."""

    def __init__(self, target: str, key: str, problem: str) -> None:
        self.target, self.key, self.problem = target, key, problem
        self.why = Why.of(Reason.BAD_TARGET, target=target, key=key, problem=problem)
        super().__init__(f"target {target!r}, key {key!r}: {problem}")


class TargetDefaults(NamedTuple):
    """What a target's document may leave out."""

    region: str
    project_id: str | None = None
    max_age_minutes: int = 60
    deadline_minutes: int = 60


class Target(NamedTuple):
    """One protection group that this stack may stop: exactly one of its id and its name is set.

    `resume_after_minutes` or `resume_at` (a wall-clock time with its zone) say when a stop is to be undone, and
    `resume_after_alarm` that this holds after an alarm, too. `skip_on` names calendars.
    """

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
    resume_sources: frozenset[Source] = frozenset({Source.DIRECT})
    resume_after_minutes: int | None = None
    resume_at: str | None = None
    resume_after_alarm: bool = False
    remind_after_minutes: int = 240
    skip_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Targets:
    """The stack's mode, its targets and its calendars, the valid and the broken.

    `bad_mode` is a mode that is none, taken for off.
    """

    valid: Mapping[str, Target]
    broken: Mapping[str, TargetError]
    mode: Mode = Mode.LIVE
    bad_mode: str | None = None
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    broken_calendars: Mapping[str, CalendarError] = field(default_factory=dict)

    @property
    def broken_documents(self) -> int:
        """Return how many parameters below the stack's prefix cannot be read; its mode counts as one."""
        return len(self.broken) + len(self.broken_calendars) + (self.bad_mode is not None)

    def calendars_of(self, target: Target) -> Iterator[Calendar]:
        """Yield the calendars on whose days no schedule stops a target: those that it names, and that of its name."""
        names = dict.fromkeys((*target.skip_on, target.name))
        yield from (self.calendars[name] for name in names if name in self.calendars)

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
    """Read the parameters below a stack's prefix: `mode`, and documents at `targets/{name}` and `calendars/{name}`.

    Never raises: a broken document, and whatever else stands there, is kept beside the valid ones; a broken stack mode
    is read as `off`.
    """
    valid: dict[str, Target] = {}
    broken: dict[str, TargetError] = {}
    calendars: dict[str, str] = {}
    for path, text in sorted(parameters.items()):
        folder, _, name = path.strip("/").partition("/")
        if folder == "targets":
            try:
                valid[name] = read_target(name, text, defaults)
            except TargetError as error:
                broken[name] = error
        elif folder == "calendars":
            calendars[name] = text
        elif path.strip("/") != "mode":
            broken[path] = TargetError(
                one_line(path, 80), "(parameter)", "is none of mode, targets/NAME, calendars/NAME"
            )
    mode, bad_mode = _stack_mode(parameters.get("mode", Mode.LIVE.value))
    return Targets(valid, broken, mode, bad_mode, *_calendars(calendars, valid.values()))


def _calendars(
    documents: Mapping[str, str], targets: Iterable[Target]
) -> tuple[dict[str, Calendar], dict[str, CalendarError]]:
    named = [(target.name, target.skip_on) for target in targets if target.skip_on]
    if not (documents or named):
        return {}, {}
    from standdown.core.calendars import read_calendars  # most stacks have none

    return read_calendars(documents, named)


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
    reader.nothing_else(KEYS, "a target")
    values: dict[str, Any] = {
        "region": defaults.region,
        "project_id": defaults.project_id,
        "max_age_minutes": defaults.max_age_minutes,
        "deadline_minutes": defaults.deadline_minutes,
    } | {key: KEYS[key](reader, key) for key in document}
    if ("server_group_id" in document) == ("server_group_name" in document):
        raise TargetError(
            name, "server_group_id", "give the group's id, or its name as server_group_name, and not both"
        )
    if "resume_after_minutes" in document and "resume_at" in document:
        raise TargetError(name, "resume_at", "give one of resume_after_minutes and resume_at, not both")
    return Target(name=name, **values)


def _stack_mode(text: str) -> tuple[Mode, str | None]:
    try:
        return Mode(text.strip()), None
    except ValueError:
        return Mode.OFF, one_line(text, 40)
