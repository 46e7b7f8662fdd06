"""The errors that the service answers with, and the bodies they come in."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

MESSAGES = {
    "SDRS.0005": "No permission to perform the operation.",
    "SDRS.0201": "Invalid request parameters.",
    "SDRS.0206": "Invalid action.",
    "SDRS.0207": "Invalid protection group ID.",
    "SDRS.0221": "The limit value must be from 1 to 1000.",
    "SDRS.0222": "The offset value must be an integer that is not negative.",
    "SDRS.1002": "The operation is not allowed for the protection group in the current state.",
    "SDRS.1013": "The protection group does not exist.",
    "SDRS.1015": "The protection group data is abnormal.",
    "SDRS.1830": "The operation is not allowed: replication pairs of the protection group are synchronizing data.",
    "SDRS.1831": "The disk is locked.",
}


@dataclass(slots=True)
class RefusedError(Exception):
    """Raised when a call is answered with an error. `key` is the key of the body: error, badrequest, itemNotFound."""

    code: str
    status: int = 400
    message: str = ""
    key: str = "error"
    headers: dict[str, str] = field(default_factory=dict)

    def body(self) -> bytes:
        """Return the body as SDRS writes it; a gateway's code comes in the gateway's shape, IAM's in IAM's."""
        said = self.message or MESSAGES.get(self.code, "The operation failed.")
        if self.code.startswith(("APIGW.", "APIG.")):
            return json.dumps(
                {"error_msg": said, "error_code": self.code, "request_id": self.headers["X-Request-Id"]}
            ).encode()
        if self.code.isdigit():
            return json.dumps({self.key: {"message": said, "code": int(self.code)}}).encode()
        return json.dumps({self.key: {"message": said, "code": self.code}}).encode()


def gateway_body(status: int, request_id: str) -> bytes:
    """Return what a gateway says of its own accord with a status: JSON where it has a code, else a page or nothing."""
    known = {
        401: ("APIGW.0301", "Incorrect IAM authentication information: verify aksk signature fail"),
        403: ("APIGW.0302", "The IAM user is not authorized to access the API"),
        404: ("APIGW.0101", "The API does not exist or has not been published in the environment"),
        429: ("APIGW.0308", "The throttling threshold has been reached"),
        500: ("APIGW.0601", "Internal server error"),
        503: ("APIGW.0613", "The IAM service is currently unavailable"),
    }
    if status in known:
        code, said = known[status]
        return json.dumps({"error_msg": said, "error_code": code, "request_id": request_id}).encode()
    if status in (502, 504):
        return f"<html><head><title>{status} Bad Gateway</title></head><body></body></html>".encode()
    return b""
