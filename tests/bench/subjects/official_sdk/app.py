"""The function that one would write instead: boto3, and Huawei Cloud's own SDK."""

import json
import os
import uuid
from typing import Any

import boto3
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdksdrs.v1 import SdrsClient, StopProtectionGroupRequest, StopProtectionGroupRequestBody

secrets = boto3.client("secretsmanager")
dynamodb = boto3.client("dynamodb")
workflow = boto3.client("stepfunctions")
kept: dict[str, Any] = {}


def sdrs() -> Any:
    """Return the SDRS client, made once."""
    if "client" not in kept:
        secret = json.loads(secrets.get_secret_value(SecretId=os.environ["HUAWEI_SECRET_NAME"])["SecretString"])
        credentials = BasicCredentials(secret["access_key"], secret["secret_key"], os.environ["HUAWEI_PROJECT_ID"])
        builder = SdrsClient.new_builder().with_credentials(credentials)
        kept["client"] = builder.with_endpoints([os.environ["SDRS_ENDPOINT"]]).build()
    return kept["client"]


def lambda_handler(event: Any, _context: Any) -> Any:
    """Stop the group of each message."""
    for record in event["Records"]:
        group = json.loads(record["body"])["server_group_id"]
        client = sdrs()
        dynamodb.put_item(
            TableName=os.environ["TABLE_NAME"],
            Item={"pk": {"S": record["messageId"]}, "group": {"S": group}},
            ConditionExpression="attribute_not_exists(pk)",
        )
        body = StopProtectionGroupRequestBody(stop_server_group={})
        job = client.stop_protection_group(StopProtectionGroupRequest(group, body)).job_id
        workflow.start_execution(
            stateMachineArn=os.environ["WORKFLOW_ARN"], name=str(uuid.uuid4()), input=json.dumps({"job_id": job})
        )
    return {"batchItemFailures": []}
