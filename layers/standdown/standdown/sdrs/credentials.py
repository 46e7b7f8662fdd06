"""One secret document, in one of four forms, and the auth that it makes. Never shows a value."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from ssl import SSLError
from typing import Any

from standdown.base.documents import Reader, looks_like_a_name
from standdown.base.http.dial import Dial, Dialer, trust
from standdown.sdrs.auth import AkSkAuth, TokenAuth
from standdown.sdrs.call import Auth
from standdown.sdrs.endpoints import iam_endpoint as iam_endpoint_of
from standdown.sdrs.errors import HuaweiError

_FORMS: tuple[tuple[frozenset[str], frozenset[str]], ...] = (
    (frozenset({"access_key", "secret_key"}), frozenset({"security_token"})),
    (frozenset({"user", "password", "domain"}), frozenset()),
    (frozenset({"token"}), frozenset()),
)
_ANY_FORM = frozenset({"ca_certificate"})
_KNOWN = _ANY_FORM.union(*(needed | optional for needed, optional in _FORMS))
_EXPECTED = "access_key + secret_key (+ security_token), or user + password + domain, or token (each + ca_certificate)"
_PROJECT = frozenset({"project", "project_id", "project_name"})  # which other clients read beside the credential
_UNSEEN = {"Cc", "Cf", "Zl", "Zp", "Zs"}  # Unicode's categories of what nobody sees at the end of a value
_HEADER_BOUND = ("access_key", "security_token", "token")  # sent as they are, so they must fit into a header


class CredentialsError(HuaweiError, ValueError):
    """Raised when the secret document is not one of the four forms; names the key, never a value.

    `secret` is the name of what is to be corrected, where it is known.
    """

    reason = "bad_credential"
    secret: str | None = None

    @property
    def values(self) -> dict[str, str]:
        """Return the secret's name."""
        return {"secret": self.secret} if self.secret else {}


@dataclass(frozen=True, slots=True)
class Credentials:
    """What one secret document holds: the values of exactly one form."""

    values: dict[str, str] = field(repr=False)

    @property
    def form(self) -> str:
        """Return which of the forms it is: "access key", "temporary access key", "password" or "token"."""
        if "access_key" in self.values:
            return "temporary access key" if "security_token" in self.values else "access key"
        return "password" if "password" in self.values else "token"

    @property
    def ca_certificate(self) -> str | None:
        """Return the PEM certificates that a private cloud's endpoints are trusted by; None for the public ones."""
        return self.values.get("ca_certificate")

    @classmethod
    def from_json(cls, document: str | bytes) -> Credentials:
        """Read the document; raise CredentialsError where it is not one whole form."""
        data = _parsed(document)
        if not isinstance(data, dict):
            raise CredentialsError(f"the credentials must be a JSON object with {_EXPECTED}")
        _check_keys(data)
        reader = Reader(data, _wrong, secret=True)
        return cls({key: _value(reader, key) for key, value in data.items() if value is not None})

    def auth(
        self,
        region: str,
        project_id: str | None,
        iam_endpoint: str | None = None,
        dial: Dial | None = None,
        *,
        project_name: str | None = None,
    ) -> Auth:
        """Return the auth for calls to one region and project; IAM is the region's unless another is named.

        Without its id the project is that of the name, the region's main one where none is given.

        `dial` is how IAM is reached, where the form is a password.
        """
        held = self.values
        if "access_key" in held:
            return AkSkAuth(held["access_key"], held["secret_key"], held.get("security_token"))
        if "token" in held:
            return TokenAuth(held["token"])
        from standdown.sdrs.iam import IamPasswordAuth  # a start with an access key is spared it

        where = iam_endpoint or iam_endpoint_of(region)
        return IamPasswordAuth(
            held["user"], held["password"], held["domain"], where, project_id, project_name or region, dial or Dialer()
        )


def _parsed(document: str | bytes) -> Any:
    """Return what the JSON holds; without "from", since a JSON error carries the whole document."""
    if isinstance(document, bytes):
        raise CredentialsError("the credentials are stored as SecretBinary: store them as text, as SecretString")
    if document.startswith("\ufeff"):
        raise CredentialsError("the credentials begin with a byte order mark: save them as UTF-8 without one")
    try:
        return json.loads(document, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        at, place = document[error.pos : error.pos + 1], f"at line {error.lineno}, column {error.colno}"
        odd = at and not at.isascii() and not at.isalnum()
        stands = f", where a {unicodedata.name(at, 'character without a name')} stands" if odd else ""
        raise CredentialsError(f"the credentials are not valid JSON {place}{stands}") from None
    except CredentialsError:
        raise
    except (ValueError, RecursionError, TypeError):
        raise CredentialsError("the credentials are not valid JSON") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    twice = [key for key, count in Counter(key for key, _ in pairs).items() if count > 1]
    if twice:
        raise CredentialsError(f"of the credentials, {_shown(twice)} stands twice")
    return dict(pairs)


def _shown(keys: list[str]) -> str:
    """Return the keys that look like names, and how many others there are."""
    named = [key for key in keys if looks_like_a_name(key, _KNOWN)]
    hidden = len(keys) - len(named)
    said = ", ".join(repr(key) for key in named[:5])
    return " and ".join(filter(None, (said, f"{hidden} that is not shown" if hidden else "")))


def _check_keys(data: dict[str, Any]) -> None:
    unknown = sorted(set(data) - _KNOWN)
    if unknown:
        hint = "; the project belongs into the target or HuaweiProjectId" if _PROJECT & set(unknown) else ""
        raise CredentialsError(f"the credentials have unknown keys: {_shown(unknown)}; expected is {_EXPECTED}{hint}")
    given = {key for key, value in data.items() if value is not None} - _ANY_FORM
    touched = [form for form in _FORMS if given & (form[0] | form[1])]
    if len(touched) > 1:
        mixed = ", ".join(sorted(given))
        raise CredentialsError(f"the credentials mix several forms ({mixed}); expected is {_EXPECTED}")
    if not touched:
        raise CredentialsError(f"the credentials are empty; expected is {_EXPECTED}")
    missing = sorted(touched[0][0] - given)
    if missing:
        raise CredentialsError(f"the credentials lack {', '.join(missing)}")


def _value(reader: Reader, key: str) -> str:
    value = reader.value(key, str, "text that is not empty", str.strip)
    if key in _ANY_FORM:
        return _certificates(key, value)
    if {unicodedata.category(end) for end in (value[0], value[-1])} & _UNSEEN:
        raise _wrong(key, "begins or ends with a blank, a line end or another character that cannot be seen")
    if key in _HEADER_BOUND and not (value.isascii() and value.isprintable()):
        raise _wrong(key, "holds characters that no header can carry")
    if len(value) > 20_000 or value != value.encode("utf-8", "replace").decode():
        raise _wrong(key, "is too long, or no valid text")
    return value


def _certificates(key: str, value: str) -> str:
    try:
        trust(None, value)
    except (ValueError, TypeError, SSLError):  # TypeError: letters beyond ASCII
        raise _wrong(key, "holds no certificate in PEM") from None
    return value


def _wrong(key: str, problem: str) -> CredentialsError:
    return CredentialsError(f"the credentials' {key} {problem}")
