"""The same calls with nothing but the standard library, signatures included: what cannot be undercut."""

import hashlib
import hmac
import http.client
import json
import os
import ssl
import time
import uuid
from typing import Any
from urllib.parse import urlsplit

kept: dict[Any, Any] = {}


def sha(data: bytes) -> str:
    """Return the hex SHA-256."""
    return hashlib.sha256(data).hexdigest()


def mac(key: bytes, text: str) -> bytes:
    """Return the HMAC."""
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def trusted(scheme: str) -> dict[str, Any]:
    """Return what a connection over TLS is made with, one context for all."""
    if scheme != "https":
        return {}
    if "context" not in kept:
        kept["context"] = ssl.create_default_context(cafile=os.environ["AWS_CA_BUNDLE"])
    return {"context": kept["context"]}


def send(url: str, path: str, headers: dict[str, str], body: bytes) -> Any:
    """Send one POST on a connection that is kept, and return the JSON that comes back."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    if parts.netloc not in kept:
        kept[parts.netloc] = kind(parts.netloc, timeout=5, **trusted(parts.scheme))
    connection = kept[parts.netloc]
    connection.request("POST", path, body, headers)
    answer = connection.getresponse()
    found = json.loads(answer.read())
    if answer.status >= 300:
        raise RuntimeError(found)
    return found


def aws(service: str, target: str, words: Any) -> Any:
    """Call one AWS service with a signature of version 4."""
    url, region = os.environ["AWS_ENDPOINT_URL"], os.environ["AWS_REGION"]
    body, now = json.dumps(words).encode(), time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    host, day = urlsplit(url).netloc, now[:8]
    signed = {"content-type": "application/x-amz-json-1.1", "host": host, "x-amz-date": now, "x-amz-target": target}
    lines = "".join(f"{name}:{value}\n" for name, value in signed.items())
    canonical = f"POST\n/\n\n{lines}\n{';'.join(signed)}\n{sha(body)}"
    scope = f"{day}/{region}/{service}/aws4_request"
    key = b"AWS4" + os.environ["AWS_SECRET_ACCESS_KEY"].encode()
    for part in scope.split("/"):
        key = mac(key, part)
    signature = mac(key, f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{sha(canonical.encode())}").hex()
    who = f"{os.environ['AWS_ACCESS_KEY_ID']}/{scope}"
    told = f"AWS4-HMAC-SHA256 Credential={who}, SignedHeaders={';'.join(signed)}, Signature={signature}"
    headers = {"Content-Type": signed["content-type"], "X-Amz-Date": now, "X-Amz-Target": target}
    return send(url, "/", {**headers, "Authorization": told}, body)


def stop(group: str, secret: dict[str, str]) -> Any:
    """Send the stop with Huawei Cloud's signature."""
    url, body = os.environ["SDRS_ENDPOINT"], b'{"stop-server-group": {}}'
    path = f"/v1/{os.environ['HUAWEI_PROJECT_ID']}/server-groups/{group}/action"
    now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    signed = {"content-type": "application/json", "host": urlsplit(url).netloc, "x-sdk-date": now}
    lines = "".join(f"{name}:{value}\n" for name, value in signed.items())
    canonical = f"POST\n{path}/\n\n{lines}\n{';'.join(signed)}\n{sha(body)}"
    signature = mac(secret["secret_key"].encode(), f"SDK-HMAC-SHA256\n{now}\n{sha(canonical.encode())}").hex()
    told = f"SDK-HMAC-SHA256 Access={secret['access_key']}, SignedHeaders={';'.join(signed)}, Signature={signature}"
    return send(url, path, {"Content-Type": "application/json", "X-Sdk-Date": now, "Authorization": told}, body)


def lambda_handler(event: Any, _context: Any) -> Any:
    """Stop the group of each message."""
    for record in event["Records"]:
        group = json.loads(record["body"])["server_group_id"]
        if "secret" not in kept:
            asked = {"SecretId": os.environ["HUAWEI_SECRET_NAME"]}
            kept["secret"] = json.loads(aws("secretsmanager", "secretsmanager.GetSecretValue", asked)["SecretString"])
        item = {"pk": {"S": record["messageId"]}, "group": {"S": group}}
        put = {"TableName": os.environ["TABLE_NAME"], "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}
        aws("dynamodb", "DynamoDB_20120810.PutItem", put)
        job = stop(group, kept["secret"])["job_id"]
        started = {"stateMachineArn": os.environ["WORKFLOW_ARN"], "name": str(uuid.uuid4())}
        aws("states", "AWSStepFunctions.StartExecution", {**started, "input": json.dumps({"job_id": job})})
    return {"batchItemFailures": []}
