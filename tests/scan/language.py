"""What asl-validator, a program of its own, has against a definition in the Amazon States Language."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from local.places import plain_env
from local.template import load, workflow
from scan.evaluator import ACCOUNT, NODE

_FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:"


def definition() -> dict[str, Any]:
    """Return StopWorkflow's definition with its substitutions filled in."""
    return workflow(
        load(),
        Poller=f"{_FUNCTION}standdown-PollerFunction-0F",
        Notifier=f"{_FUNCTION}standdown-NotifierFunction-0F",
        NotifyDeadLetters=f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/standdown-NotifyDeadLetterQueue-0F",
        Partition="aws",
    )


def problems(given: dict[str, Any]) -> str:
    """Return what is wrong with a definition; nothing where it is right."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "definition.json"
        path.write_text(json.dumps(given), encoding="utf-8")
        program = NODE / "node_modules" / "asl-validator" / "dist" / "bin" / "asl-validator.js"
        command: list[str | Path] = [NODE / "bin" / "node", program, "--json-path", path]
        ran = subprocess.run(command, env=plain_env(), capture_output=True, text=True, check=False)  # noqa: S603
    return f"{ran.stdout}\n{ran.stderr}".replace(str(path), "StopWorkflow").strip() if ran.returncode else ""
