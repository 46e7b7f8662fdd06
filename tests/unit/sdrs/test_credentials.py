from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standdown.sdrs.auth import AkSkAuth, TokenAuth
from standdown.sdrs.credentials import Credentials, CredentialsError
from standdown.sdrs.iam import IamPasswordAuth

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
        ({**AK_SK, "sekret_key": CANARY}, "unknown keys: 'sekret_key'"),
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


SECRET_KEYS = [
    "q7LnobodysSecretKeyOfPayrollMadeUp000042",
    "HPAYROLLOFNOBODY0042",
    "ABCDEFGHIJKLMNOPQRST",
    "hunter",
    "correct horse battery staple",
    "MIIabcdef",
    "pass=word",
    "",
    "a" * 40,
]


@pytest.mark.parametrize("secret", SECRET_KEYS)
def test_k02_what_stands_in_the_place_of_a_key_is_not_shown_unless_it_looks_like_a_name(secret: str) -> None:
    doubled = f'{{"{secret}": 1, "{secret}": 2}}'
    for document in (json.dumps({secret: "x"}), json.dumps({**AK_SK, secret: "x"}), doubled):
        with pytest.raises(CredentialsError) as caught:
            Credentials.from_json(document)

        assert not secret or secret not in str(caught.value)
        assert "1 that is not shown" in str(caught.value) or "twice" in str(caught.value)


@pytest.mark.parametrize(
    "name",
    ["ak", "sk", "region", "project_id", "Access Key Id", "accessKeyId", "security-token", "User Name", "endpoint"],
)
def test_a_key_that_looks_like_a_name_is_shown(name: str) -> None:
    with pytest.raises(CredentialsError, match=f"unknown keys: '{name}'; expected is access_key"):
        Credentials.from_json(json.dumps({**AK_SK, name: CANARY}))


@pytest.mark.parametrize("around", ["{}\n", "{}\r\n", " {}", "{}\t", "\u00a0{}", "{}\ufeff", "\u200b{}"])
@pytest.mark.parametrize(
    ("document", "key"),
    [
        (AK_SK, "access_key"),
        (AK_SK, "secret_key"),
        (PASSWORD, "user"),
        (PASSWORD, "password"),
        ({"token": "t"}, "token"),
    ],
)
def test_k12_a_blank_or_a_line_end_around_a_value_is_refused_by_its_key(
    document: dict[str, str], key: str, around: str
) -> None:
    with pytest.raises(CredentialsError, match=f"{key} begins or ends with a blank, a line end or another character"):
        Credentials.from_json(json.dumps({**document, key: around.format(document[key])}))


WHOLE = json.dumps(AK_SK)


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (f"\ufeff{WHOLE}", "begin with a byte order mark"),
        (f"{{\n  {WHOLE[1:-1]},\n}}", r"not valid JSON at line [23], column \d+"),
        (WHOLE.replace(": ", ":\u00a0"), "at line 1, column 15, where a NO-BREAK SPACE stands"),
        (WHOLE.replace('"', "\u201c"), "at line 1, column 2, where a LEFT DOUBLE QUOTATION MARK stands"),
        (WHOLE.encode(), "SecretBinary"),
        (b"\xff\xfe{", "SecretBinary"),
        ('{"secret_key": "former", "secret_key": "later"}', "'secret_key' stands twice"),
    ],
)
def test_k13_what_spoils_a_document_is_named_with_its_place(document: str | bytes, says: str) -> None:
    with pytest.raises(CredentialsError, match=says) as caught:
        Credentials.from_json(document)

    assert not [shown for shown in (CANARY, "former", "later") if shown in str(caught.value)]
