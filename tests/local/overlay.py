"""A test build: what `sam build` made, with a module of the tests around the app of one function or several.

The product has no switch that weakens or breaks it. What only tests may do, such as reaching a receiver on loopback or
dying at a chosen step, is wrapped around the very code that is deployed: the artefact's `app.py` becomes
`deployed_app.py`, the overlay takes its place, changes what it must, and hands the calls on. Whatever the overlay needs
to know lies beside it as a file, so that no environment variable and no parameter of the template is read for it.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local.places import CLOUD_PYTHON

OVERLAYS = Path(__file__).parent / "overlays"
APP, DEPLOYED = "app.py", "deployed_app.py"


@dataclass(frozen=True, slots=True)
class Overlay:
    """One function's wrapper: `module` is a file of `tests/local/overlays`, `files` are put beside it.

    The module must define `lambda_handler`; it gets the function's own by `from deployed_app import lambda_handler`.
    """

    function: str
    module: str
    files: Mapping[str, bytes] = field(default_factory=dict)


def laid_over(built: Path, folder: Path, overlays: Iterable[Overlay]) -> Path:
    """Return a copy of the build under `folder` in which each overlay is in place; the build itself is not touched.

    Its layer is compiled for the python that runs functions here: one that died is back in half the time.
    """
    made = folder / "test-build"
    shutil.copytree(built, made)
    in_place = ("-q", "--invalidation-mode", "unchecked-hash", str(made / "StanddownLayer"))
    subprocess.run([str(CLOUD_PYTHON), "-m", "compileall", *in_place], check=False, capture_output=True)
    for overlay in overlays:
        artefact = made / f"{overlay.function.capitalize()}Function"
        (artefact / APP).rename(artefact / DEPLOYED)
        shutil.copy(OVERLAYS / f"{overlay.module}.py", artefact / APP)
        for name, content in overlay.files.items():
            (artefact / name).write_bytes(content)
    return made
