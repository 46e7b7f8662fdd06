"""The document in Secrets Manager that says which webhooks are genuine. Errors name a key, and never a value."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from standdown.base.documents import Reader
from standdown.base.standard_webhooks import decode_secret
from standdown.base.text import DoubledKeyError, NotJsonError, strict_json
from standdown.intake.errors import WebhookSecretError
from standdown.intake.fields import kind
from standdown.intake.webhook.github import MIN_SECRET
from standdown.intake.webhook.request import WebhookSecrets
from standdown.intake.webhook.rsa import read_public_key
from standdown.intake.webhook.smn import HOSTS, MAX_AGE, SmnPins

if TYPE_CHECKING:
    from standdown.intake.webhook.smn_rules import SmnRule

_MOST = 10  # of each: enough for a rotation, few enough to compare with each of them
_TOPIC = re.compile(r"urn:smn:[A-Za-z0-9_-]{1,64}:[A-Za-z0-9]{1,64}:[A-Za-z0-9_-]{1,256}")
_HOST = re.compile(r"(\.[a-z0-9-]{1,63}){2,10}")
_SMN_KEYS = ("keys", "topic_urns", "max_age_minutes", "hosts", "rules")
_RULE_KEYS = ("topic_urn", "subject", "field", "value", "alarm")
_MOST_RULES = 20
_GLOB = re.compile(r"(?=[^*]*(?:\*[^*]*){0,3}\Z)(?=\**[^*])[^\x00-\x1f\x7f]{1,255}")  # at most three stars, and a word
_PATH = re.compile(r"[^.\x00-\x1f]{1,64}(\.[^.\x00-\x1f]{1,64}){0,4}")
_ALARM = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{1,255}")
_LONGEST_AGE = 1440  # minutes


def read_secrets(text: str) -> WebhookSecrets:
    """Read the document: a list of secrets or tokens for each kind of sender, but `smn` is an object.

    Of a list the good entries are used, as in a rotation, and the others are noted as left out. A kind without a good
    entry is noted as broken, and affects its own senders alone. Raises WebhookSecretError if the document as a whole
    cannot be read.
    """
    try:
        document = strict_json(text)
    except DoubledKeyError:
        raise _wrong("a key stands twice in the webhooks' secret") from None  # a key may be a secret in a wrong place
    except NotJsonError as error:
        raise _wrong(f"the webhooks' secret is not a JSON document: {error}") from None
    if not isinstance(document, dict):
        raise _wrong(f"the webhooks' secret is {kind(document)}: it must be a JSON object")
    reader = Reader(document, _named, secret=True)
    reader.nothing_else(_READERS, "the webhooks' secret")
    read: dict[str, Any] = {}
    left_out: list[str] = []
    broken: dict[str, str] = {}
    for key in document:
        try:
            read[key] = _READERS[key](reader, key, left_out)
        except WebhookSecretError as error:
            broken[key] = error.message
    return WebhookSecrets(**read, broken=broken, left_out=tuple(left_out))


def _standard(secret: str) -> None:
    try:
        decode_secret(secret)
    except ValueError as error:
        raise _wrong(f"it {error}") from None


def _signing(secret: str) -> None:
    if secret != secret.strip():
        raise _wrong("it begins or ends with a blank or a line break: remove that")
    if len(secret) < MIN_SECRET:
        raise _wrong(f"it must have at least {MIN_SECRET} characters")


def _bearer(token: str) -> None:
    from standdown.intake.webhook.bearer import check_token  # not every stack has one

    check_token(token)


def _smn(whole: Reader, key: str, left_out: list[str]) -> SmnPins:
    value = whole.document[key]
    if not isinstance(value, dict):
        raise _wrong(f"'smn' is {kind(value)}: it must be an object")
    Reader(value, _named, secret=True).nothing_else(_SMN_KEYS, "'smn'")
    reader = Reader({f"smn.{name}": part for name, part in value.items()}, _named, secret=True)
    minutes = reader.whole("smn.max_age_minutes", 1, _LONGEST_AGE) if "max_age_minutes" in value else None
    return SmnPins(
        keys=_texts(reader, "smn.keys", left_out, read_public_key),
        topic_urns=_texts(reader, "smn.topic_urns", left_out, _form(_TOPIC, "urn:smn:REGION:PROJECT:NAME")),
        max_age=MAX_AGE if minutes is None else timedelta(minutes=minutes),
        hosts=_texts(reader, "smn.hosts", left_out, _form(_HOST, "the end of a host's name such as .example.com"))
        if "hosts" in value
        else HOSTS,
        **_rules(value, left_out),
    )


def _rules(value: dict[str, Any], left_out: list[str]) -> dict[str, Any]:
    """Return the rules, or what is wrong with them: without one of them, a message of two rules would be one's."""
    if "rules" not in value:
        return {}
    listed = value["rules"]
    try:
        if not isinstance(listed, list) or not 0 < len(listed) <= _MOST_RULES:
            raise _wrong(f"'smn.rules' must be a list of 1 to {_MOST_RULES} rules")
        return {"rules": tuple(_rule(one, f"smn.rules number {number}") for number, one in enumerate(listed, 1))}
    except WebhookSecretError as error:
        left_out.append(error.message)
        return {"rules_wrong": error.message}


def _rule(value: Any, where: str) -> SmnRule:
    from standdown.intake.webhook.smn_rules import SmnRule  # not every stack has one

    if not isinstance(value, dict):
        raise _wrong(f"{where} is {kind(value)}: it must be an object")

    def raising(key: str, problem: str) -> WebhookSecretError:
        return _wrong(f"{key!r} in {where} {problem}")

    reader = Reader(value, raising, secret=True)
    reader.nothing_else(_RULE_KEYS, "a rule")
    if ("field" in value) != ("value" in value) or not {"subject", "field"} & set(value):
        raise _wrong(f"{where} must have 'subject', or 'field' with 'value', or all three")
    words = {
        key: reader.text(key, _GLOB, "text with at most three stars") for key in ("subject", "value") if key in value
    }
    return SmnRule(
        topic_urn=reader.text("topic_urn", _GLOB, "a topic's URN, with at most three stars"),
        alarm=reader.text("alarm", _ALARM, "an alarm's name"),
        field=reader.text("field", _PATH, "a path such as detail.severity") if "field" in value else None,
        **words,
    )


def _texts(reader: Reader, key: str, left_out: list[str], check: Callable[[str], object]) -> tuple[str, ...]:
    """Return the list's texts that pass the check, noting the others; raise WebhookSecretError where none is left."""
    listed: list[Any] = reader.value(key, list, f"a list of 1 to {_MOST} texts", lambda given: 0 < len(given) <= _MOST)
    good: list[str] = []
    wrong: list[str] = []
    for number, one in enumerate(listed, 1):
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


def _named(key: str, problem: str) -> WebhookSecretError:
    return _wrong(f"{key!r} {problem}")


def _wrong(message: str) -> WebhookSecretError:
    return WebhookSecretError("bad_secret", message)


_READERS: dict[str, Callable[[Reader, str, list[str]], Any]] = {
    "standard": partial(_texts, check=_standard),
    "github": partial(_texts, check=_signing),
    "smn": _smn,
    "bearer": partial(_texts, check=_bearer),
    "grafana": partial(_texts, check=_signing),
}
