"""The webhooks' secret: what is read from it, and that an error names a key and shows no value."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from standdown.intake.errors import WebhookSecretError
from standdown.intake.webhook.request import WebhookSecrets
from standdown.intake.webhook.senders import read_secrets
from standdown.intake.webhook.smn import HOSTS, SmnPins
from support.signing import TOPIC, certificate_pem, private_key, public_pem

STANDARD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
GITHUB = "It's a Secret to Everybody"
BEARER = "0123456789abcdef" * 4
CANARY = "hunter2"


def test_the_whole_document_is_read() -> None:
    pems = [certificate_pem(private_key()), public_pem(private_key())]
    smn = {"keys": pems, "topic_urns": [TOPIC], "max_age_minutes": 90, "hosts": [".otc.t-systems.com"]}

    secrets = read_secrets(
        json.dumps(
            {"standard": [STANDARD, STANDARD], "github": [GITHUB], "smn": smn, "bearer": [BEARER], "grafana": [GITHUB]}
        )
    )

    pins = SmnPins(tuple(pems), (TOPIC,), timedelta(minutes=90), (".otc.t-systems.com",))
    assert secrets == WebhookSecrets((STANDARD, STANDARD), (GITHUB,), pins, (BEARER,), (GITHUB,))
    assert BEARER not in repr(secrets)


def test_what_is_left_out_lets_nobody_in() -> None:
    assert read_secrets("{}") == WebhookSecrets()


def test_smn_has_its_usual_age_and_hosts() -> None:
    pins = read_secrets(json.dumps({"smn": {"keys": [public_pem(private_key())], "topic_urns": [TOPIC]}})).smn

    assert (pins.max_age, pins.hosts) == (timedelta(days=1), HOSTS)


@pytest.mark.parametrize(
    "text",
    [
        "", "null", "[]", '"hunter2"', CANARY, '{"hunter2": 1, "hunter2": 2}', '{"HUNTER2": []}',
        '{"standart": ["hunter2"]}', "[" * 5000,
    ],
)  # fmt: skip
def test_a_document_that_is_none_is_our_own_trouble(text: str) -> None:
    with pytest.raises(WebhookSecretError) as caught:
        read_secrets(text)

    assert CANARY not in str(caught.value).lower()
    assert caught.value.__cause__ is None


SMN: dict[str, Any] = {"keys": [public_pem(private_key())], "topic_urns": [TOPIC]}


@pytest.mark.parametrize(
    ("kind", "part", "named"),
    [
           ("standard", CANARY, "'standard'"), ("standard", [], "'standard'"), ("standard", None, "'standard'"),
           ("github", [" " + "hunter2" * 3], "blank or a line break"), ("standard", [7], "number 1 in 'standard'"),
           ("standard", ["whsec_hunter2"], "number 1 in 'standard'"), ("standard", [STANDARD] * 11, "'standard'"),
           ("github", ["hunter2"], "number 1 in 'github'"), ("github", {"secret": CANARY}, "'github'"),
           ("bearer", ["hunter2" * 10], "number 1 in 'bearer'"), ("bearer", CANARY, "'bearer'"),
           ("bearer", [BEARER + "\n"], "number 1 in 'bearer'"), ("grafana", ["hunter2"], "number 1 in 'grafana'"),
           ("grafana", ["hunter2" * 3 + " "], "blank or a line break"),
           ("smn", [CANARY], "'smn'"), ("smn", {}, "'smn.keys'"), ("smn", {"keys": SMN["keys"]}, "'smn.topic_urns'"),
           ("smn", {"topic_urns": [TOPIC]}, "'smn.keys'"), ("smn", {**SMN, "keys": [CANARY]}, "number 1 in 'smn.keys'"),
           ("smn", {**SMN, "topic_urns": [CANARY]}, "number 1 in 'smn.topic_urns'"),
           ("smn", {**SMN, "topic_urn": TOPIC}, "'topic_urn'"), ("smn", {**SMN, "HUNTER2": 1}, "'smn'"),
           ("smn", {**SMN, "max_age_minutes": 0}, "'smn.max_age_minutes'"),
           ("smn", {**SMN, "max_age_minutes": "60"}, "'smn.max_age_minutes'"),
           ("smn", {**SMN, "max_age_minutes": True}, "'smn.max_age_minutes'"),
           ("smn", {**SMN, "hosts": ["hunter2.example.com"]}, "number 1 in 'smn.hosts'"),
           ("smn", {**SMN, "hosts": [".com"]}, "number 1 in 'smn.hosts'"),
    ],
)  # fmt: skip
def test_a_wrong_part_breaks_itself_alone_and_is_named_without_its_value(kind: str, part: Any, named: str) -> None:
    good = {"standard": [STANDARD], "github": [GITHUB], "smn": SMN}

    secrets = read_secrets(json.dumps({**good, kind: part}))

    assert list(secrets.broken) == [kind]
    assert named in secrets.broken[kind]
    assert CANARY not in repr(secrets).lower()
    assert secrets.standard == (() if kind == "standard" else (STANDARD,))


@pytest.mark.parametrize(
    ("kind", "part", "named"),
    [
        ("standard", [STANDARD, CANARY], "number 2 in 'standard'"),
        ("standard", ["whsec_hunter2", STANDARD], "number 1 in 'standard'"),
        ("github", ["hunter2", GITHUB], "number 1 in 'github'"),
        ("bearer", ["hunter2", BEARER], "number 1 in 'bearer'"),
        ("grafana", ["hunter2", GITHUB], "number 1 in 'grafana'"),
        ("smn", {**SMN, "keys": [*SMN["keys"], CANARY]}, "number 2 in 'smn.keys'"),
        ("smn", {**SMN, "topic_urns": [7, TOPIC]}, "number 1 in 'smn.topic_urns'"),
    ],
)
def test_k05_a_list_with_one_bad_entry_works_by_its_good_ones(kind: str, part: Any, named: str) -> None:
    good = {"standard": [STANDARD], "github": [GITHUB], "smn": SMN}

    secrets = read_secrets(json.dumps({**good, kind: part}))

    assert secrets.broken == {}
    assert len(secrets.left_out) == 1
    assert named in secrets.left_out[0]
    assert CANARY not in repr(secrets).lower()
    assert (secrets.standard, secrets.github, secrets.smn) == (
        (STANDARD,), (GITHUB,), read_secrets(json.dumps(good)).smn,
    )  # fmt: skip


@pytest.mark.parametrize("text", [f"{GITHUB}\n", f" {GITHUB}", f"{GITHUB}\r\n", f"{GITHUB}\u00a0"])
def test_k12_a_blank_or_a_line_end_around_a_secret_is_named(text: str) -> None:
    broken = read_secrets(json.dumps({"github": [text]})).broken["github"]

    assert broken == "number 1 in 'github': it begins or ends with a blank or a line break: remove that"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("\ufeff{}", "begins with a byte order mark"),
        ('{"standard":\u00a0[]}', "a no-break space where a blank should be at line 1, column 13"),
        ('{\n  "standard": [],\n}', "a comma too many at line 3, column 1"),
    ],
)
def test_k13_what_is_no_json_is_named_as_what_it_is_with_its_place(text: str, named: str) -> None:
    with pytest.raises(WebhookSecretError, match=named):
        read_secrets(text)


# --- What the operator reads ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "hunter2",
            "the webhooks' secret is not a JSON document: not JSON: Expecting value at line 1, column 1",
        ),
        ("[]", "the webhooks' secret is a list: it must be a JSON object"),
        (
            '{"standart": []}',
            "'standart' is not a key of the webhooks' secret; the keys are standard, github, smn, bearer, grafana",
        ),
        (
            '{"HUNTER2": []}',
            "'(a key)' is not a key of the webhooks' secret; the keys are standard, github, smn, bearer, grafana",
        ),
    ],
)
def test_what_is_wrong_with_the_document_is_said(text: str, message: str) -> None:
    with pytest.raises(WebhookSecretError) as caught:
        read_secrets(text)

    assert (caught.value.code, caught.value.message) == ("bad_secret", message)


@pytest.mark.parametrize(
    ("kind", "part", "message"),
    [
        ("standard", CANARY, "'standard' must be a list of 1 to 10 texts"),
        ("standard", [7], "number 1 in 'standard' is a number: it must be text"),
        ("github", ["x" * 15], "number 1 in 'github': it must have at least 16 characters"),
        ("smn", [CANARY], "'smn' is a list: it must be an object"),
        (
            "smn",
            {**SMN, "topic_urn": TOPIC},
            "'topic_urn' is not a key of 'smn'; the keys are keys, topic_urns, max_age_minutes, hosts, rules",
        ),
        (
            "smn",
            {**SMN, "topic_urns": [CANARY]},
            "number 1 in 'smn.topic_urns': it must be urn:smn:REGION:PROJECT:NAME",
        ),
        (
            "smn",
            {**SMN, "hosts": [".com"]},
            "number 1 in 'smn.hosts': it must be the end of a host's name such as .example.com",
        ),
        ("smn", {**SMN, "max_age_minutes": 0}, "'smn.max_age_minutes' must be a whole number from 1 to 1440"),
        ("smn", {**SMN, "max_age_minutes": 1441}, "'smn.max_age_minutes' must be a whole number from 1 to 1440"),
    ],
)
def test_what_is_wrong_with_a_part_is_said(kind: str, part: Any, message: str) -> None:
    assert read_secrets(json.dumps({kind: part})).broken == {kind: message}


@pytest.mark.parametrize("minutes", [1, 1440])
def test_an_age_from_a_minute_to_a_day_is_taken(minutes: int) -> None:
    secrets = read_secrets(json.dumps({"smn": {**SMN, "max_age_minutes": minutes}}))

    assert secrets.smn.max_age == timedelta(minutes=minutes)


def test_ten_secrets_are_taken_and_the_shortest_that_is_long_enough() -> None:
    secrets = read_secrets(json.dumps({"standard": [STANDARD] * 10, "github": ["x" * 16]}))

    assert (len(secrets.standard), secrets.github) == (10, ("x" * 16,))
