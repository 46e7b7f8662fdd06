"""A canary for a secret, sent through every path and every trouble: it is nowhere to be read afterwards.

Looked at are the log (and whatever else is printed), tracebacks, answers, messages of every queue, topic and bus, the
ledger, what the workflow was given, and what objects say of themselves.
"""

from __future__ import annotations

import io
import json
import time
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from simulator import defaults as sim
from simulator.identity import Key
from standdown.entry.notifier_questions import ask_notifier
from standdown.entry.trigger_questions import ask_trigger
from standdown.huawei.account import HuaweiAccount, SecretError
from standdown.publish.channels.webhook import webhook_channels
from standdown.publish.delivery import Publication
from standdown.sdrs import iam
from standdown.sdrs.credentials import Credentials, CredentialsError
from support.inmemory.boundary import Crash, crash
from support.inmemory.stack import Stack

CANARY = "canary+7f3e9a1c/" + "Zx8kQ2w" * 6 + "=="
SHORT = "canary-9d2"  # a password that nothing can tell by its first characters
OLD = "canary-of-yesterday-51c7"

FORMS: dict[str, dict[str, str]] = {
    "access key": {"access_key": sim.ACCESS_KEY, "secret_key": CANARY},
    "temporary access key": {"access_key": sim.ACCESS_KEY, "secret_key": CANARY, "security_token": f"{CANARY}st"},
    "password": {"user": sim.USER, "password": CANARY, "domain": sim.DOMAIN},
    "short password": {"user": sim.USER, "password": SHORT, "domain": sim.DOMAIN},
    "token": {"token": CANARY},
}
ISSUED = "MIIsimulated"  # how the tokens begin that the simulated IAM issues: as secret as the password


@pytest.fixture(autouse=True)
def no_tokens() -> Iterator[None]:
    iam._tokens.clear()
    yield
    iam._tokens.clear()


@pytest.fixture
def heard(lines: io.StringIO, capfd: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """Give what was logged, as the lines that the functions write, and whatever else was printed."""
    return lambda: "".join([lines.getvalue(), *capfd.readouterr()])


class Watched:
    """A stack whose credential is the canary, and everything that it ever says."""

    def __init__(self, document: str, form: dict[str, str] | None = None) -> None:
        self.stack, self.said = Stack(), [""]
        self.document: Callable[[], str] = lambda: document
        self.stack.huawei = HuaweiAccount(self._secret, dial=self.stack.adapter)
        identity = self.stack.sdrs.identity
        identity.clock = time.time  # signatures and tokens go by the clock of this machine
        form = form or {}
        if "access_key" in form:
            identity.keys[form["access_key"]] = Key(form["secret_key"], form.get("security_token"))
        identity.password = form.get("password", identity.password)
        if "token" in form:
            identity.tokens[form["token"]] = float("inf")

    def _secret(self, *, force: bool) -> str:  # noqa: ARG002 - there is no cache
        return self.document()

    def do(self, *steps: Callable[[], Any]) -> None:
        """Take each step; what it answers or raises is part of what was said."""
        for step in steps:
            try:
                self.said.append(repr(step()))
            except (Crash, Exception) as error:  # noqa: BLE001 - every error's words are looked at
                self.said.append("".join(traceback.format_exception(error)))

    def work(self) -> None:
        """Go every way in, look, publish, sweep, ask."""
        stack = self.stack
        stack.send("erp-prod", "by-queue")
        self.do(
            stack.deliver,
            lambda: stack.invoke({"target": "erp-prod", "dry_run": True}, "dry"),
            lambda: stack.invoke({"target": "erp-prod"}, "direct"),
            lambda: stack.run(1200, step=20),
            lambda: ask_trigger({"check": True}, stack.invocation()),
            lambda: ask_notifier({"history": {}}, stack.ledger, stack.publication),
            *(
                lambda each=each: ask_notifier({"replay": each.operation_id}, stack.ledger, stack.publication)
                for each in stack.operations
            ),
            stack.sweep,
        )

    def everything(self, heard: Callable[[], str]) -> str:
        """Return all that can be read of the stack's work."""
        stack = self.stack
        kept = (
            stack.dynamodb.items, stack.queues.requests, stack.queues.dead_letters, stack.topic.details,
            stack.bus.details, stack.executions.by_name, stack.huawei, stack.invocation(),
            vars(stack.huawei)["_clients"],
        )  # fmt: skip
        return "\n".join([heard(), *self.said, *map(repr, kept)])


def leaks(text: str) -> list[str]:
    """Return each secret of which a telling part stands in the text."""
    return [secret for secret in (CANARY[:16], SHORT, OLD, ISSUED) if secret in text]


ECHO = "what the service was sent"
FAULTS: dict[str, dict[str, Any]] = {
    "nothing": {"endpoint": "none"},
    "refused": {"status": 401},
    "forbidden": {"status": 403, "body": json.dumps({"error": {"code": "SDRS.0004", "message": f"not {ECHO}"}})},
    "echo": {"status": 400, "body": json.dumps({"error_code": ECHO, "error_msg": f"{ECHO} is wrong"})},
    "echo in a page": {"status": 502, "body": f"<html><title>{ECHO}</title></html>"},
    "echo cut off": {"status": 500, "body": json.dumps({"error": {"message": "x" * 470 + f" {ECHO}"}})},
    "echo at sign-in": {"endpoint": "token", "status": 400, "body": json.dumps({"error": {"message": f"no {ECHO}"}})},
    "reset": {"kind": "reset"},
    "reset after": {"kind": "reset", "when": "after"},
    "no answer": {"kind": "hang", "seconds": 60},
    "no connection": {"kind": "refuse"},
    "nonsense": {"status": 200, "body": "{"},
}


def sent(form: str, endpoint: str) -> str:
    """Return the secret that a service was sent and could give back in its answer; keys to sign with are never sent."""
    if "password" in form:
        return FORMS[form]["password"] if endpoint == "token" else ""
    return FORMS[form].get("token") or FORMS[form].get("security_token") or ""


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_credential_is_nowhere_to_be_read_whatever_happens(form: str, fault: str, heard: Callable[[], str]) -> None:
    watched = Watched(json.dumps(FORMS[form]), FORMS[form])
    switch = {"endpoint": "*"} | FAULTS[fault]
    if "body" in switch:
        switch["body"] = switch["body"].replace(ECHO, sent(form, switch["endpoint"]))
    watched.stack.fault(**switch)

    watched.work()

    assert leaks(watched.everything(heard)) == []
    assert watched.stack.operations
    assert bool(watched.stack.accepted) or fault != "nothing"


BROKEN = {
    "no JSON": CANARY,
    "half a document": f'{{"secret_key": "{CANARY}"',
    "a list": json.dumps([CANARY]),
    "an unknown key": json.dumps({"secret": CANARY}),
    "no secret key": json.dumps({"access_key": CANARY}),
    "two forms": json.dumps({"token": CANARY, "user": SHORT}),
    "a number": json.dumps({"access_key": CANARY, "secret_key": 5}),
    "a list within": json.dumps({"token": [CANARY]}),
    "a line break": json.dumps({"token": f"{CANARY}\r\nX: y"}),
    "not ASCII": json.dumps({"access_key": f"{CANARY}é", "secret_key": SHORT}),
    "a surrogate": json.dumps({"user": "u", "password": f"{CANARY}\ud800", "domain": "d"}),
}


@pytest.mark.parametrize("document", BROKEN.values(), ids=BROKEN)
def test_a_broken_credential_is_complained_of_and_not_shown(document: str, heard: Callable[[], str]) -> None:
    watched = Watched(document)

    watched.work()

    text = watched.everything(heard)
    assert leaks(text) == []
    assert "credential" in text
    assert watched.stack.posts == []


@pytest.mark.parametrize("document", BROKEN.values(), ids=BROKEN)
def test_the_error_about_a_broken_credential_holds_nothing_of_it(document: str) -> None:
    with pytest.raises(CredentialsError) as caught:
        Credentials.from_json(document)

    assert leaks("".join(traceback.format_exception(caught.value)) + repr(vars(caught.value))) == []


@pytest.mark.parametrize("form", FORMS)
def test_no_object_shows_what_it_holds(form: str) -> None:
    held = Credentials.from_json(json.dumps(FORMS[form]))

    shown = [
        repr(held),
        str(held),
        repr(held.auth(sim.REGION, sim.PROJECT_ID)),
        f"{HuaweiAccount(lambda *, force: CANARY)}",  # noqa: ARG005
    ]

    assert leaks("".join(shown)) == []


def test_a_rotation_shows_neither_the_old_secret_nor_the_new(heard: Callable[[], str]) -> None:
    watched = Watched(json.dumps({"token": OLD}))
    watched.stack.sdrs.identity.tokens[CANARY] = float("inf")
    documents = iter([OLD])
    watched.document = lambda: json.dumps({"token": next(documents, CANARY)})

    watched.work()

    assert leaks(watched.everything(heard)) == []
    assert len(watched.stack.accepted) == 1


def test_a_store_that_is_down_is_told_without_its_words(heard: Callable[[], str]) -> None:
    watched = Watched("")

    def down() -> str:
        raise SecretError("the secret 'standdown/huawei' with the credential could not be read") from ValueError("down")

    watched.document = down
    watched.work()

    assert leaks(watched.everything(heard)) == []


@pytest.mark.parametrize("at", range(0, 24, 3))
def test_a_crash_leaves_no_secret_behind(at: int, heard: Callable[[], str]) -> None:
    watched = Watched(json.dumps(FORMS["password"]), FORMS["password"])
    watched.stack.boundary.cut(at, crash)

    watched.work()

    assert leaks(watched.everything(heard)) == []


WEBHOOK = "whsec_Y2FuYXJ5LTdmM2U5YTFjLWNhbmFyeS03ZjNlOWExYw=="
ENDPOINTS = {
    "answers 500": {"name": "ops", "url": f"https://hooks.example/{CANARY}", "secrets": [WEBHOOK]},
    "is private": {"name": "ops", "url": f"https://10.0.0.1/{CANARY}?t={SHORT}", "secrets": [WEBHOOK]},
    "is no URL": {"name": "ops", "url": f"http://user:{SHORT}@{CANARY}", "secrets": [WEBHOOK]},
    "has a bad secret": {"name": "ops", "url": "https://hooks.example/", "secrets": [CANARY]},
    "has an odd key": {"name": "ops", "url": "https://hooks.example/", "secret": WEBHOOK},
}


@pytest.mark.parametrize("endpoint", ENDPOINTS.values(), ids=ENDPOINTS)
def test_an_endpoints_address_and_secret_are_nowhere_to_be_read(
    endpoint: dict[str, Any], heard: Callable[[], str]
) -> None:
    watched = Watched(json.dumps({"token": OLD}), {"token": OLD})
    stack = watched.stack
    channels = webhook_channels(lambda: json.dumps({"endpoints": [endpoint]}))
    stack.publication = Publication(channels, stack.publication.links, clock=stack.clock)

    watched.work()

    text = watched.everything(heard) + repr(channels)
    assert leaks(text) == []
    assert WEBHOOK not in text
    assert WEBHOOK[6:20] not in text


def test_the_canary_is_found_where_there_is_one(heard: Callable[[], str]) -> None:
    watched = Watched(json.dumps({"token": CANARY}))
    watched.stack.send("erp-prod", "d-1", reason=f"by {CANARY}")
    watched.do(watched.stack.deliver)

    text = watched.everything(heard)
    assert leaks(text) == [CANARY[:16]]
    assert "request admitted" in text  # the log is among what is looked at
