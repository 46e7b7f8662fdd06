"""A page in headless Chromium: what it looks like at several sizes, and what axe says of it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from local.places import ROOT, plain_env

NODE = ROOT / ".venv" / "node"
_NAMES = ("chromium", "chromium-browser", "google-chrome")


def looked_at(page: Path, views: Sequence[dict[str, Any]], pictures: Path | None = None) -> list[dict[str, Any]]:
    """Return what Chromium shows of a page in each view; keep a picture of each in a folder, where one is given.

    A view is `{"width": 360, "scheme": "dark", "media": "print"}`. Raises FileNotFoundError where there is none.
    """
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None:
        raise FileNotFoundError("no Chromium is installed: run make browser")
    asked = {
        "program": program,
        "page": str(page),
        "views": list(views),
        "pictures": str(pictures) if pictures else None,
    }
    modules = NODE / "node_modules"
    command = [NODE / "bin" / "node", Path(__file__).with_name("look.mjs"), modules]
    ran = subprocess.run(  # noqa: S603 - our own program and pages
        command, input=json.dumps(asked), env=plain_env(), capture_output=True, text=True, timeout=100, check=False
    )
    if ran.returncode:
        raise RuntimeError(ran.stderr[-2000:])
    found: list[dict[str, Any]] = json.loads(ran.stdout)
    return found
