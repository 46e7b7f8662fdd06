"""Who has which credential for Huawei Cloud: the trigger the one that may stop, those that only look the other."""

from __future__ import annotations

from typing import Any

import pytest

from local.template import load, resources

TEMPLATE = load()
FUNCTIONS = resources(TEMPLATE, "AWS::Serverless::Function")
ROLES = resources(TEMPLATE, "AWS::IAM::Role")
STOPS, LOOKS = "HuaweiSecretName", "HuaweiReadSecretName"
READER = {"Fn::If": ["OneCredential", {"Ref": STOPS}, {"Ref": LOOKS}]}


def named(function: str) -> Any:
    return FUNCTIONS[function]["Environment"]["Variables"].get("HUAWEI_SECRET_NAME")


def huawei_secrets(role: str) -> list[Any]:
    """Return the resources of a role's right to read a credential for Huawei Cloud."""
    statements = [
        one for policy in ROLES[role]["Policies"] for one in policy.get("PolicyDocument", {}).get("Statement", ())
    ]
    return [one["Resource"] for one in statements if one.get("Sid") == "ReadCredential"]


def test_the_trigger_has_the_credential_that_may_stop_and_no_other() -> None:
    [resource] = huawei_secrets("TriggerRole")

    assert named("TriggerFunction") == {"Ref": STOPS}
    assert f"${{{STOPS}}}" in str(resource)
    assert LOOKS not in str(resource)


@pytest.mark.parametrize("name", ["Poller", "Sweeper"])
def test_those_that_only_look_have_the_readers_credential_where_there_is_one(name: str) -> None:
    [resource] = huawei_secrets(f"{name}Role")

    assert named(f"{name}Function") == READER
    assert resource["Fn::Sub"][1] == {"Name": READER}
    assert TEMPLATE["Conditions"]["OneCredential"] == {"Fn::Equals": [{"Ref": LOOKS}, ""]}


@pytest.mark.parametrize("name", ["Notifier", "Webhook"])
def test_those_that_never_call_huawei_cloud_have_no_credential_for_it(name: str) -> None:
    assert named(f"{name}Function") is None
    assert huawei_secrets(f"{name}Role") == []
