"""Which targets somebody has to put right, and what is wrong: what the daily check counts."""

from __future__ import annotations

from enum import StrEnum

from standdown.core.request import Mode
from standdown.doctor.verdict import CheckUp, Verdict, Verdicts


class Cause(StrEnum):
    """What has to be put right. What passes by itself, or was meant, is no cause."""

    CREDENTIAL = "credential"
    DOCUMENT = "document"
    GROUP = "group"  # there is none, there are several, or it is in an error of its own
    UNREACHABLE = "unreachable"


_CAUSES = {
    Verdict.NO_ACCESS: Cause.CREDENTIAL,
    Verdict.BROKEN: Cause.DOCUMENT,
    Verdict.NOT_FOUND: Cause.GROUP,
    Verdict.AMBIGUOUS: Cause.GROUP,
    Verdict.UNREACHABLE: Cause.UNREACHABLE,
}


def not_ready(found: Verdicts) -> dict[Cause, list[CheckUp]]:
    """Return the targets that are not ready, under each cause; nobody is to stop what is switched off."""
    causes: dict[Cause, list[CheckUp]] = {cause: [] for cause in Cause}
    for one in found.targets:
        cause = _cause(one)
        if cause and found.stack_mode is not Mode.OFF and one.mode is not Mode.OFF:
            causes[cause].append(one)
    return causes


def _cause(one: CheckUp) -> Cause | None:
    in_error = one.verdict is Verdict.NOT_NOW and (one.group_status or "").startswith("error")
    return Cause.GROUP if in_error else _CAUSES.get(one.verdict)
