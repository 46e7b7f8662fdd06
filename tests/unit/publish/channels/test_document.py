"""docs/using/outcomes.md says what the code does."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from local.places import ROOT
from standdown.base.metrics import DIMENSIONS
from standdown.base.standard_webhooks import decode_secret, signed_headers
from standdown.core.outcome import Refusal, Result
from standdown.publish.backoff import AWS, WEBHOOK, Schedule
from standdown.publish.channels.endpoints import Endpoint, read_document

TEXT = (ROOT / "docs" / "using" / "outcomes.md").read_text("utf-8")
SECRET, OTHER = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
UNITS = {"s": 1, "min": 60, "h": 3600}
BODY = b'{"outcome":"succeeded"}'


@pytest.fixture(scope="module")
def verified() -> Callable[..., bool]:
    """Give the function that the document offers to receivers."""
    [snippet] = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    space: dict[str, Any] = {}
    exec(snippet, space)  # noqa: S102 - our own document
    found: Callable[..., bool] = space["verified"]
    return found


def signed(*secrets: str, timestamp: int | None = None) -> dict[str, str]:
    return signed_headers("f" * 32, timestamp or int(time.time()), BODY, [decode_secret(secret) for secret in secrets])


def rows(heading: str) -> list[str]:
    """Return the lines of the first table whose head begins so, without its head."""
    lines = TEXT[TEXT.index(f"| {heading} |") :].splitlines()[2:]
    end = next((number for number, line in enumerate(lines) if not line.startswith("|")), len(lines))
    return lines[:end]


def seconds(words: str) -> float:
    return sum(float(number) * UNITS[unit] for number, unit in re.findall(r"(\d+) (s|min|h)\b", words))


@pytest.mark.parametrize("secrets", [(SECRET,), (SECRET, OTHER), (OTHER, SECRET)])
def test_the_snippet_takes_what_we_sign_with_either_secret(
    verified: Callable[..., bool], secrets: tuple[str, ...]
) -> None:
    assert verified(signed(*secrets), BODY, [SECRET])
    assert verified(signed(SECRET), BODY, [OTHER, SECRET])


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (signed(OTHER), BODY),
        (signed(SECRET), BODY + b" "),
        (signed(SECRET, timestamp=int(time.time()) - 86_400), BODY),
        (signed(SECRET, timestamp=int(time.time()) + 86_400), BODY),
        (signed(SECRET) | {"webhook-id": "e" * 32}, BODY),
        (signed(SECRET) | {"webhook-timestamp": "soon"}, BODY),
        (signed(SECRET) | {"webhook-signature": "v1"}, BODY),
        (signed(SECRET) | {"webhook-signature": "v1,\u00e9"}, BODY),
        ({}, BODY),
    ],
)
def test_the_snippet_takes_nothing_else(verified: Callable[..., bool], headers: dict[str, str], body: bytes) -> None:
    assert not verified(headers, body, [SECRET])


def test_the_endpoints_document_that_is_shown_can_be_read() -> None:
    [shown] = [one for one in re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL) if '"endpoints"' in one]
    shown = shown.replace("whsec_new…", SECRET).replace("whsec_old…", OTHER).replace("whsec_…", SECRET)

    endpoints = read_document(shown)

    assert [endpoint.name for endpoint in endpoints if isinstance(endpoint, Endpoint)] == ["pager", "tickets"]


@pytest.mark.parametrize(("schedule", "row"), [(AWS, 0), (WEBHOOK, 1)])
def test_the_tries_and_waits_are_those_of_the_schedules(schedule: Schedule, row: int) -> None:
    _, _, tries, waits, _ = rows("channel")[row].split("|")
    number, _, within = tries.partition(", within ")
    told = [
        seconds(part) for part in waits.replace("then 15 min four times", "15 min, 15 min, 15 min, 15 min").split(",")
    ]

    assert int(number) == len(schedule.waits) + 1
    assert tuple(told) == schedule.waits
    assert sum(schedule.waits) <= seconds(within) <= sum(schedule.waits) * 1.1


def test_every_outcome_every_refusal_and_every_metric_is_described() -> None:
    def named(heading: str) -> set[str]:
        return {match[1] for row in rows(heading) if (match := re.match(r"\| `([A-Za-z_]+)`", row))}

    assert named("outcome") == {result.value for result in Result}
    assert named("refusal") == {refusal.value for refusal in Refusal}
    assert named("metric") == {metric.value for metric in DIMENSIONS}
    for metric, dimensions in DIMENSIONS.items():
        row = next(row for row in rows("metric") if row.startswith(f"| `{metric.value}` |"))
        assert tuple(re.findall(r"`(\w+)`", row.split("|")[2])) == dimensions
