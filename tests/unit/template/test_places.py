"""Places as parameters: the code takes what the template lets through, and the template refuses what the code would."""

from __future__ import annotations

import json
import re

import pytest

from local.template import load
from standdown.core.targets import TargetDefaults, TargetError, read_target
from standdown.sdrs.endpoints import EndpointError, check_endpoint, check_region

PARAMETERS = load()["Parameters"]
ENDPOINTS = ("SdrsEndpoint", "IamEndpoint")


def template_takes(parameter: str, text: str) -> bool:
    return bool(re.fullmatch(PARAMETERS[parameter]["AllowedPattern"], text))


@pytest.mark.parametrize(
    ("region", "taken"),
    [
        ("cn-north-4", True), ("ap-southeast-3", True), ("eu-de", True), ("af-south-1", True), ("cn-north-4-a", True),
        ("la-north-2", True), ("abcd-north-4", False), ("c-north-4", False), ("cn", False), ("cn-", False),
        ("CN-north-4", False), ("cn-north-4.example.com", False), ("cn-north-4/", False), ("cn--4", False),
        ("cn-a-b-c-d", False), ("", False), ("cn-north-4\n", False),
    ],
)  # fmt: skip
def test_a_region_is_taken_by_template_and_code_alike(region: str, taken: bool) -> None:
    def code_takes() -> bool:
        try:
            return bool(check_region(region))
        except EndpointError:
            return False

    assert template_takes("HuaweiRegion", region) is taken
    assert code_takes() is taken


@pytest.mark.parametrize(
    ("project", "taken"),
    [
        ("0605767a9980d5762f6bc00b8e0d2a8c", True), ("eu-de_erp", True), ("cn-north-4_erp-1", True),
        ("eu-de_e_2", True), ("eu-de", False), ("eu-de_", False), ("erp", False), ("_erp", False),
        ("eu-de_erp/x", False),
        ("0605767a9980d5762f6bc00b8e0d2a8", False), ("eu-de_a b", False), ("eu-de_" + "a" * 65, False),
    ],
)  # fmt: skip
def test_a_project_or_sub_project_is_taken_by_template_and_targets_alike(project: str, taken: bool) -> None:
    def target_takes() -> bool:
        document = {"server_group_name": "ERP", "project_id": project}
        try:
            return read_target("erp", json.dumps(document), TargetDefaults("eu-de")).project_id == project
        except TargetError:
            return False

    assert template_takes("HuaweiProjectId", project) is taken
    assert target_takes() is taken


@pytest.mark.parametrize("name", ENDPOINTS)
@pytest.mark.parametrize(
    ("endpoint", "taken"),
    [
        ("https://sdrs.eu-de.otc.t-systems.com", True), ("https://host:8443", True), ("https://host:65535", True),
        ("http://127.0.0.1:18080", True), ("https://a", True), ("https://a-b.c1", True), ("https://10.0.0.1", True),
        ("https://a..b", False), ("https://host:0", False), ("https://host:65536", False), ("https://h:99999", False),
        ("https://-host", False), ("https://host-", False), ("https://host.", False), ("https://.host", False),
        ("http://sdrs.example.com", False), ("http://127.0.0.1.example.com:80", False), ("https://user@host", False),
        ("https://host/path", False), ("https://host?x", False), ("https://host#x", False), ("ftp://host", False),
        ("http://127.0.0.1:0", False), ("https://ho st", False), ("https://", False), ("https://host\\@evil", False),
        ("https://" + "a" * 252, True), ("https://" + "a" * 253, False),
    ],
)  # fmt: skip
def test_an_endpoint_is_taken_by_template_and_code_alike(name: str, endpoint: str, taken: bool) -> None:
    def code_takes() -> bool:
        try:
            return bool(check_endpoint(endpoint))
        except EndpointError:
            return False

    assert template_takes(name, endpoint) is taken
    assert code_takes() is taken


@pytest.mark.parametrize("name", ENDPOINTS)
def test_no_endpoint_means_the_region_s(name: str) -> None:
    assert template_takes(name, "")
    assert PARAMETERS[name]["Default"] == ""
