"""Credentials as the functions use them: a reader that may not stop, a rotation while running, a token that ran out."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from simulator import defaults as sim
from simulator.identity import Key
from standdown.core.operation import State
from standdown.core.outcome import Result
from standdown.entry.wiring import huawei as wiring
from standdown.entry.wiring.aws import secrets
from standdown.follow.look import follow
from standdown.follow.watch_state import WatchState
from standdown.huawei.account import HuaweiAccount
from standdown.sdrs import iam
from standdown.sdrs.credentials import CredentialsError
from standdown.sweep.open_operations import sweep
from support.inmemory.stack import Stack

READER = {"access_key": "READERSACCESSKEY0001", "secret_key": "readers-secret"}
PASSWORD = {"user": sim.USER, "password": sim.PASSWORD, "domain": sim.DOMAIN}


@pytest.fixture(autouse=True)
def no_tokens() -> Iterator[None]:
    iam._tokens.clear()
    yield
    iam._tokens.clear()


class Store:
    """A secret in Secrets Manager with a cache before it, as the functions read it."""

    def __init__(self, *documents: dict[str, str]) -> None:
        self.documents, self.cached, self.reads = list(documents), "", 0

    def __call__(self, *, force: bool) -> str:
        """Return the document, from the cache unless forced."""
        if force or not self.cached:
            self.reads += 1
            self.cached = json.dumps(self.documents.pop(0) if len(self.documents) > 1 else self.documents[0])
        return self.cached


def stacked() -> Stack:
    """Return a stack whose IAM goes by the clock of this machine, as signatures and tokens do."""
    stack = Stack()
    stack.sdrs.identity.clock = time.time
    return stack


def huawei(stack: Stack, *documents: dict[str, str]) -> tuple[HuaweiAccount, Store]:
    store = Store(*documents)
    return HuaweiAccount(store, dial=stack.adapter), store


def reader(stack: Stack) -> HuaweiAccount:
    stack.sdrs.identity.keys[READER["access_key"]] = Key(READER["secret_key"], read_only=True)
    return huawei(stack, READER)[0]


def keys_used(stack: Stack, endpoint: str) -> set[str]:
    """Return which access keys signed the calls to an endpoint; "token" for those that came with a token."""
    headers = [
        {k.lower(): v for k, v in call.headers.items()} for call in stack.sdrs.calls if call.endpoint == endpoint
    ]
    return {
        one["authorization"].split("Access=")[1].split(",")[0] if "authorization" in one else "token" for one in headers
    }


def test_a_reader_that_may_not_stop_is_enough_to_follow_a_stop_to_its_end() -> None:
    stack = stacked()
    stack.send()
    stack.deliver()
    looker = reader(stack)
    watch = WatchState(stack.operation.operation_id)

    while not watch.finished:
        stack.clock.pass_(5)
        watch = follow(watch, stack.ledger, looker, stack.clock())

    assert stack.operation.outcome is not None
    assert stack.operation.outcome.result is Result.SUCCEEDED
    assert stack.operation.outcome.verified
    assert keys_used(stack, "stop") == {"token"}
    assert keys_used(stack, "get-job") == {READER["access_key"]}


def test_a_reader_that_may_not_stop_is_enough_to_sweep() -> None:
    stack = stacked()
    stack.send()
    stack.deliver()
    stack.executions.abort(stack.operation.execution_name)
    stack.clock.pass_(600)
    stack.huawei = reader(stack)

    swept = sweep(stack.invocation(120), stack.queue)

    assert len(swept.moved) == 1
    assert stack.operation.outcome is not None
    assert stack.operation.outcome.result is Result.SUCCEEDED
    assert len(stack.posts) == 1


def test_a_trigger_that_was_given_the_reader_stops_nothing_and_says_why() -> None:
    stack = stacked()
    stack.huawei = reader(stack)

    stack.send()
    stack.run(120)

    assert stack.operation.outcome is not None
    assert stack.operation.outcome.result is Result.FAILED
    assert "No stop was sent" in stack.operation.outcome.detail
    assert stack.group_status() == "protected"
    assert stack.accepted == []


ROTATIONS: dict[str, tuple[dict[str, str], dict[str, str], Callable[[Stack], None]]] = {
    "access key": (
        {"access_key": "OLD", "secret_key": "o"},
        {"access_key": "NEW", "secret_key": "n"},
        lambda stack: stack.sdrs.identity.keys.update(NEW=Key("n")),
    ),
    "token": ({"token": "old"}, {"token": "new"}, lambda stack: stack.sdrs.identity.tokens.update(new=float("inf"))),
    "password": ({**PASSWORD, "password": "old"}, PASSWORD, lambda _: None),
    "from password to token": (
        {**PASSWORD, "password": "old"},
        {"token": "new"},
        lambda stack: stack.sdrs.identity.tokens.update(new=float("inf")),
    ),
}


@pytest.mark.parametrize("name", ROTATIONS)
def test_a_secret_that_was_rotated_is_read_anew_once_and_the_stop_is_sent_once(name: str) -> None:
    old, new, know = ROTATIONS[name]
    stack = stacked()
    know(stack)
    stack.huawei, store = huawei(stack, old, new)

    stack.send()
    stack.run(120)

    assert stack.operation.state is State.PUBLISHED
    assert stack.operation.outcome is not None
    assert stack.operation.outcome.result is Result.SUCCEEDED
    assert (store.reads, len(stack.accepted)) == (2, 1)


def test_a_credential_that_stays_refused_is_not_tried_for_ever() -> None:
    stack = stacked()
    stack.huawei, store = huawei(stack, {"token": "nobody's"})

    stack.send()
    stack.run(120)

    assert stack.operation.outcome is not None
    assert stack.operation.outcome.result is Result.FAILED
    assert "No stop was sent" in stack.operation.outcome.detail
    assert (len(stack.posts), store.reads) == (1, 2)


def test_a_token_that_iam_takes_back_is_renewed_once_in_the_midst_of_a_watch() -> None:
    stack = stacked()
    stack.huawei, store = huawei(stack, PASSWORD)
    stack.send()
    stack.deliver()
    stack.sdrs.identity.expire_tokens()

    stack.run(120)

    assert stack.operation.outcome is not None
    assert stack.operation.outcome.result is Result.SUCCEEDED
    assert stack.operation.outcome.verified
    assert sum(call.endpoint == "token" for call in stack.sdrs.calls) == 2
    assert store.reads == 2, "it might have been the password"


def test_a_credential_that_was_put_right_serves_the_next_request_and_not_only_after_the_cache_of_five_minutes() -> None:
    stack = stacked()
    right, stack.secret = stack.secret, lambda: '{"project_id": "0605"}'
    stack.send()
    stack.run(20)
    assert [operation.outcome.result for operation in stack.operations if operation.outcome] == [Result.FAILED]

    stack.secret = right
    stack.send()
    stack.run(60)

    ended = [operation.outcome.result for operation in stack.operations if operation.outcome]
    assert sorted(ended) == [Result.FAILED, Result.SUCCEEDED]


@pytest.mark.parametrize(
    "spoilt", [{"SecretString": "{"}, {"SecretBinary": b'{"token": "t-1"}'}], ids=["broken", "binary"]
)
def test_a_secret_that_was_corrected_at_aws_is_used_although_powertools_holds_the_other_one(
    spoilt: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "made-up")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    wiring.huawei.cache_clear()
    secrets.cache_clear()
    with mock_aws():
        store = boto3.client("secretsmanager")
        store.create_secret(Name="standdown/huawei", **spoilt)
        account = wiring.huawei(wiring.HuaweiSettings("standdown/huawei"))
        with pytest.raises(CredentialsError, match=r"not valid JSON|SecretBinary"):
            account.credential()

        store.put_secret_value(SecretId="standdown/huawei", SecretString='{"token": "t-1"}')

        assert account.credential() == "token"
    wiring.huawei.cache_clear()
    secrets.cache_clear()
