"""The outcome for machines: its published form, its examples, its size. `GOLDEN=write` writes the examples anew."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from standdown.base.text import canonical, iso
from standdown.core.operation import Operation
from standdown.core.outcome import FailedSubJob, HuaweiAnswer, Refusal, Result
from standdown.core.reasons import Reason, Why
from standdown.core.request import Action, Source
from standdown.publish.channels.eventbridge import SOURCE
from standdown.publish.render.payload import LARGEST, SCHEMA_VERSION, detail
from standdown.publish.render.rendered import DETAIL_TYPES
from support.samples import ENDED, LINKS, TICKET, ended, refused

ROOT = Path(__file__).parents[4]
SCHEMA = json.loads((ROOT / "docs/outcome.schema.json").read_text(encoding="utf-8"))
SCHEMAS: dict[Action, Any] = {
    Action.STOP: SCHEMA,
    Action.RESUME: json.loads((ROOT / "docs/resume-outcome.schema.json").read_text(encoding="utf-8")),
}
EXAMPLES = ROOT / "events/outcomes"
PINNED = {
    Action.STOP: {1: "7c56cbed2afca58efc15f51502b32162861a04a390fda1edf579f534730e2fb9"},
    Action.RESUME: {1: "82d5e8a23a0dfc398ce8ec45fe63b131b8d3b4a9f96f6f9ab2d5c4d6114cf415"},
}


def event(operation: Operation) -> dict[str, Any]:
    """Return the EventBridge event of an operation as a rule's target gets it."""
    outcome = operation.outcome
    assert outcome
    return {
        "version": "0",
        "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        "detail-type": DETAIL_TYPES[operation.action],
        "source": SOURCE,
        "account": "123456789012",
        "time": iso(outcome.ended_at)[:19] + "Z",
        "region": "eu-central-1",
        "resources": [LINKS.execution_arn(operation)],
        "detail": detail(operation, LINKS),
    }


@pytest.mark.parametrize("action", SCHEMAS)
def test_a_change_of_the_schema_is_a_new_version(action: Action) -> None:
    schema, name = SCHEMAS[action], "outcome" if action is Action.STOP else "resume-outcome"
    shown = hashlib.sha256(canonical(schema).encode()).hexdigest()

    version = schema["properties"]["schema_version"]["const"]

    assert version == SCHEMA_VERSION
    assert schema["$id"] == f"urn:standdown:{name}:{version}"
    assert PINNED[action][version] == shown, (
        "receivers rely on the form: give a changed schema a new version, and pin it here"
    )


def properties(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every property of a schema with its path."""
    for name, one in schema.get("properties", {}).items():
        yield f"{path}/{name}", one
        yield from properties(one, f"{path}/{name}")
        yield from properties(one.get("items", {}), f"{path}/{name}")


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_o13_every_property_has_a_description_and_every_example_of_one_is_valid(schema: Any) -> None:
    known = dict(properties(schema))

    assert [path for path, one in known.items() if not one.get("description")] == []
    assert sum("examples" in one for one in known.values()) > 25
    for path, one in known.items():
        for example in one.get("examples", []):
            assert not list(Draft202012Validator({**one, "$defs": schema["$defs"]}).iter_errors(example)), path


def test_o13b_a_time_that_is_none_and_a_text_that_is_null_are_told_apart_from_the_real_ones() -> None:
    times = Draft202012Validator(SCHEMA["$defs"]["time"], format_checker=Draft202012Validator.FORMAT_CHECKER)

    assert SCHEMA["$defs"]["time"]["format"] == "date-time"
    assert times.is_valid("2026-11-24T02:14:07.000Z")
    assert SCHEMA["$defs"]["text"]["type"] == "string"
    assert SCHEMA["properties"]["refusal"]["oneOf"][0] == {"$ref": "#/$defs/word"}


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_the_schema_is_itself_valid(schema: Any) -> None:
    Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_a_receiver_that_validates_takes_the_words_of_a_later_version(schema: Any) -> None:
    word = Draft202012Validator({"$ref": "#/$defs/word", "$defs": schema["$defs"]})
    shown = schema["properties"]

    assert all(word.is_valid(one.value) for words in (Result, Refusal, Source) for one in words)
    assert word.is_valid("a_word_of_tomorrow")
    assert not word.is_valid("Not a word")
    assert "enum" not in json.dumps([shown["outcome"], shown["refusal"], shown["causes"], schema["$defs"]])


@pytest.mark.parametrize("case", ENDED)
def test_every_outcome_is_of_the_published_form(case: str) -> None:
    told = detail(ENDED[case], LINKS)

    schema = SCHEMAS[ENDED[case].action]
    Draft202012Validator(schema).validate(told)
    assert set(told) == set(schema["properties"])
    assert set(told["group"]) == set(schema["properties"]["group"]["properties"])
    assert set(told["causes"][0]) == set(schema["properties"]["causes"]["items"]["properties"])


@pytest.mark.parametrize("case", ENDED)
def test_the_example_in_the_repository_is_what_is_sent(case: str) -> None:
    file = EXAMPLES / f"{case}.json"
    if os.environ.get("GOLDEN") == "write":
        text = json.dumps(event(ENDED[case]), indent=2, ensure_ascii=False)
        file.write_text(f"{text}\n", encoding="utf-8")

    example = json.loads(file.read_text(encoding="utf-8"))

    assert example == event(ENDED[case])
    Draft202012Validator(SCHEMAS[ENDED[case].action]).validate(example["detail"])


def test_no_example_is_left_over() -> None:
    assert {file.stem for file in EXAMPLES.iterdir()} == set(ENDED)


def test_the_ids_are_the_operations_own() -> None:
    told = detail(ENDED["succeeded"], LINKS)

    assert told["event_id"] == told["operation_id"] == ENDED["succeeded"].operation_id


def test_an_operation_that_has_not_ended_has_no_outcome_to_tell() -> None:
    with pytest.raises(ValueError, match="has not ended"):
        detail(replace(ENDED["succeeded"], outcome=None), LINKS)


def test_the_cause_is_told_as_a_code_with_its_values() -> None:
    why = Why(Reason.BAD_TARGET, {"target": "erp-prod", "key": "region", "problem": "is none\n" * 200})

    told = detail(refused(Refusal.NOT_ALLOWED, why), LINKS)

    assert told["why"]["code"] == "bad_target"
    assert told["why"]["values"]["target"] == "erp-prod"
    assert len(told["why"]["values"]["problem"]) <= 300
    Draft202012Validator(SCHEMA).validate(told)


def test_a_clock_that_was_set_back_gives_no_negative_duration() -> None:
    told = detail(ended(Result.UNKNOWN, "Odd.", seconds=-5), LINKS)

    assert told["duration_seconds"] == 0


def test_many_causes_are_cut_and_counted() -> None:
    many = tuple(replace(TICKET, delivery_id=f"delivery-{n}") for n in range(500))
    operation = replace(ENDED["succeeded"], causes=many)

    told = detail(operation, LINKS)

    assert len(canonical(told)) <= LARGEST
    assert len(told["causes"]) + told["causes_omitted"] == 501
    assert told["causes"][0]["source"] == "alarm"
    assert 20 < len(told["causes"]) <= 100


def test_many_failed_sub_jobs_are_cut_and_counted() -> None:
    jobs = tuple(FailedSubJob(f"j{n}", f"r{n}", "SDRS.0011", "Client error") for n in range(2_000))
    operation = ended(Result.FAILED, "It failed.", huawei=HuaweiAnswer(failed_sub_jobs=jobs))

    told = detail(operation, LINKS)

    assert len(canonical(told)) <= LARGEST
    assert len(told["huawei"]["failed_sub_jobs"]) + told["huawei"]["failed_sub_jobs_omitted"] == 2_000
    assert told["huawei"]["failed_sub_jobs"][0]["meaning"] == "Client error"


def test_a_stop_says_since_when_under_which_hold_and_until_when_the_group_is_without_protection() -> None:
    operation = ENDED["succeeded-for-the-night"]

    told = detail(operation, LINKS)

    assert (told["action"], told["hold"]) == ("stop", operation.operation_id)
    assert told["unprotected_since"] == "2026-11-24T02:14:30.000Z"
    assert told["resumes_at"] == "2026-11-24T05:00:00.000Z"  # 06:00 in Berlin
    assert (told["in_step"], told["progress"]) == (None, None)


def test_no_time_is_told_at_which_a_group_comes_back_by_itself_that_was_without_protection_before() -> None:
    operation = ENDED["succeeded-for-the-night"]
    later = replace(operation, received_at=operation.received_at + timedelta(hours=1))

    assert detail(later, LINKS)["resumes_at"] is None


def test_the_hold_of_a_stop_is_that_of_the_last_who_asked_and_then_no_timer_is_promised() -> None:
    operation = replace(ENDED["succeeded-for-the-night"], causes=(TICKET,))

    told = detail(operation, LINKS)

    assert told["hold"] == TICKET.operation_id
    assert told["resumes_at"] is None


@pytest.mark.parametrize(
    "case", ["dry-run", "refused-cooldown", "refused-skipped", "failed-credential", "joined-succeeded"]
)
def test_what_opened_no_hold_names_none(case: str) -> None:
    assert detail(ENDED[case], LINKS)["hold"] is None


def test_a_resume_says_what_it_undid_how_far_the_copy_is_and_who_asked_beside_the_sender() -> None:
    told = detail(ENDED["resumed-copying"], LINKS)

    assert (told["action"], told["outcome"], told["protected"]) == ("resume", "resumed", True)
    assert told["hold"] == ENDED["succeeded"].operation_id
    assert (told["in_step"], told["progress"]) == (False, 37)
    assert told["unprotected_since"] == "2026-11-24T02:14:30.000Z"
    assert (told["causes"][0]["requested_by"], told["causes"][0]["sender"]) == (
        "Ada Lovelace",
        "AROAEXAMPLEEXAMPLE:ada",
    )
