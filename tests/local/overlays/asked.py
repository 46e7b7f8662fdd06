"""Around any function: an event that names a call to AWS has it made with the function's own credentials and rights."""

from typing import Any

import boto3
from botocore.exceptions import ClientError
from deployed_app import lambda_handler as deployed  # type: ignore[import-not-found] # beside it in the artefact


def lambda_handler(event: Any, context: Any) -> Any:
    """Make the call and return the code of the error that came of it, if any; hand every other event on."""
    if not isinstance(event, dict) or "call-of-a-test" not in event:
        return deployed(event, context)
    service, operation, arguments = event["call-of-a-test"]
    client: Any = boto3.client(service)
    try:
        getattr(client, operation)(**arguments)
    except ClientError as error:
        return {"error": error.response["Error"]["Code"]}
    return {"error": None}
