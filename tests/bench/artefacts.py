"""What is measured: the built artefacts, the runtime's boto3, and the official SDK as a function would carry it."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from functools import cache
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


@cache
def python() -> Path:
    """Return the runtime's Python, 3.13, where this host has it; else that of the local cloud."""
    home = Path.home()
    known = [
        *home.glob(".pyenv/versions/3.13.*/bin/python3.13"),
        *home.glob(".local/share/uv/python/cpython-3.13*/bin/python3.13"),
        *(Path(folder) / "python3.13" for folder in os.get_exec_path()),
    ]
    return next((one for one in known if _runs(one)), CLOUD_PYTHON)


@cache
def version() -> str:
    """Return the version of the Python that runs what is measured."""
    return _answer(python(), "import platform; print(platform.python_version())")


def _runs(one: Path) -> bool:
    try:
        return _answer(one, "import sys; print(*sys.version_info[:2])") == "3 13"
    except (OSError, subprocess.CalledProcessError):  # such as a shim of pyenv's that leads nowhere
        return False


def _answer(one: Path, line: str) -> str:
    asked = subprocess.run([str(one), "-c", line], check=True, capture_output=True, text=True)  # noqa: S603
    return asked.stdout.strip()


@cache
def runtime() -> Path:
    """Return a folder with boto3 and what it needs, with its bytecode, as the Lambda runtime has it."""
    [packages] = (CLOUD_PYTHON.parents[1] / "lib").glob("python*/site-packages")
    folder = CACHE / "bench" / f"runtime-{version()}-{importlib.metadata.version('botocore')}"
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=CACHE) as scratch:
        made = Path(scratch) / "runtime"
        for name in RUNTIME:
            source = packages / name
            if not source.exists():
                raise MeasureError(f"{name} is not in the local cloud's environment")
            if source.is_dir():
                shutil.copytree(source, made / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copyfile(source, made / name)
        _compile(made)
        made.rename(folder)
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
    copied = without_bytecode(folder, to)
    _compile(copied)
    return copied


def without_bytecode(folder: Path, to: Path) -> Path:
    """Return a copy of a folder of packages that holds none."""
    copied = to / f"{folder.parent.name}-{folder.name}"
    shutil.copytree(folder, copied, ignore=shutil.ignore_patterns("__pycache__"))
    return copied


def _compile(folder: Path) -> None:
    command = [str(python()), "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", str(folder)]
    subprocess.run(command, check=False, capture_output=True)  # noqa: S603 - a few files of others do not compile


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
