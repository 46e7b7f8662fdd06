"""After a verified stop, back up a vault of CBR: the servers or disks of the DR site that are associated with it.

The call: POST /v3/{project_id}/checkpoints, https://support.huaweicloud.com/intl/en-us/api-cbr/CreateCheckpoint.html.
It is signed with a key of its own, which may do nothing else: the secret is {"access_key": ..., "secret_key": ...}.
"""

import hashlib
import hmac
import json
import os
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import boto3

ALGORITHM = "SDK-HMAC-SHA256"


def signed(url: str, body: bytes, access_key: str, secret_key: str, now: datetime) -> dict[str, str]:
    """Return the headers of a signed POST; the path has only characters that need no encoding."""
    parts = urlsplit(url)
    headers = {"content-type": "application/json", "host": parts.netloc, "x-sdk-date": f"{now:%Y%m%dT%H%M%SZ}"}
    names = ";".join(headers)
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    canonical = f"POST\n{parts.path}/\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    to_sign = f"{ALGORITHM}\n{headers['x-sdk-date']}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(secret_key.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    return headers | {"authorization": f"{ALGORITHM} Access={access_key}, SignedHeaders={names}, Signature={signature}"}


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Ask CBR for a backup, named after the operation; what fails is raised, and Lambda tries it twice more."""
    stop = event["detail"]
    if stop.get("verified") is not True:  # the rule says so, too: a copy that may still change is no backup
        return {"checkpoint": None}
    secret = boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["SECRET_NAME"])["SecretString"]
    key = json.loads(secret)
    name, until = f"after-stop-{stop['operation_id']}", stop.get("copy_until") or "an unknown time"
    about = {"name": name, "description": f"{stop['target']}: nothing after {until}", "auto_trigger": True}
    body = json.dumps({"checkpoint": {"vault_id": os.environ["VAULT_ID"], "parameters": about}}).encode()
    url = f"{os.environ['CBR_ENDPOINT']}/v3/{os.environ['PROJECT_ID']}/checkpoints"
    headers = signed(url, body, key["access_key"], key["secret_key"], datetime.now(UTC))
    with urlopen(Request(url, body, headers), timeout=20) as answer:  # noqa: S310 - the address is yours
        checkpoint = json.load(answer)["checkpoint"]
    print(json.dumps({"operation_id": stop["operation_id"], "checkpoint": checkpoint["id"]}))  # noqa: T201 - the log
    return {"checkpoint": checkpoint["id"]}
