"""One call to SDRS or IAM: signed, sent, judged, and made once more where another credential may help."""

from __future__ import annotations

from abc import ABC, abstractmethod
from urllib.parse import urlsplit

from standdown.base.http.deadline import Deadline
from standdown.base.http.dial import Dial
from standdown.base.http.exchange import Answer, ExchangeError, Request, exchange
from standdown.sdrs import responses
from standdown.sdrs.classify import ErrorClass, classify
from standdown.sdrs.errors import NotSentError, SdrsError, UnclearError

HEADERS = {"Accept": "application/json", "User-Agent": "standdown", "X-Language": "en-us"}


class Auth(ABC):
    """What makes a request one of ours."""

    __slots__ = ()

    @abstractmethod
    def sign(self, request: Request, deadline: Deadline) -> Request:
        """Return the request with the headers that prove who asks; raise SignInError where there are none."""

    @property
    @abstractmethod
    def secrets(self) -> tuple[str, ...]:
        """Return what must not be shown although an answer quotes it."""

    def renew(self, refused: SdrsError) -> bool:  # noqa: ARG002 - whatever it was, there is no other credential
        """Give up the credential that was refused; return whether the next request will carry another one."""
        return False


def call(request: Request, auth: Auth, deadline: Deadline, dial: Dial, cap: int) -> Answer:
    """Make a call; return its answer, which is a 2xx. Raises one of `errors`, and what `auth` raises of its own.

    That is at most two requests, and a second one only after an answer below 500 that refused the credential. Such an
    answer comes before SDRS looks at the group, so nothing has happened, and even the stop may be sent again.
    """
    try:
        return _once(request, auth, deadline, dial, cap)
    except SdrsError as error:
        refused = classify(error) is ErrorClass.CREDENTIALS and (error.http_status or 0) < 500
        if not refused or not auth.renew(error):
            raise
    return _once(request, auth, deadline, dial, cap)


def sent(request: Request, deadline: Deadline, dial: Dial, cap: int) -> Answer:
    """Send one request and return whatever answer comes; raise NotSentError or UnclearError where none does."""
    try:
        return exchange(request, deadline, dial, cap)
    except ExchangeError as error:
        said = f"{urlsplit(request.url).hostname} {error}"
        raise (UnclearError(f"no answer: {said}") if error.sent else NotSentError(f"not sent: {said}")) from error


def _once(request: Request, auth: Auth, deadline: Deadline, dial: Dial, cap: int) -> Answer:
    try:
        deadline.left()
    except TimeoutError as error:
        raise NotSentError("not sent: out of time") from error
    signed = auth.sign(request, deadline)
    answer = sent(signed, deadline, dial, cap)
    if not 200 <= answer.status < 300:
        raise responses.read_error(answer, (*auth.secrets, signed.headers.get("Authorization", "")))
    return answer
