"""Every call to AWS that the code can come to is allowed by the built template, and no right is left over.

The judgement is the evaluator's (tests/scan/evaluator), a program of its own; the table is tests/scan/rights.py.
"""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import Any

import pytest

from scan import reached, rights, senders
from scan.evaluator import Question, judge
from scan.reached import CLIENTS, HELD, LAYER
from scan.rights import CALLS, FUNCTIONS, OURS, Right, Row, full, policies_of, principal

BELOW = "arn:aws:ssm:us-east-1:111122223333:parameter/standdown/*"
KEPT = {
    ("TriggerRole", BELOW): "no document says whether what stands below a path is asked for by itself",
    ("SweeperRole", BELOW): "the same",
    ("NotifierRole", BELOW): "the same",
}
"""Rights that no row needs, each with its reason."""


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return list(rights.rows())


def test_every_call_in_the_code_has_a_row_and_every_row_a_call() -> None:
    found = {
        (where.removeprefix("standdown/"), call)
        for where, calls in reached.sites(LAYER / "standdown").items()
        for call in calls
    }

    unknown = sorted(f"{where}: {call}" for where, call in found if not _known(where, call))
    assert not unknown, f"say in tests/scan/rights.py what these need:\n{chr(10).join(unknown)}"
    assert found >= CALLS.keys()
    assert {call for _, call in found} >= OURS


def _known(where: str, call: str) -> bool:
    try:
        rights.needed(where, call)
    except KeyError:
        return False
    return True


def test_every_call_is_written_with_a_client_that_is_known_as_one() -> None:
    written = {call.rpartition(".")[0] for _, call in CALLS if "." in call}

    assert written - {"self._table"} <= CLIENTS


@pytest.mark.parametrize("kind", HELD)
def test_an_object_that_calls_aws_has_one_name_wherever_it_is_held(kind: str) -> None:
    held = {
        name.lstrip("_")
        for path in (LAYER / "standdown").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        for name in _holding(node, kind)
    }

    assert held <= {HELD[kind]}


def _holding(node: ast.AST, kind: str) -> list[str]:
    """Return the names under which a node holds objects of a class."""
    if isinstance(node, ast.arg) and node.annotation is not None and ast.unparse(node.annotation) == kind:
        return [node.arg]
    if isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) == kind:
        return [ast.unparse(node.target).rpartition(".")[2]]
    if isinstance(node, ast.FunctionDef) and node.returns is not None and ast.unparse(node.returns) == kind:
        return [node.name]
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == kind:
        return [ast.unparse(one).rpartition(".")[2] for one in node.targets]
    return []


def test_every_function_reaches_some_calls() -> None:
    assert {name for name in FUNCTIONS if reached.reached(name)} == set(FUNCTIONS)


def test_every_row_is_allowed(rows: list[Row]) -> None:
    answers = judge(row.question() for row in rows)

    assert [row for row, answer in zip(rows, answers, strict=True) if answer != "Allowed"] == []
    assert len(rows) > 80


def test_w01_the_evaluator_finds_that_the_trigger_may_not_send_to_its_queue_once_the_right_is_gone(
    rows: list[Row],
) -> None:
    policies = tuple(_without(policy, "ContinueLater") for policy in policies_of("TriggerRole"))
    mine = [row for row in rows if row.role == "TriggerRole"]

    answers = judge(row.question(policies) for row in mine)

    denied = [row for row, answer in zip(mine, answers, strict=True) if answer != "Allowed"]
    assert "aws/request_queue.RequestQueue.continue_later: self.sqs.send_message" in [row.why for row in denied]
    assert {(row.right.action, row.right.resource) for row in denied} == {("sqs:SendMessage", "RequestQueue")}


def _without(policy: dict[str, Any], sid: str) -> dict[str, Any]:
    return policy | {"Statement": [one for one in policy["Statement"] if one["Sid"] != sid]}


def test_no_right_is_left_over(rows: list[Row]) -> None:
    """Take away each action and each resource of each statement in turn: some row must be denied then."""
    cuts = [(role, said, less) for role in {row.role for row in rows} for said, less in _cuts(policies_of(role))]
    asked = [[row.question(less) for row in rows if row.role == role] for role, _, less in cuts]

    answers = iter(judge(question for questions in asked for question in questions))
    judged = [[next(answers) for _ in questions] for questions in asked]

    needless = [(role, said) for (role, said, _), told in zip(cuts, judged, strict=True) if set(told) == {"Allowed"}]
    assert sorted(needless) == sorted(KEPT)


def _cuts(policies: tuple[dict[str, Any], ...]) -> list[tuple[str, tuple[dict[str, Any], ...]]]:
    """Return the policies without one action or one resource, for each of them; the key's have tests of their own."""
    found = []
    for number, policy in enumerate(policies):
        for place, statement in enumerate(policy["Statement"]):
            for key in ("Action", "Resource"):
                parts = statement[key] if isinstance(statement[key], list) else [statement[key]]
                for part in parts if not str(statement["Action"][0]).startswith("kms:") else []:
                    left = [one for one in parts if one != part]
                    kept = [statement | {key: left}] if left else []
                    cut = policy | {"Statement": policy["Statement"][:place] + kept + policy["Statement"][place + 1 :]}
                    less = (*policies[:number], *([cut] if cut["Statement"] else []), *policies[number + 1 :])
                    found.append((part, less))
    return found


@pytest.mark.parametrize("role", ["WebhookRole", "NotifierRole"])
def test_who_has_no_business_with_holds_may_not_put_one(role: str) -> None:
    put = Right("dynamodb:PutItem", "LedgerTable", {"dynamodb:LeadingKeys": ["hold#0f"]})
    question = Question(principal(role), put.action, full(put, role), put.context, policies_of(role))

    answers = judge([question, replace(question, context={"dynamodb:LeadingKeys": ["webhook#0f"]})])

    assert answers == ["ImplicitlyDenied", "Allowed" if role == "WebhookRole" else "ImplicitlyDenied"]


def test_every_service_that_sends_to_the_stack_is_let_in_by_what_aws_says_that_it_sends() -> None:
    everyone = [*senders.senders(), *senders.takers()]

    answers = judge(one.question() for one in everyone)

    assert [one for one, answer in zip(everyone, answers, strict=True) if answer != "Allowed"] == []


def test_w03_api_gateway_is_let_in_though_it_names_no_account() -> None:
    callers = [one for one in senders.senders() if one.service == "apigateway"]

    assert [one.account for one in callers] == [False, False]
    assert judge(one.question() for one in callers) == ["Allowed", "Allowed"]


def test_w04_the_alarm_topic_is_let_in_though_sns_names_no_account() -> None:
    topics = [one for one in senders.senders() if one.service == "sns"]

    assert [(one.resource, one.account) for one in topics] == [
        ("RequestQueue", False),
        ("RequestDeadLetterQueue", False),
    ]
    assert judge(one.question() for one in topics) == ["Allowed"] * 2


def test_nobody_of_another_account_is_let_in() -> None:
    strangers = [one.of_a_stranger() for one in (*senders.senders(), *senders.takers()) if one.source]

    answers = judge(one.question() for one in strangers)

    assert [one for one, answer in zip(strangers, answers, strict=True) if answer == "Allowed"] == []


def test_another_rule_topic_route_or_alarm_of_the_same_account_is_not_let_in() -> None:
    others = [replace(one, source=f"{(one.source or '').rpartition(':')[0]}:another") for one in senders.senders()]

    answers = judge(one.question() for one in others)

    assert [one for one, answer in zip(others, answers, strict=True) if answer == "Allowed"] == []


def test_nothing_is_taken_without_tls() -> None:
    plain = [replace(one, tls=False) for one in senders.senders() if not one.action.startswith("lambda:")]

    assert set(judge(one.question() for one in plain)) == {"ExplicitlyDenied"}
