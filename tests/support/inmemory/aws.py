"""AWS's errors as botocore raises them, and clients whose every call crosses the boundary."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError

from support.inmemory.boundary import Boundary


def refused(operation: str, code: str, message: str = "simulated", **more: Any) -> ClientError:
    """Return the error that a client raises when AWS answers with this code."""
    answer: Any = {"Error": {"Code": code, "Message": message}, **more}
    return ClientError(answer, operation)


def silent(service: str) -> ReadTimeoutError:
    """Return the error that a client raises when no answer comes."""
    return ReadTimeoutError(endpoint_url=f"https://{service}.amazonaws.com")


def crossing(client: Any, service: str, boundary: Boundary) -> Any:
    """Return a client, real or a stand-in, whose every call goes through the boundary under `service.call`."""
    return _Crossing(client, service, boundary)


class _Crossing:
    def __init__(self, client: Any, service: str, boundary: Boundary) -> None:
        self._client, self._service, self._boundary = client, service, boundary

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        return found if name == "exceptions" else self._crossing(name, found)

    def _crossing(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def through(**arguments: Any) -> Any:
            return self._boundary.call(f"{self._service}.{name}", lambda: call(**arguments))

        return through
