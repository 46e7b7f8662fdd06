"""One request out, one answer back: within one deadline, at most so many bytes, and clear on whether it was sent.

No proxy, no redirect, no cookie, no compression, TLS 1.2 or newer. Nothing is ever sent twice here.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPResponse, InvalidURL, RemoteDisconnected
from typing import NamedTuple
from urllib.parse import urlsplit

from standdown.base.http.connection import Response
from standdown.base.http.deadline import Deadline
from standdown.base.http.dial import Dial

LONGEST_WAIT = 86_400.0
"""Seconds: what an answer may have us wait at most."""

_CHUNK = 16_384


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Request:
    """What is sent. Its headers may hold a credential, and its URL a token, so it has no repr."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None


class Answer(NamedTuple):
    """What came back; the headers' names are found in any spelling. `flaw` says why it is not whole, else None."""

    status: int
    headers: Message
    body: bytes = b""
    flaw: str | None = None


class ExchangeError(Exception):
    """Raised when no answer came. `sent` says whether the request may have arrived.

    The message is what the host did, as in "refused the connection", in our own words: those of an exception may quote
    the request.
    """

    def __init__(self, did: str, *, sent: bool) -> None:
        super().__init__(did)
        self.sent = sent


def exchange(request: Request, deadline: Deadline, dial: Dial, cap: int = 0) -> Answer:
    """Send the request over the connection that `dial` gives; read no more than `cap` bytes of the answer's body.

    Raises ExchangeError, and what `dial` raises of its own.
    """
    parts = urlsplit(request.url)
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    sent = False
    try:
        with dial(request.url, deadline) as connection:
            deadline.left()
            try:
                sent = True
                connection.request(request.method, path, request.body, dict(request.headers))
            except (BrokenPipeError, ssl.SSLEOFError):
                pass  # a host that stops reading may have answered why: in HTTP, or by an alert of TLS 1.3
            except (ValueError, InvalidURL):
                # Without "from": such an error quotes the header, and that may be the credential.
                raise ExchangeError("was not called: a header or the path cannot be sent", sent=False) from None
            answer = _read(connection.getresponse(), cap)
            if answer.flaw is not None or not cap:
                connection.close()
            return answer
    except (OSError, HTTPException) as error:
        raise ExchangeError(_what_it_did(error, sent=sent), sent=sent) from error


def retry_after(answer: Answer, now: float) -> float | None:
    """Return the seconds that an answer asks to wait, by number or by date; None where it does not say.

    `now` is in seconds since 1970. Nonsense counts as not said.
    """
    said = str(answer.headers.get("Retry-After") or "").strip()
    if re.fullmatch(r"[0-9]{1,15}", said):
        return min(float(said), LONGEST_WAIT)
    try:
        when = parsedate_to_datetime(said)
    except (ValueError, TypeError, OverflowError):
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return min(max((when - datetime.fromtimestamp(now, UTC)).total_seconds(), 0.0), LONGEST_WAIT)


def _read(got: HTTPResponse, cap: int) -> Answer:
    body, flaw = bytearray(), "its headers cannot be read" if isinstance(got, Response) and got.headers_lost else None
    try:
        while flaw is None and cap and (chunk := got.read(_CHUNK)):
            body += chunk
            if len(body) > cap:
                flaw = f"the answer is larger than {cap} bytes"
        if flaw is None and cap and got.length:
            flaw = "the answer broke off"
    except (OSError, HTTPException, ValueError) as error:
        flaw = "the answer was not whole in time" if isinstance(error, TimeoutError) else "the answer broke off"
    finally:
        got.close()
    return Answer(got.status, got.headers, bytes(body[:cap]), flaw)


_BY_VERIFY_CODE = {  # OpenSSL's X509_V_ERR_...
    9: "has a TLS certificate that is not valid yet",
    10: "has a TLS certificate that has expired",
    18: "has a self-signed TLS certificate, which is not trusted",
    62: "has a TLS certificate for another name",
    64: "has a TLS certificate for another name",
}
_BY_TLS_REASON = {
    "WRONG_VERSION_NUMBER": "speaks no TLS on this port",
    "HTTP_REQUEST": "speaks no TLS on this port",
    "UNSUPPORTED_PROTOCOL": "speaks no TLS 1.2 or newer",
    "TLSV1_ALERT_PROTOCOL_VERSION": "speaks no TLS 1.2 or newer",
    "TLSV1_UNRECOGNIZED_NAME": "does not serve TLS under this name",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "refused the TLS handshake: it may demand a client certificate, and none is sent",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "demands a client certificate, and none is sent",
}
_BY_KIND: tuple[tuple[type[Exception], str], ...] = (
    (socket.gaierror, "has a name that cannot be resolved"),
    (ConnectionRefusedError, "refused the connection"),
    (RemoteDisconnected, "closed the connection without an answer"),
    (ConnectionResetError, "reset the connection"),
    (HTTPException, "gave an answer that is no HTTP"),
)


def _what_it_did(error: Exception, *, sent: bool) -> str:
    """Return what the host did, where an error tells no more than what Python did."""
    if isinstance(error, TimeoutError):
        return "did not answer in time" if sent else "took no connection in time"
    if isinstance(error, ssl.SSLCertVerificationError):
        other = "has a TLS certificate of an authority that is not trusted"
        return _BY_VERIFY_CODE.get(getattr(error, "verify_code", 0), other)
    if isinstance(error, ssl.SSLError):
        reason = getattr(error, "reason", None) or type(error).__name__
        return _BY_TLS_REASON.get(reason, f"broke off the TLS connection ({reason})")
    known = (did for kind, did in _BY_KIND if isinstance(error, kind))
    return next(known, f"cannot be reached ({type(error).__name__})")
