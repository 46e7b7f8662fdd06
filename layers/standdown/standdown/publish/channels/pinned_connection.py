"""TLS connections to addresses that were checked, while name, certificate and Host header are the host's own."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence
from functools import cache

import certifi
from urllib3.exceptions import HTTPError

from standdown.base.http.deadline import WatchedHttps
from standdown.publish.channels.public_address import IpAddress, Place, dial

__all__ = ["PinnedHttps", "connected", "trust"]

_CONNECT_SECONDS = 3.0


class PinnedHttps(WatchedHttps):
    """urllib3's connection, with the one step replaced that would look the name up a second time."""

    def __init__(self, place: Place, address: IpAddress, context: ssl.SSLContext) -> None:
        super().__init__(place.host, place.port, timeout=_CONNECT_SECONDS, ssl_context=context)
        self._address = address

    def _new_conn(self) -> socket.socket:
        return dial(self._address, self.port, self.timeout)


def connected(place: Place, addresses: Sequence[IpAddress], context: ssl.SSLContext) -> PinnedHttps:
    """Return a connection to the first of the addresses that takes one; raise what the last one raised."""
    *others, last = addresses
    for address in others:
        connection = PinnedHttps(place, address, context)
        try:
            connection.connect()
        except (OSError, HTTPError):
            connection.close()
        else:
            return connection
    connection = PinnedHttps(place, last, context)
    connection.connect()
    return connection


@cache
def trust(ca_file: str | None) -> ssl.SSLContext:
    """Return a context that verifies against the given certificates, else certifi's; the environment has no say."""
    context = ssl.create_default_context(cafile=ca_file or certifi.where())
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
