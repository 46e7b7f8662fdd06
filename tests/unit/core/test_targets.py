"""What may be stopped: every key's good and bad values, and that a broken document breaks itself alone."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from standdown.core.request import FIRST_SOURCES, Mode, Source, StopRequest
from standdown.core.sentences import sentence
from standdown.core.targets import Target, TargetDefaults, TargetError, read_target, read_targets
from unit.base.test_text import JSON_VALUES

GROUP = "40df180b-9fe2-471a-8c64-1b758dc84189"
PROJECT = "0605767a9980d5762f6bc00b8e0d2a8c"
DEFAULTS = TargetDefaults("cn-north-4", PROJECT, max_age_minutes=30, deadline_minutes=90)
LONG = "x" * 256
NAME: dict[str, Any] = {"server_group_id": ..., "server_group_name": "ERP production"}


def read(**keys: Any) -> Target:
    document = {"server_group_id": GROUP} | keys
    return read_target("erp-prod", json.dumps({k: v for k, v in document.items() if v is not ...}), DEFAULTS)


def test_what_a_document_leaves_out_comes_from_the_stack() -> None:
    target = read()

    assert target == Target(
        "erp-prod",
        "cn-north-4",
        server_group_id=GROUP,
        project_id=PROJECT,
        alarms=(),
        sources=FIRST_SOURCES,
        mode=Mode.LIVE,
        max_age_minutes=30,
        deadline_minutes=90,
        cooldown_minutes=0,
    )


@pytest.mark.parametrize(
    ("keys", "attribute", "value"),
    [
        ({"server_group_id": GROUP}, "server_group_id", GROUP),
        ({"server_group_id": GROUP.upper()}, "server_group_id", GROUP),
        (NAME, "server_group_name", "ERP production"),
        (NAME | {"server_group_name": "保" * 64}, "server_group_name", "保" * 64),
        ({"region": "ap-southeast-3"}, "region", "ap-southeast-3"),
        ({"region": "eu-de"}, "region", "eu-de"),
        ({"region": "my-kualalumpur-1"}, "region", "my-kualalumpur-1"),
        ({"project_id": "A" * 32}, "project_id", "A" * 32),
        ({"endpoint": "https://sdrs.eu-de.otc.t-systems.com"}, "endpoint", "https://sdrs.eu-de.otc.t-systems.com"),
        ({"endpoint": "https://sdrs.example:8443/"}, "endpoint", "https://sdrs.example:8443"),
        ({"endpoint": "http://127.0.0.1:8080"}, "endpoint", "http://127.0.0.1:8080"),
        ({"alarms": []}, "alarms", ()),
        ({"alarms": ["erp-*", "erp-prod-[ab]?"]}, "alarms", ("erp-*", "erp-prod-[ab]?")),
        ({"alarms": ["a" * 255] * 100}, "alarms", ("a" * 255,) * 100),
        ({"sources": []}, "sources", frozenset()),
        ({"sources": ["alarm", "alarm", "direct"]}, "sources", frozenset({Source.ALARM, Source.DIRECT})),
        ({"mode": "live"}, "mode", Mode.LIVE),
        ({"mode": "dry-run"}, "mode", Mode.DRY_RUN),
        ({"mode": "off"}, "mode", Mode.OFF),
        ({"max_age_minutes": 1}, "max_age_minutes", 1),
        ({"max_age_minutes": 1440}, "max_age_minutes", 1440),
        ({"deadline_minutes": 1}, "deadline_minutes", 1),
        ({"deadline_minutes": 1440}, "deadline_minutes", 1440),
        ({"cooldown_minutes": 0}, "cooldown_minutes", 0),
        ({"cooldown_minutes": 10080}, "cooldown_minutes", 10080),
    ],
)
def test_a_good_value_is_taken(keys: dict[str, Any], attribute: str, value: Any) -> None:
    assert getattr(read(**keys), attribute) == value


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("server_group_id", None, "the protection group's id"),
        ("server_group_id", "", "the protection group's id"),
        ("server_group_id", "*", "the protection group's id"),
        ("server_group_id", f"{GROUP}/action", "the protection group's id"),
        ("server_group_id", f"{GROUP}\n", "the protection group's id"),
        ("server_group_id", [GROUP], "the protection group's id"),
        ("server_group_name", "", "1 to 64 characters"),
        ("server_group_name", "x" * 65, "1 to 64 characters"),
        ("server_group_name", "a\nb", "1 to 64 characters"),
        ("server_group_name", 5, "1 to 64 characters"),
        ("region", "", "region"),
        ("region", "CN-NORTH-4", "region"),
        ("region", "cn-north-4.evil.example", "region"),
        ("region", "abcd-north-4", "region"),
        ("region", None, "region"),
        ("project_id", "0605", "32 hexadecimal"),
        ("project_id", f"{PROJECT}0", "32 hexadecimal"),
        ("project_id", "g" * 32, "32 hexadecimal"),
        ("project_id", None, "32 hexadecimal"),
        ("endpoint", 5, "URL"),
        ("endpoint", "", "https://"),
        ("endpoint", "http://sdrs.example", "https://"),
        ("endpoint", "https://a:443@evil.example", "https://host"),
        ("endpoint", "https://sdrs.example/v1", "https://host"),
        ("endpoint", "https://[", "not a URL"),
        ("alarms", "erp-*", "list"),
        ("alarms", ["*"], "every alarm"),
        ("alarms", ["arn:aws:cloudwatch:eu-central-1:123456789012:alarm:erp-1"], "is an ARN"),
        ("alarms", ["erp-*", "**?"], "every alarm"),
        ("alarms", [""], "list"),
        ("alarms", [LONG], "list"),
        ("alarms", [None], "list"),
        ("alarms", ["a"] * 101, "at most 100"),
        ("sources", "alarm", "list"),
        ("sources", ["carrier pigeon"], "list"),
        ("sources", [["alarm"]], "list"),
        ("sources", [None], "list"),
        ("sources", None, "list"),
        ("mode", "LIVE", "live, dry-run or off"),
        ("mode", "", "live, dry-run or off"),
        ("mode", True, "live, dry-run or off"),
        ("mode", ["live"], "live, dry-run or off"),
        *((key, value, "whole number")
          for key in ("max_age_minutes", "deadline_minutes", "cooldown_minutes")
          for value in (-1, 10081, 1.5, 60.0, "60", None, True, [60], 10**400)),
        ("max_age_minutes", 0, "from 1 to 1440"),
        ("max_age_minutes", 1441, "from 1 to 1440"),
        ("deadline_minutes", 0, "from 1 to 1440"),
        ("deadline_minutes", 1441, "from 1 to 1440"),
        ("server_group", GROUP, "is not a key of a target"),
        ("Mode", "off", "is not a key of a target"),
        ("", 1, "is not a key of a target"),
    ],
)  # fmt: skip
def test_a_bad_value_is_refused_with_target_key_and_problem(key: str, value: Any, problem: str) -> None:
    keys = NAME if key == "server_group_name" else {}

    with pytest.raises(TargetError, match=problem) as caught:
        read(**(keys | {key: value}))

    assert (caught.value.target, caught.value.key) == ("erp-prod", key)
    assert str(caught.value).startswith(f"target 'erp-prod', key {key!r}: ")


@pytest.mark.parametrize(
    ("text", "key", "problem"),
    [
        ("", "(document)", "not JSON"),
        ("{", "(document)", "not JSON"),
        ("[]", "(document)", "must be a JSON object"),
        ("null", "(document)", "must be a JSON object"),
        ('{"mode": "live", "mode": "off"}', "(document)", "stands twice"),
        ("{}", "server_group_id", "give the group's id, or its name"),
        (json.dumps({"server_group_id": GROUP, "server_group_name": "ERP"}), "server_group_id", "not both"),
        (json.dumps({"\n" * 100: 1}), "", "is not a key"),
    ],
)
def test_a_document_that_is_none_says_so(text: str, key: str, problem: str) -> None:
    with pytest.raises(TargetError, match=problem) as caught:
        read_target("erp-prod", text, DEFAULTS)

    assert caught.value.key == key


@pytest.mark.parametrize("name", ["", "ERP", "-erp", "erp_prod", "erp/prod", "a" * 64, "erp\n", "*"])
def test_a_name_that_cannot_be_typed_safely_is_refused(name: str) -> None:
    with pytest.raises(TargetError, match="lower-case letters, digits and hyphens") as caught:
        read_target(name, json.dumps({"server_group_id": GROUP}), DEFAULTS)

    assert str(caught.value).isprintable()


_KEYS = st.sampled_from(
    ["server_group_id", "server_group_name", "region", "endpoint", "alarms", "sources", "mode", "max_age_minutes"]
)


@settings(deadline=None)
@given(
    st.text()
    | JSON_VALUES.map(json.dumps)
    | st.dictionaries(_KEYS, JSON_VALUES | st.just(GROUP) | st.text(), max_size=3).map(json.dumps)
)
@example('{"max_age_minutes": 1e999}')
@example('{"max_age_minutes": ' + "9" * 5000 + "}")
@example('{"endpoint": "https://[::1"}')
@example("[" * 100_000)
def test_any_text_at_all_is_a_target_or_a_target_error(text: str) -> None:
    try:
        target = read_target("erp-prod", text, DEFAULTS)
    except TargetError as error:
        assert str(error).isprintable()  # noqa: PT017 - both ends are right, neither may be another error
    else:
        assert bool(target.server_group_id) != bool(target.server_group_name)


def test_a_broken_document_leaves_the_others_alone() -> None:
    parameters = {
        "targets/erp-prod": json.dumps({"server_group_id": GROUP}),
        "targets/crm": "{",
        "targets/BAD": json.dumps({"server_group_id": GROUP}),
        "targets/a/b": json.dumps({"server_group_id": GROUP}),
        "webhooks/ticketing": "not ours to read",
    }

    targets = read_targets(parameters, DEFAULTS)

    assert set(targets.valid) == {"erp-prod"}
    assert set(targets.broken) == {"crm", "BAD", "a/b", "webhooks/ticketing"}
    assert [target.name for target in targets] == ["erp-prod"]


def test_a_fresh_stack_can_stop_nothing() -> None:
    targets = read_targets({}, DEFAULTS)

    assert list(targets) == []
    assert (targets.mode, targets.bad_mode) == (Mode.LIVE, None)


@pytest.mark.parametrize(
    ("text", "mode", "bad"),
    [
        ("live", Mode.LIVE, None),
        ("dry-run", Mode.DRY_RUN, None),
        ("off", Mode.OFF, None),
        (" off\n", Mode.OFF, None),
        ("OFF", Mode.OFF, "OFF"),
        ("Live", Mode.OFF, "Live"),
        ("", Mode.OFF, ""),
        ("\x00" * 99, Mode.OFF, "\\u0000" * 6 + "\\u0…"),
    ],
)
def test_a_stack_mode_that_nobody_can_read_is_off(text: str, mode: Mode, bad: str | None) -> None:
    targets = read_targets({"mode": text}, DEFAULTS)

    assert (targets.mode, targets.bad_mode) == (mode, bad)


@pytest.mark.parametrize(
    ("target", "server_group_id", "found"),
    [
        ("erp-prod", None, "erp-prod"),
        ("ERP-PROD", None, None),
        ("other", None, None),
        ("broken", None, None),
        (None, GROUP, "erp-prod"),
        (None, GROUP.upper(), "erp-prod"),
        (None, GROUP[:-1] + "0", None),
        (None, None, None),
        ("other", GROUP, None),
    ],
)
def test_a_target_is_found_by_its_name_or_its_groups_id(
    target: str | None, server_group_id: str | None, found: str | None
) -> None:
    by_name = json.dumps({"server_group_name": "ERP production"})
    by_id = json.dumps({"server_group_id": GROUP})
    parameters = {"targets/erp-prod": by_id, "targets/by-name": by_name, "targets/broken": "{"}
    request = StopRequest("d", Source.QUEUE, datetime(2026, 1, 1, tzinfo=UTC), target, server_group_id)

    match = read_targets(parameters, DEFAULTS).find(request)

    assert (match.name if match else None) == found


@pytest.mark.parametrize(
    ("target", "problem"),
    [
        ("broken", "The target's document is broken: target 'broken', key '(document)': not JSON"),
        ("other", "No target named 'other' is configured."),
        (None, f"No target with the protection group '{GROUP}' is configured."),
    ],
)
def test_what_is_not_found_is_explained(target: str | None, problem: str) -> None:
    request = StopRequest("d", Source.QUEUE, datetime(2026, 1, 1, tzinfo=UTC), target, None if target else GROUP)

    assert problem in sentence(read_targets({"targets/broken": "{"}, DEFAULTS).why(request))


@pytest.mark.parametrize("pattern", ["[!]]*", "*[!]]", "[]a]*", "[!a]", "?[a-z]*"])
def test_a14_a_pattern_of_brackets_and_stars_alone_is_refused(pattern: str) -> None:
    document = json.dumps({"server_group_name": "erp", "alarms": [pattern]})

    with pytest.raises(TargetError, match="every alarm"):
        read_target("erp-prod", document, TargetDefaults("cn-north-4"))


@pytest.mark.parametrize("path", ["Mode", "MODE", "target/erp-prod", "mode/x", "targets.erp", "webhooks/ops"])
def test_k18_an_unknown_parameter_below_the_prefix_is_broken(path: str) -> None:
    targets = read_targets({path: "off", "calendars/holidays": "{}"}, DEFAULTS)

    assert list(targets.broken) == [path]
    assert "none of mode, targets/NAME" in targets.broken[path].problem


def test_a10_by_group_id_the_target_that_admits_the_request_is_found() -> None:
    request = StopRequest("d", Source.QUEUE, datetime(2026, 1, 2, tzinfo=UTC), server_group_id=GROUP)
    documents: dict[str, dict[str, Any]] = {
        "a-off": {"mode": "off"},
        "b-dry": {"mode": "dry-run"},
        "c-alarms": {"sources": ["alarm"]},
        "d-live": {},
    }
    parameters = {
        f"targets/{name}": json.dumps({"server_group_id": GROUP, **document}) for name, document in documents.items()
    }

    found = read_targets(parameters, DEFAULTS).find(request)

    assert found is not None
    assert found.name == "d-live"


def test_k24_who_asks_by_a_group_id_is_told_of_the_targets_that_are_known_by_name() -> None:
    request = StopRequest("d", Source.QUEUE, datetime(2026, 1, 2, tzinfo=UTC), server_group_id=GROUP)

    targets = read_targets({"targets/erp": json.dumps({"server_group_name": "erp-prod"})}, DEFAULTS)

    assert sentence(targets.why(request)).endswith(
        "targets whose group is known by its name are asked by their own name: erp."
    )


def test_k13b_a_parameter_that_is_still_encrypted_is_named_as_one() -> None:
    with pytest.raises(TargetError, match="SecureString"):
        read_target("erp-prod", "AQICAHj4v0nobodysCiphertext", DEFAULTS)
