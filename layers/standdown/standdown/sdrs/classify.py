"""What to do about an error: one pure function over HTTP status and code. The few that matter are decided by hand.

The question it answers is that of a caller who wants one stop and no second one. So what leaves open whether the stop
took effect is never "retry": it is "read the group first".
"""

from __future__ import annotations

from enum import StrEnum

from standdown.sdrs.codes import documented
from standdown.sdrs.errors import ApiError, InvalidIdError, NotSentError, ProjectError, SdrsError, SignInError


class ErrorClass(StrEnum):
    """What to do about an error."""

    RETRY_SOON = "retry_soon"  # it certainly had no effect: repeat within seconds, after Retry-After if given
    WAIT = "wait"  # it had no effect, and the cause passes in minutes: repeat later, up to the deadline
    READ_GROUP = "read_group"  # unclear, or a matter of the group's state: look at the group, then decide
    REFUSE = "refuse"  # it had no effect and will have none until somebody changes request or state
    CREDENTIALS = "credentials"  # who we are, or what we may: repeating does not help and may lock the account
    FAIL = "fail"  # broken beyond what we can do: report it


_NOT_FOUND = frozenset({"SDRS.1013", "SDRS.0207"})

_BY_CODE: dict[str, ErrorClass] = {
    # Who is asking: refused before the group was looked at, whatever HTTP status it comes with.
    **dict.fromkeys(
        ("SDRS.0001", "SDRS.0002", "SDRS.0003", "SDRS.0004", "SDRS.0005", "SDRS.0006", "SDRS.0007", "SDRS.0009"),
        ErrorClass.CREDENTIALS,
    ),
    **dict.fromkeys(("SDRS.0014", "SDRS.0015", "SDRS.0016", "SDRS.0231", "SDRS.0232"), ErrorClass.CREDENTIALS),
    # The wrong state for a stop; which of these a real one gets is not documented. The group's own status decides.
    **dict.fromkeys(("SDRS.0209", "SDRS.0214", "SDRS.1002", "SDRS.1816", "SDRS.1818"), ErrorClass.READ_GROUP),
    **dict.fromkeys((f"SDRS.{number}" for number in range(1017, 1025)), ErrorClass.READ_GROUP),
    # "Stopping failed": it was tried, so the group has moved; from error-stopping it may be tried again.
    "SDRS.1028": ErrorClass.READ_GROUP,
    **dict.fromkeys(_NOT_FOUND, ErrorClass.REFUSE),
}

# A code's documented advice, for the codes not decided by hand. "Retry" codes name something that was tried and went
# wrong, so a look at the group comes first.
_BY_ADVICE = {
    "fix": ErrorClass.REFUSE,
    "support": ErrorClass.FAIL,
    "retry": ErrorClass.READ_GROUP,
    "wait": ErrorClass.WAIT,
}

# The gateway in front of all services: APIGW.0301 and APIG.0301 are one. The others go by their HTTP status.
_BY_GATEWAY_CODE = {
    "0101": ErrorClass.FAIL,  # no such API: wrong endpoint or region, not a missing group
    "0307": ErrorClass.CREDENTIALS,  # the token must be renewed
    "0308": ErrorClass.RETRY_SOON,  # throttled
    "0309": ErrorClass.FAIL,  # the project is unavailable
    "0401": ErrorClass.CREDENTIALS,  # this client's address is not allowed
    "0402": ErrorClass.CREDENTIALS,
    "1009": ErrorClass.CREDENTIALS,
    **dict.fromkeys(("0301", "0302", "0303", "0304", "0305", "0306", "0310", "0311", "0802"), ErrorClass.CREDENTIALS),
}

_BY_STATUS = {
    401: ErrorClass.CREDENTIALS,
    403: ErrorClass.CREDENTIALS,
    405: ErrorClass.FAIL,
    406: ErrorClass.FAIL,
    407: ErrorClass.FAIL,
    429: ErrorClass.RETRY_SOON,
    501: ErrorClass.FAIL,
    # 400 and 404 without a documented code (a bare 404 is a gateway's), 408, 409, 500, 502, 503, 504 and all the rest:
    # READ_GROUP, the safe class.
}


def classify_code(http_status: int | None, code: str | None) -> ErrorClass:
    """Return what to do about an answer with this HTTP status and this code; what is unknown is unclear."""
    if code in _BY_CODE:
        return _BY_CODE[code]
    if gateway := gateway_code(code):
        return _BY_GATEWAY_CODE.get(gateway, _by_status(http_status))
    known = documented().get(code) if code else None
    if known is not None and http_status == known.http_status < 500:
        return _BY_ADVICE[known.advice]
    return _by_status(http_status)


def classify(error: SdrsError) -> ErrorClass:
    """Return what to do about an error of a call to SDRS."""
    if isinstance(error, NotSentError):
        return ErrorClass.RETRY_SOON
    if isinstance(error, InvalidIdError):
        return ErrorClass.REFUSE
    if isinstance(error, ProjectError):
        return ErrorClass.FAIL
    if isinstance(error, SignInError):
        refused = error.http_status in (400, 401, 403, 404)
        return ErrorClass.CREDENTIALS if refused else ErrorClass.RETRY_SOON
    return classify_code(error.http_status, error.code) if isinstance(error, ApiError) else ErrorClass.READ_GROUP


def is_not_found(error: SdrsError) -> bool:
    """Return whether SDRS itself says, by one of its codes, that there is no such group."""
    return isinstance(error, InvalidIdError) or (isinstance(error, ApiError) and error.code in _NOT_FOUND)


def is_unknown_job(error: SdrsError) -> bool:
    """Return whether a job cannot be read under its id; SDRS documents no code for that, so any 404 counts."""
    bare = isinstance(error, ApiError) and error.http_status == 404 and gateway_code(error.code) is None
    return bare or is_not_found(error)


def meaning(code: str | None) -> str | None:
    """Return what the documentation says a code means, in English; None for one that it does not list."""
    known = documented().get(code) if code else None
    return known.meaning if known else None


def gateway_code(code: str | None) -> str | None:
    """Return the number of a gateway's code, as in APIGW.0301, None for any other code."""
    service, _, number = (code or "").partition(".")
    return number if service in ("APIGW", "APIG") else None


def _by_status(http_status: int | None) -> ErrorClass:
    if http_status is not None and 300 <= http_status < 400:
        return ErrorClass.FAIL  # a redirect: the endpoint is wrong
    return _BY_STATUS.get(http_status or 0, ErrorClass.READ_GROUP)
