"""The stock SAM CLI: build once per content of the sources, deploy to the local cloud."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from local.places import CACHE, ROOT, SAM_BIN, aws_env, plain_env
from local.process import Child, LocalCloudError

KEPT_BUILDS = 3
IN_USE_SECONDS = 3600.0
"""For so long a build may be in another run's hands: nobody takes it away."""
QUIET = {"SAM_CLI_TELEMETRY": "0", "SAM_CLI_POLL_DELAY": "0.2"}


def build(root: Path = ROOT) -> Path:
    """Return the folder that `sam build` made of the sources under `root`; run it only where they have changed."""
    folder = CACHE / "build" / fingerprint(root)
    if not (folder / "template.yaml").exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with scratch(folder.parent) as made:
            command: list[str | Path] = [
                SAM_BIN / "sam",
                "build",
                "--template-file",
                root / "template.yaml",
                "--build-dir",
                made / "out",
            ]
            log = made / "sam-build.log"
            env = plain_env(**QUIET, SAM_CLI_BUILD_DIR=str(made), AWS_DEFAULT_REGION="x")
            try:
                _run("sam build", command, log, env)
            except LocalCloudError:
                if "__pycache__" not in log.read_text("utf-8", "replace"):
                    raise
                _run("sam build", command, log, env)  # a file that Python was writing had gone before it was copied
            with contextlib.suppress(OSError):  # another run was faster, with the same result
                (made / "out").rename(folder)
    os.utime(folder)
    forget_old_builds(folder.parent)
    return folder


def deploy(built: Path, endpoint: str, stack: str, bucket: str, parameters: Mapping[str, str], log: Path) -> None:
    """Run `sam deploy` on what was built; raise LocalCloudError with its last words if it fails."""
    command: list[str | Path] = [
        SAM_BIN / "sam",
        "deploy",
        "--template-file",
        built / "template.yaml",
        "--stack-name",
        stack,
    ]
    command += ["--s3-bucket", bucket, "--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset"]
    command += ["--no-fail-on-empty-changeset", "--no-progressbar"]
    if parameters:
        command += ["--parameter-overrides", *(f'{name}="{value}"' for name, value in parameters.items())]
    _run("sam deploy", command, log, aws_env(endpoint, **QUIET))


def fingerprint(root: Path) -> str:
    """Return a name for the content of everything that `sam build` reads."""
    digest = hashlib.sha256()
    for path in sources(root):
        digest.update(f"{path.relative_to(root)}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def sources(root: Path) -> list[Path]:
    """Return the files that `sam build` reads, in a fixed order."""
    found = [root / "template.yaml"]
    for folder in ("functions", "layers"):
        found += (path for path in (root / folder).rglob("*") if path.is_file() and "cache" not in str(path.parent))
    return sorted(found)


@contextlib.contextmanager
def scratch(parent: Path) -> Iterator[Path]:
    """Give a folder beside the finished ones, and remove it whatever happens."""
    made = Path(tempfile.mkdtemp(prefix="unfinished-", dir=parent))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _run(name: str, command: list[str | Path], log: Path, env: Mapping[str, str]) -> None:
    child = Child(name, command, log, env, cwd=log.parent)
    try:
        child.result()
    finally:
        child.end()


def forget_old_builds(folder: Path) -> None:
    """Remove builds that are old, but for the latest few."""
    builds = sorted((path for path in folder.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime)
    for old in builds[:-KEPT_BUILDS]:
        if time.time() - old.stat().st_mtime > IN_USE_SECONDS:
            shutil.rmtree(old, ignore_errors=True)
