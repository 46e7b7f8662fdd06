from __future__ import annotations

from collections.abc import Iterator

import pytest
import responses

from standdown.sdrs.auth import AkSkAuth
from standdown.sdrs.client import SdrsClient


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def client() -> SdrsClient:
    return SdrsClient("https://sdrs.cn-north-4.myhuaweicloud.com", "0605", AkSkAuth("AK", "SK"))
