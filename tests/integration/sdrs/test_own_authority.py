"""A private cloud's own certificate authority: its certificate stands in the credential, and holds for that alone."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator

import pytest
import trustme
from pytest_httpserver import HTTPServer

from standdown.base.http.dial import Dialer, trust
from standdown.core.operation import GroupRef
from standdown.huawei.account import HuaweiAccount
from standdown.sdrs import iam
from standdown.sdrs.credentials import Credentials, CredentialsError
from standdown.sdrs.errors import HuaweiError, NotSentError, SignInError

PROJECT, GROUP = "0605767a9980d5762f6bc00b8e0d2a8c", "40df180b-9fe2-471a-8c64-1b758dc84189"
PASSWORD = {"user": "u", "password": "p", "domain": "d"}


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def pem(authority: trustme.CA) -> str:
    return authority.cert_pem.bytes().decode()


@pytest.fixture
def cloud(authority: trustme.CA) -> Iterator[HTTPServer]:
    """Serve IAM and SDRS over TLS, with a certificate of the private authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    iam._tokens.clear()
    with HTTPServer("127.0.0.1", ssl_context=context) as running:
        signed_in = running.expect_request("/v3/auth/tokens", "POST")
        signed_in.respond_with_json({"token": {}}, 201, headers={"X-Subject-Token": "t-1"})
        stop = running.expect_request(f"/v1/{PROJECT}/server-groups/{GROUP}/action", "POST")
        stop.respond_with_json({"job_id": "j-1"})
        yield running
    iam._tokens.clear()


def stop(cloud: HTTPServer, credential: dict[str, str]) -> str:
    url = f"https://localhost:{cloud.port}"
    document = json.dumps(credential)
    account = HuaweiAccount(lambda *, force: document, endpoint=url, iam=url, dial=Dialer())  # noqa: ARG005 - no cache
    return account.stop(GroupRef("my-private-1", PROJECT, GROUP), 5.0)


@pytest.mark.parametrize("credential", [PASSWORD, {"token": "t"}, {"access_key": "AK", "secret_key": "SK"}])
def test_m06_a_private_cloud_is_trusted_by_the_certificate_in_the_credential(
    cloud: HTTPServer, authority: trustme.CA, credential: dict[str, str]
) -> None:
    assert stop(cloud, {**credential, "ca_certificate": pem(authority)}) == "j-1"


@pytest.mark.parametrize("more", [{}, {"ca_certificate": pem(trustme.CA())}], ids=["none", "another's"])
@pytest.mark.parametrize("credential", [PASSWORD, {"token": "t"}])
def test_m06_without_its_certificate_a_private_cloud_gets_nothing(
    cloud: HTTPServer, credential: dict[str, str], more: dict[str, str]
) -> None:
    with pytest.raises((NotSentError, SignInError), match="not trusted"):
        stop(cloud, credential | more)

    assert cloud.log == []


def test_m06_several_certificates_may_stand_one_after_the_other(cloud: HTTPServer, authority: trustme.CA) -> None:
    both = f"the old one\n{pem(trustme.CA())}\nthe new one\n{pem(authority)}"

    assert stop(cloud, {"token": "t", "ca_certificate": both}) == "j-1"


def test_m06_a_certificate_that_was_replaced_is_trusted_without_a_new_process(
    cloud: HTTPServer, authority: trustme.CA
) -> None:
    stored = json.dumps({"token": "old", "ca_certificate": pem(authority)})
    url = f"https://localhost:{cloud.port}"
    account = HuaweiAccount(lambda *, force: stored, endpoint=url, iam=url)  # noqa: ARG005 - no cache
    group = GroupRef("my-private-1", PROJECT, GROUP)
    account.stop(group, 5.0)

    stored = json.dumps({"token": "new", "ca_certificate": pem(trustme.CA())})
    account._credential.renew()

    with pytest.raises(HuaweiError, match="not trusted"):
        account.stop(group, 5.0)


def test_the_public_authorities_are_not_trusted_beside_the_private_one(authority: trustme.CA) -> None:
    own, public = trust(None, pem(authority)), trust(None)

    assert [len(context.get_ca_certs()) for context in (own, public)] == [1, len(public.get_ca_certs())]
    assert len(public.get_ca_certs()) > 1
    assert (own.verify_mode, own.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert own.minimum_version == ssl.TLSVersion.TLSv1_2
    assert not own.hostname_checks_common_name


@pytest.mark.parametrize(
    "value",
    [
        "canary", "-----BEGIN CERTIFICATE-----\ncanary\n-----END CERTIFICATE-----", "é",
        "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----\n", "", " ", 7, ["canary"],
    ],
)  # fmt: skip
def test_what_is_no_certificate_is_refused_and_not_shown(value: object) -> None:
    with pytest.raises(CredentialsError, match="ca_certificate") as caught:
        Credentials.from_json(json.dumps({"token": "t", "ca_certificate": value}))

    assert "canary" not in str(caught.value)


def test_a_certificate_alone_is_no_credential(authority: trustme.CA) -> None:
    with pytest.raises(CredentialsError, match="empty"):
        Credentials.from_json(json.dumps({"ca_certificate": pem(authority)}))
