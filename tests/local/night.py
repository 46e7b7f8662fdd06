"""`make demo SCENARIO=night`: a window without replication, from the evening's schedule until the copy is in step.

The hours in between are taken off the hold's clock in the ledger. Everything else is as it would be: the sweeper is
invoked as its own schedule does it every five minutes, and does what is due.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from local.cloud import LocalCloud
from local.doors import Doors
from local.keep import COMMAND
from local.places import ROOT, aws_env
from local.process import LocalCloudError
from local.story import Story
from simulator import defaults

SCENARIO = "night"
OPTIONS = ("--scenario", SCENARIO, "--job-seconds", "4", "--init-seconds", "0.2")
WAIT_SCALE = 0.5
ERP, CRM = "erp-prod", "crm-prod"
REMINDED, WINDOW = 4, 8
"""Hours: after which people are reminded, as a target has it that says nothing of it, and that the window lasts."""
TARGETS: dict[str, dict[str, Any]] = {
    name: {
        "server_group_id": next(group["id"] for group in defaults.GROUPS if group["name"] == name),
        "sources": ["schedule", "direct"],
        "resume_after_minutes": WINDOW * 60,
    }
    for name in (ERP, CRM)
}
EXPECTED = (
    f"{ERP}: stop succeeded",
    f"{CRM}: stop refused (skipped)",
    f"{ERP}: reminder",
    f"{ERP}: resume resumed",
    f"{ERP}: in_step",
)
_SKIP = ("skip", CRM, "--reason", "month-end closing")
_STEP_SECONDS = 60
"""For how long one step may take."""
_SWEEP_SECONDS = 2.0
"""How often the sweeper is invoked while something is due."""
_TIMES = ("since", "received_at", "resume_at", "last_notice_at")

Say = Callable[[str, str], None]


def show(cloud: LocalCloud, say: Say) -> int:
    """Play the night; return 0 if people and machines got what they should have, and nothing else."""
    night = _Night(cloud, say)
    night.evening()
    night.pass_hours(REMINDED, "people are reminded of a group without protection")
    night.until(EXPECTED[2])
    night.pass_hours(WINDOW - REMINDED, "the stop's own end has come, as resume_after_minutes says")
    night.until(EXPECTED[3])
    say("now", "the group is protected, but its pairs still copy: a stop would have to wait until they are in step")
    night.until(EXPECTED[4])
    return night.close()


class _Night:
    """One night at one stack, told as it goes on."""

    def __init__(self, cloud: LocalCloud, say: Say) -> None:
        self._cloud, self._say = cloud, say
        self._story = Story(cloud, say)
        self._swept = 0.0

    def evening(self) -> None:
        """Skip one target's night, let the schedule fire for both, and wait for what becomes of it."""
        self._say("target", f"{ERP}: {json.dumps(TARGETS[ERP])}\n{CRM} has the same window")
        self._say("typed", f"standdown {' '.join(_quoted(word) for word in _SKIP)}\n{self._type(*_SKIP)}")
        event = json.loads((ROOT / "events" / "schedule.json").read_text("utf-8")) | {"target": [ERP, CRM]}
        at = Doors(self._cloud).schedule(json.dumps(event))
        self._say("schedule", f"{at}, for both targets (here it fires within 10 seconds)")
        self.until(*EXPECTED[:2], sweeps=False)

    def pass_hours(self, hours: int, what: str) -> None:
        """Take hours off the clock of every hold: it began so much earlier then, and what it waits for is nearer."""
        table, client = self._cloud.outputs["LedgerTableName"], self._cloud.client("dynamodb")
        for item in client.scan(TableName=table)["Items"]:
            if item["pk"]["S"].startswith("hold#"):
                for times in (item, *(asked["M"] for asked in item["asked"]["L"])):
                    times |= {name: _earlier(times[name], hours) for name in (*_TIMES, "at") if name in times}
                client.put_item(TableName=table, Item=item)
        self._say(f"{hours} hours later", f"{what}\n(the hours are taken off the hold's clock in the ledger)")
        self._swept = 0.0

    def until(self, *published: str, sweeps: bool = True) -> None:
        """Go on until all of this is published; raise LocalCloudError where it does not come."""
        ends = time.monotonic() + _STEP_SECONDS
        while not set(published) <= set(self._published()) or not self._story.even:
            if time.monotonic() > ends:
                raise LocalCloudError(f"not published within {_STEP_SECONDS} s: {', '.join(published)}")
            if sweeps and time.monotonic() - self._swept > _SWEEP_SECONDS:
                self._sweep()
            self._story.go_on()
            time.sleep(0.2)

    def close(self) -> int:
        """Say whether everything came that should have, once; return the exit code."""
        group = self._cloud.simulator.group(ERP)
        self._say("group", f"{ERP} is {group['status']}, {group['progress']} % synchronised")
        published = self._published()
        if sorted(published) == sorted(EXPECTED):
            self._say("as expected", "; ".join(EXPECTED))
            return 0
        self._say("NOT as expected", f"{'; '.join(EXPECTED)} was, {'; '.join(published)} came")
        return 1

    def _published(self) -> list[str]:
        return [_shown(event["detail"]) for event in self._story.events]

    def _sweep(self) -> None:
        self._cloud.invoke("sweeper", {})
        if not self._swept:
            self._say("sweeper", "it runs every five minutes; here it was invoked")
        self._swept = time.monotonic()

    def _type(self, *words: str) -> str:
        env = aws_env(self._cloud.endpoint, PYTHONPATH=str(ROOT / "layers" / "standdown"))
        command: list[str | Path] = [COMMAND, "-m", "standdown_cli", *words, "--stack", self._cloud.stack]
        ran = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
        if ran.returncode:
            raise LocalCloudError(f"standdown {' '.join(words)} ended with {ran.returncode}: {ran.stderr}")
        return ran.stdout.strip()


def _shown(detail: dict[str, Any]) -> str:
    """Return what a machine got, in a few words."""
    if "notice" in detail:
        return f"{detail['target']}: {detail['notice']}"
    refusal = f" ({detail['refusal']})" if detail.get("refusal") else ""
    return f"{detail['target']}: {detail['action']} {detail['outcome']}{refusal}"


def _earlier(value: dict[str, str], hours: int) -> dict[str, str]:
    """Return a time of the ledger, some hours earlier."""
    at = datetime.fromisoformat(value["S"]) - timedelta(hours=hours)
    return {"S": at.isoformat(timespec="milliseconds").replace("+00:00", "Z")}


def _quoted(word: str) -> str:
    return f'"{word}"' if " " in word else word
