"""The webhook document: endpoints and their secrets, read strictly. An error names the key, never a value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from standdown.base.documents import Reader
from standdown.base.standard_webhooks import decode_secret
from standdown.base.text import DoubledKeyError, NotJsonError, strict_json
from standdown.core.outcome import Result
from standdown.publish.channels.kinds import CHATS, About, Kind, misnamed, wrong_host
from standdown.publish.channels.public_address import Place, check_url

__all__ = ["MOST_ENDPOINTS", "BrokenEndpoint", "DocumentError", "Endpoint", "read_document"]

MOST_ENDPOINTS = 50
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_KEYS = ("name", "kind", "url", "host", "secrets", "outcomes", "kinds", "language", "enabled")
_OF_CHATS = ("host", "language")


class DocumentError(ValueError):
    """Raised when the webhook document as a whole cannot be read."""


class _BrokenError(ValueError):
    """Raised inside this module when one endpoint is not as it must be."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One receiver. `outcomes` are those it wants, None for all; `problem` says which secret is left out, if one is.

    `kinds` says of what it wants to hear. A machine that was written for the outcomes of stops gets these alone unless
    it says more; a chat, which people read, gets all.

    A chat's one key is its robot's secret as it stands; `language` is what the chat reads, None for the stack's.
    """

    name: str
    place: Place
    keys: tuple[bytes, ...] = field(repr=False)
    outcomes: frozenset[Result] | None = None
    problem: str | None = None
    kind: Kind = Kind.WEBHOOK
    language: str | None = None
    kinds: frozenset[About] = frozenset({About.STOP})


@dataclass(frozen=True, slots=True)
class BrokenEndpoint:
    """An endpoint that cannot be used, under its name or else its number in the list, and why."""

    name: str
    problem: str


def read_document(text: str | bytes, ports: Sequence[int] = (443,)) -> tuple[Endpoint | BrokenEndpoint, ...]:
    """Read `{"endpoints": [{"name", "kind"?, "url", "secrets", "outcomes"?, "kinds"?, "enabled"?}]}`.

    The disabled are left out.

    A chat may have a `language` and a `host` of its own; of `secrets` it has one or none.

    A flawed endpoint harms itself alone. Raises DocumentError where the whole cannot be read.
    """
    try:
        document = strict_json(text)
    except DoubledKeyError:
        raise DocumentError("a key stands twice in the webhook document") from None  # it may be a secret
    except NotJsonError as error:
        raise DocumentError(f"the webhook document is not valid JSON: {error}") from None
    listed = document.get("endpoints") if isinstance(document, dict) else None
    if not isinstance(listed, list) or set(document) != {"endpoints"}:
        raise DocumentError("the webhook document must be an object with the key endpoints alone, a list")
    if len(listed) > MOST_ENDPOINTS:
        raise DocumentError(f"the webhook document lists more than {MOST_ENDPOINTS} endpoints")
    return tuple(_read_all(listed, ports))


def _read_all(listed: Sequence[Any], ports: Sequence[int]) -> Iterable[Endpoint | BrokenEndpoint]:
    taken: set[str] = set()
    for number, item in enumerate(listed, 1):
        try:
            endpoint = _endpoint(item, taken, ports)
        except _BrokenError as flaw:
            name = _name(item)
            own = name if name and name not in taken else f"number-{number}"
            yield BrokenEndpoint(own, f"the webhook endpoint cannot be used: {flaw}")
            taken.add(own)
        else:
            taken.add(endpoint.name)
            if item.get("enabled", True):
                yield endpoint


def _name(item: Any) -> str | None:
    name = item.get("name") if isinstance(item, dict) else None
    return name if isinstance(name, str) and _NAME.fullmatch(name) else None


def _endpoint(item: dict[str, Any], taken: set[str], ports: Sequence[int]) -> Endpoint:
    name = _name(item)
    if name is None:
        raise _BrokenError("name must be 1 to 40 small letters, digits and hyphens")
    if name in taken:
        raise _BrokenError("its name stands twice in the document")
    reader = Reader(item, _broken, secret=True)
    reader.nothing_else(_KEYS, "an endpoint")
    if "enabled" in item:
        reader.value("enabled", bool, "true or false")
    kind = reader.one_of("kind", Kind) if "kind" in item else Kind.WEBHOOK
    place = reader.checked("url", lambda url: check_url(url, ports), "a text")
    outcomes = reader.some_of("outcomes", Result, least=1) if "outcomes" in item else None
    all_of_it = frozenset(About) if kind is not Kind.WEBHOOK else frozenset({About.STOP})
    kinds = reader.some_of("kinds", About, least=1) if "kinds" in item else all_of_it
    if kind is not Kind.WEBHOOK:
        return _chat(reader, kind, Endpoint(name, place, (), outcomes, kind=kind, kinds=kinds))
    if flaw := misnamed(place):
        raise _BrokenError(f"url {flaw}")
    if chats := [key for key in _OF_CHATS if key in item]:
        raise _BrokenError(f"{chats[0]} is a key of chats: a webhook has none")
    secrets = reader.texts("secrets", "a list of one secret, or of two during a rotation", least=1, most=2)
    keys, problem = _keys(secrets)
    return Endpoint(name, place, keys, outcomes, problem, kinds=kinds)


def _chat(reader: Reader, kind: Kind, endpoint: Endpoint) -> Endpoint:
    """Return an endpoint with what is a chat's alone."""
    host = reader.value("host", str, "a host's name", len) if "host" in reader.document else None
    if flaw := wrong_host(kind, endpoint.place, host):
        raise _BrokenError(f"url {flaw}")
    secrets: Sequence[str] = ()
    if "secrets" in reader.document:
        if not CHATS[kind].signed:
            raise _BrokenError(f"secrets do not belong to {kind.value}: its address is the credential")
        secrets = reader.texts("secrets", "a list of the robot's one secret", least=1, most=1)
    language = reader.checked("language", _language, "a text") if "language" in reader.document else None
    return replace(endpoint, keys=tuple(secret.encode() for secret in secrets), language=language)


def _language(word: str) -> str:
    from standdown.publish.render.locale import locale  # a webhook has no language

    return locale(word).language


def _keys(secrets: Sequence[str]) -> tuple[tuple[bytes, ...], str | None]:
    """Return the keys of the good secrets, and what is wrong with another one beside them."""
    keys: list[bytes] = []
    problem = None
    for number, secret in enumerate(secrets, 1):
        try:
            keys.append(decode_secret(secret))
        except ValueError as error:
            problem = f"number {number} of secrets {error}"
    if not keys:
        raise _BrokenError(str(problem))
    return tuple(keys), problem


def _broken(key: str, problem: str) -> _BrokenError:
    return _BrokenError(f"{key if key in _KEYS else repr(key)} {problem}")
