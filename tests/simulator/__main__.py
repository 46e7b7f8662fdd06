"""Run the simulator by itself: `python -m simulator --help` with this folder's parent on the path."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from simulator import defaults
from simulator.identity import Key
from simulator.scenarios import SCENARIOS
from simulator.server import Simulator


def main(arguments: list[str] | None = None) -> int:
    """Serve until a signal comes; print the URL first."""
    options = _parser().parse_args(arguments)
    simulator = Simulator(options.port, options.host, **_settings(options))
    if options.port_file:
        whole = options.port_file.with_suffix(".part")  # renamed when complete, so that a reader sees all or nothing
        whole.write_text(simulator.url.rpartition(":")[2] + "\n", encoding="utf-8")
        whole.replace(options.port_file)
    print(f"SDRS and IAM simulated at {simulator.url} (scenario {options.scenario})", flush=True)
    signal.signal(signal.SIGTERM, _leave)
    try:
        simulator.serve()
    except KeyboardInterrupt:
        pass
    finally:
        simulator.stop()
    return 0


def _leave(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt


def _settings(options: argparse.Namespace) -> dict[str, Any]:
    key = Key(options.secret_key, options.security_token)
    settings: dict[str, Any] = {
        "scenario": options.scenario,
        "scale": options.time_scale,
        "seed": options.seed,
        "keys": {options.access_key: key},
        "job_seconds": options.job_seconds,
        "init_seconds": options.init_seconds,
        "copy_seconds": options.copy_seconds,
    }
    if options.groups:
        settings["groups"] = json.loads(options.groups.read_text(encoding="utf-8"))
    return settings


def _parser() -> argparse.ArgumentParser:
    names = "\n".join(f"  {name:20} {scenario.about}" for name, scenario in SCENARIOS.items())
    parser = argparse.ArgumentParser(
        prog="python -m simulator",
        description="A stand-in for Huawei Cloud's SDRS and IAM on this machine. Switch it while it runs under /_sim.",
        epilog=f"scenarios:\n{names}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    add("--port", type=int, default=0, help="port to listen on (0: a free one)")
    add("--port-file", type=Path, help="write the port into this file once it listens")
    add("--scenario", choices=SCENARIOS, default="normal", metavar="NAME", help="how stops go, see below (%(default)s)")
    add("--groups", type=Path, help="JSON file with a list of groups: id, name, status, pairs, ...")
    add("--job-seconds", type=float, default=8.0, help="how long a job runs (%(default)s)")
    add("--init-seconds", type=float, default=0.5, help="how long it stays INIT before (%(default)s)")
    add(
        "--copy-seconds",
        type=float,
        default=0.0,
        help="how long pairs copy after a start (%(default)s)",
    )
    add("--time-scale", type=float, default=1.0, help="how many times as fast jobs run (%(default)s)")
    add("--access-key", default=defaults.ACCESS_KEY, help="access key that may call (%(default)s)")
    add("--secret-key", default=defaults.SECRET_KEY, help="its secret key")
    add("--security-token", help="makes it a temporary key")
    add("--seed", type=int, default=1, help="seed of the faults' chance (%(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
