from __future__ import annotations

import pytest

from standdown.sdrs.auth import AkSkAuth
from standdown.sdrs.client import SdrsClient
from support.http import Wire


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def client(wire: Wire) -> SdrsClient:
    return SdrsClient("https://sdrs.cn-north-4.myhuaweicloud.com", "0605", AkSkAuth("AK", "SK"), dial=wire)
