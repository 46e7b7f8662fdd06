"""What is said of a target that cannot be used, and of a request that no target fits: word for word, and as a code."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from standdown.core.reasons import Reason, Why
from standdown.core.request import Mode, Source, StopRequest
from standdown.core.sentences import sentence
from standdown.core.targets import TargetDefaults, TargetError, Targets, read_target, read_targets

GROUP, OTHER = "40df180b-9fe2-471a-8c64-1b758dc84189", "50df180b-9fe2-471a-8c64-1b758dc84189"
DEFAULTS = TargetDefaults("cn-north-4")
ONE_OF_BOTH = "give the group's id, or its name as server_group_name, and not both"
ALARMS = {"server_group_id": GROUP, "alarms": []}


@pytest.mark.parametrize(
    ("name", "text", "key", "problem"),
    [
        ("ERP", "{}", "name", "use 1 to 63 lower-case letters, digits and hyphens"),
        ("erp", "AQICAHj4v0", "(document)", "is a SecureString, which is not decrypted: store it as a String"),
        ("erp", "[]", "(document)", "must be a JSON object"),
        ("erp", "{}", "server_group_id", ONE_OF_BOTH),
        ("erp", json.dumps({"server_group_id": GROUP, "server_group_name": "ERP"}), "server_group_id", ONE_OF_BOTH),
        (
            "erp",
            json.dumps(ALARMS | {"alarms": "erp-*"}),
            "alarms",
            "must be a list of at most 100 alarm names or globs, not 'erp-*'",
        ),
        (
            "erp",
            json.dumps(ALARMS | {"alarms": ["arn:aws:x"]}),
            "alarms",
            "'arn:aws:x' is an ARN: write the alarm's name alone",
        ),
        (
            "erp",
            json.dumps(ALARMS | {"alarms": ["**"]}),
            "alarms",
            "the pattern '**' would let every alarm stop this target: name a part of the alarm",
        ),
    ],
)
def test_an_invalid_target_says_which_key_is_wrong_and_how_to_mend_it(
    name: str, text: str, key: str, problem: str
) -> None:
    with pytest.raises(TargetError) as caught:
        read_target(name, text, DEFAULTS)

    assert str(caught.value) == f"target {name!r}, key {key!r}: {problem}"
    assert (caught.value.target, caught.value.key, caught.value.problem) == (name, key, problem)
    assert caught.value.why == Why(Reason.BAD_TARGET, {"target": name, "key": key, "problem": problem})


@pytest.mark.parametrize("name", ["a" * 64, "a\n" * 200])
def test_a_name_that_is_none_is_shown_in_at_most_80_characters(name: str) -> None:
    with pytest.raises(TargetError) as caught:
        read_target(name, "{}", DEFAULTS)

    assert caught.value.target.startswith("a")
    assert len(caught.value.target) == min(len(name), 80)


def test_a_parameter_that_is_nothing_of_ours_is_told_by_its_path() -> None:
    long = "webhooks/" + "x" * 100
    targets = read_targets({"webhooks/ops": "", long: ""}, DEFAULTS)

    told = targets.broken["webhooks/ops"]
    assert str(told) == ("target 'webhooks/ops', key '(parameter)': is none of mode, targets/NAME, calendars/NAME")
    assert len(targets.broken[long].target) == 80


@pytest.mark.parametrize("slash", ["", "/"])
def test_what_is_ours_is_known_with_and_without_a_slash_before_it(slash: str) -> None:
    document = json.dumps({"server_group_id": GROUP})
    parameters = {"mode": "live", "targets/erp": document, "calendars/holidays": "{}"}

    targets = read_targets({f"{slash}{path}": text for path, text in parameters.items()}, DEFAULTS)

    assert list(targets.valid) == ["erp"]
    assert targets.broken == {}


def test_a_stack_mode_that_nobody_can_read_is_shown_in_at_most_40_characters() -> None:
    assert read_targets({"mode": "x" * 99}, DEFAULTS).bad_mode == "x" * 39 + "…"


# --- what no target fits ---------------------------------------------------------------------------------------------


def asked(target: str | None = None, group: str | None = None, source: Source = Source.QUEUE) -> StopRequest:
    return StopRequest("d", source, datetime(2026, 1, 2, tzinfo=UTC), target, group)


def configured(**documents: dict[str, Any]) -> Targets:
    return read_targets({f"targets/{name}": json.dumps(keys) for name, keys in documents.items()}, DEFAULTS)


@pytest.mark.parametrize("path", ["ERP", "target/erp", "Targets/erp", "targets-of/mine/Erp"])
def test_a_name_that_stands_in_the_wrong_place_is_pointed_out(path: str) -> None:
    targets = read_targets({path: "{}", "webhooks/ops": "{}"}, DEFAULTS)

    assert sentence(targets.why(asked("erp"))) == (
        f"No target named 'erp' is configured: {path} is not where targets/erp should be."
    )


def test_a_place_that_is_pointed_out_is_shown_in_at_most_80_characters() -> None:
    path = "x" * 100 + "/erp"

    problem = sentence(read_targets({path: "{}"}, DEFAULTS).why(asked("erp")))

    shown = problem.removeprefix("No target named 'erp' is configured: ").partition(" is not where")[0]
    assert len(shown) == 80


def test_targets_that_are_known_by_name_are_listed_in_at_most_200_characters() -> None:
    few = configured(erp={"server_group_name": "ERP"}, crm={"server_group_name": "CRM"}, hr={"server_group_id": GROUP})
    many = configured(**{f"target-{n}": {"server_group_name": "ERP"} for n in range(50)})
    start = (
        f"No target with the protection group '{OTHER}' is configured; "
        "targets whose group is known by its name are asked by their own name: "
    )

    assert sentence(few.why(asked(group=OTHER))) == f"{start}crm, erp."
    assert len(sentence(many.why(asked(group=OTHER)))) == len(f"{start}.") + 200


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (asked("broken"), Why(Reason.BAD_TARGET, {"target": "broken", "key": "mode", "problem": "p"})),
        (asked("other"), Why(Reason.UNKNOWN_TARGET, {"target": "other"})),
        (asked(group=OTHER), Why(Reason.UNKNOWN_GROUP, {"server_group_id": OTHER})),
    ],
)
def test_why_no_target_fits_is_said_by_a_code(request_: StopRequest, why: Why) -> None:
    assert Targets({}, {"broken": TargetError("broken", "mode", "p")}).why(request_) == why


def test_of_targets_with_one_group_the_one_that_lets_the_request_do_the_most_is_meant() -> None:
    group = {"server_group_id": GROUP}
    rows: dict[str, dict[str, Any]] = {
        "a-off": group | {"mode": "off"},
        "b-dry": group | {"mode": "dry-run"},
        "c-alarms": group | {"sources": ["alarm"]},
        "d-short": group | {"max_age_minutes": 5},
        "e-long": group | {"max_age_minutes": 50},
    }

    meant = []
    while rows:
        found = configured(**rows).find(asked(group=GROUP))
        assert found is not None
        meant.append(found.name)
        del rows[found.name]

    assert meant == ["e-long", "d-short", "c-alarms", "b-dry", "a-off"]
    assert configured(erp=group).mode is Mode.LIVE
