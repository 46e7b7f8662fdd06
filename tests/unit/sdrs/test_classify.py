"""One table per decision: what to do about every documented HTTP status and every documented code."""

from __future__ import annotations

import pytest

from standdown.sdrs.classify import ErrorClass, classify, classify_code, is_not_found, meaning
from standdown.sdrs.codes import documented
from standdown.sdrs.errors import (
    ApiError,
    InvalidIdError,
    NotSentError,
    ProjectError,
    SdrsError,
    SignInError,
    UnclearError,
)

RETRY_SOON, WAIT, READ_GROUP, REFUSE, CREDENTIALS, FAIL = ErrorClass

BY_STATUS = {
    301: FAIL, 302: FAIL, 307: FAIL,
    400: READ_GROUP, 401: CREDENTIALS, 403: CREDENTIALS, 404: READ_GROUP, 405: FAIL, 406: FAIL, 407: FAIL,
    408: READ_GROUP, 409: READ_GROUP, 429: RETRY_SOON, 500: READ_GROUP, 501: FAIL, 502: READ_GROUP, 503: READ_GROUP,
    504: READ_GROUP, 418: READ_GROUP, 599: READ_GROUP, 999: READ_GROUP, None: READ_GROUP,
}  # fmt: skip

# Decided by hand, whatever the HTTP status.
BY_HAND = {
    CREDENTIALS: [1, 2, 3, 4, 5, 6, 7, 9, 14, 15, 16, 231, 232],
    READ_GROUP: [209, 214, 1002, 1017, 1018, 1019, 1020, 1021, 1022, 1023, 1024, 1028, 1816, 1818],
    REFUSE: [207, 1013],
}
HAND = {f"SDRS.{number:04}": wanted for wanted, numbers in BY_HAND.items() for number in numbers}
BY_ADVICE = {"fix": REFUSE, "support": FAIL, "retry": READ_GROUP, "wait": WAIT}


@pytest.mark.parametrize(("status", "wanted"), BY_STATUS.items())
def test_every_http_status_without_a_code_has_its_class(status: int | None, wanted: ErrorClass) -> None:
    assert classify_code(status, None) is wanted
    assert classify_code(status, "SDRS.9999") is wanted
    assert classify_code(status, "nonsense") is wanted


@pytest.mark.parametrize("code", sorted(documented()))
def test_every_documented_code_has_its_class(code: str) -> None:
    known = documented()[code]
    by_rule = READ_GROUP if known.http_status == 500 else BY_ADVICE[known.advice]

    assert classify_code(known.http_status, code) is HAND.get(code, by_rule)
    assert meaning(code)


def test_all_256_codes_are_there_and_those_decided_by_hand_are_among_them() -> None:
    assert len(documented()) == 256
    assert set(documented()) >= set(HAND)


@pytest.mark.parametrize("code", ["SDRS.1830", "SDRS.1831", "SDRS.1832"])
def test_what_passes_by_itself_is_waited_for(code: str) -> None:
    assert classify_code(400, code) is WAIT


@pytest.mark.parametrize(("code", "status"), [("SDRS.1830", 503), ("SDRS.1301", 409), ("SDRS.1014", 500)])
def test_a_code_that_comes_with_another_status_than_documented_does_not_outweigh_it(code: str, status: int) -> None:
    assert classify_code(status, code) is READ_GROUP


@pytest.mark.parametrize("service", ["APIGW", "APIG"])
@pytest.mark.parametrize(
    ("number", "status", "wanted"),
    [
        ("0101", 404, FAIL),
        ("0201", 502, READ_GROUP),
        ("0201", 504, READ_GROUP),
        ("0301", 401, CREDENTIALS),
        ("0302", 403, CREDENTIALS),
        ("0303", 401, CREDENTIALS),
        ("0304", 403, CREDENTIALS),
        ("0305", 401, CREDENTIALS),
        ("0306", 403, CREDENTIALS),
        ("0307", 401, CREDENTIALS),
        ("0308", 429, RETRY_SOON),
        ("0309", 403, FAIL),
        ("0310", 403, CREDENTIALS),
        ("0311", 401, CREDENTIALS),
        ("0401", 403, CREDENTIALS),
        ("0402", 403, CREDENTIALS),
        ("0601", 500, READ_GROUP),
        ("0602", 400, READ_GROUP),
        ("0610", 502, READ_GROUP),
        ("0613", 503, READ_GROUP),
        ("0802", 403, CREDENTIALS),
        ("1009", 400, CREDENTIALS),
        ("7777", 429, RETRY_SOON),
        ("7777", 500, READ_GROUP),
    ],
)
def test_gateway_codes_go_by_their_number_or_else_their_status(
    service: str, number: str, status: int, wanted: ErrorClass
) -> None:
    assert classify_code(status, f"{service}.{number}") is wanted


@pytest.mark.parametrize(
    ("error", "wanted"),
    [
        (NotSentError("x"), RETRY_SOON),
        (InvalidIdError("x"), REFUSE),
        (ProjectError("x"), FAIL),
        (SignInError("x"), RETRY_SOON),
        (SignInError("x", http_status=503), RETRY_SOON),
        (SignInError("x", http_status=400), CREDENTIALS),
        (SignInError("x", http_status=401), CREDENTIALS),
        (SignInError("x", http_status=403), CREDENTIALS),
        (UnclearError("x"), READ_GROUP),
        (UnclearError("x", http_status=200), READ_GROUP),
        (ApiError("x", http_status=429), RETRY_SOON),
        (ApiError("x", http_status=400, code="SDRS.1013"), REFUSE),
        (SdrsError("x"), READ_GROUP),
    ],
)
def test_every_kind_of_error_has_its_class(error: SdrsError, wanted: ErrorClass) -> None:
    assert classify(error) is wanted


@pytest.mark.parametrize("error", [NotSentError, InvalidIdError, ProjectError, SignInError])
def test_what_was_not_sent_says_so(error: type[SdrsError]) -> None:
    assert error("x").sent == "no"
    assert (UnclearError("x").sent, ApiError("x").sent) == ("maybe", "yes")


@pytest.mark.parametrize(
    ("error", "wanted"),
    [
        (ApiError("x", http_status=400, code="SDRS.1013"), True),
        (ApiError("x", http_status=400, code="SDRS.0207"), True),
        (ApiError("x", http_status=404), False),
        (ApiError("x", http_status=404, code="SDRS.0408"), False),
        (InvalidIdError("x"), True),
        (ApiError("x", http_status=404, code="APIGW.0101"), False),
        (ApiError("x", http_status=400, code="SDRS.1002"), False),
        (UnclearError("x", http_status=404), False),
        (NotSentError("x"), False),
        (SignInError("x", http_status=404), False),
    ],
)
def test_only_the_services_own_word_means_not_found(error: SdrsError, *, wanted: bool) -> None:
    assert is_not_found(error) is wanted


def test_an_unknown_code_has_no_meaning() -> None:
    assert meaning("SDRS.9999") is None
    assert meaning(None) is None
    assert meaning("SDRS.1013") == "Protection group not found"
