"""`make release`: what a version consists of, into dist/: the built stack, the command's wheel, an SBOM, checksums.

The same sources give the same stack, byte for byte, on the same pythons.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from local import sam
from local.places import ROOT, plain_env
from local.process import LocalCloudError
from standdown import __version__

DIST = ROOT / "dist"
PYTHON = ROOT / ".venv" / "release" / "bin" / "python"
RUNTIME = "cpython-313"
_WHEN = (2020, 1, 1, 0, 0, 0)  # archives do not say when they were made
_EPOCH = "1577836800"


def main() -> int:
    """Build everything; return 1 and say why where something cannot be built as it should be."""
    try:
        for path in build(DIST):
            print(f"{path.relative_to(ROOT)}  {path.stat().st_size / 1024:.0f} KiB")
    except LocalCloudError as error:
        print(f"make release: {error}", file=sys.stderr)
        return 1
    return 0


def build(folder: Path) -> list[Path]:
    """Build a release into a folder and return its files; raise LocalCloudError."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"standdown-{__version__}"
    files = [
        pack(built_for_the_runtime(), folder / f"{name}-stack.zip"),
        wheel(folder),
        contents(folder / f"{name}.cdx.json"),
    ]
    sums = folder / "SHA256SUMS"
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}" for path in files]
    sums.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return [*files, sums]


def built_for_the_runtime() -> Path:
    """Return the folder that `sam build` made; raise LocalCloudError where its layer has no bytecode."""
    for _ in range(2):
        built = sam.build()
        if any(RUNTIME in one.name for one in built.rglob("*.pyc")):
            return built
        shutil.rmtree(built)  # perhaps one that was kept from before there was a python of the runtime
    raise LocalCloudError("the layer has no bytecode: put a python3.13 that starts first on the PATH")


def pack(built: Path, path: Path) -> Path:
    """Pack what `sam build` made: `sam deploy` and `sam package` take it as it is."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in sorted(built.rglob("*")):
            if one.is_file():
                about = zipfile.ZipInfo(str(one.relative_to(built)), _WHEN)
                about.external_attr = (one.stat().st_mode & 0o755) << 16
                about.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(about, one.read_bytes())
    return path


def wheel(folder: Path) -> Path:
    """Build the wheel of the command, without the network."""
    _run("-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT)
    return folder / f"standdown-{__version__}-py3-none-any.whl"


def contents(path: Path) -> Path:
    """Write what the layer contains of others, as CycloneDX."""
    pinned = ROOT / "layers" / "standdown" / "requirements.txt"
    _run("-m", "cyclonedx_py", "requirements", "--output-reproducible", "--of", "JSON", "-o", path, pinned)
    return path


def _run(*words: str | Path) -> None:
    ran = subprocess.run(
        [PYTHON, *words],
        env=plain_env(SOURCE_DATE_EPOCH=_EPOCH),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if ran.returncode:
        raise LocalCloudError(f"{words[1]} failed: {(ran.stderr or ran.stdout)[-1000:]}")


if __name__ == "__main__":
    sys.exit(main())
