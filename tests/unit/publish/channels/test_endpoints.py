from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standdown.core.operation import Result
from standdown.publish.channels.endpoints import BrokenEndpoint, DocumentError, Endpoint, read_document

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
GOOD: dict[str, Any] = {"name": "pager", "url": "https://hooks.example.com/in/T0KEN?a=b", "secrets": [SECRET]}


def document(*endpoints: Any) -> str:
    return json.dumps({"endpoints": list(endpoints)})


def test_an_endpoint_is_read_with_all_that_it_may_have() -> None:
    (endpoint,) = read_document(
        document({**GOOD, "secrets": [SECRET, SECRET], "outcomes": ["failed"], "enabled": True})
    )

    assert isinstance(endpoint, Endpoint)
    assert (endpoint.name, endpoint.place.host, endpoint.place.port) == ("pager", "hooks.example.com", 443)
    assert endpoint.place.path == "/in/T0KEN?a=b"
    assert endpoint.outcomes == frozenset({Result.FAILED})
    assert len(endpoint.keys) == 2


def test_an_endpoint_shows_neither_its_secret_nor_the_token_in_its_address() -> None:
    (endpoint,) = read_document(document(GOOD))

    assert "T0KEN" not in repr(endpoint)
    assert "keys" not in repr(endpoint)


def test_an_endpoint_that_is_not_enabled_is_left_out() -> None:
    assert read_document(document({**GOOD, "enabled": False})) == ()


def test_no_endpoints_are_as_good_as_fifty() -> None:
    fifty = [{**GOOD, "name": f"e{n}"} for n in range(50)]

    assert read_document(document()) == ()
    assert len(read_document(document(*fifty))) == 50


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "Pager!"}, "name must be"),
        ({"name": 7}, "name must be"),
        ({"name": "x" * 41}, "name must be"),
        ({"name": "x\n"}, "name must be"),
        ({"url": 7}, "url must be a text"),
        ({"url": "http://hooks.example.com/CANARY"}, "url is not a plain https"),
        ({"url": "https://CANARY@hooks.example.com/"}, "url is not a plain https"),
        ({"secrets": []}, "secrets must be a list of one secret, or of two"),
        ({"secrets": [SECRET] * 3}, "secrets must be a list of one secret, or of two"),
        ({"secrets": "CANARY"}, "secrets must be a list"),
        ({"secrets": ["CANARY"]}, "number 1 of secrets does not begin with whsec_"),
        ({"secrets": ["whsec_CANARY"]}, "number 1 of secrets"),
        ({"secrets": [None]}, "secrets must be a list"),
        ({"outcomes": []}, "outcomes must be a list of"),
        ({"outcomes": None}, "outcomes must be a list of"),
        ({"outcomes": ["CANARY"]}, "outcomes must be a list of"),
        ({"outcomes": [["failed"]]}, "outcomes must be a list of"),
        ({"enabled": "yes"}, "enabled must be true or false"),
        ({"enabled": None}, "enabled must be true or false"),
        ({"CANARY": 1}, "'(a key)' is not a key of an endpoint"),
    ],
)
def test_a_flawed_endpoint_is_told_by_its_key_and_harms_itself_alone(change: dict[str, Any], said: str) -> None:
    flawed, good = read_document(document({**GOOD, "name": "flawed", **change}, GOOD))

    assert isinstance(flawed, BrokenEndpoint)
    assert said in flawed.problem
    assert "CANARY" not in flawed.problem
    assert flawed.name == ("number-1" if "name" in change else "flawed")
    assert isinstance(good, Endpoint)


@pytest.mark.parametrize("item", [None, 7, "x", [], {}])
def test_what_is_no_endpoint_at_all_is_told_by_its_number(item: Any) -> None:
    (flawed,) = read_document(document(item))

    assert isinstance(flawed, BrokenEndpoint)
    assert flawed.name == "number-1"


def test_a_name_that_stands_twice_counts_once() -> None:
    first, second = read_document(document(GOOD, {**GOOD, "url": "https://other.example.com/"}))

    assert isinstance(first, Endpoint)
    assert second == BrokenEndpoint(
        "number-2", "the webhook endpoint cannot be used: its name stands twice in the document"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not valid JSON"),
        ('{"endpoints": [], "endpoints": []}', "a key stands twice"),
        ("[]", "the key endpoints alone"),
        ('{"endpoints": {}}', "the key endpoints alone"),
        ('{"endpoints": [], "CANARY": 1}', "the key endpoints alone"),
        (document(*[GOOD] * 51), "more than 50"),
        ("[" * 100_000, "not valid JSON"),
    ],
)
def test_a_document_that_cannot_be_read_says_why(text: str, said: str) -> None:
    with pytest.raises(DocumentError, match=said) as caught:
        read_document(text)

    assert "CANARY" not in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "url", "secrets", "outcomes", "enabled", "x"]), inner, max_size=6)
    ),
    max_leaves=20,
)


@given(st.lists(JSON, max_size=4))
def test_any_list_of_anything_is_read_without_a_fault(items: list[Any]) -> None:
    listed = read_document(document(*items))

    assert len({item.name for item in listed}) == len(listed)


@pytest.mark.parametrize("secrets", [[SECRET, "whsec_CANARY"], ["CANARY", SECRET]])
def test_k05c_an_endpoint_with_one_bad_secret_signs_with_the_good_one(secrets: list[str]) -> None:
    [endpoint] = read_document(document({**GOOD, "secrets": secrets}))

    assert isinstance(endpoint, Endpoint)
    assert len(endpoint.keys) == 1
    assert endpoint.problem is not None
    assert f"number {1 if secrets[0] == 'CANARY' else 2} of secrets" in endpoint.problem
    assert "CANARY" not in endpoint.problem


def test_k23_an_unknown_key_of_an_endpoint_is_named() -> None:
    [endpoint] = read_document(document({**GOOD, "secret": SECRET}))

    assert isinstance(endpoint, BrokenEndpoint)
    assert "'secret' is not a key of an endpoint" in endpoint.problem


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://oapi.dingtalk.com/robot/send?access_token=x", "dingtalk"),
        ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=x", "wecom"),
        ("https://open.feishu.cn/open-apis/bot/v2/hook/x", "feishu"),
    ],
)
def test_n06_a_robot_that_answers_200_to_anything_is_no_webhook(url: str, kind: str) -> None:
    (found,) = read_document(document({**GOOD, "url": url}))

    assert isinstance(found, BrokenEndpoint)
    assert f'"kind": "{kind}"' in found.problem
