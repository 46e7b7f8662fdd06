"""What a log line must never say: secrets, whoever put them there, in a value, in a text or in a traceback.

The last step before a line is written, so that nothing gets past it. Code here does not log secrets in the first place;
this is for what libraries and other people's messages say.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Mapping
from typing import Any

__all__ = ["HIDDEN", "conceal", "redacted", "redacted_text"]

HIDDEN = "[redacted]"
_SHORTEST = 6
"""Characters of a value that is told apart from ordinary words; a shorter one would hide half the line."""
_DEEPEST = 12
"""Levels of a record that are looked into; below, its text is."""

_NAMES = (
    "access_key", "secret_key", "secret_access_key", "ak", "sk", "password", "passwd", "secret", "secrets", "token",
    "auth_token", "access_token", "security_token", "session_token", "private_key", "signature", "authorization",
    "proxy_authorization", "cookie", "set_cookie", "x_auth_token", "x_subject_token", "x_security_token",
    "webhook_signature", "x_hub_signature", "x_hub_signature_256", "x_amz_security_token",
)  # fmt: skip
_KEYS = frozenset(_NAMES)
_NAMED = "|".join(name.replace("_", "[_-]?") for name in sorted(_NAMES, key=len, reverse=True))
_HEADERS = r"(?:proxy[_-])?authorization|(?:set[_-])?cookie|webhook-signature"
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*"), HIDDEN),
    (re.compile(r"whsec_[A-Za-z0-9+/=_-]+"), HIDDEN),
    (re.compile(r"\bMII[A-Za-z0-9+/=_-]{60,}"), HIDDEN),  # how a token of IAM begins, and a key in DER
    (re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"), HIDDEN),
    (re.compile(r"(?i)\b(SDK-HMAC-SHA256|AWS4-HMAC-SHA256)\s+(?:Access|Credential)=[^\"'\r\n]*"), rf"\1 {HIDDEN}"),
    (re.compile(r"(?i)\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}"), rf"\1 {HIDDEN}"),
    # A header's value goes on to the end of its line or its quotes.
    (re.compile(rf"(?i)\b({_HEADERS})(\\*[\"']?\s*[:=]\s*\\*[\"']?)(?!\[redacted)[^\"'\\\r\n]+"), rf"\1\2{HIDDEN}"),
    # Of an address only the query's signatures: a token there may be what the operator is to open.
    (re.compile(r"(?i)([?&](?:access_token|(?:x-amz-)?signature|x-amz-security-token)=)[^&\s\"'\\]+"), rf"\1{HIDDEN}"),
    # A quoted value may hold escapes, and may have lost its last quote; one without quotes ends where the next begins.
    # Each character fits one branch alone and nothing behind the value is demanded: there is no second way to try.
    (
        re.compile(
            rf"(?i)(?<![?&A-Za-z0-9_-])((?:aws[_-]?)?(?:{_NAMED}))(\\*[\"']?\s*[:=]\s*)(?!\\*[\"']?\[redacted)"
            r"(?:b?([\"'])(?:\\.|(?!\3)[^\\]){1,4096}\3?|(\\{1,8}[\"'])(?:(?!\4).){1,4096}(?:\4)?|[^\s,;&\"'\\{}\[\]()]+)",
            re.DOTALL,
        ),
        rf"\1\2{HIDDEN}",
    ),
)

_known: deque[str] = deque(maxlen=32)


def conceal(document: str) -> None:
    """Never show the secrets of this document, JSON or a single value, in any line from now on."""
    try:
        content = json.loads(document)
    except ValueError:
        content = document
    if not isinstance(content, dict | list):
        content = document
    for value in _leaves(content, secret=not isinstance(content, dict)):
        if len(value) >= _SHORTEST and value not in _known:
            _known.append(value)


def redacted(value: Any, depth: int = 0) -> Any:
    """Return the value with every secret in it replaced; what is no plain value becomes its text."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if depth > _DEEPEST:
        return redacted_text(str(value))
    if isinstance(value, Mapping):
        return {redacted_text(str(key)): _under(str(key), inner, depth) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redacted(inner, depth + 1) for inner in value]
    return redacted_text(str(value))


def redacted_text(text: str) -> str:
    """Return the text with every secret in it replaced."""
    for secret in tuple(_known):
        for form in {secret, json.dumps(secret)[1:-1], repr(secret)[1:-1]}:
            text = text.replace(form, HIDDEN)
    for pattern, shown in _PATTERNS:
        text = pattern.sub(shown, text)
    return text


def _under(key: str, value: Any, depth: int) -> Any:
    if value and not isinstance(value, bool) and _says_so(key):
        return HIDDEN
    return redacted(value, depth + 1)


def _says_so(name: str) -> bool:
    """Return whether what stands under a name is secret; Lambda's own credential does so as AWS_SECRET_ACCESS_KEY."""
    return name.lower().replace("-", "_").removeprefix("aws_") in _KEYS


def _leaves(value: Any, *, secret: bool) -> list[str]:
    """Return the texts of a document that are secret: those under a name that says so."""
    if isinstance(value, str):
        return [value] if secret else []
    if isinstance(value, list):
        return [leaf for inner in value for leaf in _leaves(inner, secret=secret)]
    if isinstance(value, dict):
        named = ((secret or _says_so(key), inner) for key, inner in value.items())
        return [leaf for says_so, inner in named for leaf in _leaves(inner, secret=says_so)]
    return []
