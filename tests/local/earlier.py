"""The version before: what a stack that is to be upgraded was deployed from."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from io import BytesIO
from pathlib import Path

import yaml

from local import template
from local.places import ROOT, plain_env
from local.sam import fingerprint

DEPLOYED = ("template.yaml", "functions", "layers")
NEWER = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard")
OLD_MEMORY, OLD_TIMEOUT = 256, 55


def commit_before() -> str | None:
    """Return the newest commit with other sources than the checkout's; None where there is no history to look at."""
    # The sources of the newest are the checkout's own, unless something was changed since.
    commits = _git("log", "-2", "--format=%H", "--", *DEPLOYED).decode().split()
    changed = bool(_git("status", "--porcelain", "--", *DEPLOYED))
    return next(iter(commits if changed else commits[1:]), None)


def checked_out(commit: str, folder: Path) -> Path:
    """Return a folder with what was deployed as of the commit."""
    with tarfile.open(fileobj=BytesIO(_git("archive", commit, *DEPLOYED))) as archive:
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
    (made / "template.yaml").write_text(yaml.safe_dump(document, sort_keys=False), "utf-8")
    return made


def _git(*arguments: str) -> bytes:
    """Return what git says, nothing where there is no repository or no such commit."""
    command = ["git", *arguments]
    try:
        told = subprocess.run(command, cwd=ROOT, env=plain_env(), capture_output=True, check=False)
    except OSError:
        return b""
    return b"" if told.returncode else told.stdout
