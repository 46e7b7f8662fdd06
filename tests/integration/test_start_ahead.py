"""What the trigger reads and opens while its process starts, and that it does no harm where that fails."""

from __future__ import annotations

import gc
import json
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from types import ModuleType
from typing import Any

import pytest
import time_machine
import trustme

from bench.cloud import GONE, Cloud, Far, parameter_of
from bench.subject import batch, environment
from standdown.aws.settings import SettingsError
from standdown.base.http.dial import Dialer
from standdown.entry.wiring import aws, connections, start
from standdown.entry.wiring.short_try import short_try
from standdown.ledger.table import Table
from support.deployed import Context, forget_clients, load

CALLS = ("GetParametersByPath", "GetSecretValue", "GetItem", "head")
TARGETS = {"GetParametersByPath"}


@dataclass(slots=True)
class Faulty(Cloud):
    """A cloud one of whose calls fails for as long as it is said."""

    fault: tuple[str, str] = ("", "")
    over: threading.Event = field(default_factory=threading.Event)
    heads: list[dict[str, str]] = field(default_factory=list)
    connections: int = 0
    mode: str = "on"
    secret: dict[str, str] = field(default_factory=dict)

    def connected(self) -> None:
        self.connections += 1

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        call, fault = self.fault
        name = "head" if method == "HEAD" else headers.get("X-Amz-Target", "").rpartition(".")[2]
        if method == "HEAD":
            self.heads.append({"path": path} | headers)
        if name in {"GetParametersByPath", "GetParameters"} and self.mode != "on":
            told = {"Parameters": [parameter_of(0), {"Name": "/standdown/mode", "Value": self.mode}]}
            return 200, json.dumps(told | {"InvalidParameters": []}).encode()
        if name == "GetSecretValue" and self.secret:
            return 200, json.dumps({"SecretString": json.dumps(self.secret)}).encode()
        if call not in (name, "*"):
            return Cloud.answer(self, method, path, headers, body)
        if fault == "down":
            return GONE, b""
        if fault == "hanging":
            self.over.wait(10)
            return GONE, b""
        if fault == "refusing":
            return 400, b'{"__type": "AccessDeniedException"}'
        if fault == "redirecting":
            return 307, b""
        time.sleep(0.3)
        return Cloud.answer(self, method, path, headers, body)


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Far:
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(tls)
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return Far(tls, path, 0.0, 0.0, 0.0, 0.0)


@pytest.fixture
def cloud(far: Far, monkeypatch: pytest.MonkeyPatch) -> Iterator[Faulty]:
    with Faulty(far=far) as running:
        started(running, far, monkeypatch)
        yield running
        running.over.set()
        forget_clients()


def started(cloud: Faulty, far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the next process start with this cloud around it."""
    for name, value in environment(cloud).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(far.ca_file))
    monkeypatch.setattr(connections, "Dialer", partial(Dialer, str(far.ca_file)))
    forget_clients()


def begin() -> ModuleType:
    """Start the process: import the function's module as Lambda does."""
    return load("trigger")


def alive() -> list[str]:
    """Return the threads of a start that have not ended."""
    return [thread.name for thread in threading.enumerate() if thread.name in {"ahead", "look-up"}]


def stop(cloud: Faulty, app: ModuleType, *, named: bool = False) -> tuple[Any, list[str]]:
    """Send an event with a group's id, or its target's name; return its answer and the calls that it made."""
    before = len(cloud.arrivals)
    answer = app.lambda_handler(batch(0, named=named), Context("trigger"))
    return answer, [arrival.name for arrival in cloud.arrivals[before:]]


def test_the_first_event_finds_targets_and_secret_read_and_the_connection_open(cloud: Faulty) -> None:
    app = begin()
    ahead = [arrival.name for arrival in cloud.arrivals]
    opened = cloud.connections

    answer, calls = stop(cloud, app)

    assert sorted(ahead) == sorted(CALLS)
    assert answer == {"batchItemFailures": []}
    assert calls == ["TransactWriteItems", "sdrs.stop", *calls[2:]]
    assert not {"GetParametersByPath", "GetSecretValue", "head"} & set(calls)
    assert cloud.connections == opened + 1  # the workflow's


def test_what_opens_the_connection_carries_nothing_and_follows_nothing(cloud: Faulty) -> None:
    cloud.fault = ("head", "redirecting")

    begin()

    assert [(head["path"], sorted(head)) for head in cloud.heads] == [
        ("/", ["Accept-Encoding", "Host", "User-Agent", "path"])
    ]


def test_nothing_is_opened_without_tls(cloud: Faulty, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDRS_ENDPOINT", cloud.sdrs_url.replace("https://localhost", "http://127.0.0.1"))

    begin()

    assert cloud.heads == []


@pytest.mark.parametrize("fault", ["down", "hanging", "refusing", "slow"])
@pytest.mark.parametrize("call", CALLS)
def test_a_service_that_fails_at_the_start_changes_no_outcome(cloud: Faulty, call: str, fault: str) -> None:
    cloud.fault = (call, fault)
    app = begin()
    left, cloud.fault = alive(), ("", "")

    answer, calls = stop(cloud, app)

    assert left == []
    assert answer == {"batchItemFailures": []}
    assert calls.count("sdrs.stop") == 1
    assert ("GetParametersByPath" in calls) == (call == "GetParametersByPath" and fault != "slow")
    assert ("GetSecretValue" in calls) == (call == "GetSecretValue" and fault != "slow")


@pytest.mark.parametrize("fault", ["down", "hanging", "refusing"])
def test_targets_that_could_not_be_read_ahead_cost_a_request_with_a_name_one_call(cloud: Faulty, fault: str) -> None:
    cloud.fault = ("GetParametersByPath", fault)
    app = begin()
    cloud.fault = ("", "")

    answer, calls = stop(cloud, app, named=True)

    assert answer == {"batchItemFailures": []}
    assert calls[:3] == ["GetParameters", "TransactWriteItems", "sdrs.stop"]
    assert "GetParametersByPath" not in calls


@pytest.mark.parametrize(("targets", "ahead", "named", "by_group"), [(100, 10, 0, 0), (101, 10, 1, 11)])
def test_a_start_reads_ten_pages_of_targets_and_leaves_what_comes_after_them_to_the_event(
    far: Far, monkeypatch: pytest.MonkeyPatch, targets: int, ahead: int, named: int, by_group: int
) -> None:
    with Faulty(far=far, groups=targets) as cloud:
        started(cloud, far, monkeypatch)
        app = begin()
        pages = len(cloud.named("GetParametersByPath"))
        name_asked = stop(cloud, app, named=True)[1].count("GetParameters")
        group_asked = stop(cloud, app)[1].count("GetParametersByPath")
        forget_clients()

    assert (pages, name_asked, group_asked) == (ahead, named, by_group)


def test_everything_hanging_holds_the_start_up_no_longer_than_one_call(cloud: Faulty) -> None:
    cloud.fault = ("*", "hanging")

    app = begin()
    left, cloud.fault = alive(), ("", "")

    assert left == []
    assert stop(cloud, app)[0] == {"batchItemFailures": []}


@pytest.mark.usefixtures("cloud")
def test_a_client_waits_as_long_as_ever_after_the_start() -> None:
    begin()

    pools = aws.client("dynamodb")._endpoint.http_session._manager.pools
    waits = [pools[key].timeout for key in pools.keys()]  # noqa: SIM118 - this container yields no keys by itself
    assert [(wait.connect_timeout, wait.read_timeout) for wait in waits] == [(2, 5)]


@pytest.mark.parametrize("kind", ["snap-start", "provisioned-concurrency", ""])
def test_nothing_is_called_ahead_where_a_process_does_not_start_for_an_event(
    cloud: Faulty, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", kind)

    begin()

    assert (cloud.arrivals, cloud.connections) == ([], 0)


def test_nothing_is_called_by_who_imports_the_function(cloud: Faulty, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_LAMBDA_FUNCTION_NAME")

    begin()

    assert (cloud.arrivals, cloud.connections) == ([], 0)


def test_a_setting_that_is_missing_is_told_by_the_event_and_not_by_the_start(
    cloud: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TABLE_NAME")

    app = begin()

    with pytest.raises(SettingsError, match="TABLE_NAME"):
        stop(cloud, app)
    assert "sdrs.stop" not in [arrival.name for arrival in cloud.arrivals]


@pytest.mark.parametrize(
    ("later", "read"), [(49, set()), (51, TARGETS), (299, TARGETS), (301, {*TARGETS, "GetSecretValue"})]
)
def test_a_process_that_waited_for_its_first_event_reads_anew_what_is_too_old(
    cloud: Faulty, later: int, read: set[str]
) -> None:
    with time_machine.travel(datetime.now(UTC), tick=True) as clock:
        app = begin()
        clock.shift(timedelta(seconds=later))
        calls = stop(cloud, app)[1]

    assert {"GetParametersByPath", "GetSecretValue"} & set(calls) == read


@pytest.mark.parametrize("named", [True, False])
def test_a_mode_that_was_switched_off_after_the_start_holds_from_the_fiftieth_second(
    cloud: Faulty, *, named: bool
) -> None:
    with time_machine.travel(datetime.now(UTC), tick=True) as clock:
        app = begin()
        cloud.mode = "off"
        clock.shift(timedelta(seconds=51))
        calls = stop(cloud, app, named=named)[1]

    assert "sdrs.stop" not in calls


def test_a_secret_that_was_replaced_after_the_start_is_read_at_the_first_refusal(cloud: Faulty) -> None:
    cloud.secret = {"access_key": "replaced", "secret_key": "replaced"}
    app = begin()
    cloud.secret = {}

    answer, calls = stop(cloud, app)

    assert answer == {"batchItemFailures": []}
    assert [call for call in calls if call in {"GetSecretValue", "sdrs.stop"}] == [
        "sdrs.stop",
        "GetSecretValue",
        "sdrs.stop",
    ]


def test_imports_that_take_long_leave_the_calls_their_time(cloud: Faulty, monkeypatch: pytest.MonkeyPatch) -> None:
    late = time.monotonic() - 60
    with monkeypatch.context() as earlier:
        earlier.setattr(time, "monotonic", lambda: late)
        start.ahead()

    begin()

    assert {arrival.name for arrival in cloud.arrivals} == set(CALLS)


@pytest.mark.usefixtures("cloud")
def test_a_thread_that_is_held_up_past_the_start_does_not_stand_in_the_way_of_the_event() -> None:
    held_up, seen = threading.Event(), threading.Event()
    client = aws.client("dynamodb")

    def late() -> None:
        with short_try(client, ends=0.0):
            seen.set()
            held_up.wait(10)

    thread = threading.Thread(target=late)
    thread.start()
    seen.wait(10)
    try:
        told = [Table(client, "ledger").get("none") for _ in range(2)]
    finally:
        held_up.set()
        thread.join()

    assert told == [None, None]


@pytest.mark.usefixtures("cloud")
def test_garbage_is_searched_for_again_once_the_process_has_started() -> None:
    frozen = gc.get_freeze_count()

    begin()

    assert gc.isenabled()
    assert gc.get_freeze_count() > frozen
    gc.unfreeze()
