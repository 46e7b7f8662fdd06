"""Messages in the queue that are no command: each is set aside with a reason that helps, and none of them stops."""

from __future__ import annotations

import base64
import io
import json

from integration.cases.scene import Case, Scene, cases, check
from support.inmemory.stack import ACCOUNT, AWS_REGION

_COMMAND = '{"target": "payroll", "reason": "drill"}'
_WHERE = (r"not JSON: .+ at line \d+, column \d+",)
_TOPIC = f"arn:aws:sns:{AWS_REGION}:{ACCOUNT}:storage-watch"
_EVENT = {
    "version": "0",
    "id": "0f8a51c2-6f0b-4f2e-9a63-2f0e54c1b7d9",
    "account": ACCOUNT,
    "region": AWS_REGION,
    "time": "2026-03-17T21:41:30Z",
    "resources": [],
}
_NOTIFICATION = {
    "Type": "Notification",
    "MessageId": "b7c3ff10-52a4-5d0e-8e51-a1e6d9b0a7c4",
    "TopicArn": _TOPIC,
    "Timestamp": "2026-03-17T21:41:31.207Z",
    "SignatureVersion": "1",
    "Signature": "none",
}


@cases(
    Case("a dictionary as Python prints it", "{'target': 'payroll', 'dry_run': False}", "dead letter", _WHERE),
    Case("quotes that a shell has eaten", "{target: payroll, dry_run: true}", "dead letter", _WHERE),
    Case("a comma too many", '{\n  "target": "payroll",\n  "reason": "drill",\n}', "dead letter", _WHERE),
    Case("quotes of a word processor", "{\u201ctarget\u201d: \u201cpayroll\u201d}", "dead letter", _WHERE),
    Case("a body in base64", base64.b64encode(_COMMAND.encode()).decode(), "dead letter", _WHERE),
    Case("a comment above the command", f"# the weekly drill\n{_COMMAND}", "dead letter", _WHERE),
    Case("a command in YAML", "target: payroll\ndry_run: true\n", "dead letter", _WHERE),
    Case(
        "a byte order mark before the command",
        f"\ufeff{_COMMAND}",
        "dead letter",
        (r"byte order mark",),
        or_ends="stopped",
    ),
    Case("a command that was made text twice", json.dumps(_COMMAND), "dead letter", (r"is text",)),
    Case("a command in a list", f"[{_COMMAND}]", "dead letter", (r"is a list",)),
    Case(
        "the test event of a bucket",
        {"Service": "Amazon S3", "Event": "s3:TestEvent", "Time": "2026-03-17T21:40:00.000Z", "Bucket": "exports"},
        "dead letter",
    ),
    Case(
        "the record of a failed call, put back as it was found",
        {
            "version": "1.0",
            "timestamp": "2026-03-17T20:00:00.511Z",
            "requestContext": {"requestId": "5b0c", "condition": "RetriesExhausted", "approximateInvokeCount": 3},
            "requestPayload": {"target": "payroll"},
            "responseContext": {"statusCode": 200, "functionError": "Unhandled"},
        },
        "dead letter",
        (r"unknown_shape",),
    ),
)
def test_a_body_that_is_no_command(case: Case, lines: io.StringIO) -> None:
    scene = Scene(lines)

    scene.put(case.given)

    check(case, scene.became())


@cases(
    Case("a notification of plain text", {"Message": " are you there?"}, "dead letter", (r"'Message'.*not JSON",)),
    Case(
        "a topic that asks the queue to confirm",
        {
            "Type": "SubscriptionConfirmation",
            "Token": "51b2ff3edb",
            "Message": f"You have chosen to subscribe to the topic {_TOPIC}.",
            "SubscribeURL": f"https://sns.{AWS_REGION}.amazonaws.com/?Action=ConfirmSubscription&Token=51b2ff3edb",
        },
        "dead letter",
        (r"'Type'",),
    ),
    Case(
        "a message by protocol that was sent as one for all",
        {"Message": json.dumps({"default": _COMMAND, "email": "a drill"})},
        "dead letter",
        (r"unknown_shape",),
    ),
)
def test_a_notification_that_holds_no_command(case: Case, lines: io.StringIO) -> None:
    scene = Scene(lines)

    scene.put(_NOTIFICATION | case.given)

    check(case, scene.became())


@cases(
    Case(
        "a schedule without an input",
        {
            "detail-type": "Scheduled Event",
            "source": "aws.scheduler",
            "resources": [f"arn:aws:scheduler:{AWS_REGION}:{ACCOUNT}:schedule/default/payroll-night"],
            "detail": "{}",
        },
        "dead letter",
        (r"unknown_event",),
    ),
    Case(
        "a request whose detail is text",
        {"detail-type": "SDRS Protection Stop Request", "source": "example.cutover", "detail": _COMMAND},
        "dead letter",
        (r"the command is text",),
    ),
    Case(
        "a finding of another service",
        {
            "detail-type": "GuardDuty Finding",
            "source": "aws.guardduty",
            "detail": {"severity": 8.9, "type": "Impact:EC2/SuspiciousDomainRequest.Reputation"},
        },
        "dead letter",
        (r"unknown_event",),
    ),
)
def test_an_event_that_stops_nothing(case: Case, lines: io.StringIO) -> None:
    scene = Scene(lines)

    scene.put(_EVENT | case.given)

    check(case, scene.became())
