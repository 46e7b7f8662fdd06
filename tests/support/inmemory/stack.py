"""The whole stack in one process: what the template deploys, from queue to topic, with the real code in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from simulator import SdrsService
from simulator.adapter import SimulatorDial
from simulator.defaults import ERP_PROD, PROJECT_ID, REGION
from simulator.jobs import Job
from simulator.record import Call
from simulator.routes import find
from simulator.scenarios import Plan
from standdown.action.invocation import Invocation
from standdown.aws.request_queue import RequestQueue
from standdown.aws.workflow import Workflow
from standdown.base.http.deadline import Deadline
from standdown.base.text import iso
from standdown.core.hold import Hold, HoldState
from standdown.core.operation import GroupRef, Operation, State
from standdown.core.retry import RetryLaterError
from standdown.core.targets import TargetDefaults, Targets, read_targets
from standdown.entry.notifier import tell
from standdown.entry.trigger import RequestIntake
from standdown.entry.wiring.aws import SECRET_SECONDS
from standdown.follow.look import follow
from standdown.follow.watch_state import WatchState
from standdown.huawei.account import HuaweiAccount, SecretError
from standdown.intake.trust import Trust
from standdown.ledger.holds import Holds
from standdown.ledger.ledger import Ledger
from standdown.ledger.table import LedgerError, Table
from standdown.publish.channels.eventbridge import EventBridgeChannel
from standdown.publish.channels.sns import SnsChannel
from standdown.publish.delivery import Publication
from standdown.publish.render.links import Links
from standdown.sweep.holds import SHARE, Watched, watch
from standdown.sweep.open_operations import Swept, sweep
from standdown.sweep.timers import ask_for_due_resumes
from support.http import Given, Sent
from support.inmemory.aws import crossing
from support.inmemory.boundary import Boundary, Crash
from support.inmemory.channels import MemoryBus, MemoryTopic
from support.inmemory.clock import Clock
from support.inmemory.dynamodb import MemoryDynamo
from support.inmemory.executions import MemoryExecutions
from support.inmemory.queueing import DEAD_LETTERS, REQUESTS, MemoryQueues, Message
from support.inmemory.template import indexes, properties, workflow

ACCOUNT, AWS_REGION = "123456789012", "eu-central-1"
WORKFLOW_ARN = f"arn:aws:states:{AWS_REGION}:{ACCOUNT}:stateMachine:standdown-stop"
TOKEN = "made-up-token"
WEBHOOK_ROLE, TRIGGER_ROLE = "AROAWEBHOOK", "AROATRIGGER"
SEND_MESSAGE = "arn:${Partition}:states:::sqs:sendMessage"


@dataclass(frozen=True, slots=True)
class Target:
    """One configured target: its name, its group, and what else stands in its document."""

    name: str = "erp-prod"
    group: str = ERP_PROD
    more: dict[str, Any] = field(default_factory=dict)

    def document(self) -> str:
        """Return the target's JSON document."""
        return json.dumps({"server_group_id": self.group, **self.more})


class SdrsDial(SimulatorDial):
    """The simulated SDRS behind the boundary; `at_action` is called with each stop, or start, as it arrives."""

    def __init__(self, service: SdrsService, clock: Clock, boundary: Boundary) -> None:
        super().__init__(service, sleep=clock.pass_)
        self._boundary = boundary
        self.at_action: list[Callable[[str, str], None]] = []

    def answer(self, sent: Sent, deadline: Deadline) -> Given:
        """Cross the boundary as `sdrs.stop`, `sdrs.get-group` and the like."""
        route = find(sent.method, sent.path_url.partition("?")[0], sent.body or b"")

        def do() -> Given:
            if route.endpoint in ("stop", "start"):
                for watch in self.at_action:
                    watch(route.endpoint, route.names["group"])
            return super(SdrsDial, self).answer(sent, deadline)

        return self._boundary.call(f"sdrs.{route.endpoint}", do)


class Stack:
    """A deployed stack. `dynamodb` is a client to use instead of the table in memory; its table is called `ledger`."""

    def __init__(
        self,
        targets: Sequence[Target] = (Target(),),
        *,
        plan: Plan | None = None,
        clock: Clock | None = None,
        dynamodb: Any = None,
        ledger: type[Ledger] = Ledger,
    ) -> None:
        self.clock = clock or Clock()
        self.boundary = Boundary()
        self.parameters = {f"targets/{target.name}": target.document() for target in targets}
        self.secret: Callable[[], str] = lambda: json.dumps({"token": TOKEN})
        self.secret_fails: Exception | None = None
        self._secret_cached = "", float("-inf")
        self._read: dict[str, tuple[Any, Operation]] = {}
        self.sdrs = SdrsService(clock=self.clock.epoch, plan=plan or Plan())
        self.sdrs.identity.tokens[TOKEN] = float("inf")
        self.adapter = SdrsDial(self.sdrs, self.clock, self.boundary)
        self.huawei = HuaweiAccount(self._secret, dial=self.adapter, clock=self.clock.epoch)
        self.dynamodb: Any = dynamodb or MemoryDynamo(indexes())
        table = Table(crossing(self.dynamodb, "dynamodb", self.boundary), "ledger", self.clock.pass_)
        self.ledger = ledger(table, timedelta(days=400))
        self.queues = MemoryQueues(
            self.clock,
            visibility=properties("RequestQueue")["VisibilityTimeout"],
            most_receives=properties("RequestQueue")["RedrivePolicy"]["maxReceiveCount"],
        )
        sqs = crossing(self.queues, "sqs", self.boundary)
        self.queue = RequestQueue(sqs, REQUESTS, DEAD_LETTERS, clock=self.clock)
        self.down: set[str] = set()
        self.pauses = True  # whether time passes while an invocation waits
        self.watching = False  # whether `run` has the sweeper look after the groups, too
        self.topic, self.bus = MemoryTopic(), MemoryBus()
        self.notify_dead_letters: list[Any] = []
        tasks = {"${Poller}": self.look, "${Notifier}": self.tell, SEND_MESSAGE: self.notify_dead_letters.append}
        self.executions = MemoryExecutions(workflow(), self.clock, tasks)
        self.workflow = Workflow(crossing(self.executions, "states", self.boundary), WORKFLOW_ARN)
        self.publication = Publication(
            (
                SnsChannel(crossing(self.topic, "sns", self.boundary), "arn:aws:sns:::outcomes"),
                EventBridgeChannel(crossing(self.bus, "events", self.boundary)),
            ),
            Links(workflow_arn=WORKFLOW_ARN),
            clock=self.clock,
            jitter=lambda seconds: seconds,
        )

    # What the functions do

    def invocation(self, seconds: float = 60.0) -> Invocation:
        """Return what one invocation of so many seconds has; it is killed when they are over."""
        ends = self.clock.epoch() + seconds

        def pause(wait: float) -> None:
            self.clock.pass_(wait if self.pauses else 0.0)
            if self.clock.epoch() >= ends:
                raise Crash

        remaining = lambda: ends - self.clock.epoch()  # noqa: E731
        return Invocation(self.targets, self.ledger, self.huawei, self.workflow, self.clock, remaining, pause)

    def door(self) -> RequestIntake:
        """Return the entry points of one invocation of the trigger."""
        trust = Trust(ACCOUNT, AWS_REGION, "", webhook_sender_id=WEBHOOK_ROLE)
        return RequestIntake(self.invocation(), trust, self.queue, TRIGGER_ROLE)

    def outage(self, service: str, *, over: bool = False) -> None:
        """Take down a service that the stack leans on, or bring it back: dynamodb, ssm, secrets, huawei or sqs."""
        self.down = self.down - {service} if over else self.down | {service}
        self.boundary.down = {"dynamodb." if one == "dynamodb" else "sqs." for one in self.down & {"dynamodb", "sqs"}}
        if service == "secrets":
            self.secret_fails = None if over else SecretError("the secret could not be read")
        if service == "huawei" and over:
            self.sdrs.faults.clear()
        elif service == "huawei":
            self.fault(endpoint="*", kind="refuse")

    def take(self, message: Message) -> bool:
        """Have the trigger take one message; return whether it was acknowledged."""
        try:
            self.door().take_record(message.record())
        except (Crash, Exception):  # noqa: BLE001 - whatever the function dies of, SQS delivers again
            return False
        self.queues.delete(message)
        return True

    def invoke(self, event: Any, request_id: str = "request-1") -> dict[str, Any]:
        """Invoke the trigger directly; what it sends to the queue is sent by its role."""
        before = len(self.queues.requests)
        try:
            return self.door().take_direct(event, request_id)
        finally:
            for message in self.queues.requests[before:]:
                message.sender = TRIGGER_ROLE

    def look(self, state: Any) -> Any:
        """Be the poller."""
        return follow(WatchState.read(state), self.ledger, self.huawei, self.clock()).to_dict()

    def tell(self, state: Any) -> Any:
        """Be the notifier."""
        return tell(str(state.get("operation_id", "")), self.ledger, self.publication, self.clock).to_dict()

    def sweep(self, execution: str | None = None) -> Swept:
        """Be the sweeper, on its schedule or because an execution broke."""
        invocation = self.invocation(120.0)
        if execution is None:
            ask_for_due_resumes(invocation, self.queue)
        return sweep(invocation, self.queue, execution)

    def watch(self, everywhere: GroupRef | None = None) -> Watched:
        """Be the sweeper's second half: look after the groups without protection."""
        return watch(self.invocation(SHARE), everywhere)

    # What a test does

    def send(self, target: str = "erp-prod", delivery_id: str | None = None, **more: Any) -> Message:
        """Put a request into the queue and return its message."""
        body = {"target": target} | ({"delivery_id": delivery_id} if delivery_id else {}) | more
        self.queues.send_message(QueueUrl=REQUESTS, MessageBody=json.dumps(body))
        return self.queues.requests[-1]

    def deliver(self) -> list[bool]:
        """Have every visible message taken once; return for each whether it was acknowledged."""
        return [self.take(message) for message in self.queues.receive(100)]

    def run(self, seconds: float, *, step: float = 5.0, sweeps: bool = True) -> None:
        """Let the stack work for a while: queue, executions, and the sweeper every five minutes."""
        ends, swept = self.clock.epoch() + seconds, self.clock.epoch()
        while self.clock.epoch() < ends:
            self.deliver()
            self.executions.advance()
            if sweeps and self.clock.epoch() - swept >= 300:
                swept = self.clock.epoch()
                with suppress(RetryLaterError, LedgerError):  # the function fails, and runs again in five minutes
                    self.sweep()
                    if self.watching:
                        self.watch()
            self.clock.pass_(step)

    def come_to_rest(self, hours: float = 8.0, watch: Callable[[], None] = lambda: None) -> None:
        """Let the stack work until nothing is left to do, or for so many hours; `watch` is called after each round."""
        ends = self.clock.epoch() + hours * 3600
        while self.clock.epoch() < ends and not self.at_rest:
            self.deliver()
            self.executions.advance()
            self.sweep()
            watch()
            self.clock.pass_(299.0)

    @property
    def at_rest(self) -> bool:
        """Return whether every operation is published, the queue is empty, and no execution runs."""
        done = all(operation.state is State.PUBLISHED for operation in self.operations)
        return done and not self.queues.requests and not self.executions.running

    def targets(self) -> Targets:
        """Return the targets as the parameters have them."""
        if "ssm" in self.down:
            raise RetryLaterError("the targets could not be read")
        return read_targets(self.parameters, TargetDefaults(REGION, PROJECT_ID))

    def fault(self, **fault: Any) -> None:
        """Switch on a fault of the simulated SDRS."""
        self.sdrs.faults.add([fault])

    def group_status(self, group: str = ERP_PROD) -> str:
        """Return the group's status at SDRS."""
        self.sdrs.world.advance()
        return self.sdrs.world.groups[group].status

    def set_group(self, status: str, group: str = ERP_PROD, **more: Any) -> None:
        """Have somebody else bring the group into a status."""
        self.sdrs.put_group({"id": group, "status": status, **more})

    @property
    def posts(self) -> list[Call]:
        """Return the stops that SDRS was sent."""
        return [call for call in self.sdrs.calls if call.endpoint == "stop"]

    @property
    def accepted(self) -> list[Job]:
        """Return the stops that SDRS took."""
        return [job for job in self.sdrs.world.jobs.values() if job.word == "stop"]

    @property
    def started(self) -> list[Job]:
        """Return the resumes that SDRS took."""
        return [job for job in self.sdrs.world.jobs.values() if job.word == "start"]

    def hold(self, group: str = ERP_PROD) -> Hold | None:
        """Return the group's hold; reads past the boundary."""
        return Holds(Table(self.dynamodb, "ledger")).get(GroupRef(REGION, PROJECT_ID, group))

    def held(self) -> Hold:
        """Return the group's hold, which there must be."""
        found = self.hold()
        assert found is not None
        return found

    def stopped(self, **more: Any) -> Hold:
        """Have the group stopped by a queue command, and return its open hold."""
        self.send(delivery_id="stop", **more)
        self.run(90)
        assert self.held().state is HoldState.OPEN
        return self.held()

    @property
    def starts(self) -> list[Any]:
        """Return the calls that asked SDRS to enable protection."""
        return [call for call in self.sdrs.calls if call.endpoint == "start"]

    @property
    def operations(self) -> list[Operation]:
        """Return every operation in the ledger, as they came; reads past the boundary."""
        return [self._operation(pk, item) for pk, item in self.dynamodb.items.items() if "#" not in pk]

    def _operation(self, pk: str, item: Any) -> Operation:
        """Return what an item says; it is read once, since a write puts another one in its place."""
        known, operation = self._read.get(pk, (None, None))
        if operation is None or known is not item:
            operation = Operation.from_dict(Table(self.dynamodb, "ledger").get(pk) or {})
            self._read[pk] = item, operation
        return operation

    @property
    def operation(self) -> Operation:
        """Return the only operation."""
        [operation] = self.operations
        return operation

    def locks(self) -> dict[str, str]:
        """Return who holds which lock."""
        items = self.dynamodb.items.items()
        return {pk: item["holder"]["S"] for pk, item in items if pk.startswith("group#") and "holder" in item}

    def now_iso(self, seconds: float = 0.0) -> str:
        """Return the time, or the time so many seconds from now, as it stands in messages."""
        return iso(self.clock() + timedelta(seconds=seconds))

    def _secret(self, *, force: bool) -> str:
        """Return the secret as Powertools does: for five minutes out of its cache, unless that is passed by."""
        document, read_at = self._secret_cached
        if force or self.clock.epoch() - read_at >= SECRET_SECONDS:
            if self.secret_fails is not None:
                raise self.secret_fails
            document = self.secret()
            self._secret_cached = document, self.clock.epoch()
        return document
