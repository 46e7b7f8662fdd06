from __future__ import annotations

from dataclasses import replace
from urllib.parse import unquote, urlsplit

import pytest

from standdown.publish.render.links import _SDRS_CONSOLES, Links
from standdown.sdrs.endpoints import _DOMAINS
from support.samples import ENDED, LINKS, OTHER

OPERATION = ENDED["succeeded"]


def test_the_execution_is_found_by_its_derived_name() -> None:
    link = LINKS.for_operation(OPERATION)["execution"]

    assert link == (
        "https://eu-central-1.console.aws.amazon.com/states/home?region=eu-central-1#/v2/executions/details/"
        "arn:aws:states:eu-central-1:123456789012:execution:standdown-StopWorkflow:stop-" + OPERATION.operation_id
    )


def test_a_joined_operation_links_to_the_execution_that_did_the_work() -> None:
    assert (LINKS.execution_arn(ENDED["joined-succeeded"]) or "").endswith(f":stop-{OTHER}")
    assert (LINKS.execution_arn(replace(ENDED["joined-succeeded"], outcome=None)) or "").endswith(f":stop-{OTHER}")


def test_the_log_lines_are_queried_over_the_operations_time() -> None:
    link = LINKS.for_operation(OPERATION)["logs"] or ""

    query = unquote(unquote(link.replace("$", "%")))

    assert not set(link) & set("()'~ \"")
    assert "logs-insights?queryDetail=~(end~'2026-11-24T02*3a29*3a32.250Z~start~'2026-11-24T02*3a09*3a08.250Z" in query
    assert f"filter*20operation_id*20*3d*20*27{OPERATION.operation_id}*27" in query
    assert query.endswith("~source~(~'*2fstanddown*2ftrigger~'*2fstanddown*2fpoller))")


def test_an_operation_that_has_not_ended_has_links_too() -> None:
    assert LINKS.for_operation(replace(OPERATION, outcome=None))["logs"]


def test_the_console_is_that_of_the_groups_region_or_else_of_the_stacks() -> None:
    other = Links(huawei_region="ap-southeast-3", console="https://console-intl.huaweicloud.com/sdrs/?region={region}")

    links = [other.for_operation(ENDED[case])["console"] for case in ("succeeded", "refused-unknown-group")]

    assert links == [f"https://console-intl.huaweicloud.com/sdrs/?region={r}" for r in ("cn-north-4", "ap-southeast-3")]


FORMER = "https://console.huaweicloud.com/sdrs/?region={region}"


@pytest.mark.parametrize("configured", ["", FORMER], ids=["nothing", "what 0.1.0 had for all"])
@pytest.mark.parametrize(
    ("region", "link"),
    [
        ("cn-east-3", "https://console.huaweicloud.com/sdrs/?region=cn-east-3"),
        ("ap-southeast-3", "https://console-intl.huaweicloud.com/sdrs/?region=ap-southeast-3"),
        ("eu-de", "https://console.otc.t-systems.com/sdrs/?region=eu-de"),
        ("eu-west-101", None),
        ("my-kualalumpur-1", None),
    ],
)
def test_m02_the_console_is_that_of_the_place_and_never_another_operators(
    configured: str, region: str, link: str | None
) -> None:
    links = Links(huawei_region=region, console=configured)

    assert links.for_operation(ENDED["refused-unknown-group"])["console"] == link


def test_every_region_whose_endpoints_are_known_has_a_console() -> None:
    assert set(_SDRS_CONSOLES) == set(_DOMAINS)


def test_china_has_its_own_console() -> None:
    links = Links(workflow_arn="arn:aws-cn:states:cn-north-1:123456789012:stateMachine:x")

    assert (links.for_operation(OPERATION)["execution"] or "").startswith("https://cn-north-1.console.amazonaws.cn/")


@pytest.mark.parametrize(
    ("partition", "region", "host"),
    [
        ("aws", "eu-central-1", "eu-central-1.console.aws.amazon.com"),
        ("aws-cn", "cn-north-1", "cn-north-1.console.amazonaws.cn"),
        ("aws-us-gov", "us-gov-west-1", "us-gov-west-1.console.amazonaws-us-gov.com"),
    ],
)
def test_o14_the_aws_console_is_that_of_the_partition(partition: str, region: str, host: str) -> None:
    arn = f"arn:{partition}:states:{region}:123456789012:stateMachine:x"

    links = Links(workflow_arn=arn, log_groups=("/x",), aws_region=region).for_operation(OPERATION)

    assert {urlsplit(links[key] or "").hostname for key in ("execution", "logs")} == {host}


@pytest.mark.parametrize("partition", ["aws-iso", "aws-iso-b", "aws-eusc", ""])
def test_o14b_a_partition_whose_console_is_not_known_has_no_links_to_it(partition: str) -> None:
    arn = f"arn:{partition}:states:us-iso-east-1:123456789012:stateMachine:x"

    links = Links(workflow_arn=arn, log_groups=("/x",), aws_region="us-iso-east-1").for_operation(OPERATION)

    assert (links["execution"], links["logs"]) == (None, None)


def test_what_is_not_known_gives_no_link() -> None:
    assert set(Links().for_operation(ENDED["refused-unknown-group"]).values()) == {None}
