"""S12: what an outgoing webhook may be sent to, and what it may not."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from threading import Event
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standdown.base.http.dial import look_up
from standdown.publish.channels.public_address import (
    AddressError,
    Place,
    check_url,
    is_public,
    open_checked,
    public_addresses,
)

GOOD_URLS = [
    ("https://hooks.example.com", Place("hooks.example.com", 443, "/")),
    ("https://hooks.example.com:443/a/b?c=d&e=%20", Place("hooks.example.com", 443, "/a/b?c=d&e=%20")),
    ("https://HOOKS.example.COM/A", Place("hooks.example.com", 443, "/A")),
    ("https://xn--bcher-kva.example/", Place("xn--bcher-kva.example", 443, "/")),
    ("https://a.example?token=x", Place("a.example", 443, "/?token=x")),
]

BAD_URLS = [
    "",
    "hooks.example.com",
    "//hooks.example.com/",
    "http://hooks.example.com/",
    "HTTPS://hooks.example.com/",
    "ftp://hooks.example.com/",
    "https:///path",
    "https://user@hooks.example.com/",
    "https://user:pass@hooks.example.com/",
    "https://a.com:443@evil.example/",
    "https://hooks.example.com:22/",
    "https://hooks.example.com:8443/",
    "https://hooks.example.com:0/",
    "https://hooks.example.com:99999/",
    "https://hooks.example.com:4\uff143/",
    "https://hooks.example.com:-1/",
    "https://hooks.example.com#fragment",
    "https://hooks.example.com/\r\nX-Evil: 1",
    "https://hooks.example.com/ HTTP/1.1",
    "https://hooks.example.com\t/",
    "https://hooks.example.com\\@evil.example/",
    "https://hooks.example.com/\x00",
    "https://hooks.example.com./",
    "https://.example.com/",
    "https://hooks..example.com/",
    "https://-a.example.com/",
    "https://hooks\u3002example\u3002com/",
    "https://①②⑦.0.0.1/",
    "https://bücher.example/",
    "https://hooks.example.com/ü",
    "https://%6cocalhost/",
    "https://localhost/",
    "https://api.localhost/",
    "https://printer.local/",
    "https://metadata.google.internal/",
    "https://ip-10-0-0-1.eu-central-1.compute.internal/",
    "https://1.0.0.127.in-addr.arpa/",
    "https://metadata/",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://017700000001/",
    "https://a.0x7f/",
    "https://a.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://8.8.8.8/",
    "https://[::1]/",
    "https://[fd00:ec2::254]/",
    "https://[::ffff:169.254.169.254]/",
    "https://[2606:4700::1111]/",
    "https://" + "a." * 200 + "example/",
    "https://hooks.example.com/" + "a" * 2_048,
]

SPECIAL = [
    "0.0.0.0",  # noqa: S104 - an address to refuse
    "0.1.2.3",
    "10.1.2.3",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.0.1",
    "169.254.169.254",
    "169.254.170.2",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::8.8.8.8",
    "::ffff:8.8.8.8",
    "::ffff:169.254.169.254",
    "::ffff:0:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a9fe:a9fe",
    "100::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:a9fe:a9fe::1",
    "2002:808:808::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]

PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "52.95.110.1",
    "100.63.255.255",
    "172.15.0.1",
    "172.32.0.1",
    "198.17.0.1",
    "223.255.255.1",
    "2606:4700:4700::1111",
    "2a00:1450:4001:80b::200e",
    "2400:cb00::1",
    "2001:4860:4860::8888",
]


@pytest.mark.parametrize(("url", "place"), GOOD_URLS)
def test_a_plain_https_address_by_name_is_taken(url: str, place: Place) -> None:
    assert check_url(url) == place


@pytest.mark.parametrize("url", BAD_URLS)
def test_any_other_address_is_refused_and_never_quoted(url: str) -> None:
    with pytest.raises(AddressError) as caught:
        check_url(url)

    assert "example.com" not in str(caught.value)
    assert "evil" not in str(caught.value)


def test_another_port_has_to_be_allowed() -> None:
    assert check_url("https://hooks.example.com:8443/", ports=(443, 8443)).port == 8443


def test_the_path_is_not_shown_for_it_may_hold_a_token() -> None:
    assert "T0KEN" not in repr(check_url("https://hooks.example.com/T0KEN"))


@pytest.mark.parametrize("address", SPECIAL)
def test_s12_an_address_that_is_not_plain_global_unicast_is_refused(address: str) -> None:
    assert not is_public(ip_address(address))
    with pytest.raises(AddressError, match="not of the public internet"):
        public_addresses([address])


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_taken(address: str) -> None:
    assert public_addresses([address]) == [ip_address(address)]


@given(st.ip_addresses())
def test_nothing_is_taken_for_public_that_python_knows_to_be_special(address: Any) -> None:
    special = address.is_private or address.is_multicast or address.is_reserved or address.is_loopback
    special = special or address.is_link_local or address.is_unspecified

    assert not (is_public(address) and special)


BAD_ANSWERS = [[], ["8.8.8.8", "127.0.0.1"], ["127.0.0.1", "8.8.8.8"], ["nonsense"], ["fe80::1%eth0"]]


@pytest.mark.parametrize("found", BAD_ANSWERS)
def test_one_bad_address_spoils_them_all(found: list[str]) -> None:
    with pytest.raises(AddressError):
        public_addresses(found)


def test_a_name_is_looked_up_by_the_system() -> None:
    assert "127.0.0.1" in look_up("localhost", 443, 5)


def test_a_name_that_does_not_exist_is_an_error_of_the_system() -> None:
    with pytest.raises(OSError, match=r"\w"):
        look_up("a" * 64 + ".invalid", 443, 5)


def test_a_resolver_that_hangs_is_left_behind() -> None:
    let_go = Event()

    with pytest.raises(TimeoutError, match="not resolved in time"):
        look_up("hooks.example.com", 443, 0.05, ask=lambda *_, **__: let_go.wait(10) and [])
    let_go.set()


class Peer:
    """A socket that turns out to be connected to somewhere else."""

    def __init__(self, peer: str) -> None:
        self.peer, self.closed = peer, False

    def getpeername(self) -> tuple[str, int]:
        """Return where it is connected to."""
        return self.peer, 443

    def close(self) -> None:
        """Remember that it was closed."""
        self.closed = True


@pytest.mark.parametrize("peer", ["169.254.169.254", "nonsense"])
def test_a_connection_that_leads_elsewhere_is_closed_unused(peer: str) -> None:
    sock = Peer(peer)

    with pytest.raises(ValueError, match=r"another address|does not appear"):
        open_checked(("8.8.8.8", 443), 1, connect=lambda *_: sock)  # type: ignore[arg-type]

    assert sock.closed


def test_a_connection_goes_to_the_very_address() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        open_checked(("127.0.0.1", server.getsockname()[1]), 1) as sock,
    ):
        assert sock.getpeername() == server.getsockname()
