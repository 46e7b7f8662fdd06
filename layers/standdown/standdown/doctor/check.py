"""Look at each target: its document, the credential, its group, and whether anything would stand in a stop's way.

Whether the credential may also stop cannot be seen without stopping: one that may only look passes here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from standdown.base.text import one_line
from standdown.core.admission import Admitted, Refused, admit, group_of
from standdown.core.decisions import PASSING
from standdown.core.operation import GroupRef
from standdown.core.outcome import Refusal
from standdown.core.request import ALARMS, Mode, Source, StopRequest
from standdown.core.targets import NAME, Target, Targets
from standdown.doctor.verdict import CheckUp, Verdict, Verdicts
from standdown.huawei.account import GroupNameError, HuaweiAccount
from standdown.huawei.pairs import see_pairs
from standdown.ledger.table import LedgerError
from standdown.sdrs.classify import ErrorClass, classify, is_not_found, meaning
from standdown.sdrs.endpoints import EndpointError
from standdown.sdrs.errors import HuaweiError, ProjectError, SdrsError
from standdown.sdrs.models import ProtectionGroup

CALL = 8.0
"""Seconds that looking at one target may take in all."""
SPARE = 2.0
CREDENTIAL_STEP = "Put the right credential into the stack's secret; a running function takes it up within minutes."

Lock = Callable[[GroupRef], tuple[str | None, datetime | None]]
"""Which operation has a group's lock, and when the group was last stopped; raises LedgerError."""
Found = tuple[Verdict, str, str]


@dataclass(frozen=True, slots=True)
class _Doctor:
    targets: Targets
    huawei: HuaweiAccount
    now: datetime
    remaining: Callable[[], float]
    lock: Lock | None
    credential_step: str

    def examine(self, target: Target) -> CheckUp:
        """Return what a look at the target's group shows; whatever goes wrong is a verdict."""
        known = replace(_configured(target), direct_refused=_direct_refused(target, self.targets, self.now))
        if self.remaining() < SPARE:
            return replace(known, verdict=Verdict.UNREACHABLE, why="There was no time left to look.")
        try:
            group = self.huawei.locate(group_of(target), self._time())
            known = replace(known, project_id=group.project_id, server_group_id=group.server_group_id)
            seen = self.huawei.group(group, self._time())
        except SdrsError as error:
            asked = f"{error.service} at {self.huawei.address(error.service, group_of(target))}"
            verdict, why, step = _refused(error, known, asked, self.credential_step)
            return replace(known, verdict=verdict, why=why, next_step=step, request_id=error.request_id)
        except HuaweiError as error:
            verdict, why, step = _unusable(error, self.credential_step)
            return replace(known, verdict=verdict, why=why, next_step=step)
        held = _admission(target, self.targets, self.now) or self._held(target, group, seen)
        verdict, why, step = held or _state(seen)
        pairs = see_pairs(self.huawei, group, max(self._time(), 0.0))
        named = seen.name or known.server_group_name
        status = seen.raw_status or None
        return replace(
            known, verdict=verdict, why=why, next_step=step, server_group_name=named, group_status=status,
            request_id=seen.request_id, pairs_problem=pairs.problem if pairs.pairs is None else None,
        )  # fmt: skip

    def _held(self, target: Target, group: GroupRef, seen: ProtectionGroup) -> Found | None:
        """Return what the ledger has against a stop now: another one under way, or one too short a while ago."""
        try:
            holder, stopped_at = self.lock(group) if self.lock else (None, None)
        except LedgerError as error:
            return Verdict.UNREACHABLE, f"The ledger cannot be read, and without it nothing is sent: {error}.", ""
        if holder:
            return Verdict.NOT_NOW, f"Operation {holder} on this group is under way.", "A request would join that one."
        until = stopped_at + timedelta(minutes=target.cooldown_minutes) if stopped_at else self.now
        if until > self.now and not seen.status.stoppable:  # protection that was enabled again ends the cooldown
            why = f"The group was stopped not long ago; its cooldown lasts until {until:%Y-%m-%d %H:%M:%S} UTC."
            return Verdict.NOT_NOW, why, "Until then requests are refused."
        return None

    def _time(self) -> float:
        return min(CALL, self.remaining() - SPARE / 2)


def check(
    targets: Targets,
    huawei: HuaweiAccount,
    now: datetime,
    *,
    remaining: Callable[[], float] = lambda: 600.0,
    lock: Lock | None = None,
    only: str | None = None,
    credential_step: str = CREDENTIAL_STEP,
) -> Verdicts:
    """Examine every target, or `only` one; `remaining()` is how many seconds are left. Raises nothing.

    `credential_step` says what to do about a credential that is not accepted.
    """
    doctor = _Doctor(targets, huawei, now, remaining, lock, credential_step)
    found = [doctor.examine(target) for target in targets if only in (None, target.name)]
    found += [_broken(name, str(error)) for name, error in targets.broken.items() if only in (None, name)]
    named = next((target.skip_on for target in targets if target.name == only), ())
    found += [_broken_calendar(name, str(error)) for name, error in targets.broken_calendars.items()
              if only is None or name in named]  # fmt: skip
    if only is not None and not found:
        found.append(CheckUp(only, Verdict.NOT_FOUND, "No target of this name is configured.", _ADD))
    found.sort(key=lambda one: one.target)
    return Verdicts(now, targets.mode, _credential(huawei), tuple(found))


_LIVE = "Set its mode to live to let them through."
_ADD = "Put its document into the Parameter Store below the stack's prefix, under targets/NAME."
_GROUP = "Correct the group, its region or its project in the target's document."


def _credential(huawei: HuaweiAccount) -> str:
    try:
        return huawei.credential()
    except HuaweiError as error:
        return f"not usable ({error})"


def _configured(target: Target) -> CheckUp:
    return CheckUp(
        target=target.name,
        verdict=Verdict.UNREACHABLE,
        why="",
        region=target.region,
        endpoint=target.endpoint,
        project_id=target.project_id,
        server_group_id=target.server_group_id,
        server_group_name=target.server_group_name,
        mode=target.mode,
        sources=tuple(source.value for source in Source if source in target.sources),
        alarms=target.alarms,
        max_age_minutes=target.max_age_minutes,
        deadline_minutes=target.deadline_minutes,
        cooldown_minutes=target.cooldown_minutes,
    )


def _broken(name: str, problem: str) -> CheckUp:
    """Return what is said of a parameter that is no valid target: a broken document, or one in an unknown place."""
    step = "Correct the document; until then nothing stops this target."
    if not NAME.fullmatch(name):
        step = "Correct the parameter's name, or remove it: as it stands it has no effect."
    return CheckUp(one_line(name, 80), Verdict.BROKEN, f"{problem}.", step)


def _broken_calendar(name: str, problem: str) -> CheckUp:
    step = "Correct the document, or put it there; until then this calendar skips nothing."
    return CheckUp(one_line(f"calendars/{name}", 80), Verdict.BROKEN, f"{problem[0].upper()}{problem[1:]}.", step)


def _admission(target: Target, targets: Targets, now: datetime) -> Found | None:
    """Return why no request could cause a stop, whatever the group's state; None where one of them could.

    That a calendar skips today is no fault of the target, and passes.
    """
    targets = Targets(targets.valid, targets.broken, targets.mode, targets.bad_mode)
    answers = [admit(request, targets, now) for request in _requests(target, now)]
    admitted = [answer for answer in answers if isinstance(answer, Admitted)]
    if any(not answer.dry_run for answer in admitted):
        return None
    if admitted:
        whose = "the whole stack" if targets.mode is Mode.DRY_RUN else "this target"
        return Verdict.NOT_NOW, f"Requests are only rehearsed: {whose} is in dry-run.", "Set its mode to live."
    refused = next(answer for answer in answers if isinstance(answer, Refused))
    if refused.refusal is not Refusal.NOT_ALLOWED:
        return Verdict.NOT_NOW, refused.detail, _LIVE if refused.refusal is Refusal.OFF else ""
    if not target.sources:
        return Verdict.NOT_NOW, "No source may ask for it.", "Name some in the document's sources."
    return Verdict.NOT_NOW, "Only alarms may ask for it, and none is named.", "Name some in the document's alarms."


def _direct_refused(target: Target, targets: Targets, now: datetime) -> str | None:
    answer = admit(StopRequest("doctor", Source.DIRECT, now, target.name), targets, now)
    return answer.detail if isinstance(answer, Refused) else None


def _requests(target: Target, now: datetime) -> Iterator[StopRequest]:
    """Yield a request from each source that the target allows; an alarm whose name is the pattern itself matches it."""
    for source in target.sources or Source:
        for alarm in target.alarms or (None,) if source in ALARMS else (None,):
            yield StopRequest("doctor", source, now, target.name, alarm=alarm)


def _state(group: ProtectionGroup) -> Found:
    word = one_line(group.raw_status, 40) or "not told"
    if group.status.stoppable:
        return Verdict.READY, f"The group is {word}: SDRS would take a stop.", ""
    if group.status.stopped:
        return Verdict.ALREADY_OFF, "The group's protection is off.", "Nothing would have to be stopped."
    if group.status.stopping:
        return Verdict.NOT_NOW, "A stop of the group is under way.", "A request would follow that one."
    if group.status in PASSING:
        return (
            Verdict.NOT_NOW,
            f"The group is {word}, which passes.",
            "A request would wait for that.",
        )
    step = "Wait until what is under way has ended, or put the group right in the SDRS console."
    return Verdict.NOT_NOW, f"SDRS takes no stop while the group's status is {word}.", step


def _refused(error: SdrsError, known: CheckUp, asked: str, credential_step: str) -> Found:
    said = one_line(f"{error}", 400)
    explained = meaning(error.code)
    said = f"{said} - {explained}" if explained and explained not in said else said
    if isinstance(error, ProjectError):
        return (
            Verdict.NOT_FOUND,
            f"{said}.",
            "Give project_id in the target's document, or the stack's HuaweiProjectId.",
        )
    if is_not_found(error):
        where = f"{known.region}, project {known.project_id}"
        return Verdict.NOT_FOUND, f"SDRS knows no such group in {where}: {said}.", _GROUP
    if classify(error) is ErrorClass.CREDENTIALS:
        return Verdict.NO_ACCESS, f"{asked} did not accept the credential: {said}.", credential_step
    step = "the stack's IamEndpoint" if error.service == "IAM" else "endpoint"
    return Verdict.UNREACHABLE, f"{asked} could not be asked: {said}.", f"Check {step} and region, or try again later."


def _unusable(error: HuaweiError, credential_step: str) -> Found:
    if isinstance(error, GroupNameError):
        found = Verdict.AMBIGUOUS if error.candidates else Verdict.NOT_FOUND
        return found, f"In this project, {error}.", "" if error.candidates else _GROUP
    if isinstance(error, EndpointError):
        return Verdict.UNREACHABLE, f"Huawei Cloud cannot be called: {error}.", "Correct the region or the endpoint."
    return Verdict.NO_ACCESS, f"There is no usable credential: {error}.", credential_step
