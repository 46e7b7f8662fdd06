"""Where an outgoing webhook may go: https addresses by name alone, and none but plain public internet addresses.

A name is resolved once; every address that it has must be public, and the one that was checked is the one connected to.
Whoever may write an endpoint's address, or answers for its name, must not reach inside with it.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

__all__ = ["AddressError", "IpAddress", "Place", "check_url", "is_public", "open_checked", "public_addresses"]

IpAddress = IPv4Address | IPv6Address

_URL = re.compile(r"https://[A-Za-z0-9.:\-]+(?:[/?][A-Za-z0-9\-._~:/?@!$&'()*+,;=%]*)?")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_LAST_LABEL = re.compile(r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])")
_INSIDE = frozenset({"localhost", "local", "internal", "arpa", "localdomain", "lan", "intranet", "corp", "home"})
_PUBLIC_V6 = IPv6Network("2000::/3")
_SPECIAL = tuple(
    IPv4Network(net)
    for net in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",  # a cloud's own services answer here on a public address
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",  # multicast, reserved, broadcast
    )
) + tuple(
    IPv6Network(net)
    for net in (
        "2001::/23",  # Teredo, ORCHID and other protocols' own
        "2001:db8::/32",
        "2002::/16",  # 6to4 carries an IPv4 address, of any kind
        "2620:4f:8000::/48",
        "3ffe::/16",
        "3fff::/20",
        "5f00::/16",
    )
)


class AddressError(ValueError):
    """Raised when a webhook may not go where its address points; the message never quotes the address."""


@dataclass(frozen=True, slots=True)
class Place:
    """A checked https address: the host's name, the port, and what comes after; that may hold a token, so no repr."""

    host: str
    port: int
    path: str = field(repr=False)


def check_url(url: str, ports: Sequence[int] = (443,)) -> Place:
    """Return where a webhook's URL points; raise AddressError where it is not a plain https address by name."""
    if len(url) > 2_048 or not _URL.fullmatch(url):
        raise AddressError(
            "is not a plain https:// address: a name in ASCII (international names as xn--), no user, no fragment"
        )
    parts = urlsplit(url)
    try:
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise AddressError("has a port that is no number") from error
    _check_host(host)
    if (443 if port is None else port) not in ports:
        raise AddressError(f"has a port other than {' or '.join(str(allowed) for allowed in ports)}")
    path = parts.path or "/"
    return Place(host, 443 if port is None else port, f"{path}?{parts.query}" if parts.query else path)


def _check_host(host: str) -> None:
    labels = host.split(".")
    if len(host) > 253 or len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        raise AddressError("does not name a host of the public internet")
    # A last label that could be a number makes some resolvers read the whole as an IPv4 address.
    if not _LAST_LABEL.fullmatch(labels[-1]):
        raise AddressError("has an IP address or a number for a host: write the host's name")
    if labels[-1] in _INSIDE:
        raise AddressError("names a host inside a network, not one of the public internet")


def is_public(address: IpAddress) -> bool:
    """Return whether an address is plain global unicast: nothing private, special, or carrying another address."""
    if isinstance(address, IPv6Address) and address not in _PUBLIC_V6:
        return False
    return not any(address.version == net.version and address in net for net in _SPECIAL)


def public_addresses(found: Sequence[str], allow: Callable[[IpAddress], bool] = is_public) -> list[IpAddress]:
    """Return the addresses of a name if every one of them is allowed; raise AddressError where one is not."""
    try:
        addresses = [ip_address(text.partition("%")[0]) for text in found]
    except ValueError as error:
        raise AddressError("resolves to something that is no address") from error
    if not addresses or not all(allow(address) for address in addresses):
        raise AddressError("resolves to an address that is not of the public internet")
    return addresses


def open_checked(
    place: tuple[str, int],
    timeout: float,
    connect: Callable[[tuple[str, int], float], socket.socket] = socket.create_connection,
) -> socket.socket:
    """Connect to exactly this address and port; raise AddressError where the connection leads to another one."""
    sock = connect(place, timeout)
    try:
        peer = ip_address(sock.getpeername()[0].partition("%")[0])
    except (OSError, ValueError):
        sock.close()
        raise
    if peer != ip_address(place[0]):
        sock.close()
        raise AddressError("was connected to another address than the one that was checked")
    return sock
