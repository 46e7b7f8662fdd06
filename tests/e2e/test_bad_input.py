"""Bad input by the queue and by a direct call: no stop, no traceback, one line with a reason, neighbours unharmed."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

import pytest

from local.case import Case, group_id, wait_for
from local.cloud import LocalCloud
from local.message import batch, record

NO_REQUEST = {
    "not JSON": ("{target: erp-prod", "not_json"),
    "nothing": (" ", "not_json"),
    "NaN": ('{"target": "erp-prod", "n": NaN}', "not_json"),
    "a key twice": ('{"target": "erp-prod", "target": "crm-prod"}', "not_json"),
    "deeply nested": ('{"target": ' + "[" * 3000 + "]" * 3000 + "}", "not_json"),
    "a list": ('["erp-prod"]', "not_an_object"),
    "a number": ("42", "not_an_object"),
    "null": ("null", "not_an_object"),
    "names nothing": ('{"reason": "because"}', "unknown_shape"),
    "target of a wrong type": ('{"target": 5}', "no_target"),
    "too large": (json.dumps({"target": "erp-prod", "reason": "x" * 300_000}), "too_large"),
}
"""What can never become a request, and the reason that is logged for it."""

REFUSED = {
    "target of a wrong form": ({"target": "../erp-prod"}, "malformed"),
    "unknown target": ({"target": "nobody"}, "not_allowed"),
    "unknown group": ({"server_group_id": "11111111-2222-3333-4444-555555555555"}, "not_allowed"),
    "target not allowed this way in": ({"target": "alarm-only"}, "not_allowed"),
    "target whose document is broken": ({"target": "broken"}, "not_allowed"),
    "unknown field": ({"target": "erp-prod", "urgent": True}, "malformed"),
    "reason of a wrong type": ({"target": "erp-prod", "reason": {"a": 1}}, "malformed"),
    "dry_run as text": ({"target": "erp-prod", "dry_run": "false"}, "malformed"),
    "two kinds of names": ({"target": "erp-prod", "server_group_id": group_id("erp-prod")}, "malformed"),
    "source not its own": ({"target": "erp-prod", "source": "alarm"}, "malformed"),
    "another version": ({"target": "erp-prod", "schema_version": 2}, "malformed"),
    "time in the future": ({"target": "erp-prod", "requested_at": "2099-01-01T00:00:00Z"}, "malformed"),
    "too old": ({"target": "erp-prod", "requested_at": "2024-01-01T00:00:00Z"}, "stale"),
}
"""What names something to stop and is refused all the same: it is recorded, and everyone is told."""


@dataclass(frozen=True, slots=True)
class Sent:
    """Everything bad, sent at once through the queue with good requests in between."""

    good: tuple[Case, ...]
    message_ids: dict[str, str]


@pytest.fixture(scope="module")
def sent(stack: LocalCloud, _pool: Any) -> Sent:
    good = tuple(Case(stack, next(_pool)) for _ in range(3))
    bodies = {name: text for name, (text, _) in NO_REQUEST.items()}
    bodies |= {name: json.dumps(body) for name, (body, _) in REFUSED.items()}
    entries = list(bodies.items())
    for number, case in enumerate(good):
        entries.insert(5 * number + 2, (case.target, json.dumps({"target": case.target})))
    ids = send_in_batches(stack, entries)
    for case in good:
        case.published()
    return Sent(good, ids)


def send_in_batches(cloud: LocalCloud, entries: list[tuple[str, str]]) -> dict[str, str]:
    """Send the named bodies to the RequestQueue, as many at once as it takes; return their messages' ids."""
    ids: dict[str, str] = {}
    waiting = list(entries)
    while waiting:
        some: list[tuple[str, str]] = []
        while waiting and len(some) < 10 and sum(len(body) for _, body in [*some, waiting[0]]) < 600_000:
            some.append(waiting.pop(0))
        wanted = [{"Id": str(number), "MessageBody": body} for number, (_, body) in enumerate(some)]
        answer = cloud.client("sqs").send_message_batch(QueueUrl=cloud.outputs["RequestQueueUrl"], Entries=wanted)
        ids |= {some[int(one["Id"])][0]: one["MessageId"] for one in answer["Successful"]}
    return ids


@pytest.mark.parametrize("name", NO_REQUEST)
def test_what_is_no_request_ends_in_the_dead_letter_queue_with_the_problem(
    stack: LocalCloud, sent: Sent, name: str
) -> None:
    text, code = NO_REQUEST[name]

    buried = wait_for(lambda: of_message(stack.dead_letters(), sent.message_ids[name]), bool)

    (letter,) = buried
    assert letter["Body"] == text
    assert attribute(letter, "standdown-problem").startswith(f"{code}: ")
    assert attribute(letter, "standdown-requested-at").endswith("Z")
    assert [one for one in stack.ledger() if one["request"]["delivery_id"] == sent.message_ids[name]] == []


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_recorded_told_and_said_once_with_its_reason(
    stack: LocalCloud, sent: Sent, name: str
) -> None:
    def look() -> list[dict[str, Any]]:
        return [one for one in stack.ledger() if one["request"]["delivery_id"] == sent.message_ids[name]]

    (operation,) = wait_for(look, lambda found: bool(found) and found[0]["state"] == "published")

    assert operation["outcome"]["result"] == "refused"
    assert operation["outcome"]["refusal"] == REFUSED[name][1]
    lines = [line for line in stack.logs("trigger") if line.get("operation_id") == operation["pk"]]
    assert [line["refusal"] for line in lines if line["message"] == "request refused"] == [REFUSED[name][1]]


def test_the_good_ones_in_between_are_stopped_and_nothing_else_is(stack: LocalCloud, sent: Sent) -> None:
    for case in sent.good:
        (operation,) = case.published()
        assert operation["outcome"]["result"] == "succeeded"
        assert len(case.stops()) == 1
    assert stack.simulator.group("erp-prod")["status"] == "protected"


def test_one_line_with_its_reason_is_logged_for_what_is_no_request(stack: LocalCloud, case: Case) -> None:
    bad = {name: record(text) for name, (text, _) in NO_REQUEST.items() if name != "too large"}
    before = len(rejections(stack))

    stack.invoke("trigger", batch(*bad.values(), record({"target": case.target})))

    said = rejections(stack)[before:]
    assert [line["reason_code"] for line in said] == [NO_REQUEST[name][1] for name in bad]
    assert len({line["function_request_id"] for line in said}) == 1
    case.published()


def test_a_batch_of_good_and_bad_fails_as_a_whole_for_nobody(stack: LocalCloud, case: Case) -> None:
    bad = [record(text) for text, _ in NO_REQUEST.values()][:8]
    letters = len(stack.dead_letters())

    answer = stack.invoke("trigger", batch(*bad[:4], record({"target": case.target}), *bad[4:]))

    (operation,) = case.published()
    assert answer == {"batchItemFailures": []}
    assert operation["outcome"]["result"] == "succeeded"
    assert len(stack.dead_letters()) == letters + len(bad)


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (None, "not_an_object"),
        ([1, 2], "not_an_object"),
        ({}, "unknown_shape"),
        ({"target": []}, "no_target"),
        ({"Records": [{"eventSource": "aws:s3"}]}, None),
        ({"alarmData": {}}, None),
    ],
)
def test_a_direct_call_that_is_no_request_is_told_so(stack: LocalCloud, event: Any, code: str | None) -> None:
    if code is None:  # what a service of AWS sent must not be acknowledged: its own dead-letter queue gets it
        with pytest.raises(RuntimeError):
            stack.invoke("trigger", event)
        return

    answer = stack.invoke("trigger", event)

    assert answer["operations"] == []
    assert answer["rejected"]["code"] == code


def test_a_dead_letter_that_is_moved_back_harms_nobody(stack: LocalCloud, sent: Sent, case: Case) -> None:
    done = str(uuid.uuid4())
    case.request(delivery_id=done)
    (before,) = case.published()
    bury(stack, {"target": case.target, "reason": "e2e", "requested_by": "e2e"}, done)
    ours = {sent.message_ids[name] for name in NO_REQUEST}
    wait_for(stack.dead_letters, lambda letters: known(letters) >= ours | {done})

    moved = redrive(stack)
    back = wait_for(stack.dead_letters, lambda letters: known(letters) >= ours)

    assert moved > len(ours)
    assert done not in known(back)
    assert all(attribute(letter, "standdown-problem") for letter in back)
    assert case.operations() == [before]
    assert len(case.stops()) == 1


@pytest.mark.slow
@pytest.mark.usefixtures("sent")
def test_no_function_logs_a_traceback_for_any_of_it(stack: LocalCloud) -> None:
    for function in ("trigger", "poller", "notifier", "sweeper"):
        lines = stack.logs(function)
        told = [line for line in lines if "exception" in line or "stack_trace" in line]
        # A message that came from no queue, as other tests have them, cannot be given back to one.
        told = [line for line in told if "SQS refused ChangeMessageVisibility" not in str(line.get("exception"))]
        assert not told, json.dumps(told)[:4000]
        # What a service of AWS sends and nobody can read is raised, and the runtime shows it: that alone.
        shown = [line["text"] for line in lines if "Traceback" in line.get("text", "")]
        raised = [line for line in lines if "intake.errors.MalformedError" in line.get("text", "")]
        assert len(shown) == len(raised), shown


def bury(cloud: LocalCloud, body: dict[str, Any], delivery_id: str) -> None:
    """Put a message into the dead-letter queue as the trigger does."""
    url = cloud.outputs["RequestDeadLetterQueueUrl"]
    attributes = {"standdown-delivery-id": {"DataType": "String", "StringValue": delivery_id}}
    cloud.client("sqs").send_message(QueueUrl=url, MessageBody=json.dumps(body), MessageAttributes=attributes)


def redrive(cloud: LocalCloud) -> int:
    """Move every dead letter back into the RequestQueue as the console does, and return how many that were."""
    letters = cloud.take_dead_letters()
    for letter in letters:
        attributes = {
            name: {key: value[key] for key in ("DataType", "StringValue")}
            for name, value in letter.get("MessageAttributes", {}).items()
        }
        url = cloud.outputs["RequestQueueUrl"]
        cloud.client("sqs").send_message(QueueUrl=url, MessageBody=letter["Body"], MessageAttributes=attributes)
    return len(letters)


def of_message(letters: list[dict[str, Any]], message_id: str) -> list[dict[str, Any]]:
    """Return the dead letters that the message of that id has become."""
    return [letter for letter in letters if attribute(letter, "standdown-delivery-id") == message_id]


def attribute(letter: dict[str, Any], name: str) -> str:
    """Return the text of a message's attribute, empty where there is none."""
    return str(letter.get("MessageAttributes", {}).get(name, {}).get("StringValue", ""))


def known(letters: list[dict[str, Any]]) -> set[str]:
    """Return the ids of the messages that dead letters once were."""
    return {attribute(letter, "standdown-delivery-id") for letter in letters}


def rejections(cloud: LocalCloud) -> list[dict[str, Any]]:
    """Return the lines that the trigger has logged about what is no request."""
    return [line for line in cloud.logs("trigger") if line.get("message") == "event rejected"]
