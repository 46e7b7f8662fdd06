"""Everything that may happen to the stack, in any order, and what must hold whatever happened.

Drives the real code: deliveries and duplicates, crashes and lost answers at every call, one invocation inside another,
time, other people at the group, the sweeper, redrives, the kill switch. Hypothesis picks the order.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from simulator.defaults import ERP_PROD
from simulator.scenarios import Plan
from standdown.action.protocol import stop
from standdown.aws.settings import SettingsError
from standdown.core.request import Action, Source, StopRequest
from support.inmemory.aws import refused, silent
from support.inmemory.boundary import Crash
from support.inmemory.queueing import Message
from support.inmemory.stack import Stack, Target
from support.inmemory.watcher import Watcher

CRM_PROD = "5a1c7c0e-3f62-4d0b-9a57-2f4f6a0f1b02"
TARGETS = {"erp-prod": ERP_PROD, "crm-prod": CRM_PROD}
RESUMED_BY_QUEUE = {"resume_sources": ["direct", "queue"]}
BY_NAME = "by-name"  # a third target, which knows its group by a name that moves
NAMES = ("erp", "crm", "renamed")
REASONS = ("", "", "", "\\" * 4_000, "\u2603" * 3_000)  # what is long, and hard to escape and to count by bytes
STATUSES = ("stopping", "failed-over", "error-stopping", "starting")
PLANTED: tuple[dict[str, dict[str, str]], ...] = (
    {}, {}, {"0": {"fault_level": "2"}}, {"0": {"fault_level": "5"}}, {"0": {"status": "protected"}},
)  # fmt: skip
BARE_404 = "<html><body>404 Not Found</body></html>"
MEANWHILE = ("delivered again", "swept", "aborted")
HARM = ("crash", "crash", "aws refuses", "aws is silent", "delivered again", *MEANWHILE)
CALLS = (
    "sdrs.stop", "sdrs.stop", "sdrs.start", "sdrs.get-group", "sdrs.list-pairs", "dynamodb.transact_write_items",
    "dynamodb.update_item", "dynamodb.get_item", "states.start_execution", "states.describe_execution", "sqs", "sns",
    "events",
)  # fmt: skip
_places = st.one_of(
    st.tuples(st.just(""), st.integers(0, 9)), st.tuples(st.sampled_from(CALLS), st.sampled_from((0, 0, 1, 2)))
)
harms = st.one_of(st.none(), st.tuples(st.sampled_from(HARM), _places, st.booleans()))
groups = st.sampled_from(sorted(TARGETS.values()))
targets = st.sampled_from([*sorted(TARGETS), BY_NAME])


class ProtocolMachine(RuleBasedStateMachine):
    """One stack with three targets for two groups; `make_stack` may be overridden to plant a fault in its code."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = self.make_stack([Target(name, group, RESUMED_BY_QUEUE) for name, group in TARGETS.items()])
        self.stack.parameters[f"targets/{BY_NAME}"] = json.dumps({"server_group_name": "erp"} | RESUMED_BY_QUEUE)
        for group, name in zip(TARGETS.values(), NAMES, strict=False):
            self.stack.set_group("protected", group, name=name)
        self.watcher = Watcher(self.stack)
        self.seen: list[Message] = []
        self.shown: list[str] = []
        self.invoked: dict[str, Any] = {}
        self.asked: dict[str, StopRequest] = {}
        self.crashes = 0

    def make_stack(self, targets: list[Target]) -> Stack:
        """Return the stack to be driven."""
        return Stack(targets)

    @initialize(stopped=st.booleans())
    def begin(self, stopped: bool) -> None:
        """Begin with both groups protected, or with one that was stopped before: there is a hold to resume."""
        if stopped:
            self.seen.append(self.stack.send("erp-prod", "before"))
            self.stack.run(90, sweeps=False)

    # Requests

    @rule(
        of=targets,
        named=st.booleans(),
        dry_run=st.sampled_from((False,) * 5 + (True,)),
        reason=st.sampled_from(REASONS),
    )
    def request(self, of: str, named: bool, dry_run: bool, reason: str) -> None:
        own = f"incident-{len(self.seen) % 3}" if named else None
        self.seen.append(self.stack.send(of, own, dry_run=dry_run, reason=reason))

    @rule(of=targets, shown=st.integers(0, 3), named=st.booleans(), person=st.sampled_from(("", "Ada")))
    def resume(self, of: str, shown: int, named: bool, person: str) -> None:
        """Ask for protection, of the hold that there is, or of one that was shown earlier."""
        group = TARGETS.get(of, ERP_PROD)
        hold = self.stack.hold(group)
        if hold is not None:
            self.shown.append(hold.hold_id)
        if self.shown:
            own = f"incident-{len(self.seen) % 3}" if named else None
            undone = self.shown[-1 - shown % len(self.shown)]
            self.seen.append(self.stack.send(of, own, action="resume", hold=undone, requested_by=person))

    @precondition(lambda self: self.stack.hold() is not None)
    @rule(harm=harms)
    def resumed_by_a_person(self, harm: Any) -> None:
        """Have what is held resumed at once."""
        self.resume("erp-prod", 0, named=False, person="Ada")
        self.deliver(harm, 3)

    @precondition(lambda self: self.seen)
    @rule(number=st.integers(0, 5))
    def duplicate(self, number: int) -> None:
        """Have SQS deliver a message once more, however old it is."""
        again = deepcopy(self.seen[-1 - number % len(self.seen)])
        again.receives, again.visible_at = 0, self.stack.clock.epoch()
        self.stack.queues.requests.append(again)

    @rule(harm=harms, most=st.integers(1, 3))
    def deliver(self, harm: Any, most: int) -> None:
        for message in self.stack.queues.receive(most):
            self._harmed(harm, partial(self.stack.take, message))
            harm = None

    @rule(harm=harms, number=st.integers(1, 3), of=targets)
    def invoke(self, harm: Any, number: int, of: str) -> None:
        """Invoke the trigger; a repeat under one id is Lambda's own, and has the same event."""
        request_id = f"invocation-{number}"
        event = self.invoked.setdefault(request_id, {"target": of})
        self._harmed(harm, lambda: self.stack.invoke(event, request_id))

    @rule(harm=harms, number=st.integers(1, 3), of=targets, source=st.sampled_from((Source.SCHEDULE, Source.QUEUE)))
    def guarded(self, harm: Any, number: int, of: str, source: Source) -> None:
        """Ask as a schedule does, which is guarded, or as a person who passes the guard; a repeat is the same one."""
        asked = StopRequest(f"guarded-{number}", source, self.stack.clock(), of, force=source is Source.QUEUE)
        request = self.asked.setdefault(asked.operation_id, asked)
        self._harmed(harm, lambda: stop(request, self.stack.invocation()))

    # What goes on by itself

    @rule(harm=harms)
    def executions(self, harm: Any) -> None:
        self._harmed(harm, self.stack.executions.advance)

    @rule(harm=harms)
    def sweep(self, harm: Any) -> None:
        self._harmed(harm, self.stack.sweep)

    @rule(seconds=st.sampled_from((1, 10, 10, 70, 70, 370, 370, 1000, 4000)))
    def time(self, seconds: int) -> None:
        self.stack.clock.pass_(seconds)

    @rule(seconds=st.sampled_from((1, 30, 400)))
    def clock_set_back(self, seconds: int) -> None:
        """Have every clock jump back, as one that was ahead is put right."""
        self.stack.clock.pass_(-seconds)

    @rule(harm=harms, number=st.integers(0, 5))
    def sweep_of_one(self, harm: Any, number: int) -> None:
        """Have the sweeper called for an execution that broke, whether it did or not: EventBridge may repeat itself."""
        names = sorted(self.stack.executions.by_name)
        if names:
            self._harmed(harm, partial(self.stack.sweep, names[-1 - number % len(names)]))

    # What people do

    @rule(what=st.sampled_from(("live", "live", "live", "off", "dry-run", "redrive", "abort")))
    def operators(self, what: str) -> None:
        if what == "redrive":
            self.stack.queues.redrive()
        elif what == "abort":
            self._abort()
        else:
            self.stack.parameters["mode"] = what

    @rule(
        group=groups,
        status=st.sampled_from(("protected",) * 5 + STATUSES),
    )
    def others(self, group: str, status: str) -> None:
        """Have somebody else bring a group that is at rest into another status."""
        if self.stack.group_status(group) not in ("stopping", "starting"):
            self.watcher.changed_by_others(group)
            self.stack.set_group(status, group)
            self.watcher.changed_by_others(group)

    @rule(group=groups, planted=st.sampled_from(PLANTED))
    def pairs_differ(self, group: str, planted: dict[str, dict[str, str]]) -> None:
        """Have a pair say something else than its group, or nothing of the kind any more."""
        self.stack.sdrs.world.groups[group].planted_pairs = planted

    @rule(names=st.permutations(NAMES))
    def names_move(self, names: list[str]) -> None:
        """Have somebody rename the groups: the name of one may be the other's by now, or nobody's."""
        for group, name in zip(TARGETS.values(), names, strict=False):
            self.stack.sdrs.world.groups[group].name = name

    # What SDRS does

    @rule(
        endpoint=st.sampled_from(("stop", "stop", "start", "get-group", "get-job", "failure-jobs", "list-pairs", "*")),
        when=st.sampled_from(("before", "after")),
        harm=st.sampled_from(("reset", "hang", 429, 500, 503, 408, 401, 404, BARE_404)),
        count=st.integers(1, 4),
    )
    def trouble(self, endpoint: str, when: str, harm: Any, count: int) -> None:
        how: dict[str, Any] = {"kind": harm} if isinstance(harm, str) else {"status": harm}
        if harm == BARE_404:
            how = {"status": 404, "body": BARE_404}
        if how.get("status") in (401, 404, 429):
            when = "before"  # a gateway says these: the call has had no effect
        self.stack.fault(endpoint=endpoint, when=when, count=count, **how)

    @rule(ending=st.sampled_from(("success", "success", "fail", "stuck")), seconds=st.sampled_from((0.0, 8.0, 150.0)))
    def course(self, ending: str, seconds: float) -> None:
        self.stack.sdrs.world.plan = Plan(ending=ending, job_seconds=seconds)

    # What must hold

    @invariant()
    def holds(self) -> None:
        self.watcher.check()

    def teardown(self) -> None:
        """Let everything come to rest, and see that nothing was lost and nothing done twice."""
        stack = self.stack
        stack.boundary.clear()
        stack.sdrs.faults.clear()
        stack.come_to_rest(watch=self.watcher.check)
        self.watcher.check_at_rest(self._wanted())

    def _wanted(self) -> dict[str, str]:
        """Return for each request in the queue how it is found again: operation id to message body."""
        return {_operation_id(message): message.body for message in self.seen}

    def _harmed(self, harm: Any, act: Callable[[], Any]) -> None:
        """Do something under harm; only what the cloud itself would see as a failed invocation may come out."""
        if harm is not None:
            what, (call, at), after = harm
            self.stack.boundary.cut(at, self._harmful(what, call), after=after, name=call)
        try:
            act()
        except (Crash, Exception) as error:  # it is repeated, or swept up
            if isinstance(error, AssertionError | TypeError | AttributeError | KeyError | SettingsError):
                raise
        finally:
            self.stack.boundary.clear()

    def _harmful(self, what: str, call: str) -> Callable[[], None]:
        ends = self.stack.clock.epoch() + 60

        def act() -> None:
            if what in MEANWHILE:
                self._meanwhile(what)
                if self.stack.clock.epoch() >= ends:
                    raise Crash
            elif what == "crash" or call == "" or call.startswith("sdrs"):
                self.crashes += 1
                raise Crash
            elif what == "aws refuses":
                raise refused("Call", "ThrottlingException")
            else:
                raise silent(call)

        return act

    def _meanwhile(self, what: str) -> None:
        """Do something else while an invocation is under way."""
        if what == "delivered again":
            for message in self.seen[-3:]:
                again = deepcopy(message)
                again.receives = 1
                self.stack.take(again)
            return
        if what == "aborted":  # the function that an execution has called goes on all the same
            self._abort()
        self.stack.sweep()

    def _abort(self) -> None:
        for execution in self.stack.executions.running:
            self.stack.executions.abort(execution.name)


def _operation_id(message: Message) -> str:
    body = json.loads(message.body)
    found = StopRequest(
        delivery_id=body.get("delivery_id") or message.id,
        source=Source.QUEUE,
        requested_at=None,  # type: ignore[arg-type]
        target=body["target"],
        action=Action(body.get("action", "stop")),
    )
    return found.operation_id
