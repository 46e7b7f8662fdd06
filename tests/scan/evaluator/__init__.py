"""Ask the evaluator, a program of its own: would IAM allow these requests by these policies?"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.places import ROOT, plain_env

NODE = ROOT / ".venv" / "node"
ACCOUNT = "111122223333"


@dataclass(frozen=True, slots=True)
class Question:
    """One request: who asks for what, in which context, and by which policies it is judged.

    `principal` is a role's ARN or a service such as sns.amazonaws.com, `by_identity` are the policies of the principal,
    `by_resource` is that of the resource.
    """

    principal: str
    action: str
    resource: str
    context: Mapping[str, str | list[str]] = field(default_factory=dict)
    by_identity: tuple[Any, ...] = ()
    by_resource: Any = None

    def to_dict(self) -> dict[str, Any]:
        """Return it as the evaluator reads it."""
        return {
            "request": {
                "principal": self.principal,
                "action": self.action,
                "resource": {"resource": self.resource, "accountId": ACCOUNT},
                "contextVariables": dict(self.context),
            },
            "identityPolicies": [
                {"name": str(number), "policy": policy} for number, policy in enumerate(self.by_identity)
            ],
            "serviceControlPolicies": [],
            "resourceControlPolicies": [],
            **({} if self.by_resource is None else {"resourcePolicy": self.by_resource}),
        }


def judge(questions: Iterable[Question]) -> list[str]:
    """Return Allowed, ImplicitlyDenied or ExplicitlyDenied for each; raise ValueError where one cannot be judged.

    A key of the context that AWS does not know for the action counts as an error: it would decide nothing.
    """
    asked = list(questions)
    answers = answers_to(asked)
    for question, answer in zip(asked, answers, strict=True):
        if answer["errors"] or answer["ignored"]:
            raise ValueError(f"{question.action} on {question.resource}: {answer['errors'] or answer['ignored']}")
    return [answer["result"] for answer in answers]


def answers_to(questions: Iterable[Question]) -> list[dict[str, Any]]:
    """Return for each question its result, its errors, and which keys of its context were ignored."""
    answers: list[dict[str, Any]] = json.loads(_run(json.dumps([question.to_dict() for question in questions])))
    return answers


def _run(text: str) -> str:
    command = [NODE / "bin" / "node", Path(__file__).with_name("evaluate.cjs")]
    env = plain_env(NODE_PATH=str(NODE / "node_modules"))
    ran = subprocess.run(command, input=text, env=env, capture_output=True, text=True, check=False)  # noqa: S603
    if ran.returncode:
        raise RuntimeError(f"the evaluator failed: {ran.stderr[-2000:]}")
    return ran.stdout
