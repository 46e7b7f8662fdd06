from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standdown.sdrs.auth import AkSkAuth, IamPasswordAuth, TokenAuth
from standdown.sdrs.credentials import Credentials, CredentialsError

CANARY = "canary-3f9c"
AK_SK = {"access_key": "AK", "secret_key": CANARY}
PASSWORD = {"user": "u", "password": CANARY, "domain": "d"}


def test_each_form_makes_its_auth() -> None:
    key = Credentials.from_json(json.dumps(AK_SK))
    temporary = Credentials.from_json(json.dumps({**AK_SK, "security_token": "tmp"}))
    password = Credentials.from_json(json.dumps(PASSWORD))
    token = Credentials.from_json('{"token": "ready"}')

    made = [each.auth("cn-north-4", "0605") for each in (key, temporary, password, token)]

    assert made[0] == AkSkAuth("AK", CANARY)
    assert made[1] == AkSkAuth("AK", CANARY, "tmp")
    assert isinstance(made[2], IamPasswordAuth)
    assert made[2].iam_endpoint == "https://iam.cn-north-4.myhuaweicloud.com"
    assert made[3] == TokenAuth("ready")
    assert [c.form for c in (key, temporary, password, token)] == [
        "access key",
        "temporary access key",
        "password",
        "token",
    ]


def test_another_iam_and_no_project_are_taken_as_given() -> None:
    auth = Credentials.from_json(json.dumps(PASSWORD)).auth("eu-de", None, "https://iam.example")

    assert isinstance(auth, IamPasswordAuth)
    assert (auth.iam_endpoint, auth.project_id, auth.region) == ("https://iam.example", None, "eu-de")


def test_a_key_that_is_null_counts_as_left_out() -> None:
    assert Credentials.from_json(json.dumps({**AK_SK, "security_token": None})).form == "access key"


@pytest.mark.parametrize(
    ("document", "names"),
    [
        (CANARY, "not valid JSON"),
        (f'{{"secret_key": "{CANARY}"', "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        (f'["{CANARY}"]', "JSON object"),
        ("{}", "empty"),
        ({"access_key": "AK"}, "lack secret_key"),
        ({"secret_key": CANARY}, "lack access_key"),
        ({"security_token": CANARY}, "lack access_key, secret_key"),
        ({"user": "u", "password": CANARY}, "lack domain"),
        ({**AK_SK, "password": CANARY}, "mix several forms (access_key, password, secret_key)"),
        ({**AK_SK, "token": CANARY}, "mix several forms (access_key, secret_key, token)"),
        ({**AK_SK, "sekret": CANARY}, "unknown keys: 'sekret'"),
        ({**AK_SK, "access_key": 7}, "access_key must be text"),
        ({**AK_SK, "secret_key": ""}, "secret_key must be text"),
        ({**AK_SK, "secret_key": [CANARY]}, "secret_key must be text"),
        ({"token": f"{CANARY}\r\nX-Evil: 1"}, "token holds characters"),
        ({"token": f"{CANARY}é"}, "token holds characters"),
        ({**AK_SK, "secret_key": CANARY * 10_000}, "secret_key is too long"),
        ({**AK_SK, "secret_key": f"{CANARY}\ud800"}, "secret_key is too long, or no valid text"),
    ],
)
def test_a_flaw_is_named_by_its_key_and_shows_no_value(document: Any, names: str) -> None:
    with pytest.raises(CredentialsError) as caught:
        Credentials.from_json(document if isinstance(document, str) else json.dumps(document))

    assert names in str(caught.value)
    assert CANARY not in f"{caught.value!r} {caught.value.__cause__!r}"


def test_no_repr_shows_a_secret() -> None:
    documents = [{**AK_SK, "security_token": CANARY}, PASSWORD, {"token": CANARY}]

    for document in documents:
        held = Credentials.from_json(json.dumps(document))
        assert CANARY not in repr(held) + repr(held.auth("cn-north-4", "0605"))


@given(st.text() | st.dictionaries(st.text(), st.text() | st.none() | st.integers()).map(json.dumps))
def test_any_document_is_either_whole_or_refused_by_name(document: str) -> None:
    try:
        held = Credentials.from_json(document)
    except CredentialsError:
        return

    assert held.form
