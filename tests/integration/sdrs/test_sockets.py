"""What a network can do to a call: each ends in time, within the cap, and says whether the request was sent."""

from __future__ import annotations

import contextlib
import gzip
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import time_machine

from standdown.sdrs.auth import TokenAuth
from standdown.sdrs.client import SdrsClient
from standdown.sdrs.errors import ApiError, NotSentError, UnclearError

Serve = Callable[[Callable[[socket.socket], None]], str]
GROUP = "40df180b-9fe2-471a-8c64-1b758dc84189"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def client_at(url: str, **bounds: float) -> SdrsClient:
    limits = {"total_timeout": 0.8, **bounds}
    return SdrsClient(url, "0605", TokenAuth("canary-token"), **limits)  # type: ignore[arg-type]


@contextmanager
def within(seconds: float) -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < seconds


def drip(connection: socket.socket, data: bytes) -> None:
    for byte in data:
        connection.sendall(bytes([byte]))
        time.sleep(0.05)


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_a_head_that_drips_is_ended_by_the_deadline(serve: Serve) -> None:
    url = serve(lambda connection: drip(connection, HEAD + b"X-Long: " + b"a" * 500))

    with within(1.5), pytest.raises(UnclearError, match="in time"):
        client_at(url).stop_protection(GROUP)


def test_a_body_that_drips_is_ended_by_the_deadline(serve: Serve) -> None:
    def answer(connection: socket.socket) -> None:
        connection.sendall(HEAD + b"Content-Length: 500\r\n\r\n")
        drip(connection, b'{"job_id": "' + b"a" * 500)

    with within(1.5), pytest.raises(UnclearError, match="in time"):
        client_at(serve(answer)).stop_protection(GROUP)


def test_chunks_that_drip_are_ended_by_the_deadline(serve: Serve) -> None:
    def answer(connection: socket.socket) -> None:
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        drip(connection, b"1\r\n{\r\n" * 100)

    with within(1.5), pytest.raises(UnclearError, match="in time"):
        client_at(serve(answer)).stop_protection(GROUP)


def test_a_calls_own_timeout_bounds_it(serve: Serve) -> None:
    with within(0.35), pytest.raises(UnclearError, match="in time"):
        client_at(serve(lambda _: time.sleep(2))).get_job("job-1", timeout=0.1)


def test_a_reset_after_the_request_is_unclear(serve: Serve) -> None:
    with pytest.raises(UnclearError, match="reset"):
        client_at(serve(reset)).stop_protection(GROUP)


def test_a_connection_closed_without_a_word_is_unclear(serve: Serve) -> None:
    with pytest.raises(UnclearError):
        client_at(serve(lambda _: None)).stop_protection(GROUP)


@pytest.mark.parametrize(
    "raw",
    [
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        HEAD + b"Content-Length: 50\r\n\r\n{}",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
        HEAD + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"[:-2] + b"\x1f\x8b",
        HEAD + b"X: " + b"a" * 70_000 + b"\r\n\r\n",
        HEAD + b"X: 1\r\n" * 200 + b"\r\n",
    ],
)
def test_an_answer_that_is_no_http_or_is_not_whole_is_unclear(serve: Serve, raw: bytes) -> None:
    with within(5), pytest.raises(UnclearError):
        client_at(serve(lambda connection: connection.sendall(raw)), total_timeout=5.0).stop_protection(GROUP)


def test_fifty_megabytes_are_not_read(serve: Serve) -> None:
    sent: list[int] = []

    def answer(connection: socket.socket) -> None:
        connection.sendall(HEAD + b"Content-Length: 52428800\r\n\r\n")
        with contextlib.suppress(OSError):
            for _ in range(800):
                connection.sendall(b" " * 65_536)
                sent.append(65_536)

    with within(2), pytest.raises(UnclearError, match="larger than"):
        client_at(serve(answer), max_bytes=100_000).stop_protection(GROUP)

    assert sum(sent) < 20_000_000


def test_an_error_whose_body_breaks_off_still_counts_by_its_status(serve: Serve) -> None:
    raw = b'HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nContent-Length: 500\r\n\r\n{"error'

    with pytest.raises(ApiError) as caught:
        client_at(serve(lambda connection: connection.sendall(raw))).stop_protection(GROUP)

    assert (caught.value.http_status, caught.value.retry_after) == (429, 7.0)


def test_a_redirect_is_not_followed_nor_is_its_body_read(serve: Serve) -> None:
    called: list[socket.socket] = []
    elsewhere = serve(called.append)
    head = f"HTTP/1.1 307 Go\r\nLocation: {elsewhere}/\r\nContent-Length: 99999999\r\n\r\n".encode()

    with within(1.5), pytest.raises(ApiError, match="not followed") as caught:
        client_at(serve(lambda connection: connection.sendall(head + b" " * 100_000))).stop_protection(GROUP)

    assert caught.value.http_status == 307
    assert called == []


def test_a_closed_port_means_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    with pytest.raises(NotSentError, match="refused"):
        client_at(f"http://127.0.0.1:{port}").stop_protection(GROUP)


def test_a_name_that_does_not_exist_means_not_sent() -> None:
    with pytest.raises(NotSentError, match="cannot be resolved"):
        client_at("https://sdrs.does-not-exist.invalid").stop_protection(GROUP)


def test_a_server_that_does_not_accept_in_time_means_not_sent() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)  # noqa: FBT003
            with contextlib.suppress(BlockingIOError):
                one.connect(address)
        with within(1.5), pytest.raises(NotSentError, match="took no connection in time"):
            client_at(f"http://127.0.0.1:{address[1]}").stop_protection(GROUP)
        for one in waiting:
            one.close()


def test_proxies_of_the_environment_are_not_used(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    proxied: list[socket.socket] = []
    proxy = serve(proxied.append)
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy)
    body = b'{"job_id": "job-1"}'
    raw = HEAD + f"Content-Length: {len(body)}\r\n\r\n".encode() + body

    job_id = client_at(serve(lambda connection: connection.sendall(raw))).stop_protection(GROUP)

    assert job_id == "job-1"
    assert proxied == []


def test_a_connection_is_kept_for_a_moment_and_not_used_when_it_may_be_stale(serve: Serve) -> None:
    connections: list[socket.socket] = []
    body = b'{"job_id": "job-1", "status": "RUNNING"}'

    def answer(connection: socket.socket) -> None:
        connections.append(connection)
        while True:
            connection.sendall(HEAD + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
            if not connection.recv(4096):
                return

    client = client_at(serve(answer))
    client.get_job("job-1")
    client.get_job("job-1")
    with time_machine.travel(time.time() + 60, tick=True):
        client.get_job("job-1")

    assert len(connections) == 2


def test_an_answer_that_is_compressed_though_nobody_asked_is_not_unfolded(serve: Serve) -> None:
    body = gzip.compress(b'{"job_id": "job-1"' + b" " * 5_000_000 + b"}")
    head = HEAD + f"Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n".encode()

    def answer(connection: socket.socket) -> None:
        connection.sendall(head + body)

    with pytest.raises(UnclearError, match="not a JSON object"):
        client_at(serve(answer), max_bytes=100_000).stop_protection(GROUP)

    assert len(body) < 100_000


BODY = b'{"job_id": "job-1", "status": "RUNNING"}'
WHOLE = HEAD + f"Content-Length: {len(BODY)}\r\n\r\n".encode() + BODY


def test_a_connection_that_the_server_has_closed_is_not_used_again(serve: Serve) -> None:
    connections: list[socket.socket] = []

    def answer(connection: socket.socket) -> None:
        connections.append(connection)
        connection.sendall(WHOLE)

    client = client_at(serve(answer))
    for _ in range(3):
        assert client.get_job("job-1").job_id == "job-1"
        time.sleep(0.05)

    assert len(connections) == 3


@pytest.mark.parametrize(
    "spoilt",
    [
        HEAD + b"Content-Length: 9000\r\n\r\n" + b" " * 9000,
        HEAD + b"X: 1\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 102 Soon\r\n\r\n" + HEAD + b"Content-Length: 90\r\n\r\n{}",
    ],
    ids=["too large", "too many headers", "not whole"],
)
def test_after_an_answer_that_was_not_read_to_its_end_the_next_one_is_its_own(serve: Serve, spoilt: bytes) -> None:
    answers = [spoilt, WHOLE]
    client = client_at(serve(lambda connection: connection.sendall(answers.pop(0))), max_bytes=4096)

    with pytest.raises(UnclearError):
        client.get_job("job-1")

    assert client.get_job("job-1").job_id == "job-1"


@pytest.mark.parametrize(
    "head",
    [b"", b"Connection: close\r\n", b"Connection: close\r\nContent-Length: 40\r\n"],
    ids=["none", "close", "both"],
)
def test_an_answer_after_which_the_server_closes_is_read_to_its_end(serve: Serve, head: bytes) -> None:
    client = client_at(serve(lambda connection: connection.sendall(HEAD + head + b"\r\n" + BODY)))

    for _ in range(2):
        assert client.get_job("job-1").raw_status == "RUNNING"
