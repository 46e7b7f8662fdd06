"""TLS as it must be: trusted certificates only, 1.2 at least, and a failure that says nothing was sent."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from pytest_httpserver import HTTPServer

from standdown.base.http.dial import Dialer, trust
from standdown.sdrs.auth import TokenAuth
from standdown.sdrs.client import SdrsClient
from standdown.sdrs.errors import NotSentError

GROUP = "40df180b-9fe2-471a-8c64-1b758dc84189"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def context(authority: trustme.CA, host: str) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host).configure_cert(made)
    return made


@pytest.fixture
def server(authority: trustme.CA) -> Iterator[HTTPServer]:
    with HTTPServer("127.0.0.1", ssl_context=context(authority, "localhost")) as running:
        running.expect_request(f"/v1/0605/server-groups/{GROUP}/action", "POST").respond_with_json({"job_id": "job-1"})
        yield running


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def test_a_trusted_certificate_is_talked_to(server: HTTPServer, trusted: str) -> None:
    url = f"https://localhost:{server.port}"

    job_id = SdrsClient(url, "0605", TokenAuth("t"), dial=Dialer(trusted)).stop_protection(GROUP)

    assert job_id == "job-1"


def test_an_unknown_authority_means_not_sent(server: HTTPServer) -> None:
    with pytest.raises(NotSentError, match="not trusted"):
        SdrsClient(f"https://localhost:{server.port}", "0605", TokenAuth("t")).stop_protection(GROUP)

    assert server.log == []


def test_a_certificate_for_another_host_means_not_sent(server: HTTPServer, trusted: str) -> None:
    client = SdrsClient(f"https://127.0.0.1:{server.port}", "0605", TokenAuth("t"), dial=Dialer(trusted))

    with pytest.raises(NotSentError, match="for another name"):
        client.stop_protection(GROUP)

    assert server.log == []


def test_the_environment_cannot_add_an_authority(
    server: HTTPServer, trusted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", trusted)
    monkeypatch.setenv("CURL_CA_BUNDLE", trusted)

    with pytest.raises(NotSentError, match="not trusted"):
        SdrsClient(f"https://localhost:{server.port}", "0605", TokenAuth("t")).stop_protection(GROUP)


def test_plain_http_behind_https_means_not_sent() -> None:
    with HTTPServer("127.0.0.1") as plain, pytest.raises(NotSentError, match="speaks no TLS"):
        SdrsClient(f"https://localhost:{plain.port}", "0605", TokenAuth("t")).stop_protection(GROUP)


def test_less_than_tls_1_2_is_not_offered() -> None:
    assert trust(None).minimum_version == ssl.TLSVersion.TLSv1_2
