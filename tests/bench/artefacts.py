"""What is measured: the built artefacts, the runtime's boto3, and the official SDK as a function would carry it."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.report import MeasureError
from local import sam
from local.places import CACHE, CLOUD_PYTHON, ROOT

RUNTIME = ("boto3", "botocore", "s3transfer", "jmespath", "urllib3", "dateutil", "six.py")
"""What the Lambda runtime brings for boto3."""
SDK = "huaweicloudsdksdrs"
SUBJECTS = Path(__file__).parent / "subjects"


def built() -> Path:
    """Return the folder that `sam build` made."""
    return sam.build(ROOT)


def runtime() -> Path:
    """Return a folder with boto3 and what it needs, with its bytecode, as the Lambda runtime has it."""
    [packages] = (CLOUD_PYTHON.parents[1] / "lib").glob("python*/site-packages")
    folder = CACHE / "bench" / "runtime"
    folder.mkdir(parents=True, exist_ok=True)
    for name in RUNTIME:
        if not (packages / name).exists():
            raise MeasureError(f"{name} is not in the local cloud's environment")
        link = folder / name
        link.unlink(missing_ok=True)
        link.symlink_to(packages / name)
    return folder


def official_sdk() -> Path:
    """Return a folder with the official SDK and all that it needs, as `pip install --target` would make it."""
    version = importlib.metadata.version(SDK)
    folder = CACHE / "bench" / f"{SDK}-{version}"
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent) as scratch:
        made = Path(scratch) / "sdk"
        for name in sorted(_needed(SDK)):
            for file in importlib.metadata.distribution(name).files or ():
                source = Path(str(file.locate()))
                if ".." in file.parts or file.suffix == ".pyc":
                    continue
                (made / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, made / file)
        made.rename(folder)
    return folder


def with_bytecode(folder: Path, to: Path) -> Path:
    """Return a copy of a folder of packages with every module compiled for the python that runs the functions."""
    copied = to / f"{folder.parent.name}-{folder.name}"
    shutil.copytree(folder, copied)
    command = [str(CLOUD_PYTHON), "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", str(copied)]
    subprocess.run(command, check=False, capture_output=True)  # noqa: S603 - a few files of others do not compile
    return copied


def sizes(folder: Path) -> tuple[int, int]:
    """Return the bytes of a folder, unpacked and zipped."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    with TemporaryDirectory(dir=CACHE) as scratch:
        archive = Path(scratch) / "all.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
            for path in sorted(files):
                out.write(path, path.relative_to(folder))
        return sum(path.stat().st_size for path in files), archive.stat().st_size


def _needed(name: str, seen: frozenset[str] = frozenset()) -> frozenset[str]:
    """Return a distribution's name with those of all that it needs, extras left out."""
    if name in seen:
        return seen
    seen |= {name}
    for requirement in _requirements(name):
        seen = _needed(requirement, seen)
    return seen


def _requirements(name: str) -> Iterator[str]:
    from packaging.requirements import Requirement

    for line in importlib.metadata.requires(name) or ():
        wanted = Requirement(line)
        if wanted.marker is None or wanted.marker.evaluate({"extra": ""}):
            yield re.sub(r"[-_.]+", "-", wanted.name).lower()
