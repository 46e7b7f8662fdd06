"""The webhook document: endpoints and their secrets, read strictly. A flaw is told by its key, never by a value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from standdown.base.documents import Reader
from standdown.base.standard_webhooks import decode_secret
from standdown.base.text import DoubledKeyError, NotJsonError, strict_json
from standdown.core.operation import Result
from standdown.publish.channels.public_address import AddressError, Place, check_url

__all__ = ["MOST_ENDPOINTS", "BrokenEndpoint", "DocumentError", "Endpoint", "read_document"]

MOST_ENDPOINTS = 50
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_KEYS = ("name", "url", "secrets", "outcomes", "enabled")


class DocumentError(ValueError):
    """Raised when the webhook document as a whole cannot be read."""


class _BrokenError(ValueError):
    """Raised inside this module when one endpoint is not as it must be."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One receiver. `outcomes` are those it wants, None for all; `problem` says which secret is left out, if one is."""

    name: str
    place: Place
    keys: tuple[bytes, ...] = field(repr=False)
    outcomes: frozenset[Result] | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class BrokenEndpoint:
    """An endpoint that cannot be used, under its name or else its number in the list, and why."""

    name: str
    problem: str


def read_document(text: str | bytes, ports: Sequence[int] = (443,)) -> tuple[Endpoint | BrokenEndpoint, ...]:
    """Read `{"endpoints": [{"name", "url", "secrets", "outcomes"?, "enabled"?}]}`; leave out what is not enabled.

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


def _endpoint(item: Mapping[str, Any], taken: set[str], ports: Sequence[int]) -> Endpoint:
    name = _name(item)
    if name is None:
        raise _BrokenError("name must be 1 to 40 small letters, digits and hyphens")
    if name in taken:
        raise _BrokenError("its name stands twice in the document")
    reader = Reader(dict(item), lambda key, problem: _BrokenError(f"{key!r} {problem}"), secret=True)
    reader.nothing_else(_KEYS, "an endpoint")
    if not isinstance(item.get("enabled", True), bool):
        raise _BrokenError("enabled must be true or false")
    place = _place(item.get("url"), ports)
    keys, problem = _secrets(item.get("secrets"))
    return Endpoint(name, place, keys, _outcomes(item), problem)


def _place(url: Any, ports: Sequence[int]) -> Place:
    if not isinstance(url, str):
        raise _BrokenError("url must be a text")
    try:
        return check_url(url, ports)
    except AddressError as error:
        raise _BrokenError(f"url {error}") from None


def _secrets(secrets: Any) -> tuple[tuple[bytes, ...], str | None]:
    """Return the keys of the good secrets, and what is wrong with another one beside them."""
    if not isinstance(secrets, list) or not 1 <= len(secrets) <= 2 or not all(isinstance(s, str) for s in secrets):
        raise _BrokenError("secrets must be a list of one secret, or of two during a rotation")
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


def _outcomes(item: Mapping[str, Any]) -> frozenset[Result] | None:
    outcomes = item.get("outcomes")
    if outcomes is None and "outcomes" not in item:
        return None
    known = {result.value for result in Result}
    if not isinstance(outcomes, list) or not outcomes or not all(isinstance(o, str) and o in known for o in outcomes):
        raise _BrokenError(f"outcomes must be a list of {', '.join(sorted(known))}")
    return frozenset(Result(outcome) for outcome in outcomes)
