"""What a demo leaves to its viewer: the report of what it did, and with KEEP=yes the stack itself until Ctrl-C."""

from __future__ import annotations

import contextlib
import json
import shlex
import signal
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

from local.cloud import LocalCloud
from local.places import CACHE, REGION, ROOT, aws_env
from simulator import defaults

COMMAND = ROOT / ".venv" / "command" / "bin" / "python"
REPORT = CACHE / "report.html"
PLAY = CACHE / "play.sh"
PROTECTED = {"id": defaults.ERP_PROD, "status": "protected"}
_PLAY = (
    "standdown status",
    "standdown stop erp-prod",
    "standdown resume erp-prod",
    "standdown history",
    "standdown report -o report.html",
)


def write_report(cloud: LocalCloud) -> str:
    """Have the command write the report of the stack; return its path, or what kept it from being written."""
    CACHE.mkdir(exist_ok=True)
    command: list[str | Path] = [COMMAND, "-m", "standdown_cli", "report", "--stack", cloud.stack, "-o", REPORT]
    env = aws_env(cloud.endpoint, PYTHONPATH=str(ROOT / "layers" / "standdown"))
    ran = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
    return str(REPORT.relative_to(ROOT)) if ran.returncode == 0 else ran.stderr.strip()


def played(cloud: LocalCloud) -> str:
    """Return what leads a shell to a stack that stays: the command `standdown`, and where it finds the stack."""
    values = {
        "AWS_ENDPOINT_URL": cloud.endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "STANDDOWN_STACK": cloud.stack,
    }
    sources, python = shlex.quote(str(ROOT / "layers" / "standdown")), shlex.quote(str(COMMAND))
    return (
        f"export {' '.join(f'{name}={value}' for name, value in values.items())}\n"
        f'standdown() {{ PYTHONPATH={sources} {python} -m standdown_cli "$@"; }}\n'
    )


def told(cloud: LocalCloud) -> str:
    """Return what to type, in another terminal, to play with a stack that stays."""
    lines = [
        f"source {PLAY.relative_to(ROOT)}",
        *_PLAY,
        "# the simulator's switches: protection on again, the next stop fails, what it was sent",
        f"curl -X POST {cloud.simulator.url}/_sim/groups -d '{json.dumps({'groups': [PROTECTED]})}'",
        f'curl -X POST {cloud.simulator.url}/_sim/reset -d \'{{"scenario": "job-fails"}}\'',
        f"curl {cloud.simulator.url}/_sim/calls",
    ]
    return "\n".join(lines)


def stay(cloud: LocalCloud, say: Callable[[str, str], None]) -> None:
    """Enable protection of the group again, print what to type, and return when somebody has pressed Ctrl-C."""
    cloud.simulator.put_groups(PROTECTED)
    cloud.invoke("sweeper", {})  # it sees that protection is back, as it would within five minutes
    say("simulator", "protection of erp-prod is enabled again, so that you can stop it")
    PLAY.write_text(played(cloud), "utf-8")
    say("kept", "the stack and the simulator stay until you press Ctrl-C here; in another terminal, type")
    print(told(cloud), flush=True)
    ended = threading.Event()
    before = signal.signal(signal.SIGINT, lambda *_: ended.set())
    with contextlib.suppress(KeyboardInterrupt):
        ended.wait()
    signal.signal(signal.SIGINT, before)
    say("ended", "everything that was started is being ended")
