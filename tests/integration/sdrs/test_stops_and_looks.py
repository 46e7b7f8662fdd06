"""Anybody stops, starts and looks in any order, while time passes: what the client sees is always possible."""

from __future__ import annotations

import json

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from simulator import SdrsService
from simulator import defaults as sim
from simulator.adapter import SimulatorDial
from simulator.clock import Clock
from simulator.scenarios import Plan
from standdown.sdrs.auth import AkSkAuth
from standdown.sdrs.client import SdrsClient
from standdown.sdrs.errors import ApiError
from standdown.sdrs.models import Job, JobStatus

GROUP = sim.ERP_PROD
ORDER = [JobStatus.INIT, JobStatus.RUNNING, JobStatus.SUCCESS, JobStatus.FAIL]


def plugged(service: SdrsService, clock: Clock) -> SdrsClient:
    auth = AkSkAuth(sim.ACCESS_KEY, sim.SECRET_KEY, clock=clock)
    return SdrsClient(
        "https://sdrs.example", sim.PROJECT_ID, auth, dial=SimulatorDial(service, clock.sleep), clock=clock
    )


class StopsAndLooks(RuleBasedStateMachine):
    """Anybody stops, starts and looks, while time passes: what the client sees is always possible."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.service = SdrsService(self.clock, plan=Plan(job_seconds=10, init_seconds=1))
        self.client = plugged(self.service, self.clock)
        self.seen: dict[str, Job] = {}
        self.accepted = 0

    @rule(seconds=st.floats(0.1, 15))
    def time_passes(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.sleep(seconds)

    @rule(ending=st.sampled_from(["success", "fail"]))
    def plan(self, ending: str) -> None:
        """Decide how the next job ends."""
        self.service.world.plan = self.service.world.plan.changed(ending=ending)

    @rule()
    def stop(self) -> None:
        """Stop; it is taken exactly where the status allows it."""
        before = self.client.get_protection_group(GROUP).status
        try:
            self.seen[self.client.stop_protection(GROUP)] = Job("", JobStatus.INIT)
            self.accepted += 1
            taken = True
        except ApiError:
            taken = False
        assert taken == before.stoppable

    @rule()
    def start(self) -> None:
        """Start as another user would."""
        self.service.world.advance()
        group = self.service.world.groups[GROUP]
        if group.status in ("available", "error-starting"):
            self.service.world.act("start", GROUP)

    @precondition(lambda self: self.seen)
    @rule(data=st.data())
    def look(self, data: st.DataObject) -> None:
        """Look at a job; it never goes back."""
        job_id = data.draw(st.sampled_from(sorted(self.seen)))
        job = self.client.get_job(job_id)
        assert ORDER.index(job.status) >= ORDER.index(self.seen[job_id].status)
        assert bool(job.failed_sub_jobs) == (job.status is JobStatus.FAIL)
        self.seen[job_id] = job

    @invariant()
    def one_job_for_each_stop_that_was_taken(self) -> None:
        """Count the stops."""
        stops = [job for job in self.service.world.jobs.values() if job.word == "stop"]
        assert len(stops) == self.accepted

    @invariant()
    def nothing_secret_is_recorded(self) -> None:
        """Look for the secret in the record."""
        assert sim.SECRET_KEY not in json.dumps([call.to_dict() for call in self.service.calls])


TestStopsAndLooks = StopsAndLooks.TestCase
TestStopsAndLooks.settings = settings(max_examples=30, stateful_step_count=20, deadline=None)
