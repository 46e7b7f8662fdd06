"""Signed webhooks against real TLS receivers on loopback, which only these tests allow as an address."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_address
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pytest_httpserver import HTTPServer
from standardwebhooks import Webhook

from integration.publish.receiver import (
    HOST,
    Receiver,
    answering,
    answering_after,
    dripping,
    hanging,
    huge,
    saying,
    serving,
    silent,
)
from standdown.base.http.dial import trust
from standdown.base.standard_webhooks import decode_secret
from standdown.core.outcome import Delivery, Result
from standdown.publish.channels.endpoints import Endpoint
from standdown.publish.channels.errors import PublishError
from standdown.publish.channels.public_address import IpAddress, Place, is_public
from standdown.publish.channels.webhook import Sender, WebhookChannel
from standdown.publish.delivery import Publication
from standdown.publish.render.rendered import RenderedOutcome, render
from support.samples import ENDED, LINKS

SECRETS = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")
CA = trustme.CA()
NOTICE = render(ENDED["succeeded"], LINKS)
Context = Callable[..., ssl.SSLContext]


def loopback_only(address: IpAddress) -> bool:
    return address == ip_address("127.0.0.1") or is_public(address)


def tls(name: str = HOST, ca: trustme.CA = CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(name).configure_cert(context)
    return context


@pytest.fixture(scope="module")
def ca_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    CA.cert_pem.write_to_path(str(file))
    return file


@pytest.fixture
def sender(ca_file: Path) -> Sender:
    return Sender(ca_file=str(ca_file), allow=loopback_only, resolve=lambda *_: ["127.0.0.1"], deadline=5)


def channel(receiver: Receiver, sender: Sender, name: str = "pager", path: str = "/in?a=b") -> WebhookChannel:
    keys = tuple(decode_secret(secret) for secret in SECRETS)
    return WebhookChannel(Endpoint(name, Place(HOST, receiver.port, path), keys), sender)


def problem(channel: WebhookChannel, rendered: RenderedOutcome = NOTICE) -> PublishError:
    with pytest.raises(PublishError) as caught:
        channel.send(rendered)
    return caught.value


def test_a_receiver_verifies_what_it_gets_with_either_of_two_secrets(sender: Sender) -> None:
    with serving(tls(), answering(204)) as receiver:
        channel(receiver, sender).send(NOTICE)

    for secret in SECRETS:
        told = Webhook(secret).verify(receiver.bodies[0], receiver.headers[0])
        assert told == NOTICE.detail


def test_the_request_names_the_host_and_the_operation(sender: Sender) -> None:
    with serving(tls(), answering(200)) as receiver:
        channel(receiver, sender).send(NOTICE)

    headers = receiver.headers[0]
    assert receiver.paths == ["/in?a=b"]
    assert receiver.names == [HOST]
    assert headers["host"] == f"{HOST}:{receiver.port}"
    assert headers["content-type"] == "application/json"
    assert headers["webhook-id"] == ENDED["succeeded"].operation_id
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 10
    assert "cookie" not in headers
    assert len(receiver.bodies[0]) < 20_001


def test_a_duplicate_keeps_its_id_and_its_body(sender: Sender) -> None:
    with serving(tls(), answering(200)) as receiver:
        for _ in range(2):
            channel(receiver, sender).send(render(ENDED["succeeded"], LINKS))

    assert receiver.headers[0]["webhook-id"] == receiver.headers[1]["webhook-id"]
    assert receiver.bodies[0] == receiver.bodies[1]


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_a_2xx_is_success(sender: Sender, status: int) -> None:
    with serving(tls(), answering(status)) as receiver:
        channel(receiver, sender).send(NOTICE)

    assert len(receiver.bodies) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_f29_a_redirect_is_a_failure_and_is_not_followed(sender: Sender, status: int) -> None:
    with serving(tls(), answering(200)) as inside:
        elsewhere = f"https://{HOST}:{inside.port}/"
        with serving(tls(), answering(status, Location=elsewhere)) as receiver:
            error = problem(channel(receiver, sender))

    assert inside.bodies == []
    assert (error.problem, error.retryable) == (
        f"the endpoint answered {status}, a redirect: these are not followed",
        True,
    )


def test_f29_a_redirect_to_the_metadata_address_is_not_followed(sender: Sender) -> None:
    with serving(tls(), answering(307, Location="http://169.254.169.254/latest/meta-data/")) as receiver:
        error = problem(channel(receiver, sender))

    assert len(receiver.bodies) == 1
    assert "169.254" not in error.problem


def test_f29_410_gives_the_endpoint_up_and_says_so(sender: Sender) -> None:
    with serving(tls(), answering(410)) as receiver:
        states = Publication([channel(receiver, sender)], LINKS).publish(ENDED["succeeded"])

    assert states["webhook:pager"].status is Delivery.UNDELIVERED
    assert "answered 410 Gone" in (states["webhook:pager"].problem or "")


@pytest.mark.parametrize(
    ("status", "retry_after", "wish"),
    [
        (429, "120", 120),
        (503, "9999", 9_999),
        (502, "7", 7),
        (504, "0", 0),
        (429, "-5", None),
        (429, "soon", None),
        (429, "1e9", None),
        (500, "120", 120),
        (413, "120", 120),
        (425, "120", 120),
    ],
)
def test_o12_the_wish_of_a_receiver_to_wait_is_kept_whatever_it_answers(
    sender: Sender, status: int, retry_after: str, wish: float | None
) -> None:
    with serving(tls(), answering(status, Retry_After=retry_after)) as receiver:
        error = problem(channel(receiver, sender))

    assert (error.problem, error.retry_after, error.retryable) == (f"the endpoint answered {status}", wish, True)


def test_f29_a_wish_for_days_is_capped(sender: Sender) -> None:
    with serving(tls(), answering(503, Retry_After="999999")) as receiver:
        states = Publication([channel(receiver, sender)], LINKS, jitter=lambda seconds: seconds).publish(
            ENDED["failed"]
        )

    state = states["webhook:pager"]
    assert state.at
    assert state.next_at == state.at + timedelta(hours=1)


def test_a_wish_may_be_a_date(sender: Sender) -> None:
    later = datetime.now(UTC) + timedelta(minutes=10)
    with serving(tls(), answering(429, Retry_After=format_datetime(later, usegmt=True))) as receiver:
        error = problem(channel(receiver, sender))

    assert error.retry_after == pytest.approx(600, abs=5)


@pytest.mark.parametrize("answer", [hanging(3), dripping(3)])
def test_f28_a_receiver_that_hangs_or_drips_is_left_at_the_deadline(
    sender: Sender, answer: Callable[..., None]
) -> None:
    began = time.monotonic()
    with serving(tls(), answer) as receiver:
        error = problem(channel(receiver, replace(sender, deadline=0.6)))
        took = time.monotonic() - began

    assert error.problem == "the endpoint did not answer in time"
    assert 0.5 < took < 1.5


def test_f28_a_receiver_that_is_silent_in_tls_is_left_at_the_deadline(sender: Sender) -> None:
    began = time.monotonic()
    with silent() as port:
        error = problem(channel(Receiver(port), replace(sender, deadline=0.5)))

    assert error.problem == "the endpoint took no connection in time"
    assert time.monotonic() - began < 1.5


def test_f28_of_a_gigabyte_next_to_nothing_is_read(sender: Sender) -> None:
    receiver = Receiver()
    began = time.monotonic()
    with serving(tls(), huge(receiver), receiver):
        channel(receiver, sender).send(NOTICE)
        took = time.monotonic() - began
        while not receiver.written and time.monotonic() - began < 5:
            time.sleep(0.01)

    assert took < 1
    assert receiver.written[0] < 32 * 1024 * 1024


def test_f28_the_others_are_served_while_one_hangs(sender: Sender) -> None:
    with serving(tls(), hanging(3)) as slow, serving(tls(), answering(200)) as quick:
        boxes = [
            channel(slow, replace(sender, deadline=1), "slow"),
            channel(quick, sender, "quick"),
        ]
        marks: list[tuple[str, Delivery]] = []
        Publication(boxes, LINKS).publish(ENDED["failed"], lambda name, state: marks.append((name, state.status)))

    assert marks == [("webhook:quick", Delivery.DONE), ("webhook:slow", Delivery.PENDING)]


def test_fifty_that_hang_cost_no_more_than_a_few_deadlines(sender: Sender) -> None:
    began = time.monotonic()
    with silent() as port:
        boxes = [channel(Receiver(port), replace(sender, deadline=0.5), f"e{n}") for n in range(50)]
        states = Publication(boxes, LINKS).publish(ENDED["failed"])

    assert {state.status for state in states.values()} == {Delivery.PENDING}
    assert time.monotonic() - began < 4


@pytest.mark.parametrize(
    "found", [["127.0.0.2"], ["127.0.0.1", "10.0.0.1"], ["169.254.169.254"], ["::1"], ["64:ff9b::7f00:1"], []]
)
def test_s12_a_name_that_leads_inside_is_refused_before_anything_is_sent(sender: Sender, found: list[str]) -> None:
    with serving(tls(), answering(200)) as receiver:
        error = problem(channel(receiver, replace(sender, resolve=lambda *_: found)))

    assert (receiver.bodies, receiver.names) == ([], [])
    assert error.problem == "the endpoint's address resolves to an address that is not of the public internet"


def test_s12_without_the_tests_allowance_loopback_is_refused(sender: Sender) -> None:
    with serving(tls(), answering(200)) as receiver:
        error = problem(channel(receiver, replace(sender, allow=is_public)))

    assert receiver.names == []
    assert "not of the public internet" in error.problem


def test_s12_a_name_that_changes_between_two_looks_is_looked_up_once(sender: Sender) -> None:
    answers = [["127.0.0.1"], ["169.254.169.254"]]
    asked: list[str] = []

    def rebinding(host: str, _port: int, _timeout: float) -> list[str]:
        asked.append(host)
        return answers.pop(0)

    with serving(tls(), answering(200)) as receiver:
        rebound = channel(receiver, replace(sender, resolve=rebinding))
        rebound.send(NOTICE)
        error = problem(rebound)

    assert asked == [HOST, HOST]
    assert len(receiver.bodies) == 1
    assert "not of the public internet" in error.problem


def test_the_first_address_that_takes_a_connection_is_the_only_one(sender: Sender) -> None:
    both = replace(sender, resolve=lambda *_: ["127.0.0.1", "::1"], allow=lambda address: address.is_loopback)

    with serving(tls(), answering(200)) as receiver:
        channel(receiver, both).send(NOTICE)

    assert len(receiver.bodies) == len(receiver.names) == 1


def test_s12_no_address_but_the_checked_one_is_connected_to(sender: Sender) -> None:
    elsewhere = replace(sender, resolve=lambda *_: ["::1"], allow=lambda address: address.is_loopback)

    with serving(tls(), answering(200)) as receiver:
        problem(channel(receiver, elsewhere))

    assert receiver.names == []


def test_the_next_address_is_tried_where_one_takes_no_connection(sender: Sender) -> None:
    both = replace(sender, resolve=lambda *_: ["::1", "127.0.0.1"], allow=lambda address: address.is_loopback)

    with serving(tls(), answering(200)) as receiver:
        channel(receiver, both).send(NOTICE)

    assert len(receiver.bodies) == 1


def test_the_next_address_is_tried_where_one_says_nothing_in_tls(sender: Sender) -> None:
    both = replace(sender, resolve=lambda *_: ["::1", "127.0.0.1"], allow=lambda address: address.is_loopback)

    with (
        serving(tls(), answering(200)) as receiver,
        socket.create_server(("::1", receiver.port), family=socket.AF_INET6),
    ):
        channel(receiver, both).send(NOTICE)

    assert len(receiver.bodies) == 1


@pytest.mark.parametrize(
    ("name", "ca", "has"),
    [
        ("other.example.com", CA, "for another name"),
        (HOST, trustme.CA(), "of an authority that is not trusted"),
    ],
)
def test_s13_a_certificate_for_another_name_or_of_another_authority_is_refused(
    sender: Sender, name: str, ca: trustme.CA, has: str
) -> None:
    with serving(tls(name, ca), answering(200)) as receiver:
        error = problem(channel(receiver, sender))

    assert receiver.bodies == []
    assert error.problem == f"the endpoint has a TLS certificate {has}"


def test_s13_the_environment_cannot_make_a_certificate_trusted(
    sender: Sender, ca_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(variable, str(ca_file))

    with serving(tls(), answering(200)) as receiver:
        error = problem(channel(receiver, replace(sender, ca_file=None)))

    assert receiver.bodies == []
    assert "not trusted" in error.problem


def test_s13_tls_is_verified_and_not_older_than_1_2() -> None:
    context = trust(None)

    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_a_proxy_in_the_environment_is_not_used(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")

    with serving(tls(), answering(200)) as receiver:
        channel(receiver, sender).send(NOTICE)

    assert len(receiver.bodies) == 1


def test_a_closed_port_and_an_unknown_name_are_said_plainly(sender: Sender) -> None:
    with silent() as port:
        closed = port
    nameless = replace(sender, resolve=Sender().resolve)

    refused = problem(channel(Receiver(closed), sender))
    unknown = problem(WebhookChannel(Endpoint("x", Place("no-such-name.invalid", 443, "/"), (b"k" * 32,)), nameless))

    assert refused.problem == "the endpoint refused the connection"
    assert unknown.problem == "the endpoint has a name that cannot be resolved"


def test_an_answer_that_is_no_http_is_a_failure(sender: Sender) -> None:
    with serving(tls(), saying(b"SSH-2.0-OpenSSH_9.6\r\n")) as receiver:
        error = problem(channel(receiver, sender))

    assert error.problem == "the endpoint gave an answer that is no HTTP"


def test_no_trouble_quotes_the_address_or_a_secret(sender: Sender) -> None:
    with serving(tls(), answering(500)) as receiver:
        error = problem(channel(receiver, sender, path="/T0KEN"))

    for text in (error.problem, str(error), repr(error)):
        assert "T0KEN" not in text
        assert "whsec" not in text


def test_an_endpoint_gets_only_the_outcomes_that_it_asked_for(sender: Sender) -> None:
    box = channel(Receiver(), sender)
    choosy = replace(box, endpoint=replace(box.endpoint, outcomes=frozenset({Result.FAILED})))

    assert not choosy.wants(NOTICE)
    assert choosy.wants(render(ENDED["failed"], LINKS))
    assert box.wants(NOTICE)


# --- what receivers do that no receiver should have to avoid ----------------------------------------------------------


def test_o01_a_receiver_that_takes_four_seconds_to_answer_has_the_outcome(sender: Sender) -> None:
    patient = replace(sender, deadline=Sender().deadline)

    with serving(tls(), answering_after(4, 200)) as receiver:
        channel(receiver, patient).send(NOTICE)

    assert patient.deadline == 15
    assert len(receiver.bodies) == 1


@pytest.mark.parametrize("interim", [100, 102, 103])
def test_o09_an_answer_that_is_announced_is_waited_for(sender: Sender, interim: int) -> None:
    soon = f"HTTP/1.1 {interim} Soon\r\nLink: </style.css>; rel=preload\r\n\r\n".encode()
    with serving(tls(), saying(soon * 2 + b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) as receiver:
        channel(receiver, sender).send(NOTICE)
    with serving(tls(), saying(soon + b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")) as busy:
        error = problem(channel(busy, sender))

    assert len(receiver.bodies) == len(busy.bodies) == 1
    assert error.problem == "the endpoint answered 503"


def test_o09_a_receiver_that_announces_for_ever_is_left_at_the_deadline(sender: Sender) -> None:
    def announcing(handler: BaseHTTPRequestHandler) -> None:
        with contextlib.suppress(OSError):
            while True:
                handler.wfile.write(b"HTTP/1.1 103 Soon\r\n\r\n")
                time.sleep(0.02)

    began = time.monotonic()
    with serving(tls(), announcing) as receiver:
        error = problem(channel(receiver, replace(sender, deadline=0.6)))

    assert error.problem == "the endpoint did not answer in time"
    assert time.monotonic() - began < 1.5


def test_an_answer_that_switches_protocols_is_no_success(sender: Sender) -> None:
    with serving(tls(), saying(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n")) as receiver:
        error = problem(channel(receiver, sender))

    assert error.problem == "the endpoint answered 101"


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("begins", "ends", "has"),
    [(-3 * DAY, -DAY, "that has expired"), (DAY, 3 * DAY, "that is not valid yet")],
    ids=["expired", "not yet valid"],
)
def test_o10_a_certificate_out_of_its_time_is_said(
    sender: Sender, begins: timedelta, ends: timedelta, has: str
) -> None:
    context, now = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), datetime.now(UTC)
    CA.issue_cert(HOST, not_before=now + begins, not_after=now + ends).configure_cert(context)

    with serving(context, answering(200)) as receiver:
        error = problem(channel(receiver, sender))

    assert receiver.bodies == []
    assert error.problem == f"the endpoint has a TLS certificate {has}"


def test_o10_a_self_signed_certificate_is_said(sender: Sender, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own_certificate(tmp_path / "own.pem", HOST, x509.DNSName(HOST)))

    with serving(context, answering(200)) as receiver:
        error = problem(channel(receiver, sender))

    assert error.problem == "the endpoint has a self-signed TLS certificate, which is not trusted"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_o10_a_demand_for_a_client_certificate_is_said(sender: Sender, version: ssl.TLSVersion) -> None:
    context = tls()
    context.minimum_version = context.maximum_version = version
    context.verify_mode = ssl.CERT_REQUIRED
    CA.configure_trust(context)

    with serving(context, answering(200)) as receiver:
        error = problem(channel(receiver, sender))

    assert receiver.bodies == []
    assert "demand" in error.problem
    assert "client certificate, and none is sent" in error.problem


def test_o10_plain_http_on_the_port_is_said(sender: Sender) -> None:
    with HTTPServer("127.0.0.1") as plain:
        error = problem(channel(Receiver(plain.port), sender))

    assert error.problem == "the endpoint speaks no TLS on this port"


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_o10_a_receiver_of_an_older_tls_is_said(sender: Sender) -> None:
    context = tls()
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1

    with serving(context, answering(200)) as receiver:
        error = problem(channel(receiver, sender))

    assert error.problem == "the endpoint speaks no TLS 1.2 or newer"


@pytest.mark.parametrize("headers", [b"X: 1\r\n" * 150, b"X: " + b"a" * 70_000 + b"\r\n"], ids=["many", "long"])
@pytest.mark.parametrize(("status", "taken"), [(200, True), (500, False)])
def test_o11_an_answer_whose_headers_cannot_be_read_counts_by_its_status_line(
    sender: Sender, headers: bytes, status: int, taken: bool
) -> None:
    with serving(tls(), saying(f"HTTP/1.1 {status} So\r\n".encode() + headers + b"\r\n")) as receiver:
        if taken:
            channel(receiver, sender).send(NOTICE)
        else:
            assert problem(channel(receiver, sender)).problem == "the endpoint answered 500"

    assert len(receiver.bodies) == 1


def test_o17_the_common_name_of_a_certificate_stands_for_no_name(sender: Sender, tmp_path: Path) -> None:
    context, pem = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), tmp_path / "own.pem"
    context.load_cert_chain(own_certificate(pem, HOST, None))

    with serving(context, answering(200)) as receiver:
        error = problem(channel(receiver, replace(sender, ca_file=str(pem))))

    assert receiver.bodies == []
    assert error.problem == "the endpoint has a TLS certificate for another name"
    assert not trust(None).hostname_checks_common_name


def own_certificate(file: Path, common_name: str, name: x509.GeneralName | None) -> Path:
    """Write a certificate that signed itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject, now = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)]), datetime.now(UTC)
    builder = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number(), now - DAY, now + DAY)
    ).add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    if name is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName([name]), critical=False)
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(secret + builder.sign(key, SHA256()).public_bytes(Encoding.PEM))
    return file
