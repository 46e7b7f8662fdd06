"""Frozen records to and from plain values: every record comes back as it was, older and newer ones are read."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints
from unittest.mock import ANY

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standdown.base.text import canonical, strict_json
from standdown.core.operation import SCHEMA_VERSION, GroupRef, Operation, State
from standdown.core.outcome import Delivery, DeliveryState, FailedSubJob, HuaweiAnswer, Outcome, Refusal, Result
from standdown.core.reasons import Why
from standdown.core.request import Mode, Source, StopRequest
from standdown.core.serialize import Record
from standdown.follow.watch_state import WatchState

GOLDEN = Path(__file__).with_name("golden")
RECORDS: list[type[Record]] = [
    StopRequest,
    GroupRef,
    Operation,
    Outcome,
    HuaweiAnswer,
    FailedSubJob,
    DeliveryState,
    WatchState,
]

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
# The wire has milliseconds, and nothing here is older than the project or farther than any deadline.
_TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1)).map(  # noqa: DTZ001 - made UTC in the next line
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=UTC)
)

_REASONS: st.SearchStrategy[Any] = st.deferred(lambda: records(Why))  # a reason has others behind it


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for the type that a record's field is declared with."""
    if get_origin(hint) is UnionType:
        return st.one_of(*(values(arg) for arg in get_args(hint)))
    if hint is NoneType:
        return st.none()
    if get_origin(hint) is tuple:
        return st.lists(values(get_args(hint)[0]), max_size=2).map(tuple)
    if get_origin(hint) is dict:
        return st.dictionaries(_TEXT, values(get_args(hint)[1]), max_size=2)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(list(hint))
    if isinstance(hint, type) and issubclass(hint, Record):
        return _REASONS if hint is Why else records(hint)
    return {str: _TEXT, bool: st.booleans(), int: st.integers(0, 10**12), datetime: _TIMES}[hint]


def records(kind: type[Record]) -> st.SearchStrategy[Record]:
    hints = get_type_hints(kind)
    return st.builds(kind, **{f.name: values(hints[f.name]) for f in fields(kind)})  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", RECORDS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_every_record_comes_back_from_the_wire_as_it_was(kind: type[Record], data: st.DataObject) -> None:
    record = data.draw(records(kind))

    assert kind.from_dict(strict_json(canonical(record.to_dict()))) == record


@pytest.mark.parametrize("kind", RECORDS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_keys_of_a_newer_version_are_ignored(kind: type[Record], data: st.DataObject) -> None:
    record = data.draw(records(kind))

    assert kind.from_dict(record.to_dict() | {"written_by_a_newer_version": {"a": [1]}}) == record


@pytest.mark.parametrize("kind", RECORDS)
def test_every_record_is_frozen_and_has_no_room_for_more(kind: type[Record]) -> None:
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert "__slots__" in vars(kind)


def test_a_record_leaves_it_to_what_is_no_record_of_its_kind_whether_both_are_equal() -> None:
    group = GroupRef("eu-de", "project", "group")

    assert group == ANY
    assert group == GroupRef("eu-de", "project", "group")
    assert group not in (GroupRef("eu-de", "project"), "group")


def test_what_is_missing_comes_from_the_defaults() -> None:
    data = {"delivery_id": "d", "source": "queue", "requested_at": "2026-01-02T03:04:05Z"}

    request = StopRequest.from_dict(data)

    assert request == StopRequest("d", Source.QUEUE, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))


def test_null_stands_for_none_alone() -> None:
    data = {"result": "failed", "ended_at": "2026-01-02T03:04:05Z", "detail": "d", "huawei": None}

    assert Outcome.from_dict(data).huawei is None
    with pytest.raises(ValueError, match=r"."):
        Outcome.from_dict(data | {"result": None})


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"delivery_id": ...}, r"not a StopRequest: missing \['delivery_id'\]"),
        ({"requested_at": ..., "source": ...}, r"missing \['source', 'requested_at'\]"),
        ({"source": "carrier pigeon"}, "carrier pigeon"),
        ({"source": ["queue"]}, "queue"),
        ({"requested_at": 5}, "."),
        ({"requested_at": "yesterday"}, "yesterday"),
        ({"requested_at": "0001-01-01T00:00:00+23:59"}, "."),
        ({"requested_at": None}, "."),
        ({"delivery_id": 5}, "int where str belongs"),
        ({"delivery_id": None}, "NoneType where str belongs"),
        ({"target": ["erp-prod"]}, "list where str belongs"),
        ({"dry_run": "false"}, "str where bool belongs"),
    ],
)
def test_a_value_that_does_not_fit_is_a_value_error(change: dict[str, Any], problem: str) -> None:
    good = {"delivery_id": "d", "source": "queue", "requested_at": "2026-01-02T03:04:05Z"}
    data = {key: value for key, value in (good | change).items() if value is not ...}

    with pytest.raises(ValueError, match=problem):
        StopRequest.from_dict(data)


@pytest.mark.parametrize("data", [None, 5, "text", [], ["operation_id"], True])
def test_what_is_no_object_is_a_value_error(data: Any) -> None:
    with pytest.raises(ValueError, match="not a WatchState"):
        WatchState.from_dict(data)


@pytest.mark.parametrize("value", [None, [], "many", {}, float("inf"), float("nan"), "1" * 5000])
def test_a_number_that_is_none_is_a_value_error(value: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        WatchState.from_dict({"operation_id": "a", "looks": value})


@dataclass(frozen=True, slots=True)
class _Nest(Record):
    """A record that holds others of itself, as deep as the data goes."""

    name: str
    inner: tuple[DeliveryState, ...] = ()
    by_name: dict[str, DeliveryState] | None = None


@pytest.mark.parametrize(
    "wrong", [{"inner": 5}, {"inner": [5]}, {"inner": [None]}, {"by_name": []}, {"by_name": {"a": "b"}}]
)
def test_what_does_not_fit_inside_is_a_value_error_too(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        _Nest.from_dict({"name": "n"} | wrong)


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("operation-*.json")), ids=lambda path: path.stem)
def test_items_that_version_1_wrote_are_read_for_ever(path: Path) -> None:
    written = json.loads(path.read_text(encoding="utf-8"))

    operation = Operation.from_dict(written)

    assert operation.schema_version == 1
    known = _known_then(operation.to_dict(), written)
    assert canonical(_without_none(known)) == canonical(_without_none(_of_the_record(written)))
    assert operation.dry_run is ("dry-run" in path.stem)


def test_the_golden_items_show_every_state_and_every_word() -> None:
    items = [json.loads(path.read_text(encoding="utf-8")) for path in GOLDEN.glob("operation-*.json")]
    outcomes = [item["outcome"] for item in items if "outcome" in item]

    assert {item["state"] for item in items} == set(State)
    assert {outcome["result"] for outcome in outcomes} == set(Result)
    assert {channel["status"] for item in items for channel in item["channels"].values()} == set(Delivery)


def test_the_words_of_version_1_are_never_taken_back() -> None:
    assert SCHEMA_VERSION == 1
    assert set(Source) >= {"alarm", "queue", "schedule", "webhook", "direct"}
    assert set(Mode) >= {"live", "dry-run", "off"}
    assert set(State) >= {"intent", "accepted", "following", "joined", "ended", "published"}
    assert set(Refusal) >= {"not_allowed", "stale", "wrong_state", "not_found", "off", "cooldown", "malformed"}
    assert set(Result) >= {
        "succeeded",
        "failed",
        "already_stopped",
        "refused",
        "timed_out",
        "unknown",
        "dry_run",
        "joined",
    }
    assert set(Delivery) >= {"pending", "done", "undelivered"}


def test_the_workflow_state_that_version_1_wrote_is_read() -> None:
    written = json.loads((GOLDEN / "watch.json").read_text(encoding="utf-8"))

    watch = WatchState.read(written)

    assert _known_then(watch.to_dict(), written) == written


def _of_the_record(item: dict[str, Any]) -> dict[str, Any]:
    """Leave out what the ledger adds to an item, and what versions yet to come may add."""
    return {key: value for key, value in item.items() if key in {f.name for f in fields(Operation)}}


def _known_then(value: Any, written: Any) -> Any:
    """Leave out what later versions added."""
    if isinstance(value, dict) and isinstance(written, dict):
        return {key: _known_then(item, written[key]) for key, item in value.items() if key in written}
    if isinstance(value, list) and isinstance(written, list):
        return [_known_then(*pair) for pair in zip(value, written, strict=True)]
    return value


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_none(item) for key, item in value.items() if item not in (None, [])}
    return [_without_none(item) for item in value] if isinstance(value, list) else value
