"""One HTTP exchange, bounded in time and size: an answer, or an error that says whether the request was sent.

No proxy, no redirect, no cookie, TLS 1.2 or newer. Nothing is ever sent twice here.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, exceptions
from urllib3.util.ssl_ import create_urllib3_context

from standdown.base.http.deadline import Deadline, WatchedHttp, WatchedHttps, under
from standdown.sdrs.errors import NotSentError, SdrsError, UnclearError

_CHUNK = 16_384
_TROUBLE = (requests.RequestException, exceptions.HTTPError, HTTPException, OSError, ValueError)
_BEFORE_SENDING = (
    requests.ConnectTimeout,
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidHeader,
    exceptions.ConnectTimeoutError,
    exceptions.NewConnectionError,
    ConnectionRefusedError,
    ssl.SSLCertVerificationError,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `flaw` says why the body is not whole, None where it is."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    flaw: str | None = None


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = WatchedHttp


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = WatchedHttps


class WatchedAdapter(HTTPAdapter):
    """requests' own adapter on connections that keep a deadline, with TLS 1.2 at least."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools of our connections."""
        context = create_urllib3_context(ssl_minimum_version=ssl.TLSVersion.TLSv1_2)
        super().init_poolmanager(*args, **kwargs, ssl_context=context)
        self.poolmanager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}


def new_session(ca_file: str | bool = True) -> requests.Session:
    """Return a session for `exchange`; `ca_file` names the certificates to trust instead of the usual ones."""
    session = requests.Session()
    session.verify = ca_file
    adapter = WatchedAdapter()
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def exchange(
    session: requests.Session,
    request: requests.PreparedRequest,
    deadline: Deadline,
    steps: tuple[float, float],
    cap: int,
) -> Answer:
    """Send one prepared request and return what came back, at most `cap` bytes of it.

    `steps` are the limits of connecting and of one read in seconds, within the total deadline. Raises NotSentError
    and UnclearError. Calls the adapter itself, since a session reads a redirect's body whole and keeps cookies.
    """
    adapter = session.get_adapter(request.url or "")
    with under(deadline):
        try:
            limits = (deadline.within(steps[0]), deadline.within(steps[1]))
        except TimeoutError as error:
            raise NotSentError("not sent: out of time") from error
        try:
            got = adapter.send(
                request, stream=True, timeout=limits, verify=session.verify or True, cert=None, proxies={}
            )
        except _TROUBLE as error:
            raise _failure(error, deadline) from error
        try:
            return _read(got, deadline, cap)
        finally:
            got.close()


def _read(got: requests.Response, deadline: Deadline, cap: int) -> Answer:
    body, flaw = bytearray(), None
    try:
        # Not decoded: we ask for no compression, and what was compressed all the same must not unfold past the cap.
        for chunk in got.raw.stream(_CHUNK, decode_content=False):
            body += chunk
            if len(body) > cap:
                raise ValueError(f"the answer is larger than {cap} bytes")
            deadline.left()
    except _TROUBLE as error:
        flaw = str(error) if type(error) is ValueError else f"the answer broke off: {_words(error)}"
    return Answer(got.status_code, got.headers, bytes(body[:cap]), flaw)


def _failure(error: Exception, deadline: Deadline) -> SdrsError:
    sent = deadline.sent if deadline.seen else _may_have_sent(error)
    if sent:
        return UnclearError(f"no answer: {_words(error)}")
    return NotSentError(f"not sent: {_words(error)}")


def _may_have_sent(error: Exception) -> bool:
    """Judge by the exception alone, for transports that do not report; only what is certain counts as not sent."""
    return not any(isinstance(link, _BEFORE_SENDING) for link in _chain(error))


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    todo: list[Any] = [error]
    while todo:
        link = todo.pop(0)
        if isinstance(link, BaseException) and id(link) not in seen:
            seen.add(id(link))
            yield link
            todo += [*link.args, getattr(link, "reason", None), link.__cause__, link.__context__]


def _words(error: Exception) -> str:
    """Say in our own words what happened: an exception's own text may quote the request."""
    words: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
        (ssl.SSLCertVerificationError, "the server's TLS certificate is not trusted"),
        ((ssl.SSLError, requests.exceptions.SSLError), "the TLS connection failed"),
        (exceptions.NameResolutionError, "the endpoint's name cannot be resolved"),
        (ConnectionRefusedError, "the connection was refused"),
        ((requests.ConnectTimeout, exceptions.ConnectTimeoutError), "no connection in time"),
        ((TimeoutError, requests.Timeout, exceptions.TimeoutError), "out of time"),
        (ConnectionResetError, "the connection was reset"),
    )
    chain = list(_chain(error))
    for kinds, said in words:
        if any(isinstance(link, kinds) for link in chain):
            return said
    return f"the connection failed ({type(error).__name__})"
