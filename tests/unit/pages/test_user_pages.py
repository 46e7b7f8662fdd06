"""What the pages for users say is true, in commands that do what they say, and in the field's words."""

from __future__ import annotations

import json
import os
import re
import shlex
from math import ceil
from pathlib import Path
from typing import Any

import pytest

from local.places import ROOT
from local.readme import PARAMETERS, README, SHOWN
from local.template import load, resources
from standdown.base.metrics import Dimension, Metric
from standdown.core.request import Source
from standdown.core.targets import TargetDefaults, read_targets
from standdown.sdrs.credentials import Credentials, CredentialsError
from standdown.sdrs.endpoints import iam_endpoint, sdrs_endpoint

USING = ROOT / "docs" / "using"
RECIPES, OPERATIONS, SECURITY = USING / "recipes.md", USING / "operations.md", USING / "security.md"
TARGETS = USING / "targets.md"
PLAIN = (
    README,
    PARAMETERS,
    SHOWN,
    TARGETS,
    RECIPES,
    OPERATIONS,
    SECURITY,
    ROOT / "docs" / "architecture.md",
    ROOT / "events/README.md",
)
TYPED = (README, *sorted(USING.glob("*.md")))
TEMPLATE = load()
FENCE = re.compile(r"^ *```(?P<kind>\w*)\n(?P<code>.*?)^ *```$", re.MULTILINE | re.DOTALL)
PRIVATE = (
    r"told|tells?|anew|heeded|in force|set aside|buried|doors?|ways? in|let in|strangers?|brakes?|hears?|put right|"
    r"planted|in earnest|protected anew|speak for|pass for|looks? at"
)
CLOSES = {"AlarmPrefix": '""', "RequestEventSource": '""', "ScheduleExpression": '""', "EnableWebhook": "false"}
"""The parameter of each entry point and the value that closes it, as SAM reads it."""
TOOLS = ("aws", "sam", "make", "jq", "curl", "openssl", "base64", "od")
SSM_READS_A_SECOND, SSM_PAGE, SECONDS_OF_RETRIES = 40, 10, 3


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def shell(page: Path) -> str:
    """Return what a reader would type, each command on one line, without comments."""
    blocks = [block["code"] for block in FENCE.finditer(page.read_text("utf-8")) if block["kind"] in ("sh", "console")]
    return re.sub(r"(?m)(^|\s)#\s.*$", "", "\n".join(blocks)).replace("\\\n", " ")


def commands(page: Path, beginning: str) -> list[str]:
    """Return the commands of a page that begin so, also those within sentences; a quoted value may span lines."""
    code = shell(page) + "\n" + "\n".join(re.findall(r"`([^`\n]+)`", page.read_text("utf-8")))
    return re.findall(rf"(?m)^ *({re.escape(beginning)}(?:'[^']*'|[^'\n])*)$", code)


def overrides(command: str) -> dict[str, str]:
    """Return the parameters that a command gives to `sam deploy`, as SAM gets them from the shell."""
    given = shlex.split(command.partition("--parameter-overrides")[2])
    return dict(word.partition("=")[::2] for word in given if "=" in word)


def document(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    return found


def put_targets(page: Path) -> list[dict[str, Any]]:
    """Return the targets' documents that a page has its reader write."""
    return [document(found) for found in re.findall(r"\{\s*\"server_group_id\": \"[0-9a-f-]{36}\"[^}]*\}", shell(page))]


def section(page: Path, heading: str) -> str:
    return page.read_text("utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("page", PLAIN, ids=named)
def test_a_page_has_no_private_words(page: Path) -> None:
    prose = FENCE.sub("", page.read_text("utf-8"))

    found = re.findall(rf"(?i)\b(?:{PRIVATE})\b", prose)

    assert found == []


@pytest.mark.parametrize("page", TYPED, ids=named)
def test_a_target_that_a_page_has_put_is_valid_and_begins_as_a_dry_run(page: Path) -> None:
    for one in put_targets(page):
        found = read_targets({"targets/erp-prod": json.dumps(one)}, TargetDefaults("cn-north-4"))

        assert not found.broken
        assert one["mode"] == "dry-run"


def test_n01_no_page_says_that_a_parameter_that_is_left_out_is_reset() -> None:
    assert not [page.name for page in TYPED if "Give all of yours each time" in page.read_text("utf-8")]
    for page in (README, RECIPES, PARAMETERS):
        assert re.search(r"leave out (keeps its value|keep their values)", page.read_text("utf-8")), page.name


@pytest.mark.parametrize("page", TYPED, ids=named)
def test_n01_a_value_that_a_page_gives_to_sam_is_one_that_sam_takes(page: Path) -> None:
    """SAM refuses `NAME=`: an empty value is written with its quotes."""
    for command in commands(page, "sam deploy"):
        other = re.search(r"--template-file (examples/\S+)", command)
        template = load(ROOT / other[1]) if other else TEMPLATE
        given = overrides(command)

        assert given.keys() <= template["Parameters"].keys() | {"NAME"}
        assert not [name for name, value in given.items() if not value]


def test_n01_the_page_of_parameters_says_how_each_entry_point_is_closed() -> None:
    closing = section(PARAMETERS, "Close an entry point")
    switches = {
        one["Fn::Not"][0]["Fn::Equals"][0]["Ref"] for one in _conditions("AlarmsOn", "RequestEventsOn", "ScheduleOn")
    }
    (webhook,) = _conditions("WebhookOn")

    spelt: dict[str, str] = {}
    for command in re.findall(r"`(sam deploy [^`]+)`", closing):
        spelt |= overrides(command)

    assert spelt == CLOSES
    assert spelt.keys() == switches | {webhook["Fn::Equals"][0]["Ref"]}


def _conditions(*names: str) -> list[dict[str, Any]]:
    return [TEMPLATE["Conditions"][name] for name in names]


def test_n02_nobody_is_advised_to_put_the_project_s_id_into_the_secret() -> None:
    secret = json.dumps({"access_key": "A" * 20, "secret_key": "s" * 40, "project_id": "0" * 32})
    with pytest.raises(CredentialsError, match="project_id"):
        Credentials.from_json(secret)

    assert "secret" not in TEMPLATE["Parameters"]["HuaweiProjectId"]["Description"]


@pytest.mark.parametrize("page", TYPED, ids=named)
def test_n03_a_command_works_for_a_stack_of_any_name(page: Path) -> None:
    code = shell(page)

    assert not re.findall(r"/standdown/\S+|--stack-name standdown|--stack standdown|STACK=standdown\b(?!\n)", code)
    assert (
        "output() {" not in code
        or 'STACK=standdown\noutput() { aws cloudformation describe-stacks --stack-name "$STACK"' in code
    )


@pytest.mark.parametrize("page", [README, RECIPES, OPERATIONS], ids=named)
def test_n03_the_kill_switch_is_put_below_the_prefix_of_the_stack(page: Path) -> None:
    found = [one for one in commands(page, "aws ssm put-parameter") if "--value off" in one]

    assert ['--name "$(output ConfigPrefix)/mode"' in one for one in found] == [True]


@pytest.mark.parametrize("page", [README, RECIPES, OPERATIONS], ids=named)
def test_n09_a_parameter_that_another_page_has_put_can_be_put_again(page: Path) -> None:
    found = commands(page, "aws ssm put-parameter")

    assert found
    assert not [one for one in found if "--overwrite" not in one]


def test_n09_the_target_of_the_recipes_takes_every_source_that_the_recipes_use() -> None:
    (target,) = put_targets(RECIPES)
    used = {"alarm", "schedule", "webhook", "queue"}

    assert used <= set(target["sources"]) <= {source.value for source in Source}
    assert "ScheduleTargets=erp-prod " in shell(RECIPES)  # the one target that the page has put


@pytest.mark.parametrize("tool", TOOLS)
def test_n10_the_prerequisites_name_every_program_that_a_page_has_typed(tool: str) -> None:
    needed = section(README, "Deploy it to AWS").partition("```")[0]
    names = {"aws": "AWS CLI, **version 2**", "sam": "AWS SAM CLI"}

    assert any(re.search(rf"(?m)(^|[|(] *){tool} ", shell(page)) for page in TYPED), f"no page uses {tool}"
    assert names.get(tool, tool) in needed


def test_n13_open_telekom_cloud_needs_a_region_and_no_endpoint() -> None:
    assert sdrs_endpoint("eu-de") == "https://sdrs.eu-de.otc.t-systems.com"
    assert iam_endpoint("eu-de") == "https://iam.eu-de.otc.t-systems.com"

    assert "`HuaweiRegion=eu-de` is enough" in README.read_text("utf-8")
    assert not [
        name for name in ("SdrsEndpoint", "IamEndpoint") if "Telekom" in TEMPLATE["Parameters"][name]["Description"]
    ]


def test_n15_make_help_says_what_check_runs() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")

    (found,) = re.findall(r"^check: ([a-z ]+) ## (.*)$", makefile, re.MULTILINE)

    assert [one for one in found[0].split() if one not in found[1].lower()] == []


def test_n15_the_page_on_operating_says_which_alarms_the_dashboard_shows() -> None:
    ever = set(resources(TEMPLATE, "AWS::CloudWatch::Alarm"))
    always = {name for name in ever if "Condition" not in TEMPLATE["Resources"][name]}
    (dashboard,) = resources(TEMPLATE, "AWS::CloudWatch::Dashboard").values()
    shown = {name for name in ever if f"${{{name}.Arn}}" in str(dashboard)}

    assert shown in (always, ever)
    assert ("those that every stack has" in OPERATIONS.read_text("utf-8")) is (shown == always)


@pytest.mark.parametrize("page", PLAIN, ids=named)
def test_n15_a_line_of_a_paragraph_can_be_read_in_an_editor(page: Path) -> None:
    prose = FENCE.sub("", page.read_text("utf-8"))

    assert not [line for line in prose.splitlines() if len(line) > 170 and not line.startswith("|")]


def test_n16_the_page_on_outcomes_shows_a_mail_as_it_is_sent() -> None:
    """`GOLDEN=write` writes the mail into the page."""
    mail, page = ROOT / "tests" / "unit" / "publish" / "render" / "golden" / "succeeded.txt", USING / "outcomes.md"
    beginning = mail.read_text("utf-8").partition("\n\nWhat was asked")[0]
    shown = f"```text\n{beginning}\n```"
    if os.environ.get("GOLDEN") == "write":
        written = re.sub(r"```text\nStanddown: .*?```", lambda _: shown, page.read_text("utf-8"), flags=re.DOTALL)
        page.write_text(written, "utf-8")

    assert shown in page.read_text("utf-8")


def test_a13_the_readme_limits_the_targets_to_what_processes_that_start_together_can_read() -> None:
    limits = re.findall(r"at most \*\*(\d+) targets\*\*", README.read_text("utf-8"))
    together = TEMPLATE["Parameters"]["MaxConcurrency"]["Default"]

    assert len(limits) == 1
    limit = int(limits[0])
    reads = together * ceil(limit / SSM_PAGE)
    assert reads <= SSM_READS_A_SECOND * SECONDS_OF_RETRIES
    assert f"keep to {limit} targets" in OPERATIONS.read_text("utf-8")


def test_o15_the_page_lists_each_metric_once_with_its_dimensions() -> None:
    metrics = (USING / "outcomes.md").read_text("utf-8").split("## Metrics")[1]
    rows = re.findall(r"^\| `([A-Z]\w+)` \|([^|]*)\|", metrics, re.MULTILINE)

    assert sorted(name for name, _ in rows) == sorted(Metric)
    assert {word for _, words in rows for word in re.findall(r"`(\w+)`", words)} <= set(Dimension)


def test_l03_the_recipe_names_the_page_of_smn_s_certificate_its_fingerprint_and_its_way_into_the_secret() -> None:
    recipe = section(RECIPES, "3. Another system requests a stop by webhook").partition("\n### Cloud Eye")[2]

    assert "https://support.huaweicloud.com/usermanual-smn/smn_ug_a9000.html" in recipe
    assert "The regions of the Chinese site share one certificate" in recipe
    assert re.search(r"-fingerprint -sha256 +# 85:FF:15(:[0-9A-F]{2}){29}\n", recipe)
    assert "--rawfile certificate smn.pem" in recipe
    assert "put-secret-value" in recipe


def test_l04b_the_recipe_warns_of_content_templates_and_says_what_smn_repeats() -> None:
    recipe = section(RECIPES, "3. Another system requests a stop by webhook").partition("\n### Cloud Eye")[2]

    assert "Leave the rule's content template as it is" in recipe
    assert "| 4xx, also 429 | it never sends the message again |" in recipe
    assert "$(output SmnUrl)" in recipe
