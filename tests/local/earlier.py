"""Earlier versions, out of git's history: what a stack that is to be upgraded was deployed from."""

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

FIRST = "18c64cd9e443357323b2b0844f81e54ba4bbd107"
"""0.1.0: its sources lie flat, in one folder. A stack of it can be upgraded for as long as this is tested."""
DEPLOYED = ("template.yaml", "functions", "layers")
NEWER = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard")
OLD_MEMORY, OLD_TIMEOUT = 256, 55
FETCH = "the upgrade is tried from earlier commits: fetch the whole history (git fetch --unshallow)"


class HistoryError(Exception):
    """Raised when git's history does not hold an earlier version; the message says what to do."""


def has_history(root: Path = ROOT) -> bool:
    """Return whether the folder belongs to a git repository; a copy of the files alone knows no earlier version."""
    return (root / ".git").exists()


def commit_before(root: Path = ROOT) -> str:
    """Return the newest commit with other sources than the checkout's; raise HistoryError if there is none."""
    # The sources of the newest are the checkout's own, unless something was changed since.
    commits = _git(root, "log", "-2", "--format=%H", "--", *DEPLOYED).decode().split()
    changed = bool(_git(root, "status", "--porcelain", "--", *DEPLOYED))
    found = commits if changed else commits[1:]
    if not found:
        raise HistoryError(f"git's history has no commit before this one; {FETCH}")
    return found[0]


def checked_out(commit: str, folder: Path, root: Path = ROOT) -> Path:
    """Return a folder with what was deployed as of the commit; raise HistoryError if git does not have it."""
    with tarfile.open(fileobj=BytesIO(_git(root, "archive", commit, *DEPLOYED))) as archive:
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


def _git(root: Path, *arguments: str) -> bytes:
    """Return what git answers; it changes nothing, and reads a checkout that belongs to another user too."""
    command = ["git", "-c", f"safe.directory={root}", "--no-optional-locks", *arguments]
    try:
        answered = subprocess.run(command, cwd=root, env=plain_env(), capture_output=True, check=True)
    except OSError as error:
        raise HistoryError(f"git cannot be started ({error}); {FETCH}") from error
    except subprocess.CalledProcessError as error:
        raise HistoryError(f"git {arguments[0]}: {error.stderr.decode().strip()}; {FETCH}") from error
    return answered.stdout
