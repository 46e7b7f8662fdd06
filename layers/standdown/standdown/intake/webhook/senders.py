"""The document in Secrets Manager that says which webhooks are genuine. Errors name a key, and never a value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from standdown.base.standard_webhooks import decode_secret
from standdown.base.text import NotJsonError, RepeatedKeyError, strict_json
from standdown.intake.errors import WebhookSecretError
from standdown.intake.fields import kind
from standdown.intake.webhook.github import MIN_SECRET
from standdown.intake.webhook.request import WebhookSecrets
from standdown.intake.webhook.rsa import read_public_key
from standdown.intake.webhook.smn import HOSTS, MAX_AGE, SmnPins

_MOST = 10  # of each: enough for a rotation, few enough to compare with each of them
_TOPIC = re.compile(r"urn:smn:[A-Za-z0-9_-]{1,64}:[A-Za-z0-9]{1,64}:[A-Za-z0-9_-]{1,256}")
_HOST = re.compile(r"(\.[a-z0-9-]{1,63}){2,10}")
_NAME = re.compile(r"[a-z_]{1,20}")
_SMN_KEYS = ("keys", "topic_urns", "max_age_minutes", "hosts")
_LONGEST_AGE = 1440  # minutes


def read_secrets(text: str) -> WebhookSecrets:
    """Read the document: `standard` and `github` are lists of secrets, `smn` is an object with keys and topics.

    One entry of a list that cannot be used is noted as unusable, and the others are used: so goes a rotation. A kind of
    which nothing can be used is noted as broken. Raises WebhookSecretError if the document cannot be read at all.
    """
    try:
        document = strict_json(text)
    except RepeatedKeyError as error:
        raise _wrong(f"{_named(error.key)} stands twice in the webhooks' secret: keep one") from None
    except NotJsonError as error:
        raise _wrong(f"the webhooks' secret is no JSON document: {error}") from None
    if not isinstance(document, dict):
        raise _wrong(f"the webhooks' secret is {kind(document)}: it must be a JSON object")
    _refuse_others(document, _READERS, "the webhooks' secret")
    read: dict[str, Any] = {}
    broken: dict[str, str] = {}
    unusable: list[str] = []
    for key, value in document.items():
        try:
            read[key] = _READERS[key](value, unusable)
        except WebhookSecretError as error:
            broken[key] = error.message
    return WebhookSecrets(**read, broken=broken, unusable=tuple(unusable))


def _standard(value: Any, unusable: list[str]) -> tuple[str, ...]:
    return _usable(value, "standard", decode_secret, unusable)


def _github(value: Any, unusable: list[str]) -> tuple[str, ...]:
    def check(secret: str) -> None:
        if len(secret) < MIN_SECRET:
            raise _wrong(f"must have at least {MIN_SECRET} characters")
        if secret != secret.strip():
            raise _wrong("has a blank or a line end around it: remove that")

    return _usable(value, "github", check, unusable)


def _smn(value: Any, unusable: list[str]) -> SmnPins:
    if not isinstance(value, dict):
        raise _wrong(f"'smn' is {kind(value)}: it must be an object")
    _refuse_others(value, _SMN_KEYS, "'smn'")
    return SmnPins(
        keys=_usable(value.get("keys"), "smn.keys", read_public_key, unusable),
        topic_urns=_usable(value.get("topic_urns"), "smn.topic_urns", _topic, unusable),
        max_age=_age(value),
        hosts=_usable(value["hosts"], "smn.hosts", _host, unusable) if "hosts" in value else HOSTS,
    )


def _refuse_others(document: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    """Refuse a key that is not known."""
    for key in document:
        if key not in known:
            raise _wrong(f"{_named(key)} is no key of {where}; the keys are {', '.join(known)}")


def _named(key: str) -> str:
    """Return a key as it is shown: only if it cannot be a secret that slipped into a key's place."""
    return repr(key) if _NAME.fullmatch(key) else "something"


def _usable(value: Any, key: str, check: Callable[[str], object], unusable: list[str]) -> tuple[str, ...]:
    """Return the list's texts that pass the check and note the others; raise WebhookSecretError if none passes."""
    if not isinstance(value, list) or not 0 < len(value) <= _MOST:
        raise _wrong(f"{key!r} must be a list of 1 to {_MOST} texts")
    good: list[str] = []
    bad: list[str] = []
    for number, one in enumerate(value, 1):
        if not isinstance(one, str):
            bad.append(f"number {number} in {key!r} is {kind(one)}: it must be text")
            continue
        try:
            check(one)
        except WebhookSecretError as error:
            bad.append(f"number {number} in {key!r} {error.message}")
        except ValueError as error:
            bad.append(f"number {number} in {key!r} {error}")
        else:
            good.append(one)
    if not good:
        raise _wrong(bad[0])
    unusable.extend(bad)
    return tuple(good)


def _topic(text: str) -> None:
    if not _TOPIC.fullmatch(text):
        raise _wrong("must be urn:smn:REGION:PROJECT:NAME")


def _host(text: str) -> None:
    if not _HOST.fullmatch(text):
        raise _wrong("must be the end of a host's name such as .example.com")


def _wrong(message: str) -> WebhookSecretError:
    return WebhookSecretError("bad_secret", message)


def _age(value: Mapping[str, Any]) -> timedelta:
    if "max_age_minutes" not in value:
        return MAX_AGE
    minutes = value["max_age_minutes"]
    if type(minutes) is not int or not 1 <= minutes <= _LONGEST_AGE:
        raise _wrong(f"'smn.max_age_minutes' must be a whole number from 1 to {_LONGEST_AGE}")
    return timedelta(minutes=minutes)


_READERS: dict[str, Callable[[Any, list[str]], Any]] = {"standard": _standard, "github": _github, "smn": _smn}
