"""Clients of AWS verify in one context: the authorities are read once, and every host is verified all the same."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import trustme
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

from bench.cloud import Cloud, Far
from bench.subject import environment
from standdown.entry.wiring import aws
from standdown.entry.wiring.authorities import share_authorities
from standdown.ledger.table import LedgerError, Table
from support.deployed import forget_clients


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(tls)
    roots = tmp_path / "roots.pem"
    authority.cert_pem.write_to_path(str(roots))
    with Cloud(far=Far(tls, roots, 0.0, 0.0, 0.0, 0.0)) as running:
        for name, value in environment(running).items():
            monkeypatch.setenv(name, value)
        forget_clients()
        yield running
        forget_clients()


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the files of authorities that are read, as they are read."""
    seen: list[str] = []
    load = ssl.SSLContext.load_verify_locations

    def noted(context: ssl.SSLContext, cafile: Any = None, *rest: Any) -> None:
        seen.append(str(cafile))
        load(context, cafile, *rest)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", noted)
    return seen


def look() -> Any:
    """Ask the ledger for something over a connection of its client."""
    return Table(aws.client("dynamodb"), "ledger").get("none")


def ask_three() -> None:
    """Open a connection with each of three clients."""
    look()
    aws.secrets().get("standdown/huawei")
    aws.quick_client("events").put_events(Entries=[{"Source": "a", "DetailType": "a", "Detail": "{}"}])


def test_the_authorities_are_read_once_however_many_clients_connect(cloud: Cloud, loads: list[str]) -> None:
    ask_three()

    assert [arrival.name for arrival in cloud.arrivals] == ["GetItem", "GetSecretValue", "PutEvents"]
    assert cloud.far is not None
    assert loads == [str(cloud.far.ca_file)]


@pytest.mark.usefixtures("cloud")
def test_a_host_that_no_authority_certified_is_refused_by_every_client(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = tmp_path / "others.pem"
    trustme.CA().cert_pem.write_to_path(str(others))
    monkeypatch.setenv("AWS_CA_BUNDLE", str(others))

    with pytest.raises(LedgerError, match="SSLError"):
        look()
    with pytest.raises(GetParameterError, match="CERTIFICATE_VERIFY_FAILED"):
        aws.secrets().get("standdown/huawei")


def test_authorities_that_could_not_be_read_are_read_at_the_next_connection(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert cloud.far is not None
    late = tmp_path / "late.pem"
    monkeypatch.setenv("AWS_CA_BUNDLE", str(late))
    with pytest.raises(LedgerError):
        look()
    late.write_bytes(cloud.far.ca_file.read_bytes())

    look()

    assert [arrival.name for arrival in cloud.arrivals] == ["GetItem"]


def test_a_client_of_another_making_is_left_as_it_is() -> None:
    share_authorities(SimpleNamespace(_endpoint=SimpleNamespace()))
