"""What has to be put right after a deployment because the embedded AWS does it otherwise than AWS."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

_BY_PATH = "ssm:GetParametersByPath"
_BY_ANY_PATH = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": _BY_PATH, "Resource": "*"}],
}


def mend(client: Callable[[str], Any], auth: bool) -> None:
    """Put right what is known to differ; `auth` says that IAM is enforced."""
    _concurrency(client("lambda"))
    if auth:
        _parameters_by_path(client("iam"))
        _plain_http(client("sqs"), client("sns"))


def _concurrency(functions: Any) -> None:
    """Give each mapping its concurrency as a number: a parameter's is kept as text, and stumbled over."""
    for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
        if limit := mapping.get("ScalingConfig", {}).get("MaximumConcurrency"):
            scaling = {"MaximumConcurrency": int(limit)}
            functions.update_event_source_mapping(UUID=mapping["UUID"], ScalingConfig=scaling)


def _parameters_by_path(roles: Any) -> None:
    """Let who may read parameters below one path read them below all: it is judged on `*`, whatever the path."""
    for role in roles.list_roles()["Roles"]:
        for name in roles.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]:
            policy = roles.get_role_policy(RoleName=role["RoleName"], PolicyName=name)["PolicyDocument"]
            if _BY_PATH in json.dumps(policy):
                document = json.dumps(_BY_ANY_PATH)
                roles.put_role_policy(RoleName=role["RoleName"], PolicyName="mended", PolicyDocument=document)


def _plain_http(queues: Any, topics: Any) -> None:
    """Let queues and topics be used without TLS: nothing here leaves this machine."""
    for url in queues.list_queues().get("QueueUrls", []):
        found = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"]).get("Attributes", {})
        if "Policy" in found:
            queues.set_queue_attributes(QueueUrl=url, Attributes={"Policy": _without_denials(found["Policy"])})
    for topic in topics.list_topics()["Topics"]:
        name = {"TopicArn": topic["TopicArn"], "AttributeName": "Policy"}
        found = topics.get_topic_attributes(TopicArn=topic["TopicArn"])["Attributes"]
        topics.set_topic_attributes(**name, AttributeValue=_without_denials(found["Policy"]))


def _without_denials(policy: str) -> str:
    document = json.loads(policy)
    document["Statement"] = [one for one in document["Statement"] if one["Effect"] == "Allow"]
    return json.dumps(document)
