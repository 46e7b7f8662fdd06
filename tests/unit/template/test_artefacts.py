"""What `sam build` makes: pure Python, small, whole."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from local import sam
from local.places import CLOUD_PYTHON, ROOT, plain_env
from local.template import load, resources

FUNCTIONS = resources(load(), "AWS::Serverless::Function")
NATIVE = {".so", ".pyd", ".dylib", ".dll", ".a", ".o"}
MOST_BYTES = 4 * 1024 * 1024

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CLOUD_PYTHON.exists(), reason="make setup makes the environments that build needs"),
]


@pytest.fixture(scope="module")
def built() -> Path:
    return sam.build()


def deployed(built: Path) -> list[Path]:
    return [path for path in built.iterdir() if path.is_dir()]


def test_the_artefacts_hold_nothing_native_and_no_bytecode_but_the_runtime_s(built: Path) -> None:
    files = [path for path in built.rglob("*") if path.is_file()]

    native = [path for path in files if path.suffix in NATIVE or ".so." in path.name]

    assert not native
    assert not [path for path in files if path.suffix == ".pyc" and not path.name.endswith(".cpython-313.pyc")]
    assert not [path for path in files if path.read_bytes()[:4] == b"\x7fELF"]


def test_the_artefacts_are_under_four_mebibytes_zipped_together(built: Path, tmp_path: Path) -> None:
    zips = [shutil.make_archive(str(tmp_path / path.name), "zip", path) for path in deployed(built)]

    assert sum(Path(made).stat().st_size for made in zips) < MOST_BYTES


def test_a_function_s_artefact_is_its_app_alone(built: Path) -> None:
    functions = [path for path in deployed(built) if path.name.endswith("Function")]

    assert functions
    assert all([file.name for file in path.iterdir()] == ["app.py"] for path in functions)


def test_every_dependency_of_the_layer_keeps_its_licence(built: Path) -> None:
    infos = list((built / "StanddownLayer" / "python").glob("*.dist-info"))

    assert infos
    assert all(list(info.rglob("LICENSE*")) for info in infos)


def test_the_layer_carries_the_models_of_what_the_functions_call_with_their_licence(built: Path) -> None:
    models = built / "StanddownLayer" / "python" / "standdown_models"

    assert {path.name for path in models.rglob("*.json")} == {"service-2.json", "paginators-1.json", "endpoints.json"}
    assert (models / "LICENSE.txt").is_file()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_imports_with_nothing_on_its_path_but_its_artefacts_and_boto3(
    built: Path, tmp_path: Path, name: str
) -> None:
    # The cloud environment has packages of its own: take boto3 and what it needs out of it, and nothing else.
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    site = next((CLOUD_PYTHON.parents[1] / "lib").glob("python3*")) / "site-packages"
    for package in ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six.py", "urllib3"):
        (runtime / package).symlink_to(site / package)
    artefact, layer = built / name, built / "StanddownLayer" / "python"
    path = [str(artefact), str(layer), str(runtime)]
    code = f"import sys; sys.path[:0] = {path!r}; import app; print(app.lambda_handler)"
    env = plain_env(AWS_DEFAULT_REGION="us-east-1", POWERTOOLS_SERVICE_NAME="standdown-test")

    # Isolated and without site-packages: whatever else the machine has is out of sight.
    command = [sys.executable, "-I", "-S", "-B", "-c", code]
    ran = subprocess.run(command, env=env, capture_output=True, text=True, check=False)  # noqa: S603 - our own words

    assert ran.returncode == 0, ran.stderr
    assert "function" in ran.stdout


def test_the_layer_pins_every_package_by_hash_and_as_the_tests_have_it() -> None:
    pin = re.compile(r"^([a-z0-9-]+)==([^\s;]+)", re.MULTILINE)
    [layer, models] = (
        (ROOT / "layers" / "standdown" / f"{name}.txt").read_text() for name in ("requirements", "models")
    )
    tests = dict(pin.findall((ROOT / "tests" / "requirements" / "dev.txt").read_text()))

    pinned = dict(pin.findall(layer))

    assert pinned
    assert pinned.items() <= tests.items()
    assert dict(pin.findall(models)) == {"botocore": tests["botocore"]}
    assert layer.count("--hash=sha256:") == len(pinned)
