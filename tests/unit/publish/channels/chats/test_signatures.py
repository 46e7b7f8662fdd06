"""The signatures of the robots are those that an independent library makes, for whatever secret and time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from notify_hub.channels.dingtalk import DingTalkChannel
from notify_hub.channels.lark import LarkChannel

from standdown.publish.channels.chats import dingtalk, feishu

SECRET = "SECstanddown-example-0123456789"
CLIENT: Any = None  # nothing is sent
SECRETS = st.text(min_size=1, max_size=80).filter(lambda text: text.strip() == text)
TIMES = st.integers(1_600_000_000, 2_500_000_000)


@given(SECRETS, TIMES)
def test_feishu_s_signature_is_that_of_an_independent_library(secret: str, seconds: int) -> None:
    oracle = LarkChannel(
        channel_id="lark", client=CLIENT, webhook_url="https://open.feishu.cn/open-apis/bot/v2/hook/x", secret=secret
    )

    assert feishu.signature(secret.encode(), seconds) == oracle._signature(seconds)


@given(SECRETS, TIMES)
def test_dingtalk_s_address_is_that_of_an_independent_library(secret: str, seconds: int) -> None:
    oracle = DingTalkChannel(channel_id="dingtalk", client=CLIENT, access_token="0123", secret=secret)

    assert dingtalk.FORM.sign
    path, _ = dingtalk.FORM.sign(
        "/robot/send?access_token=0123", {}, secret.encode(), datetime.fromtimestamp(seconds, UTC)
    )

    parts = urlsplit(oracle._signed_url(seconds * 1000))
    assert path == f"{parts.path}?{parts.query}"


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (feishu.signature(SECRET.encode(), 1_760_000_000), "dlVmPSmbhZsYKRk2XIGP9cb+kAGPr7oCbo9FDTeYggI="),
        (dingtalk.signature(SECRET.encode(), 1_760_000_000_000), "5mlZkIMSKCJqWGxydTiCdIVTerJbVz+tPYHIoDqX4is="),
    ],
)
def test_a_signature_stays_what_it_was(made: str, expected: str) -> None:
    assert made == expected


def test_feishu_s_time_is_a_text_in_the_body_and_dingtalk_s_sign_is_encoded_once() -> None:
    now = datetime.fromtimestamp(1_760_000_000, UTC)
    assert feishu.FORM.sign
    assert dingtalk.FORM.sign

    _, body = feishu.FORM.sign("/x", {"msg_type": "text"}, SECRET.encode(), now)
    path, untouched = dingtalk.FORM.sign("/robot/send?access_token=0123", {"a": 1}, SECRET.encode(), now)

    assert (body["timestamp"], body["sign"]) == ("1760000000", "dlVmPSmbhZsYKRk2XIGP9cb+kAGPr7oCbo9FDTeYggI=")
    assert path.endswith("&timestamp=1760000000000&sign=5mlZkIMSKCJqWGxydTiCdIVTerJbVz%2BtPYHIoDqX4is%3D")
    assert untouched == {"a": 1}
