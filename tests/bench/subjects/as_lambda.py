"""Runs a function as Lambda does: a fresh process that imports the app (init), then one event after the other.

Called with the folders of its path, the app's folder first, the file of events and the file for the result.
"""

import json
import logging  # noqa: F401 - Lambda's own bootstrap has imported it before the function's code
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any


class Context:
    """What Lambda tells a function of its invocation."""

    function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "subject")
    function_version = "$LATEST"
    memory_limit_in_mb = 512
    invoked_function_arn = f"arn:aws:lambda:us-east-1:123456789012:function:{function_name}"

    def __init__(self, number: int) -> None:
        self.aws_request_id = f"00000000-0000-4000-8000-{number:012d}"
        self._ends = time.monotonic() + 60

    def get_remaining_time_in_millis(self) -> int:
        """Return what is left of the invocation."""
        return int((self._ends - time.monotonic()) * 1000)


def peak() -> int:
    """Return the most memory that this process had, in KiB; what rusage says, its parent may have had."""
    status = Path("/proc/self/status")
    lines = status.read_text("utf-8").splitlines() if status.exists() else []
    own = [int(line.split()[1]) for line in lines if line.startswith("VmHWM:")]
    return own[0] if own else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main(folders: str, events: str, result: str) -> None:
    """Import the app, invoke it with each event, write when what happened."""
    sys.path[:1] = folders.split(os.pathsep)
    todo = json.loads(Path(events).read_text("utf-8"))
    before = set(sys.modules)
    init, init_cpu = time.monotonic_ns(), time.process_time_ns()
    import app  # type: ignore[import-not-found]

    told: dict[str, Any] = {
        "init": time.monotonic_ns() - init,
        "init_cpu": time.process_time_ns() - init_cpu,
        "invocations": [],
    }
    told["modules"] = sorted(set(sys.modules) - before)
    if group := os.environ.get("BENCH_GROUP"):
        Path(group).write_text(str(os.getpid()))
    ran = set()
    if os.environ.get("BENCH_TRACE"):
        sys.setprofile(lambda frame, *_: ran.add(frame.f_code.co_filename))
    for number, event in enumerate(todo):
        context = Context(number)
        if number and os.environ.get("BENCH_FORGET"):  # as where the last event was a minute ago
            sys.modules["standdown.entry.wiring.parameters"].parameters().clear_cache()
        start, cpu = time.monotonic_ns(), time.process_time_ns()
        answer = app.lambda_handler(event, context)
        ended, used = time.monotonic_ns(), time.process_time_ns() - cpu
        told["invocations"].append({"start": start, "end": ended, "cpu": used, "answer": answer})
    sys.setprofile(None)
    named = {name: getattr(sys.modules[name], "__file__", "") for name in told["modules"] if "standdown" in name}
    told["idle"] = [name for name, file in named.items() if file not in ran and not file.endswith("__init__.py")]
    told["late_modules"] = sorted(set(sys.modules) - before - set(told["modules"]))
    told["peak_kib"] = peak()
    Path(result).write_text(json.dumps(told), "utf-8")


main(*sys.argv[1:])
