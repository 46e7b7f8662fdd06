"""The outcome for machines: its published form, its examples, its size. `GOLDEN=write` writes the examples anew."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from standdown.base.text import canonical, iso
from standdown.core.operation import Operation
from standdown.core.outcome import FailedSubJob, HuaweiAnswer, Refusal, Result
from standdown.core.reasons import Reason, Why
from standdown.publish.channels.eventbridge import DETAIL_TYPE, SOURCE
from standdown.publish.render.payload import LARGEST, SCHEMA_VERSION, detail
from support.samples import ENDED, LINKS, TICKET, ended, refused

ROOT = Path(__file__).parents[4]
SCHEMA = json.loads((ROOT / "docs/outcome.schema.json").read_text(encoding="utf-8"))
EXAMPLES = ROOT / "events/outcomes"
PINNED = {1: "6439ca952a2b31c17f992894fb6fe02bf42ae30d6ed28a46a2bb02cc514e1ff1"}


def event(operation: Operation) -> dict[str, Any]:
    """Return the EventBridge event of an operation as a rule's target gets it."""
    outcome = operation.outcome
    assert outcome
    return {
        "version": "0",
        "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        "detail-type": DETAIL_TYPE,
        "source": SOURCE,
        "account": "123456789012",
        "time": iso(outcome.ended_at)[:19] + "Z",
        "region": "eu-central-1",
        "resources": [LINKS.execution_arn(operation)],
        "detail": detail(operation, LINKS),
    }


def test_a_change_of_the_schema_is_a_new_version() -> None:
    shown = hashlib.sha256(canonical(SCHEMA).encode()).hexdigest()

    version = SCHEMA["properties"]["schema_version"]["const"]

    assert version == SCHEMA_VERSION
    assert SCHEMA["$id"] == f"urn:standdown:outcome:{version}"
    assert PINNED[version] == shown, "receivers rely on the form: give a changed schema a new version, and pin it here"


def properties(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every property of a schema with its path."""
    for name, one in schema.get("properties", {}).items():
        yield f"{path}/{name}", one
        yield from properties(one, f"{path}/{name}")
        yield from properties(one.get("items", {}), f"{path}/{name}")


def test_o13_every_property_has_a_description_and_every_example_of_one_is_valid() -> None:
    known = dict(properties(SCHEMA))

    assert [path for path, one in known.items() if not one.get("description")] == []
    assert sum("examples" in one for one in known.values()) > 25
    for path, one in known.items():
        for example in one.get("examples", []):
            assert not list(Draft202012Validator({**one, "$defs": SCHEMA["$defs"]}).iter_errors(example)), path


def test_o13b_a_time_that_is_none_and_a_text_that_is_null_are_told_apart_from_the_real_ones() -> None:
    times = Draft202012Validator(SCHEMA["$defs"]["time"], format_checker=Draft202012Validator.FORMAT_CHECKER)

    assert SCHEMA["$defs"]["time"]["format"] == "date-time"
    assert times.is_valid("2026-11-24T02:14:07.000Z")
    assert SCHEMA["$defs"]["text"]["type"] == "string"
    assert None not in SCHEMA["properties"]["refusal"]["oneOf"][0]["enum"]


def test_the_schema_is_itself_valid() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("case", ENDED)
def test_every_outcome_is_of_the_published_form(case: str) -> None:
    told = detail(ENDED[case], LINKS)

    Draft202012Validator(SCHEMA).validate(told)
    assert set(told) == set(SCHEMA["properties"])
    assert set(told["group"]) == set(SCHEMA["properties"]["group"]["properties"])


@pytest.mark.parametrize("case", ENDED)
def test_the_example_in_the_repository_is_what_is_sent(case: str) -> None:
    file = EXAMPLES / f"{case}.json"
    if os.environ.get("GOLDEN") == "write":
        text = json.dumps(event(ENDED[case]), indent=2, ensure_ascii=False)
        file.write_text(f"{text}\n", encoding="utf-8")

    example = json.loads(file.read_text(encoding="utf-8"))

    assert example == event(ENDED[case])
    Draft202012Validator(SCHEMA).validate(example["detail"])


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
