"""The stack's credential for Huawei Cloud: read when it is first needed, and past every cache once it is of no use."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from standdown.base.http.connection import Connection
from standdown.base.http.deadline import Deadline
from standdown.base.http.dial import Dial, Dialer
from standdown.base.http.exchange import Request
from standdown.base.redaction import conceal
from standdown.sdrs.call import Auth
from standdown.sdrs.credentials import Credentials, CredentialsError
from standdown.sdrs.errors import HuaweiError, SdrsError


class Secret(Protocol):
    """The credential's document: from a cache, or read from the store."""

    def __call__(self, *, force: bool) -> str | bytes:
        """Return the document, in bytes if it is stored as such; raise SecretError where it cannot be read."""
        ...


class SecretError(HuaweiError):
    """Raised when the secret that holds the credential could not be read now; it may be readable later."""

    reason = "secret_unreadable"

    @property
    def retryable(self) -> bool:
        """Return that the store may answer later."""
        return True


class StoredCredential:
    """What the secret holds. Whoever corrects the secret need not wait until a cache or a process ends."""

    def __init__(self, secret: Secret, name: str | None = None) -> None:
        self._secret, self._name = secret, name
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
        stored = self._read(force=True)
        self._held = before if stored == before else stored  # the same one keeps the token that was had for it
        return stored != before

    def _read(self, *, force: bool) -> Credentials:
        document = self._secret(force=force)
        conceal(document if isinstance(document, str) else document.decode("utf-8", "replace"))
        try:
            return Credentials.from_json(document)
        except CredentialsError as error:
            error.secret = self._name
            raise


class CredentialDialer:
    """Connects to Huawei Cloud; trusts the certificates in the credential alone, the public ones where it has none."""

    def __init__(self, credential: StoredCredential, public: Dial) -> None:
        self._credential, self._public = credential, public
        self._made: tuple[str, Dialer] | None = None

    def __call__(self, url: str, deadline: Deadline) -> AbstractContextManager[Connection]:
        """Give a connection, as `Dialer` does; connections of an earlier trust are not used again."""
        trusted = self._credential.held().ca_certificate
        if trusted is None:
            return self._public(url, deadline)
        if self._made is None or self._made[0] != trusted:
            self._made = trusted, Dialer(authorities=trusted)
        return self._made[1](url, deadline)


@dataclass(slots=True, eq=False, repr=False)
class PlaceAuth(Auth):
    """The stored credential as the auth of one region and project; `iam` is an endpoint other than the region's.

    `project_name` is for a project whose id is not known, None for the region's main project.
    """

    credential: StoredCredential
    region: str
    project_id: str | None
    iam: str | None
    dial: Dial
    project_name: str | None = None
    _made: tuple[Credentials, Auth] | None = field(default=None, init=False)

    @property
    def _auth(self) -> Auth:
        held = self.credential.held()
        if self._made is None or self._made[0] is not held:
            self._made = (
                held,
                held.auth(self.region, self.project_id, self.iam, self.dial, project_name=self.project_name),
            )
        return self._made[1]

    def sign(self, request: Request, deadline: Deadline) -> Request:
        """Sign with the credential that the store held when it was last read."""
        return self._auth.sign(request, deadline)

    def renew(self, refused: SdrsError) -> bool:
        """Take what the store holds by now; where that is the same, a new token for it."""
        return self.credential.renew() or self._auth.renew(refused)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return those of the credential in use."""
        return self._auth.secrets
