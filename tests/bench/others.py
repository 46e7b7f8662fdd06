"""The first events of webhook, poller and notifier as on AWS: whoever waits for an answer does not wait for ever."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench import artefacts, far, subject, throttle
from bench.cloud import WEBHOOK_KEY, Cloud, Far
from bench.report import MeasureError, Row, Table, middle, ms
from bench.subject import Run, Subject
from local.places import CACHE
from standdown.base.standard_webhooks import signed_headers

WAITS = {"webhook": 3e9}
"""Nanoseconds for which a sender waits: GitHub's are 10 s, SMN's 5, the shortest that we know 3."""


@dataclass(frozen=True, slots=True)
class First:
    """One first event: nanoseconds of CPU before it, of CPU in it, from process start to its answer; KiB at most."""

    init_cpu: float
    event_cpu: float
    answered: float
    peak: float

    @classmethod
    def of(cls, run: Run) -> First:
        """Read it from a run with one event."""
        [event] = run.invocations
        answered = event["end"] - run.spawned
        return cls(run.told["init_cpu"], event["cpu"], answered, run.told["peak_kib"])


def measure(rounds: int, before: Path | None = None) -> Table:
    """Return the table; `before` is what `sam build` made of an earlier version, to be measured in turn."""
    CACHE.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=CACHE) as scratch, throttle.group() as group:
        place = far.place(Path(scratch))
        builds = {"now": artefacts.built()} | ({"before": before} if before else {})
        layers = {
            when: artefacts.with_bytecode(built / "StanddownLayer" / "python", Path(scratch) / when)
            for when, built in builds.items()
        }
        for layer in layers.values():
            (layer / "certifi" / "cacert.pem").write_bytes(place.ca_file.read_bytes())
        found: dict[tuple[str, str], list[First]] = {}
        for number in range(rounds + 1):
            for when, built in builds.items():
                for name, first in _firsts(built, layers[when], place, group).items():
                    found.setdefault((name, when), []).extend([first] if number else [])
    return Table(
        "First events of the other functions",
        f"As in the table above: TLS, distances, CPU share; {rounds} rounds, medians. "
        + ("An earlier version takes turns with this one." if before else "The sender of a webhook waits for 3 s."),
        [row for name in ("webhook", "poller", "notifier") for row in _rows(name, found, with_before=bool(before))],
    )


def _rows(name: str, found: dict[tuple[str, str], list[First]], *, with_before: bool) -> Sequence[Row]:
    def value(of: str, when: str = "now") -> float:
        return middle(getattr(first, of) for first in found[name, when])

    def row(what: str, of: str) -> Row:
        shown = ms if of != "peak" else lambda kib: f"{kib / 1024:.0f} MiB"
        if with_before:
            return Row(what, shown(value(of)), f"{shown(value(of, 'before'))} before", value(of) / value(of, "before"))
        waits = WAITS.get(name) if of == "answered" else None
        against, aim = (f"{ms(waits)} that its sender waits", 1.0) if waits else ("", None)
        return Row(what, shown(value(of)), against, value(of) / waits if waits else None, aim)

    return [
        row(f"{name}: process start to its first answer", "answered"),
        row(f"{name}: CPU time of init", "init_cpu"),
        row(f"{name}: CPU time of the first event", "event_cpu"),
        row(f"{name}: peak memory", "peak"),
    ]


def _firsts(built: Path, layer: Path, place: Far, group: Path | None) -> dict[str, First]:
    def of(function: str) -> Subject:
        return Subject(function, (built / function, layer, artefacts.runtime()))

    with Cloud(far=place) as cloud:
        webhook = of("WebhookFunction").run(cloud, [webhook_request()], group=group)
        if webhook.invocations[0]["answer"]["statusCode"] != 202:
            raise MeasureError(f"the webhook answered {webhook.invocations[0]['answer']}")
        of("TriggerFunction").run(cloud, [subject.batch(0)])
        [operation] = [pk for pk in cloud.dynamo.items if "#" not in pk]
        state = {"schema_version": 1, "operation_id": operation, "wait_seconds": 2}
        runs = {"webhook": webhook} | {
            name: of(f"{name.capitalize()}Function").run(cloud, [state], group=group) for name in ("poller", "notifier")
        }
    return {name: First.of(run) for name, run in runs.items()}


def webhook_request() -> dict[str, Any]:
    """Return a signed request as an HTTP API passes it on."""
    body = json.dumps({"target": "erp-prod", "reason": "bench", "requested_by": "bench"})
    headers = signed_headers("msg_bench", int(time.time()), body.encode(), [WEBHOOK_KEY])
    return {
        "version": "2.0",
        "routeKey": "POST /stop",
        "rawPath": "/stop",
        "headers": {"content-type": "application/json", **headers},
        "requestContext": {"stage": "$default", "http": {"method": "POST", "path": "/stop"}},
        "body": body,
        "isBase64Encoded": False,
    }
