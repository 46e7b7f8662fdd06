from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standdown.core.outcome import Result
from standdown.publish.channels.endpoint_channel import EndpointChannel
from standdown.publish.channels.endpoints import BrokenEndpoint, DocumentError, Endpoint, read_document
from standdown.publish.channels.kinds import About
from standdown.publish.render.notices import render_notice
from standdown.publish.render.rendered import Rendered, render
from support.samples import ENDED, LINKS, NOTICES

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
        ({"kinds": []}, "kinds must be a list of some of stop, resume, notice"),
        ({"kinds": "stop"}, "kinds must be a list of"),
        ({"kinds": ["CANARY"]}, "kinds must be a list of"),
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


CHAT: dict[str, Any] = {"name": "ops", "kind": "feishu", "url": "https://open.feishu.cn/open-apis/bot/v2/hook/5f0c"}


@pytest.mark.parametrize(
    "change",
    [
        {"secrets": ["SECx"], "language": "zh-CN", "outcomes": ["failed"]},
        {"url": "https://open.larksuite.com/open-apis/bot/v2/hook/5f0c"},
        {"kind": "dingtalk", "url": "https://oapi.dingtalk.com/robot/send?access_token=0123", "secrets": ["SECx"]},
        {"kind": "wecom", "url": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=5f0c"},
        {"kind": "slack", "url": "https://hooks.slack.com/services/T0/B0/x"},
        {"kind": "teams", "url": "https://a.01.environment.api.powerplatform.com/powerautomate/x/invoke?sig=a-_"},
        {"kind": "teams", "url": "https://prod-01.westeurope.logic.azure.com/workflows/x?sig=a"},
        {"url": "https://feishu.corp.example.com/open-apis/bot/v2/hook/5f0c", "host": "feishu.corp.example.com"},
    ],
)
def test_a_chat_is_read_with_what_belongs_to_it(change: dict[str, Any]) -> None:
    (endpoint,) = read_document(document({**CHAT, **change}))

    assert isinstance(endpoint, Endpoint)
    assert endpoint.kind.value == change.get("kind", "feishu")
    assert endpoint.language == change.get("language")
    assert endpoint.keys == tuple(secret.encode() for secret in change.get("secrets", ()))
    assert "SECx" not in repr(endpoint)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "carrier-pigeon"}, "kind must be webhook, feishu, dingtalk, wecom, slack or teams"),
        ({"url": "https://open.feishu.cn.evil.example/hook/CANARY"}, "has a host that is none of feishu"),
        ({"url": "https://oapi.dingtalk.com/robot/send?access_token=CANARY"}, 'name a host of your own under "host"'),
        ({"kind": "teams", "url": "https://logic.azure.com.evil.example/CANARY"}, "is none of teams"),
        ({"kind": "teams", "url": "https://x.webhook.office.com/CANARY"}, "which Microsoft has retired"),
        ({"host": "other.example.com"}, "has another host than the one under host"),
        ({"host": "10.0.0.1", "url": "https://10.0.0.1/CANARY"}, "has an IP address"),
        ({"host": 7}, "host must be a host's name"),
        (
            {"kind": "slack", "url": "https://hooks.slack.com/services/x", "secrets": ["CANARY"]},
            "do not belong to slack",
        ),
        ({"secrets": ["CANARY", "CANARY"]}, "must be a list of the robot's one secret"),
        ({"language": "tlh"}, "language is not one of en, zh-CN"),
    ],
)
def test_a_chat_that_is_not_as_it_must_be_says_by_which_key(change: dict[str, Any], said: str) -> None:
    (endpoint,) = read_document(document({**CHAT, **change}))

    assert isinstance(endpoint, BrokenEndpoint)
    assert said in endpoint.problem
    assert "CANARY" not in endpoint.problem


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("https://oapi.dingtalk.com/robot/send?access_token=CANARY", "dingtalk"),
        ("https://OAPI.dingtalk.com/robot/send?access_token=CANARY", "dingtalk"),
        ("https://open.feishu.cn/open-apis/bot/v2/hook/CANARY", "feishu"),
        ("https://open.larksuite.com/open-apis/bot/v2/hook/CANARY", "feishu"),
        ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=CANARY", "wecom"),
        ("https://hooks.slack.com/services/T0/B0/CANARY", "slack"),
    ],
)
@pytest.mark.parametrize("kind", [{}, {"kind": "webhook"}])
def test_n06_a_robot_s_own_address_is_refused_as_a_webhook_with_the_word_to_use(
    url: str, word: str, kind: dict[str, str]
) -> None:
    (endpoint,) = read_document(document({**GOOD, **kind, "url": url}))

    assert endpoint == BrokenEndpoint(
        "pager", f'the webhook endpoint cannot be used: url is a robot of a chat: write "kind": "{word}"'
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://a.01.environment.api.powerplatform.com/powerautomate/automations/direct/workflows/x?sig=a",
        "https://prod-01.westeurope.logic.azure.com/workflows/x?sig=a",
        "https://hooks.slack.com/triggers/T0/1/x",
        "https://open.feishu.cn/anycross/trigger/callback/x",
    ],
)
def test_a_flow_stays_a_good_webhook(url: str) -> None:
    (endpoint,) = read_document(document({**GOOD, "url": url}))

    assert isinstance(endpoint, Endpoint)


@pytest.mark.parametrize("key", ["host", "language"])
def test_a_webhook_has_none_of_a_chat_s_keys(key: str) -> None:
    (endpoint,) = read_document(document({**GOOD, key: "en"}))

    assert isinstance(endpoint, BrokenEndpoint)
    assert f"{key} is a key of chats" in endpoint.problem


def test_a_machine_gets_the_outcomes_of_stops_alone_unless_it_says_more_and_a_chat_gets_all() -> None:
    chat = {"name": "ops", "kind": "slack", "url": "https://hooks.slack.com/services/T/B/x"}
    more = {**GOOD, "name": "more", "kinds": ["stop", "notice"]}
    less = {**chat, "name": "less", "kinds": ["notice"]}

    found = read_document(document(GOOD, more, chat, less))

    assert [one.kinds for one in found if isinstance(one, Endpoint)] == [
        {About.STOP},
        {About.STOP, About.NOTICE},
        set(About),
        {About.NOTICE},
    ]


@pytest.mark.parametrize("kinds", [["stop"], ["resume"], ["notice"], ["stop", "resume", "notice"]])
def test_an_endpoint_gets_what_its_kinds_and_then_its_outcomes_name(kinds: list[str]) -> None:
    (endpoint,) = read_document(document({**GOOD, "kinds": kinds, "outcomes": ["failed", "resumed"]}))
    assert isinstance(endpoint, Endpoint)
    told: dict[str, Rendered] = {
        "stop": render(ENDED["failed"], LINKS),
        "resume": render(ENDED["resumed"], LINKS),
        "notice": render_notice(NOTICES["reminder"], LINKS),
    }

    wanted = {name for name, one in told.items() if EndpointChannel(endpoint).wants(one)}

    assert wanted == set(kinds)
    assert not EndpointChannel(endpoint).wants(render(ENDED["succeeded"], LINKS))
    assert not EndpointChannel(endpoint).wants(render(ENDED["already-protected"], LINKS))
