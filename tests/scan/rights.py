"""What every call to AWS needs: (role, service call, resource, context), for the code and for the services themselves.

`CALLS` says what each place in the code asks for; who can come to that place is read from the code (reached.py).
`SERVICES` is what AWS itself does under our roles; who else sends to a queue, a topic or a function is in senders.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from scan.evaluator import ACCOUNT, Question
from scan.policies import arn, plain
from scan.reached import reached
from scan.stacks import YOURS, stack

REGION = "us-east-1"
FUNCTIONS = ("trigger", "poller", "notifier", "sweeper", "webhook")
KEY = YOURS["KmsKeyArn"]
RESOURCES: dict[str, Any] = stack("everything")["Resources"]
OURS = frozenset({
    "invocation.workflow.publish", "parts.query", "publication.publish", "self.publication.publish",
    "socket.create_connection",
})  # fmt: skip
"""What is named like an operation of AWS, and is none."""


@dataclass(frozen=True, slots=True)
class Right:
    """One action on one resource: a logical id of the template, or what follows `arn:aws:` with {role} filled in."""

    action: str
    resource: str
    context: Mapping[str, str | list[str]] = field(default_factory=dict)


_TABLE, _ITEM = "LedgerTable", {"dynamodb:LeadingKeys": ["{item}"]}
_PARTS = {
    "self._table.put_new": Right("dynamodb:PutItem", _TABLE, _ITEM),
    "self._table.put_where": Right("dynamodb:PutItem", _TABLE, _ITEM),
    "self._table.update": Right("dynamodb:UpdateItem", _TABLE, _ITEM),
    "self._table.check": Right("dynamodb:ConditionCheckItem", _TABLE, _ITEM),
}
_WRITERS = ("ledger/ledger.", "ledger/locking.", "ledger/holds.", "ledger/notices.")
"""The modules whose writes are parts of a transaction on an item of the ledger."""
_RECEIPT = Right("dynamodb:PutItem", _TABLE, _ITEM)
_PLACE = f"{REGION}:{ACCOUNT}"
_SECRETS = {
    "trigger": "standdown/huawei",
    "poller": "standdown/huawei-read",
    "sweeper": "standdown/huawei-read",
    "notifier": "standdown/endpoints",
    "webhook": "standdown/webhook",
}
_SECRET = Right("secretsmanager:GetSecretValue", f"secretsmanager:{_PLACE}:secret:{{secret}}-aB3dE6")
_EXECUTION = Right("states:DescribeExecution", f"states:{_PLACE}:execution:StopWorkflow:stop-{'0f' * 16}")


def _index(name: str) -> Right:
    return Right("dynamodb:Query", f"dynamodb:{_PLACE}:table/{_TABLE}/index/{name}")


CALLS: dict[tuple[str, str], tuple[Right, ...]] = {
    ("aws/request_queue.RequestQueue.send", "self.sqs.send_message"): (Right("sqs:SendMessage", "RequestQueue"),),
    ("aws/request_queue.RequestQueue.continue_later", "self.sqs.send_message"): (
        Right("sqs:SendMessage", "RequestQueue"),
    ),
    ("aws/request_queue.RequestQueue.retry_later", "self.sqs.change_message_visibility"): (
        Right("sqs:ChangeMessageVisibility", "RequestQueue"),
    ),
    ("aws/request_queue.RequestQueue.dead_letter", "self.sqs.send_message"): (
        Right("sqs:SendMessage", "RequestDeadLetterQueue"),
    ),
    ("aws/workflow.Workflow.status", "self._client.describe_execution"): (_EXECUTION,),
    ("aws/workflow.Workflow._confirm", "self._client.describe_execution"): (_EXECUTION,),
    ("aws/workflow.Workflow._start", "self._client.start_execution"): (Right("states:StartExecution", "StopWorkflow"),),
    ("entry/wiring/parameters.parameters", "SSMProvider"): (
        Right("ssm:GetParametersByPath", f"ssm:{_PLACE}:parameter/standdown"),
    ),
    ("entry/wiring/parameters.parameters", "client().get_parameters_by_path"): (),  # makes the paginator, calls nothing
    ("entry/wiring/parameters.read_named", "client().get_parameters"): (
        Right("ssm:GetParameters", f"ssm:{_PLACE}:parameter/standdown/mode"),
        Right("ssm:GetParameters", f"ssm:{_PLACE}:parameter/standdown/targets/erp-prod"),
    ),
    ("entry/wiring/aws.secrets", "SecretsProvider"): (_SECRET,),
    ("entry/wiring/webhook._secret", "SecretsProvider"): (_SECRET,),
    ("ledger/table.Table.get", "self._client.get_item"): (Right("dynamodb:GetItem", _TABLE, _ITEM),),
    ("ledger/table.Table.change", "self._client.update_item"): (Right("dynamodb:UpdateItem", _TABLE, _ITEM),),
    ("ledger/table.Table.together", "self._client.transact_write_items"): (),  # its parts have the rights: _PARTS
    ("ledger/table.Table._pages", "self._client.query"): (),  # the index is named by who queries
    ("ledger/holds.Holds.listed", "self._table.query"): (_index("unfinished"),),
    ("ledger/notices.Notices.history", "self._table.query"): (_index("by-time"),),
    ("ledger/notices.Notices.unpublished", "self._table.query"): (_index("unfinished"),),
    ("ledger/reading.Reading.unfinished", "self._table.query"): (_index("unfinished"),),
    ("ledger/reading.Reading.history", "self._table.query"): (_index("by-target"), _index("by-time")),
    ("ledger/receipts.Receipts.agrees", "self._table.put_new"): (_RECEIPT,),
    ("ledger/receipts.Receipts._remember", "self._table.put"): (_RECEIPT,),
    ("publish/channels/sns.SnsChannel.send", "self.client.publish"): (Right("sns:Publish", "OutcomeTopic"),),
    ("publish/channels/sns.SnsChannel.say", "self.client.publish"): (Right("sns:Publish", "OutcomeTopic"),),
    ("publish/channels/eventbridge.EventBridgeChannel.send", "self.client.put_events"): (
        Right("events:PutEvents", f"events:{_PLACE}:event-bus/default"),
    ),
    ("publish/channels/eventbridge.EventBridgeChannel._find_bus", "self.client.describe_event_bus"): (
        Right("events:DescribeEventBus", f"events:{_PLACE}:event-bus/default"),
    ),
    ("publish/undelivered.Undelivered.report", "self.sqs.send_message"): (
        Right("sqs:SendMessage", "NotifyDeadLetterQueue"),
    ),
}


def _invoke(*functions: str) -> tuple[Right, ...]:
    return tuple(
        Right("lambda:InvokeFunction", f"lambda:{_PLACE}:function:standdown-{name}Function-0F") for name in functions
    )


def _parameter(action: str, *paths: str) -> tuple[Right, ...]:
    return tuple(Right(f"ssm:{action}", f"ssm:{_PLACE}:parameter/standdown{path}") for path in paths)


_DESCRIBED = (Right("cloudformation:DescribeStacks", f"cloudformation:{_PLACE}:stack/standdown/0f"),)
_RINGING = (Right("cloudwatch:DescribeAlarms", f"cloudwatch:{_PLACE}:alarm:standdown-TriggerErrorsAlarm-0F"),)
_HISTORY = (Right("states:GetExecutionHistory", f"states:{_PLACE}:execution:standdown-stop:stop-{'0f' * 16}"),)
COMMAND: dict[str, dict[str, tuple[Right, ...]]] = {
    "read": {
        "describe_stacks": _DESCRIBED,
        "describe_alarms": _RINGING,
        "invoke": _invoke("Notifier"),
        "get_execution_history": _HISTORY,
    },
    "operate": {
        "describe_stacks": _DESCRIBED,
        "describe_alarms": _RINGING,
        "invoke": _invoke("Notifier", "Trigger", "Sweeper"),
        "get_execution_history": _HISTORY,
        "get_parameter": _parameter("GetParameter", "/mode"),
        "put_parameter": _parameter("PutParameter", "/mode"),
        "send_message": (Right("sqs:SendMessage", f"sqs:{_PLACE}:standdown-RequestQueue-0F"),),
        "list_stack_resources": (
            Right("cloudformation:ListStackResources", f"cloudformation:{_PLACE}:stack/standdown/0f"),
        ),
        "list_subscriptions_by_topic": (
            Right("sns:ListSubscriptionsByTopic", f"sns:{_PLACE}:standdown-OutcomeTopic-0F"),
            Right("sns:ListSubscriptionsByTopic", f"sns:{_PLACE}:standdown-OperatorTopic-0F"),
        ),
        "describe_event_bus": (Right("events:DescribeEventBus", f"events:{_PLACE}:event-bus/default"),),
    },
    "configure": {
        "describe_stacks": _DESCRIBED,
        "get_parameters_by_path": _parameter("GetParametersByPath", ""),
        "put_parameter": _parameter("PutParameter", "/targets/erp-prod", "/calendars/erp-prod"),
    },
    "credential": {
        "describe_stacks": _DESCRIBED,
        "get_parameters_by_path": _parameter("GetParametersByPath", ""),
        "get_secret_value": (
            Right("secretsmanager:GetSecretValue", f"secretsmanager:{_PLACE}:secret:standdown/huawei-aB3dE6"),
        ),
    },
}
"""What the command asks AWS for, by the policy that docs/using/security.md prints for whoever runs that part of it."""
FREE_FOR_ALL = frozenset({"get_caller_identity"})
"""What IAM allows everybody, whatever a policy says."""

_TRACES = tuple(
    Right(f"xray:{action}", "*")
    for action in ("PutTraceSegments", "PutTelemetryRecords", "GetSamplingRules", "GetSamplingTargets")
)
_DELIVERIES = (
    "CreateLogDelivery", "GetLogDelivery", "UpdateLogDelivery", "DeleteLogDelivery", "ListLogDeliveries",
    "PutResourcePolicy", "DescribeResourcePolicies", "DescribeLogGroups",
)  # fmt: skip
SERVICES: dict[str, tuple[Right, ...]] = {
    "TriggerRole": (  # Lambda: the event source mapping, and the destination of a call that failed
        Right("sqs:ReceiveMessage", "RequestQueue"),
        Right("sqs:DeleteMessage", "RequestQueue"),
        Right("sqs:GetQueueAttributes", "RequestQueue"),
        Right("sqs:SendMessage", "RequestDeadLetterQueue"),
    ),
    "SweeperRole": (Right("sqs:SendMessage", "SweeperDeadLetterQueue"),),  # Lambda: the same destination
    "WebhookRole": (Right("sqs:SendMessage", "SweeperDeadLetterQueue"),),  # Lambda: the daily check's
    "WorkflowRole": (  # Step Functions: its tasks, and its logs, whose delivery has no resource to name
        Right("lambda:InvokeFunction", "PollerFunction"),
        Right("lambda:InvokeFunction", "NotifierFunction"),
        Right("sqs:SendMessage", "NotifyDeadLetterQueue"),
        *(Right(f"logs:{action}", "*") for action in _DELIVERIES),
        *_TRACES,
    ),
    "ScheduleRole": (  # the scheduler: its target, and its dead-letter queue
        Right("sqs:SendMessage", "RequestQueue"),
        Right("sqs:SendMessage", "RequestDeadLetterQueue"),
    ),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: who does what on which resource, and why it is needed."""

    role: str
    right: Right
    why: str

    def question(self, policies: tuple[Any, ...] | None = None) -> Question:
        """Return it as a question, by the role's own policies unless others are given."""
        by = policies_of(self.role) if policies is None else policies
        # The webhook reads and writes items of its own alone.
        item = f"webhook#{'0f' * 32}" if self.role == "WebhookRole" else "0f" * 16
        context = {
            key: [one.replace("{item}", item) for one in given] if isinstance(given, list) else given
            for key, given in self.right.context.items()
        }
        return Question(principal(self.role), self.right.action, full(self.right, self.role), context, by)


def rows() -> Iterator[Row]:
    """Yield the whole table."""
    for function in FUNCTIONS:
        role = f"{function.capitalize()}Role"
        for where, call in sorted(reached(function)):
            place = where.removeprefix("standdown/")
            yield from (Row(role, right, f"{place}: {call}") for right in needed(place, call))
        logs = arn({"Ref": f"{function.capitalize()}Logs"}, RESOURCES).removesuffix(":*").removeprefix("arn:aws:")
        for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
            yield Row(role, Right(action, f"{logs}:log-stream:2026/01/02/[$LATEST]0f"), "Lambda writes the log")
        yield from (Row(role, right, "tracing") for right in _TRACES)
    for role, rights in SERVICES.items():
        yield from (Row(role, right, "AWS itself, under this role") for right in rights)


def needed(place: str, call: str) -> tuple[Right, ...]:
    """Return what a call needs; raise KeyError where the table has no row for it."""
    if call in OURS:
        return ()
    if (place, call) not in CALLS and place.startswith(_WRITERS) and call in _PARTS:
        return (_PARTS[call],)
    return CALLS[place, call]


def policies_of(role: str) -> tuple[Any, ...]:
    """Return the policies of a role, those that all share included, with ARNs in the place of references."""
    properties = RESOURCES[role]["Properties"]
    shared = [RESOURCES[one["Ref"]]["Properties"] for one in properties["ManagedPolicyArns"]]
    return tuple(plain(one["PolicyDocument"], RESOURCES) for one in (*properties["Policies"], *shared))


def principal(role: str) -> str:
    """Return a role's ARN."""
    return f"arn:aws:iam::{ACCOUNT}:role/{role}"


def full(right: Right, role: str) -> str:
    """Return the ARN of what a right is on."""
    if right.resource in RESOURCES:
        return arn({"Ref": right.resource}, RESOURCES)
    secret = _SECRETS.get(role.removesuffix("Role").lower(), "")
    return right.resource if right.resource == "*" else f"arn:aws:{right.resource.replace('{secret}', secret)}"
