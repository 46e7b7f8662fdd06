"""The stack's credential for Huawei Cloud: read when it is first needed, and past every cache once it is of no use."""

from __future__ import annotations

from typing import Protocol

from standdown.base.redaction import conceal
from standdown.sdrs.credentials import Credentials, CredentialsError


class Secret(Protocol):
    """The credential's document: from a cache, or read from the store."""

    def __call__(self, *, force: bool) -> str:
        """Return the document; raise SecretError where it cannot be read."""
        ...


class SecretError(Exception):
    """Raised when the secret that holds the credential could not be read now; it may be readable later."""


class StoredCredential:
    """What the secret holds. Whoever corrects the secret need not wait until a cache or a process ends."""

    def __init__(self, secret: Secret) -> None:
        self._secret = secret
        self._held: Credentials | None = None

    def held(self) -> Credentials:
        """Return the credential; raise SecretError, or CredentialsError where the store holds none either."""
        if self._held is None:
            try:
                self._held = self._read(force=False)
            except CredentialsError:
                self._held = self._read(force=True)
        return self._held

    def renew(self) -> bool:
        """Read the store after the credential was refused; return whether it holds another one by now."""
        before, self._held = self._held, None
        self._held = self._read(force=True)
        return self._held != before

    def _read(self, *, force: bool) -> Credentials:
        document = self._secret(force=force)
        conceal(document)
        return Credentials.from_json(document)
