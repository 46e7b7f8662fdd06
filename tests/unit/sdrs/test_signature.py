"""Our signature against that of Huawei Cloud's own SDK."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer
from hypothesis import example, given, settings
from hypothesis import strategies as st

from standdown.base.http.deadline import Deadline
from standdown.base.http.exchange import Request
from standdown.sdrs.auth import AkSkAuth

NOW = 1_767_323_045.0  # 2026-01-02T03:04:05Z
ANY = Deadline(float("inf"))

text = st.text(max_size=20).filter(lambda said: not any("\ud800" <= c <= "\udfff" for c in said))
keys = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=",; "), min_size=1, max_size=40)
segments = st.lists(text.filter(lambda segment: segment not in (".", "..")), max_size=5)
requests_to_sign = st.fixed_dictionaries(
    {
        "method": st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
        "segments": segments,
        "query": st.lists(st.tuples(text.filter(bool), text), max_size=5, unique_by=lambda pair: pair[0]),
        "body": st.one_of(st.none(), st.binary(max_size=200), text.map(str.encode)),
        "access_key": keys,
        "secret_key": text.filter(bool),
        "token": st.one_of(st.none(), keys),
        "port": st.one_of(st.none(), st.integers(1, 65_535)),
    }
)


def their_authorization(asked: dict[str, Any], prepared: Request) -> str:
    signed = prepared.headers["Authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    headers = {name.lower(): value for name, value in prepared.headers.items()}
    request = SdkRequest(
        method=asked["method"],
        schema="https",
        host=prepared.headers["Host"],
        resource_path=urlsplit(prepared.url).path,
        query_params=list(asked["query"]),
        header_params={name: headers[name] for name in signed},
        body=asked["body"] or b"",
    )
    credentials = SimpleNamespace(ak=asked["access_key"], sk=asked["secret_key"])
    return str(Signer(credentials).sign(request).header_params["Authorization"])


SAMPLE: dict[str, Any] = {
    "method": "GET",
    "segments": [],
    "query": [],
    "body": None,
    "access_key": "AK",
    "secret_key": "SK",
    "token": None,
    "port": None,
}


@settings(max_examples=400, deadline=None)
@example(
    {**SAMPLE, "segments": ["v1", "0605", "server-groups"], "query": [("name", "ärger + 100 % ~ü"), ("limit", "5")]}
)
@example({**SAMPLE, "method": "POST", "segments": ["v1", "数据"], "body": '{"名": "é"}'.encode(), "token": "tmp"})
@example({**SAMPLE, "query": [("b", ""), ("a", "2"), ("a", "1"), ("B", "=&?#/")]})
@given(requests_to_sign)
def test_our_authorization_equals_that_of_the_official_signer(asked: dict[str, Any]) -> None:
    host = "sdrs.cn-north-4.myhuaweicloud.com" + (f":{asked['port']}" if asked["port"] else "")
    path = "/".join(quote(segment, safe="") for segment in asked["segments"])
    headers = {"Content-Type": "application/json;charset=utf8", "X-Language": "en-us", "X-Project-Id": "0605"}
    auth = AkSkAuth(asked["access_key"], asked["secret_key"], asked["token"], clock=lambda: NOW)

    query = f"?{urlencode(asked['query'])}" if asked["query"] else ""
    request = Request(asked["method"], f"https://{host}/{path}{query}", headers, asked["body"])
    prepared = auth.sign(request, ANY)

    assert prepared.headers["X-Sdk-Date"] == "20260102T030405Z"
    assert prepared.headers.get("X-Security-Token") == asked["token"]
    assert prepared.headers["Authorization"] == their_authorization(asked, prepared)


def test_the_security_token_and_the_project_are_signed_and_what_a_proxy_may_change_is_not() -> None:
    request = Request("GET", "https://sdrs.example/v1", {"X-Project-Id": "0605", "User-Agent": "any"})
    auth = AkSkAuth("AK", "SK", "TOKEN", clock=lambda: NOW)

    signed = auth.sign(request, ANY).headers["Authorization"].split("SignedHeaders=")[1].split(",")[0]

    assert signed == "host;x-project-id;x-sdk-date;x-security-token"


def test_the_signed_host_leaves_out_the_usual_port_and_keeps_brackets() -> None:
    urls = ("https://a.example:443/", "http://a.example:80/", "https://a.example:8443/", "https://[::1]:8443/")

    hosts = [AkSkAuth("AK", "SK").sign(Request("GET", url, {}), ANY).headers["Host"] for url in urls]

    assert hosts == ["a.example", "a.example", "a.example:8443", "[::1]:8443"]
