"""Huawei Cloud SMN over HTTPS: is a message genuine, ours and fresh? Never fetches anything that a message names.

SMN sends a message again after a 5xx alone. So what cannot be verified is answered with one if it may be meant for us.

SMN signs a list of fields: each one's name on a line, its value on the next. A value with a line break could pass for
the next field, so all fields but the first have a form that allows none. The certificate's address is not signed, and
is not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from standdown.base.text import NotJsonError, from_base64, from_iso, strict_json
from standdown.intake.errors import (
    ConfirmSubscriptionError,
    IgnoredError,
    UnauthenticatedError,
    UnverifiedError,
    WebhookSecretError,
)
from standdown.intake.fields import MAX_FUTURE
from standdown.intake.webhook.rsa import PublicKey, read_public_key

if TYPE_CHECKING:  # who has no rules need not wait for them to be loaded
    from standdown.intake.webhook.smn_rules import SmnRule

MAX_AGE = timedelta(days=1)  # how old an alarm may be for a stop is for its target to say, and everyone reads of it
HOSTS = (".myhuaweicloud.com", ".huaweicloud.com", ".myhuaweicloud.eu", ".myhuaweicloud.cn", ".otc.t-systems.com")
_HOST = re.compile(r"[a-z0-9.-]+")
_FORMS = {
    "message_id": re.compile(r"[0-9a-f]{32}"),
    "subject": re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{0,512}"),
    "subscribe_url": re.compile(r"https://[!-~]{1,2000}"),
    "timestamp": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?Z"),
    "topic_urn": re.compile(r"urn:smn:[A-Za-z0-9_-]{1,64}:[A-Za-z0-9]{1,64}:[A-Za-z0-9_-]{1,256}"),
    "type": re.compile(r"Notification|SubscriptionConfirmation|UnsubscribeConfirmation"),
}
_OF_USERS = {"HttpSubscriptionUserConfirm", "HttpSubscriptionUserUnsubscribe"}
"""Messages about what a subscriber did: nothing is done with them. No page says which of their fields are signed."""
_NOTIFICATION = ("message", "message_id", "subject", "timestamp", "topic_urn", "type")
_SUBSCRIPTION = ("message", "message_id", "subscribe_url", "timestamp", "topic_urn", "type")


@dataclass(frozen=True, slots=True)
class SmnPins:
    """What SMN messages are held against: pinned keys or certificates (PEM), topics, age, and SMN's own hosts.

    `rules` say which messages of other publishers than Cloud Eye are alarms; `rules_wrong` why they cannot be used.
    """

    keys: tuple[str, ...] = ()
    topic_urns: tuple[str, ...] = ()
    max_age: timedelta = MAX_AGE
    hosts: tuple[str, ...] = HOSTS
    rules: tuple[SmnRule, ...] = ()
    rules_wrong: str = ""


@dataclass(frozen=True, slots=True)
class SmnMessage:
    """One genuine notification. `sent_at` is when it was first sent: SMN's retries keep it.

    `problems` are about pinned keys that were left out, since their certificates are not valid now.
    """

    message: str
    message_id: str
    topic_urn: str
    sent_at: datetime
    problems: tuple[str, ...] = ()
    subject: str = ""


def verify(pins: SmnPins, headers: Mapping[str, str], body: bytes, now: datetime) -> SmnMessage:
    """Return a genuine notification; `headers` have lower-case names.

    Raises UnauthenticatedError for whatever does not hold (UnverifiedError if it names a pinned topic), IgnoredError
    for a genuine message that is no notification (ConfirmSubscriptionError with the address to open),
    WebhookSecretError if no pinned key can be used.
    """
    try:
        fields, problems = _verified(pins, headers, body, now)
    except UnauthenticatedError as error:
        if _topics(headers, body) & set(pins.topic_urns):
            raise UnverifiedError(error.check) from None
        raise
    sent_at = from_iso(fields["timestamp"])
    if now - sent_at > pins.max_age:  # verified, and never any younger: to send it again is of no use
        raise UnauthenticatedError("the message is older than 'smn.max_age_minutes'")
    if fields["type"] == "SubscriptionConfirmation":
        _refuse_strange_host(fields["subscribe_url"], pins.hosts)
        raise ConfirmSubscriptionError(fields["topic_urn"], fields["subscribe_url"])
    if fields["type"] == "UnsubscribeConfirmation":
        raise IgnoredError("unsubscribed", f"SMN has cancelled the subscription to {fields['topic_urn']}")
    message, subject = fields["message"], fields.get("subject", "")
    return SmnMessage(message, fields["message_id"], fields["topic_urn"], sent_at, problems, subject)


def _topics(headers: Mapping[str, str], body: bytes) -> set[str]:
    """Return the topics that a message says it is of, in its body and in its header."""
    found = {headers.get("x-smn-topic-urn", "")}
    with suppress(UnauthenticatedError):
        found.add(_texts(body).get("topic_urn", ""))
    return found


def _verified(
    pins: SmnPins, headers: Mapping[str, str], body: bytes, now: datetime
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the fields of a message that SMN signed for a pinned topic, and what is wrong with our pinned keys."""
    fields = _texts(body)
    kind = headers.get("x-smn-message-type", fields.get("type"))
    if kind in _OF_USERS and fields.get("topic_urn") in pins.topic_urns:
        raise IgnoredError("subscriber", f"SMN says what a subscriber did: {kind}")
    if not _well_formed(fields):
        raise UnauthenticatedError("a field that is signed is missing or has a wrong form")
    if kind != fields["type"]:
        raise UnauthenticatedError("the message's type is not the one in its header")
    if fields["topic_urn"] not in pins.topic_urns:
        raise UnauthenticatedError("the topic is none of 'smn.topic_urns'")
    if _moment(fields["timestamp"]) - now > MAX_FUTURE:
        raise UnauthenticatedError("the message is from the future")
    keys, problems = _keys(pins.keys, now)
    signature, texts = _signature(fields.get("signature")), _signed(fields)
    if not any(key.verifies(signature, text) for key in keys for text in texts):
        raise UnauthenticatedError("; ".join(("the signature is of none of the pinned keys", *problems)))
    return fields, problems


def _keys(pems: Sequence[str], now: datetime) -> tuple[list[PublicKey], tuple[str, ...]]:
    """Return the pinned keys that are valid now, and a sentence about each other one: that is a fault of ours."""
    keys = [read_public_key(pem) for pem in pems]
    valid = [key for key in keys if key.holds_at(now)]
    if keys and not valid:
        raise WebhookSecretError("expired_key", "the pinned SMN certificate does not hold now: pin the present one")
    expired = [number for number, key in enumerate(keys, 1) if not key.holds_at(now)]
    return valid, tuple(f"number {number} in 'smn.keys' does not hold now: remove it" for number in expired)


def _texts(body: bytes) -> dict[str, str]:
    """Return the message's fields that are texts."""
    try:
        document = strict_json(body)
    except NotJsonError:
        raise UnauthenticatedError("the body is not JSON") from None
    if not isinstance(document, dict):
        raise UnauthenticatedError("the body is not an object")
    return {name: value for name, value in document.items() if isinstance(value, str)}


def _well_formed(fields: Mapping[str, str]) -> bool:
    """Tell whether every field that is signed is there, in the one form that leaves no doubt."""
    names = _names(fields)
    return all(name in fields and (name == "message" or _FORMS[name].fullmatch(fields[name])) for name in names)


def _names(fields: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of the fields that are signed in a message of this type; a subject may be missing."""
    if fields.get("type") != "Notification":
        return _SUBSCRIPTION
    return tuple(name for name in _NOTIFICATION if name != "subject" or name in fields)


def _signed(fields: Mapping[str, str]) -> list[bytes]:
    """Return the texts that may have been signed: SMN's samples disagree on whether an empty subject is among them."""
    names = _names(fields)
    variants = [names]
    if fields["type"] == "Notification" and not fields.get("subject"):
        variants = [tuple(name for name in _NOTIFICATION if name != "subject"), _NOTIFICATION]
    return ["".join(f"{name}\n{fields.get(name, '')}\n" for name in variant).encode() for variant in variants]


def _signature(text: str | None) -> bytes:
    try:
        return from_base64(text or "")
    except ValueError:
        raise UnauthenticatedError("the signature is not base64") from None


def _moment(text: str) -> datetime:
    try:
        return from_iso(text)
    except ValueError:
        raise UnauthenticatedError("the timestamp is no time") from None


def _refuse_strange_host(url: str, hosts: Sequence[str]) -> None:
    """Refuse an address that is not SMN's own, though it is signed: an operator is going to open it."""
    try:
        parts = urlsplit(url)
        host, usual = parts.hostname or "", parts.port in {None, 443} and "@" not in parts.netloc
    except ValueError:
        host, usual = "", False
    if not usual or not _HOST.fullmatch(host) or not host.endswith(tuple(hosts)):
        raise IgnoredError("strange_host", "SMN's address for confirming is not one of SMN's own: use its console")
