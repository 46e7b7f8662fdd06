"""The courses that a stop can take: how long its job runs, how it ends, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

FAIL_REASON = (
    "SdrsStopReplicationPairTask-fail:SDRS.0011:Client error : "
    '{"badRequest": {"message": "Invalid volume: the volume is locked by another task", "code": 400}}'
)


@dataclass(frozen=True, slots=True)
class Plan:
    """How stops and starts go. Times are in seconds from when the request was accepted, before any time scale.

    `ending` is success, fail or stuck (RUNNING for ever). `settle_seconds` is how long after its job the group takes to
    show it. `forget_seconds` is when the job can no longer be looked up. `refuse_code` refuses stops, for
    `refuse_seconds` from the first one where given. `failing_pairs` are the positions of the pairs that fail.
    `children_name_pairs` has a job's children name their pairs, which those of the documented sample do not.
    `copy_seconds` is for how long pairs copy on once their group is protected; `copy_status` is their status then.
    """

    job_seconds: float = 8.0
    init_seconds: float = 0.5
    ending: str = "success"
    settle_seconds: float = 0.0
    forget_seconds: float | None = None
    refuse_code: str | None = None
    refuse_seconds: float | None = None
    failing_pairs: tuple[int, ...] = (-1,)
    error_code: str | None = "SDRS.0406"
    fail_reason: str | None = "Failed to execute the subjob"
    sub_error_code: str | None = "SDRS.0011"
    sub_fail_reason: str | None = FAIL_REASON
    children_name_pairs: bool = False
    copy_seconds: float = 0.0
    copy_status: str = "protected"

    def changed(self, **changes: Any) -> Plan:
        """Return the plan with some fields changed; lists, as JSON has them, become tuples."""
        plain: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in changes.items()}
        return replace(self, **plain)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One named course: what it does to the plan, to the groups that could be stopped, and which faults it adds."""

    about: str
    plan: Callable[[Plan], Plan] = lambda plan: plan
    status: str | None = None
    faults: tuple[dict[str, Any], ...] = ()
    planted_pairs: dict[str, dict[str, Any]] = field(default_factory=dict)


SCENARIOS: dict[str, Scenario] = {
    "normal": Scenario("the stop is accepted, its job ends well, the group becomes available"),
    "job-fails": Scenario("the job fails at its last replication pair", lambda p: p.changed(ending="fail")),
    "job-fails-silently": Scenario(
        "the job fails and gives neither code nor reason; the task centre says a little more",
        lambda p: p.changed(ending="fail", failing_pairs=(), error_code=None, fail_reason=None),
    ),
    "slow": Scenario(
        "the job starts late and takes three times as long",
        lambda p: p.changed(init_seconds=p.job_seconds, job_seconds=3 * p.job_seconds),
    ),
    "already-stopped": Scenario("the groups are not protected in the first place", status="available"),
    "wrong-state": Scenario("the groups have failed over, so no stop is possible", status="failed-over"),
    "stopping": Scenario("somebody else's stop is under way already", status="stopping"),
    "stuck": Scenario("the job runs for ever", lambda p: p.changed(ending="stuck")),
    "forgotten": Scenario(
        "the job is gone (404) before it has ended", lambda p: p.changed(forget_seconds=p.job_seconds / 2)
    ),
    "late-group": Scenario(
        "the group becomes available only well after its job's success",
        lambda p: p.changed(settle_seconds=p.job_seconds),
    ),
    "half-stopped": Scenario(
        "the job ends well and the group becomes available, but its first replication pair stays protected",
        planted_pairs={"0": {"status": "protected"}},
    ),
    "production-failed": Scenario(
        "the production site's disks have failed (fault level 2): an alarm's stop is refused",
        planted_pairs={"0": {"fault_level": "2"}},
    ),
    "synchronizing": Scenario(
        "stops are refused with SDRS.1830 for a while, as pairs are synchronizing",
        lambda p: p.changed(refuse_code="SDRS.1830", refuse_seconds=p.job_seconds),
    ),
    "lost-reply": Scenario(
        "the first stop takes effect, but its answer never arrives",
        faults=({"endpoint": "stop", "when": "after", "kind": "reset", "count": 1},),
    ),
    "throttled": Scenario(
        "the first two stops are throttled (429 with Retry-After)",
        faults=({"endpoint": "stop", "status": 429, "headers": {"Retry-After": "1"}, "count": 2},),
    ),
    "night": Scenario(
        "after a night without protection it is enabled again, and the pairs go on copying for a while",
        lambda p: p.changed(copy_seconds=3 * p.job_seconds),
    ),
    "unauthorized": Scenario("no credential is accepted", faults=({"endpoint": "*", "status": 401},)),
    "flaky": Scenario(
        "every third look or so fails with 503",
        faults=(
            {"endpoint": "get-job", "status": 503, "probability": 0.35},
            {"endpoint": "get-group", "status": 503, "probability": 0.35},
        ),
    ),
}
