"""Whatever the way to Huawei Cloud raises is one class to catch, and answers what its catcher must know."""

from __future__ import annotations

import pytest

from standdown.core.huawei_answer import why_of_error
from standdown.core.sentences import sentence
from standdown.huawei.account import GroupNameError
from standdown.huawei.credential import SecretError, StoredCredential
from standdown.sdrs.credentials import CredentialsError
from standdown.sdrs.endpoints import EndpointError
from standdown.sdrs.errors import (
    ApiError,
    HuaweiError,
    InvalidIdError,
    NotSentError,
    ProjectError,
    SignInError,
    UnclearError,
)

ERRORS: list[tuple[HuaweiError, str, bool, str]] = [
    (NotSentError("x"), "no", True, "request_not_sent"),
    (InvalidIdError("x"), "no", False, "invalid_id"),
    (SignInError("x", http_status=401), "no", False, "sign_in"),
    (SignInError("x", http_status=503), "no", True, "sign_in"),
    (ProjectError("x"), "no", False, "project"),
    (UnclearError("x"), "maybe", True, "no_answer"),
    (ApiError("x", http_status=429), "yes", True, "request_refused"),
    (ApiError("x", http_status=500), "yes", True, "request_refused"),
    (ApiError("x", http_status=403), "yes", False, "request_refused"),
    (ApiError("x", http_status=400, code="SDRS.1013"), "yes", False, "request_refused"),
    (SecretError("x"), "no", True, "secret_unreadable"),
    (CredentialsError("x"), "no", False, "bad_credential"),
    (GroupNameError("x", "y"), "no", False, "no_such_name"),
    (EndpointError("x"), "no", False, "bad_endpoint"),
]


@pytest.mark.parametrize(("error", "sent", "retryable", "reason"), ERRORS, ids=lambda value: type(value).__name__)
def test_every_error_says_whether_it_was_sent_and_whether_to_try_again(
    error: HuaweiError, sent: str, retryable: bool, reason: str
) -> None:
    assert (error.sent, error.retryable, error.reason) == (sent, retryable, reason)


def test_every_kind_of_error_is_in_the_table() -> None:
    def kinds(kind: type[HuaweiError]) -> set[type[HuaweiError]]:
        below = {one for each in kind.__subclasses__() for one in kinds(each)}
        return below or {kind}

    assert kinds(HuaweiError) == {type(error) for error, *_ in ERRORS}


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (CredentialsError("it is none"), "the credential for Huawei Cloud is not usable: it is none"),
        (EndpointError("no host"), "Huawei Cloud cannot be called: no host"),
        (ApiError("no", http_status=403), "Huawei Cloud refused: no (HTTP 403)"),
        (SecretError("no right"), "no right"),
    ],
)
def test_the_problem_is_a_clause_of_its_own(error: HuaweiError, problem: str) -> None:
    assert sentence(why_of_error(error)) == problem


def test_an_unusable_credential_names_the_secret_that_is_to_be_corrected() -> None:
    credential = StoredCredential(lambda *, force: "{}", "standdown/huawei")  # noqa: ARG005 - no cache

    with pytest.raises(CredentialsError) as caught:
        credential.held()

    assert caught.value.values == {"secret": "standdown/huawei"}


def test_a_name_of_several_groups_gives_them_as_values() -> None:
    several = GroupNameError("erp", "cn-north-4", ("a", "b"))

    assert several.values == {"name": "erp", "region": "cn-north-4", "count": "2", "candidates": "a, b"}
    assert ApiError("no", code="SDRS.1013", http_status=400).values == {"code": "SDRS.1013", "http_status": "400"}
