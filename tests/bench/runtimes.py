"""The layer under the boto3 of other runtimes: Lambda's may be older than the one whose models the layer carries."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import artefacts, far, subject
from bench.cloud import Cloud, Far
from bench.report import MeasureError, Row, Table
from bench.subject import Subject
from local.places import CACHE, ROOT

LOCKED = ROOT / "tests" / "requirements" / "runtimes.txt"
LAYER = ROOT / "layers" / "standdown"
_USED = (
    "from standdown.entry.wiring import aws, models; aws.client('ssm'); print(models._session.cache_info().currsize)"
)
"""Whether a client was made of the layer's models: where they are of no use, their session is forgotten."""


def measure() -> Table:
    """Return the table: what each version makes of a first event, with which models."""
    CACHE.mkdir(exist_ok=True)
    built = artefacts.built()
    with TemporaryDirectory(dir=CACHE) as scratch:
        place = far.place(Path(scratch))
        layer, none, older = (Path(scratch) / name for name in ("layer", "none", "older"))
        for folder in (layer, none, older):
            shutil.copytree(built / "StanddownLayer" / "python", folder)
            shutil.copyfile(place.ca_file, folder / "certifi" / "cacert.pem")
        for folder in (none, older):
            shutil.rmtree(folder / "standdown_models")
        old, wheel = _older(Path(scratch))
        _run(sys.executable, LAYER / "cut_models.py", wheel, older / "standdown_models")
        now = artefacts.runtime()
        rows = [
            _row(built, "as built, the newest botocore", layer, now, used=True, place=place),
            _row(built, "as built, an older botocore", layer, old, used=True, place=place),
            _row(built, "without models, an older botocore", none, old, used=False, place=place),
            _row(built, "models of an older botocore, the newest one", older, now, used=True, place=place),
        ]
    return Table(
        "Other runtimes",
        "A first event over TLS, under boto3 and urllib3 of other ages: the newest that is pinned, and botocore "
        "1.34.145 with urllib3 1.26, of 2024. The stop is sent, all calls ahead are made, and "
        "the models are the ones that are said.",
        rows,
    )


def _row(built: Path, what: str, layer: Path, runtime: Path, *, used: bool, place: Far) -> Row:
    ours = Subject(what, (built / "TriggerFunction", layer, runtime))
    with Cloud(far=place) as cloud:
        run = ours.run(cloud, [subject.batch(0)])
        ahead = {one.name for one in cloud.arrivals if one.answered < run.invocations[0]["start"]}
        env = subject.environment(cloud) | {"PYTHONPATH": f"{layer}:{runtime}"}
        asked = [str(artefacts.python()), "-S", "-B", "-c", _USED]
        told = subprocess.run(asked, env=env, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603
    if len(run.stops) != 1 or ahead != {"GetParametersByPath", "GetSecretValue", "GetItem", "head"}:
        raise MeasureError(f"{what}: {len(run.stops)} stops were sent, ahead were made {sorted(ahead)}")
    if (told == "1") is not used:
        raise MeasureError(f"{what}: the layer's models were {'' if told == '1' else 'not '}used")
    return Row(what, "stop sent", "the layer's models" if used else "the runtime's models")


def _older(scratch: Path) -> tuple[Path, Path]:
    """Return a folder with the older boto3 and what it needs, and the wheel of its botocore."""
    wheels, folder = scratch / "wheels", scratch / "older-runtime"
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
    _run(*pip, "download", "--no-deps", "--only-binary=:all:", "--require-hashes", "-r", LOCKED, "-d", wheels)
    _run(*pip, "install", "--no-deps", "--no-index", "--no-compile", "--target", folder, *wheels.glob("*.whl"))
    [botocore] = wheels.glob("botocore-*.whl")
    return folder, botocore


def _run(*command: object) -> None:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise MeasureError(done.stderr[-2000:])
