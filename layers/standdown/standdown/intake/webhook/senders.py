"""The document in Secrets Manager that says which webhooks are genuine. Errors name a key, and never a value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from standdown.base.text import NotJsonError, strict_json
from standdown.intake.errors import WebhookSecretError
from standdown.intake.fields import kind
from standdown.intake.webhook.github import MIN_SECRET
from standdown.intake.webhook.request import WebhookSecrets
from standdown.intake.webhook.rsa import read_public_key
from standdown.intake.webhook.smn import HOSTS, MAX_AGE, SmnPins
from standdown.intake.webhook.standard_webhooks import decode_secret

_MOST = 10  # of each: enough for a rotation, few enough to compare with each of them
_TOPIC = re.compile(r"urn:smn:[A-Za-z0-9_-]{1,64}:[A-Za-z0-9]{1,64}:[A-Za-z0-9_-]{1,256}")
_HOST = re.compile(r"(\.[a-z0-9-]{1,63}){2,10}")
_NAME = re.compile(r"[a-z_]{1,20}")
_SMN_KEYS = ("keys", "topic_urns", "max_age_minutes", "hosts")
_LONGEST_AGE = 1440  # minutes


def read_secrets(text: str) -> WebhookSecrets:
    """Read the document: `standard` and `github` are lists of secrets, `smn` is an object with keys and topics.

    A kind whose part is wrong is noted as broken, and breaks itself alone. Raises WebhookSecretError where the
    document as a whole cannot be read.
    """
    try:
        document = strict_json(text)
    except NotJsonError:
        raise _wrong("the webhooks' secret is not a JSON document") from None
    if not isinstance(document, dict):
        raise _wrong(f"the webhooks' secret is {kind(document)}: it must be a JSON object")
    _refuse_others(document, _READERS, "the webhooks' secret")
    read: dict[str, Any] = {}
    broken: dict[str, str] = {}
    for key, value in document.items():
        try:
            read[key] = _READERS[key](value)
        except WebhookSecretError as error:
            broken[key] = error.message
    return WebhookSecrets(**read, broken=broken)


def _standard(value: Any) -> tuple[str, ...]:
    return _texts(value, "standard", decode_secret)


def _github(value: Any) -> tuple[str, ...]:
    def check(secret: str) -> None:
        if len(secret) < MIN_SECRET:
            raise _wrong(f"it must have at least {MIN_SECRET} characters")

    return _texts(value, "github", check)


def _smn(value: Any) -> SmnPins:
    if not isinstance(value, dict):
        raise _wrong(f"'smn' is {kind(value)}: it must be an object")
    _refuse_others(value, _SMN_KEYS, "'smn'")
    return SmnPins(
        keys=_texts(value.get("keys"), "smn.keys", read_public_key),
        topic_urns=_texts(value.get("topic_urns"), "smn.topic_urns", _form(_TOPIC, "urn:smn:REGION:PROJECT:NAME")),
        max_age=_age(value),
        hosts=_texts(value["hosts"], "smn.hosts", _form(_HOST, "the end of a host's name such as .example.com"))
        if "hosts" in value
        else HOSTS,
    )


def _refuse_others(document: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    """Refuse a key that is not known; it is shown only where it cannot be a secret that slipped into its place."""
    for key in document:
        if key not in known:
            shown = repr(key) if _NAME.fullmatch(key) else "something"
            raise _wrong(f"{shown} is no key of {where}; the keys are {', '.join(known)}")


def _texts(value: Any, key: str, check: Callable[[str], object]) -> tuple[str, ...]:
    """Return the list's texts, each of which passes the check; raise WebhookSecretError naming one that does not."""
    if not isinstance(value, list) or not 0 < len(value) <= _MOST:
        raise _wrong(f"{key!r} must be a list of 1 to {_MOST} texts")
    for number, one in enumerate(value, 1):
        if not isinstance(one, str):
            raise _wrong(f"number {number} in {key!r} is {kind(one)}: it must be text")
        try:
            check(one)
        except WebhookSecretError as error:
            raise _wrong(f"number {number} in {key!r}: {error.message}") from None
    return tuple(value)


def _form(pattern: re.Pattern[str], form: str) -> Callable[[str], None]:
    def check(text: str) -> None:
        if not pattern.fullmatch(text):
            raise _wrong(f"it must be {form}")

    return check


def _wrong(message: str) -> WebhookSecretError:
    return WebhookSecretError("bad_secret", message)


def _age(value: Mapping[str, Any]) -> timedelta:
    if "max_age_minutes" not in value:
        return MAX_AGE
    minutes = value["max_age_minutes"]
    if type(minutes) is not int or not 1 <= minutes <= _LONGEST_AGE:
        raise _wrong(f"'smn.max_age_minutes' must be a whole number from 1 to {_LONGEST_AGE}")
    return timedelta(minutes=minutes)


_READERS: dict[str, Callable[[Any], Any]] = {"standard": _standard, "github": _github, "smn": _smn}
