"""The lines of one stop can be found together: each says operation, delivery and target, and none says another's."""

from __future__ import annotations

import io
import json
from typing import Any

from simulator.defaults import GROUPS
from standdown.aws.batch import take_each
from standdown.base.log import logger
from support.inmemory.stack import Stack, Target

KEYS = ("operation_id", "delivery_id", "target")
IDS = {group["name"]: group["id"] for group in GROUPS}


def read(lines: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_every_line_from_request_to_outcome_says_what_it_is_about(lines: io.StringIO) -> None:
    stack = Stack()
    stack.send("erp-prod", "one")

    stack.run(120, step=1)

    [operation] = stack.operations
    written = read(lines)
    assert {line["message"] for line in written} >= {
        "request admitted", "stop accepted", "looked", "operation ended", "outcome published",
    }  # fmt: skip
    for line in written:
        assert [line.get(key) for key in KEYS] == [operation.operation_id, "one", "erp-prod"], line


def test_a_message_s_lines_say_nothing_of_the_message_before(lines: io.StringIO) -> None:
    def take(record: dict[str, Any]) -> None:
        if record["messageId"] == "1":
            logger.append_keys(**dict.fromkeys(KEYS, "first"))
        logger.info("taken")

    take_each({"Records": [{"messageId": "1"}, {"messageId": "2"}]}, take)

    first, second = read(lines)
    assert [first[key] for key in KEYS] == ["first"] * 3
    assert not second.keys() & set(KEYS)


def test_the_sweepers_lines_say_which_operation_it_is_at(lines: io.StringIO) -> None:
    stack = Stack(targets=(Target(), Target("crm-prod", IDS["crm-prod"])))
    for name in ("erp-prod", "crm-prod"):
        stack.send(name, f"to-{name}")
    stack.deliver()
    stack.clock.pass_(600)

    stack.sweep()

    for line in read(lines):
        assert line["delivery_id"] == f"to-{line['target']}"
