"""The stack's own answers: a rejected question is an error of whoever asked it."""

from __future__ import annotations

import re
from typing import Any

import click

from standdown.core.operation import OPERATION_ID
from standdown_cli.stack import Stack, StackError

_NOT_THERE = re.compile(r"ask history or replay,")
"""What a stack of an earlier version says to a question that it does not know."""


def asked(stack: Stack, function: str, question: dict[str, Any]) -> dict[str, Any]:
    """Return what a function of the stack answers; raise StackError or UsageError, each with what to do."""
    said = stack.ask(function, question)
    rejected = said.get("rejected")
    if rejected is None:
        return said
    if _NOT_THERE.search(rejected["message"]):
        raise StackError(f"the stack {stack.name!r} is of an earlier version and cannot answer this: update the stack")
    if rejected["code"] in ("unavailable", "too_soon"):
        raise StackError(rejected["message"])
    raise click.UsageError(rejected["message"])


def one_operation(stack: Stack, wanted: str) -> dict[str, Any]:
    """Return an operation by its id, or the latest of a target; raise UsageError where there is none."""
    by_id = OPERATION_ID.fullmatch(wanted) is not None
    question = {"operation_id": wanted} if by_id else {"target": wanted, "limit": 1}
    found = asked(stack, "notifier", {"history": question})["operations"]
    if not found:
        raise click.UsageError(
            f"no operation {wanted} is recorded" if by_id else f"no operation of {wanted!r} is recorded"
        )
    operation: dict[str, Any] = found[0]
    return operation
