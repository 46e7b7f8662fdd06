"""The calls to AWS that a function really makes, held against those that the table of rights knows of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore import xform_name
from botocore.client import BaseClient

from scan.reached import reached

_BY_POWERTOOLS = {"SSMProvider": "get_parameters_by_path", "SecretsProvider": "get_secret_value"}


@contextmanager
def only_calls_of(function: str) -> Iterator[set[str]]:
    """Give the names of the calls made within the block; fail where the function's code cannot come to one of them."""
    made: set[str] = set()
    original: Any = BaseClient._make_api_call  # type: ignore[attr-defined]

    def recording(client: Any, operation: str, arguments: dict[str, Any]) -> Any:
        made.add(xform_name(operation))
        return original(client, operation, arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", recording)
        yield made
    known = {_BY_POWERTOOLS.get(call, call.rpartition(".")[2]) for _, call in reached(function)}
    assert made <= known, f"{function} called AWS where tests/scan/reached.py sees no way to it"
