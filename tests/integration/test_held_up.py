"""What the operators hear while a stop cannot be sent, and of every message that is dead-lettered."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.inmemory import Stack, quiet


def counted(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """Return the metric lines that were written since the last time."""
    return [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]


def names(lines: list[dict[str, Any]]) -> list[str]:
    return [line["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"] for line in lines]


@pytest.mark.parametrize("direct", [False, True], ids=["queue", "direct"])
@pytest.mark.parametrize("service", ["huawei", "dynamodb", "ssm", "secrets"])
def test_o02_a_stop_that_cannot_be_sent_is_counted_within_two_minutes(
    service: str, direct: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    stack = Stack()
    with quiet():
        stack.outage(service)
        stack.invoke({"target": "erp-prod"}, "invocation-1") if direct else stack.send()
        stack.run(120, step=5, sweeps=False)

    assert stack.accepted == []
    assert "StopsHeldUp" in names(counted(capsys))


def test_o02b_a_stop_that_was_sent_or_that_is_only_a_dry_run_is_not_held_up(capsys: pytest.CaptureFixture[str]) -> None:
    stack = Stack()
    stack.send()
    stack.run(300, step=5)
    with quiet():
        stack.outage("huawei")
        stack.send("crm-test", dry_run=True)
        stack.run(240, step=5)

    assert "StopsHeldUp" not in names(counted(capsys))


def test_o02c_while_huawei_cloud_cannot_be_reached_nobody_is_told_that_a_crash_was_mended(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stack = Stack()
    with quiet():
        stack.outage("huawei")
        stack.send()
        stack.run(40 * 60, step=10)

    told = names(counted(capsys))
    assert "MovedOn" not in told
    assert told.count("StopsHeldUp") > 5


def test_o04_every_message_that_is_dead_lettered_is_counted_as_it_comes(capsys: pytest.CaptureFixture[str]) -> None:
    stack = Stack()
    for body in ("not JSON", '{"tagret": "erp-prod"}'):
        stack.queues.send_message(QueueUrl="https://sqs/requests", MessageBody=body)

        stack.deliver()

        assert names(counted(capsys)).count("DeadLettered") == 1


def test_o04b_a_message_that_sqs_did_not_take_is_not_counted(capsys: pytest.CaptureFixture[str]) -> None:
    stack = Stack()
    stack.queues.send_message(QueueUrl="https://sqs/requests", MessageBody="not JSON")
    with quiet():
        stack.outage("sqs")
        stack.deliver()

    assert "DeadLettered" not in names(counted(capsys))
