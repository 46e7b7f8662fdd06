"""`make demo`: one event in, one stop at the simulated Huawei Cloud, one outcome out, shown as it happens."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from local import doors, event, keep, night
from local.cloud import LocalCloud
from local.places import ROOT
from local.process import LocalCloudError, ending_on_signals
from local.story import Story
from local.terminal import laid_out
from simulator.scenarios import SCENARIOS

EXPECTED = {
    "normal": "succeeded",
    "slow": "succeeded",
    "job-fails": "failed",
    "job-fails-silently": "failed",
    "already-stopped": "already_stopped",
    "wrong-state": "refused",
    "stopping": "succeeded",
    "stuck": "timed_out",
    "forgotten": "succeeded",
    "late-group": "succeeded",
    "half-stopped": "succeeded",
    "production-failed": "refused",
    "synchronizing": "succeeded",
    "lost-reply": "succeeded",
    "throttled": "succeeded",
    "unauthorized": "failed",
    "flaky": "succeeded",
    night.SCENARIO: "skipped, stopped, reminded, resumed, in step",
}
ALARM_PREFIX = "erp-prod-"
CALM_SECONDS = 3
DEFAULT_EVENT = "events/queue-message.json"
EVENTS = {"production-failed": "events/alarm-sns.json", night.SCENARIO: "events/schedule.json"}
"""Of scenarios that another event shows: the guard is asked of alarms and schedules, and a night begins with one."""
_SHOWN = ("message", "reason_code", "detail", "topic_urn", "subscribe_url")
_NO_REQUEST = ("event ignored", "event rejected")
"""What the trigger logs where an event becomes no request."""
PATIENCE_SECONDS = 180
QUIET_SECONDS = 10
ROOM_MB = 64
"""What the local cloud may need in the temporary folder."""
READER = "ops@example.com"
"""Who gets the mail that the demo shows."""
STUCK_MINUTES = "1"
"""The deadline of the demo, so that a job that never ends is given up while one watches."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; return 0 only if the operation ended as its scenario says."""
    options = _options(arguments)
    if options.list:
        _list()
        return 0
    if problem := _problem(options.scenario, options.event):
        print(f"make demo: {problem}; `make demo-list` names all there are", file=sys.stderr)
        return 2
    say = _Teller()
    try:
        with ending_on_signals():
            return _run(options.scenario, options.event, say, kept=options.keep)
    except KeyboardInterrupt:
        say("interrupted", "everything that was started has been ended")
        return 130
    except LocalCloudError as error:
        say("failed", str(error))
        return 1


def _run(scenario: str, path: Path, say: _Teller, *, kept: bool = False) -> int:
    say("scenario", f"{scenario}: {SCENARIOS[scenario].about}")
    if problem := _full():
        raise LocalCloudError(problem)
    parameters = {"DeadlineMinutes": STUCK_MINUTES, "NotificationEmail": READER, **doors.parameters(ALARM_PREFIX)}
    settings: dict[str, Any] = {"simulator": ("--scenario", scenario)}
    if scenario == night.SCENARIO:
        settings = {"simulator": night.OPTIONS, "targets": night.TARGETS, "wait_scale": night.WAIT_SCALE}
    with LocalCloud(parameters=parameters, say=lambda s: say("set-up", s), **settings) as cloud:
        say("set-up", "the stack is up; the ledger is empty")
        status = night.show(cloud, say) if scenario == night.SCENARIO else _show(cloud, scenario, path, say)
        say("report", keep.write_report(cloud))
        if kept:
            keep.stay(cloud, say)
        return status


def _show(cloud: LocalCloud, scenario: str, path: Path, say: _Teller) -> int:
    """Send the event and show what becomes of it; return 0 if that is what was expected."""
    story, way_in = Story(cloud, say), doors.Doors(cloud)
    try:
        sent = event.send(cloud, way_in, path if path.is_file() else ROOT / path)
    except (ValueError, LookupError) as error:
        raise LocalCloudError(f"{path} does not have the form that its name promises: {error}") from error
    say("sent", str(path))
    say("entry point", sent.door)
    if not sent.stops:
        return _close_without(cloud, "webhook", say)
    ends = time.monotonic() + PATIENCE_SECONDS
    while not story.told and time.monotonic() < ends:
        story.go_on()
        if story.operation is None and _set_aside(cloud):
            return _close_without(cloud, "trigger", say)
        if say.quiet_seconds > QUIET_SECONDS:
            say("still waiting", story.standing)
        time.sleep(0.2)
    return _close(cloud, story, EXPECTED[scenario], say)


def _full() -> str:
    """Say that the temporary folder is too full, or nothing: what runs in it fails then without a word of it."""
    folder = tempfile.gettempdir()
    free = shutil.disk_usage(folder).free // 2**20
    if free >= ROOM_MB:
        return ""
    return f"only {free} MB are free in {folder}, {ROOM_MB} are needed: free some, or set TMPDIR to another folder"


def _set_aside(cloud: LocalCloud) -> bool:
    """Say whether the event has turned out to be no request: the trigger says so, or a dead letter does."""
    return any(line.get("message") in _NO_REQUEST for line in cloud.logs("trigger")) or bool(cloud.dead_letters())


def _close_without(cloud: LocalCloud, function: str, say: _Teller) -> int:
    """Tell what the function said of an event that stops nothing, and see that it did not; 0 if it was ignored."""
    time.sleep(CALM_SECONDS)
    lines = [line for line in cloud.logs(function) if "level" in line]
    for line in lines:
        say(f"{function}'s log", " ".join(str(line[key]) for key in _SHOWN if key in line))
    letters = cloud.dead_letters()
    for letter in letters:
        problem = letter.get("MessageAttributes", {}).get("standdown-problem", {}).get("StringValue", "undelivered")
        say("dead-letter queue", problem)
    if cloud.ledger() or cloud.simulator.calls("stop"):
        say("NOT as expected", "it stopped something")
        return 1
    if letters or any("reason_code" in line and line.get("message") != _NO_REQUEST[0] for line in lines):
        say("rejected", "no request can be made of this event: nothing was stopped")
        return 1
    say("as expected", "the event is one that stops nothing: it was ignored")
    return 0


def _close(cloud: LocalCloud, story: Story, expected: str, say: _Teller) -> int:
    if story.operation is None:
        say("NOT as expected", f"nothing came of the event within {PATIENCE_SECONDS} s; the trigger said")
        if problem := _full():
            say("disk", problem)
        for line in cloud.logs("trigger"):
            print("   ", line.get("text") or {key: line[key] for key in ("level", *_SHOWN) if key in line})
        return 1
    channels = ", ".join(f"{name} {state['status']}" for name, state in story.operation.get("channels", {}).items())
    say("ledger", f"operation {story.operation['pk']}: {story.operation['state']}, {story.result} ({channels})")
    say("workflow", ", ".join(f"{run['name']} {run['status']}" for run in cloud.executions()) or "none")
    if story.told and story.result == expected:
        say("as expected", expected)
        return 0
    say("NOT as expected", f"{expected} was, {story.result or 'no outcome'} came")
    return 1


class _Teller:
    """Prints lines with the seconds since the start."""

    def __init__(self) -> None:
        self._started = self._last = time.monotonic()

    @property
    def quiet_seconds(self) -> float:
        """Return for how long nothing was said."""
        return time.monotonic() - self._last

    def __call__(self, what: str, text: str) -> None:
        self._last = time.monotonic()
        for line in laid_out(f"{time.monotonic() - self._started:6.1f} s  {what:<20}", text):
            print(line, flush=True)


def _list() -> None:
    print("SCENARIO=")
    for name, outcome in EXPECTED.items():
        print(f"  {name:<20} {SCENARIOS[name].about}: {outcome}")
    print("EVENT=")
    for path in event.sendable(ROOT / "events"):
        print(f"  events/{path.name}")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--list", action="store_true", help="list scenarios and events")
    parser.add_argument("--scenario", default="normal", metavar="NAME")
    parser.add_argument("--keep", action="store_true", help="leave the stack running until Ctrl-C")
    parser.add_argument("--event", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    options.event = options.event or Path(EVENTS.get(options.scenario, DEFAULT_EVENT))
    return options


def _problem(scenario: str, path: Path) -> str:
    """Say which of the two there is not, or nothing."""
    if scenario not in EXPECTED:
        return f"there is no scenario {scenario!r}"
    if scenario == night.SCENARIO and str(path) != EVENTS[scenario]:
        return f"the scenario {scenario!r} has an event of its own"
    if not path.is_file() and not (ROOT / path).is_file():
        return f"there is no event {str(path)!r}"
    return ""


if __name__ == "__main__":
    sys.exit(main())
