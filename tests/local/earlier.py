"""The version before: what a stack that is to be upgraded was deployed from."""

from __future__ import annotations

import functools
import shutil
import subprocess
import tarfile
from io import BytesIO
from pathlib import Path
from typing import Any

import yaml

from local import template
from local.places import ROOT, plain_env
from local.sam import fingerprint

DEPLOYED = ("template.yaml", "functions", "layers")
NEWER = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard")
OLD_MEMORY, OLD_TIMEOUT = 256, 55


@functools.cache
def commit_before() -> str | None:
    """Return the newest commit with other sources than the checkout's; None where there is no history to look at."""
    latest = _git("log", "-1", "--format=%H", "--", *DEPLOYED)
    if not latest:
        return None
    if _git("status", "--porcelain", "--", *DEPLOYED):
        return latest
    return _git("log", "-1", "--format=%H", f"{latest}^", "--", *DEPLOYED) or None


def checked_out(commit: str, folder: Path) -> Path:
    """Return a folder with what was deployed as of the commit."""
    packed = subprocess.run(
        ["git", "archive", commit, *DEPLOYED],  # noqa: S607
        cwd=ROOT,
        env=plain_env(),
        capture_output=True,
        check=True,
    )
    with tarfile.open(fileobj=BytesIO(packed.stdout)) as archive:
        archive.extractall(folder, filter="data")
    assert fingerprint(folder) != fingerprint(ROOT)
    return folder


def poorer(built: Path, folder: Path) -> Path:
    """Return a copy of a build as an old version could have been: no alarm, no dashboard, other functions' settings."""
    made = folder / "poorer"
    shutil.copytree(built, made)
    document = template.load(made / "template.yaml")
    gone = {name for name, one in document["Resources"].items() if one["Type"] in NEWER}
    document["Resources"] = {name: one for name, one in document["Resources"].items() if name not in gone}
    document["Outputs"] = {
        name: one for name, one in document["Outputs"].items() if not any(each in str(one) for each in gone)
    }
    for one in template.resources(document, "AWS::Serverless::Function").values():
        one["MemorySize"], one["Timeout"] = OLD_MEMORY, OLD_TIMEOUT
    (made / "template.yaml").write_text(_yaml(document), "utf-8")
    return made


def _git(*arguments: str) -> str:
    """Return what git says, nothing where there is no repository or no such commit."""
    try:
        told = subprocess.run(
            ["git", *arguments],  # noqa: S607
            cwd=ROOT,
            env=plain_env(),
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return ""
    return told.stdout.strip() if not told.returncode else ""


def _yaml(document: dict[str, Any]) -> str:
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
