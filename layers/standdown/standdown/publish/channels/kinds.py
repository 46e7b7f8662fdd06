"""The kinds of endpoints, the hosts at which each is found, and what a robot's own address is to be called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from standdown.publish.channels.public_address import Place

__all__ = ["CHATS", "About", "Chat", "Kind", "misnamed", "wrong_host"]


class Kind(StrEnum):
    """What an endpoint is, as its key `kind` says; `webhook` where it says nothing."""

    WEBHOOK = "webhook"
    FEISHU = "feishu"
    DINGTALK = "dingtalk"
    WECOM = "wecom"
    SLACK = "slack"
    TEAMS = "teams"


class About(StrEnum):
    """What a message is about, as an endpoint's key `kinds` names it."""

    STOP = "stop"
    RESUME = "resume"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Chat:
    """Where a chat's robots are: hosts by name, or by their end; `robots` is how their paths begin.

    `signed` says whether a robot may have a secret of its own.
    """

    hosts: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    robots: str = ""
    signed: bool = False


CHATS: Mapping[Kind, Chat] = {
    Kind.FEISHU: Chat(("open.feishu.cn", "open.larksuite.com"), robots="/open-apis/bot/", signed=True),
    Kind.DINGTALK: Chat(("oapi.dingtalk.com",), robots="/robot/send", signed=True),
    Kind.WECOM: Chat(("qyapi.weixin.qq.com",), robots="/cgi-bin/webhook/send"),
    Kind.SLACK: Chat(("hooks.slack.com",), robots="/services/"),
    Kind.TEAMS: Chat(ends=(".environment.api.powerplatform.com", ".logic.azure.com")),
}
_RETIRED = (".webhook.office.com", ".office.com")


def misnamed(place: Place) -> str | None:
    """Return what is wrong with an address under the kind `webhook`; None where nothing is.

    A robot answers a body that it does not know with 200, and the outcome would count as delivered. A flow of Teams or
    a Logic App reads any JSON, so it may be a webhook.
    """
    for kind, chat in CHATS.items():
        if chat.robots and place.host in chat.hosts and place.path.startswith(chat.robots):
            return f'is a robot of a chat: write "kind": "{kind.value}"'
    return _retired(place)


def wrong_host(kind: Kind, place: Place, host: str | None) -> str | None:
    """Return what is wrong with a chat's address; None where its host is one of the kind's or the one named."""
    if flaw := _retired(place):
        return flaw
    chat = CHATS[kind]
    if host is not None:
        return None if place.host == host.lower() else "has another host than the one under host"
    if place.host in chat.hosts or any(place.host.endswith(end) for end in chat.ends):
        return None
    known = ", ".join((*chat.hosts, *(f"*{end}" for end in chat.ends)))
    return f'has a host that is none of {kind.value} ({known}): name a host of your own under "host"'


def _retired(place: Place) -> str | None:
    if any(place.host.endswith(end) for end in _RETIRED):
        return "is a connector of Office 365, which Microsoft has retired: make a workflow in Teams and use its address"
    return None
