"""What the pages have their reader type is typed, word for word, at a stack of the name that the pages use."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from e2e.typed import commands, shell_of
from local.case import Case, wait_for
from local.cloud import LocalCloud
from local.doors import parameters
from local.places import ROOT
from simulator import defaults

README, USING = ROOT / "README.md", ROOT / "docs" / "using"
NOT_HERE = {
    r"make (demo|test|check|setup|browser)\b": "they run the local cloud or the tests themselves",
    r"sam (build|deploy|package)\b": "the stack that is typed at was deployed by it",
    r"source \.cache/play\.sh": "test_newcomer.py types it",
    r"standdown (status|(stop|resume) erp-prod|report -o report\.html) *(#.*)?$": "test_newcomer.py types them",
    r"standdown ack [0-9a-f]{32}": "the hold is the reader's",
    r"pipx install": "tests/integration/test_release.py builds and starts the wheel",
    r"eval .*_STANDDOWN_COMPLETE": "the command is not installed here",
    r"(aws secretsmanager|SECRET=)": "the stack has its secrets from its set-up",
    r"aws sqs start-message-move-task": "the local cloud has no such task",
    r"aws scheduler create-schedule": "test_doors_schedules.py makes one",
    r"aws stepfunctions stop-execution": "ARN is to be filled in",
    r"(body|id|key|signature)=|curl -sS": "test_doors_webhook.py sends a signed request",
    r"rm credential\.json": "the file is of a command that is not typed here",
    r"openssl x509": "smn.pem is to be fetched",
    r"aws logs tail": "it follows the log by a call that the local cloud does not have",
    r"make doctor ARGS=\"--targets|make targets-check": "their files are the reader's",
    r"ask NotifierFunctionName '\{\"replay\"": "the operation is the reader's",
    r"(?s)aws lambda invoke .*replay": "the same",
    r"make smoke": "test_smoke.py",
}
"""What is not typed here, and why: everything else is."""
REPORTS = {r"make doctor ARGS|standdown doctor": "Stack mode: "}
"""Commands whose exit code says what they found, here that a dry run is not ready: what they print in any case."""

pytestmark = pytest.mark.timeout(300)  # the first test also waits for a deployment, while other tests run


@dataclass(frozen=True, slots=True)
class Typed:
    """How a page's commands ended, with what they printed."""

    status: int
    said: str


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    """Give a stack called standdown, as the pages say, with every entry point."""
    given = parameters("erp-prod-")
    with LocalCloud(wait_scale=0.2, simulator=("--job-seconds", "1"), parameters=given) as made:
        yield made


@pytest.fixture
def shell(cloud: LocalCloud, tmp_path: Path) -> dict[str, str]:
    """Give an environment in which aws, standdown and make are the real ones, and AWS is the local cloud."""
    return shell_at(cloud, tmp_path)


def shell_at(cloud: LocalCloud, folder: Path, **others: str) -> dict[str, str]:
    """Return that environment for a stack; `others` are programs that stand for the real ones, and their lines."""
    wrapped = others | {
        "standdown": f'PYTHONPATH={ROOT}/layers/standdown exec {sys.executable} -m standdown_cli "$@"',
        "make": f'exec {shutil.which("make")} --no-print-directory -C {ROOT} "$@"',
    }
    return shell_of(folder, cloud.endpoint, wrapped, PYTHON="python3")


def _line(command: str) -> str:
    """Return a command as it is typed; one that reports must print what it prints when it can look."""
    for pattern, prints in REPORTS.items():
        if re.match(pattern, command):
            return f"{{ {command}\n}} 2>&1 | tee -a reports.txt || grep -q '{prints}' reports.txt"
    return command


def typed(page: str, shell: dict[str, str], folder: Path, but: Iterable[str] = NOT_HERE, seconds: int = 110) -> Typed:
    """Type a page's commands one after the other in one shell, but for those of some patterns, until one fails."""
    kept = [one for one in commands(page) if not any(re.match(pattern, one.strip()) for pattern in but)]
    script = "set -eo pipefail\n" + "".join(f"printf '\\n@ %s\\n' {n}\n{_line(one)}\n" for n, one in enumerate(kept))
    ran = subprocess.run(
        ["/bin/bash"], input=script, env=shell, cwd=folder, capture_output=True, text=True, timeout=seconds, check=False
    )
    last = re.findall(r"(?m)^@ (\d+)$", ran.stdout)
    where = kept[int(last[-1])] if ran.returncode and last else ""
    return Typed(ran.returncode, f"{where}\n{ran.stdout[-1500:]}\n{ran.stderr[-1500:]}")


@pytest.fixture
def ended(cloud: LocalCloud) -> Iterator[None]:
    """Put mode and group back as they were when the test ends."""
    yield
    cloud.client("ssm").put_parameter(Name="/standdown/mode", Value="live", Type="String", Overwrite=True)


@pytest.mark.usefixtures("ended")
def test_the_readme_leads_to_a_target_a_request_and_a_pulled_kill_switch(
    cloud: LocalCloud, shell: dict[str, str], tmp_path: Path
) -> None:
    result = typed(README.read_text("utf-8"), shell, tmp_path)

    assert result.status == 0, result.said
    assert what_the_readme_does(cloud) == []


@pytest.mark.usefixtures("ended")
def test_a_wrong_path_on_a_page_is_found(cloud: LocalCloud, shell: dict[str, str], tmp_path: Path) -> None:
    cloud.client("ssm").put_parameter(Name="/standdown/mode", Value="live", Type="String", Overwrite=True)
    planted = README.read_text("utf-8").replace('/mode" --value off', '/mood" --value off')

    result = typed(planted, shell, tmp_path)

    assert result.status or what_the_readme_does(cloud)


def what_the_readme_does(cloud: LocalCloud) -> list[str]:
    """Return what is not as it should be after the README was typed."""
    found = cloud.client("ssm").get_parameters_by_path(Path="/standdown", Recursive=True)["Parameters"]
    values = {one["Name"]: one["Value"] for one in found}
    problems = [] if values.get("/standdown/mode") == "off" else ["the kill switch is not pulled"]
    if defaults.ERP_PROD not in values.get("/standdown/targets/erp-prod", ""):
        problems.append("the target is not there")
    wait_for(
        lambda: [one["request"]["reason"] for one in Case(cloud, "erp-prod").operations()],
        lambda seen: "rollback point, CHG0042" in seen,
    )
    return problems


@pytest.mark.usefixtures("ended")
@pytest.mark.parametrize("page", ["operations.md", "recipes.md", "outcomes.md", "command.md"])
def test_a_page_is_typed_word_for_word(cloud: LocalCloud, shell: dict[str, str], tmp_path: Path, page: str) -> None:
    assert cloud.endpoint

    result = typed((USING / page).read_text("utf-8"), shell, tmp_path)

    assert result.status == 0, result.said


def test_nothing_is_left_out_without_a_reason_that_still_holds() -> None:
    every = [one for page in (README, *USING.glob("*.md")) for one in commands(page.read_text("utf-8"))]

    unused = [pattern for pattern in NOT_HERE if not any(re.match(pattern, one) for one in every)]
    assert unused == []
    assert len([one for one in every if not any(re.match(pattern, one) for pattern in NOT_HERE)]) > 20
