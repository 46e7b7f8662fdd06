"""The document in Secrets Manager that says which webhooks are genuine. Errors name a key, and never a value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from standdown.base.standard_webhooks import decode_secret
from standdown.base.text import DoubledKeyError, NotJsonError, strict_json
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

    A kind whose part is wrong is noted as broken, and breaks itself alone; of a list the good entries are used, and the
    wrong ones are noted as left out. Raises WebhookSecretError where the
    document as a whole cannot be read.
    """
    try:
        document = strict_json(text)
    except DoubledKeyError:
        raise _wrong("a key stands twice in the webhooks' secret") from None  # a key may be a secret in a wrong place
    except NotJsonError as error:
        raise _wrong(f"the webhooks' secret is not a JSON document: {error}") from None
    if not isinstance(document, dict):
        raise _wrong(f"the webhooks' secret is {kind(document)}: it must be a JSON object")
    _refuse_others(document, _READERS, "the webhooks' secret")
    read: dict[str, Any] = {}
    left_out: list[str] = []
    broken: dict[str, str] = {}
    for key, value in document.items():
        try:
            read[key] = _READERS[key](value, left_out)
        except WebhookSecretError as error:
            broken[key] = error.message
    return WebhookSecrets(**read, broken=broken, left_out=tuple(left_out))


def _standard(value: Any, left_out: list[str]) -> tuple[str, ...]:
    def check(secret: str) -> None:
        try:
            decode_secret(secret)
        except ValueError as error:
            raise _wrong(f"it {error}") from None

    return _texts(value, "standard", check, left_out)


def _github(value: Any, left_out: list[str]) -> tuple[str, ...]:
    def check(secret: str) -> None:
        if secret != secret.strip():
            raise _wrong("it begins or ends with a blank or a line break: remove that")
        if len(secret) < MIN_SECRET:
            raise _wrong(f"it must have at least {MIN_SECRET} characters")

    return _texts(value, "github", check, left_out)


def _smn(value: Any, left_out: list[str]) -> SmnPins:
    if not isinstance(value, dict):
        raise _wrong(f"'smn' is {kind(value)}: it must be an object")
    _refuse_others(value, _SMN_KEYS, "'smn'")
    return SmnPins(
        keys=_texts(value.get("keys"), "smn.keys", read_public_key, left_out),
        topic_urns=_texts(
            value.get("topic_urns"), "smn.topic_urns", _form(_TOPIC, "urn:smn:REGION:PROJECT:NAME"), left_out
        ),
        max_age=_age(value),
        hosts=_texts(
            value["hosts"], "smn.hosts", _form(_HOST, "the end of a host's name such as .example.com"), left_out
        )
        if "hosts" in value
        else HOSTS,
    )


def _refuse_others(document: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    """Refuse a key that is not known; it is shown only where it cannot be a secret that slipped into its place."""
    for key in document:
        if key not in known:
            shown = repr(key) if _NAME.fullmatch(key) else "something"
            raise _wrong(f"{shown} is no key of {where}; the keys are {', '.join(known)}")


def _texts(value: Any, key: str, check: Callable[[str], object], left_out: list[str]) -> tuple[str, ...]:
    """Return the list's texts that pass the check, noting the others; raise WebhookSecretError where none is left."""
    if not isinstance(value, list) or not 0 < len(value) <= _MOST:
        raise _wrong(f"{key!r} must be a list of 1 to {_MOST} texts")
    good: list[str] = []
    wrong: list[str] = []
    for number, one in enumerate(value, 1):
        if not isinstance(one, str):
            wrong.append(f"number {number} in {key!r} is {kind(one)}: it must be text")
            continue
        try:
            check(one)
            good.append(one)
        except WebhookSecretError as error:
            wrong.append(f"number {number} in {key!r}: {error.message}")
    if not good:
        raise _wrong(wrong[0])
    left_out.extend(wrong)
    return tuple(good)


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


_READERS: dict[str, Callable[[Any, list[str]], Any]] = {"standard": _standard, "github": _github, "smn": _smn}
