"""Whatever bytes and status come back, the result is a model or one of the named errors."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from standdown.sdrs.auth import TokenAuth
from standdown.sdrs.classify import classify
from standdown.sdrs.client import SdrsClient
from standdown.sdrs.errors import SdrsError
from support.http import Wire

ANY_URL = re.compile(r"https://.*")
GROUP = "40df180b-9fe2-471a-8c64-1b758dc84189"
CALLS: list[Callable[[SdrsClient], Any]] = [
    lambda client: client.stop_protection(GROUP),
    lambda client: client.get_job("job-1"),
    lambda client: client.get_protection_group(GROUP),
    lambda client: client.list_protection_groups(),
    lambda client: client.list_failure_jobs(GROUP),
]

keys = st.sampled_from(
    ["job_id", "status", "server_group", "server_groups", "error", "id", "entities", "sub_jobs", "code"]
)
bodies = st.binary(max_size=200) | st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner),
    max_leaves=8,
).map(lambda value: json.dumps(value).encode())


@settings(max_examples=200, deadline=None)
@given(body=bodies, status=st.integers(200, 599), retry_after=st.text("0123456789 abc", max_size=6))
def test_whatever_comes_back_is_a_model_or_a_named_error(body: bytes, status: int, retry_after: str) -> None:
    for call in CALLS:
        wire = Wire()
        for method in ("GET", "POST"):
            wire.add(method, ANY_URL, body=body, status=status, headers={"Retry-After": retry_after})
        said = outcome(call, SdrsClient("https://sdrs.example", "0605", TokenAuth("t"), dial=wire))

        assert len(wire.calls) == 1
        assert "\n" not in said


def outcome(call: Callable[[SdrsClient], Any], client: SdrsClient) -> str:
    """Return the model's name, or what is to be done about the error and what it says."""
    try:
        return type(call(client)).__name__
    except SdrsError as error:
        return f"{classify(error)}: {error}"
