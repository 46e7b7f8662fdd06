"""The way to Huawei Cloud for one stack: credential, project, endpoint, and the calls that an operation needs.

Keeps one client per place while the process lives. The credential is read when it is first needed, and once more when
Huawei Cloud answers 401: it may have been rotated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

import requests

from standdown.operation import GroupRef
from standdown.sdrs.client import SdrsClient
from standdown.sdrs.credentials import Credentials, CredentialsError
from standdown.sdrs.errors import SdrsError
from standdown.sdrs.iam import find_project_id
from standdown.sdrs.models import FailureJob, Job, ProtectionGroup
from standdown.sdrs.places import iam_endpoint, sdrs_endpoint
from standdown.sdrs.transport import new_session

T = TypeVar("T")

_MOST_CANDIDATES = 5


class Secret(Protocol):
    """The credential's document: from a cache, or fetched anew."""

    def __call__(self, *, force: bool) -> str:
        """Return the document; raise SecretError where it cannot be read."""
        ...


class SecretError(Exception):
    """Raised when the secret that holds the credential could not be read now; it may be readable later."""


class GroupNameError(Exception):
    """Raised when a group's name belongs to no protection group, or to several; the message names the candidates."""


class Huawei:
    """Calls to SDRS for the groups of one stack.

    `secret(force=…)` returns the credential's document, from its cache unless forced, and raises SecretError. Every
    method raises SdrsError, CredentialsError, SecretError, or GroupNameError where the group is known by name.
    """

    def __init__(
        self,
        secret: Secret,
        *,
        endpoint: str | None = None,
        iam: str | None = None,
        session: Callable[[], requests.Session] = new_session,
    ) -> None:
        self._secret, self._endpoint, self._iam, self._session = secret, endpoint, iam, session
        self._document: str | None = None
        self._clients: dict[tuple[str, str, str], SdrsClient] = {}
        self._located: dict[GroupRef, GroupRef] = {}

    def locate(self, group: GroupRef) -> GroupRef:
        """Return the reference with its project and id looked up where the target left them out."""
        if group not in self._located:
            self._located[group] = self._fresh(lambda: self._locate(group))
        return self._located[group]

    def stop(self, group: GroupRef, timeout: float) -> str:
        """Send one stop and return the id of its job; never repeated here but after a 401, which has no effect."""
        return self._on(group, lambda client, group_id: client.stop_protection(group_id, timeout=timeout))

    def group(self, group: GroupRef, timeout: float) -> ProtectionGroup:
        """Read the protection group."""
        return self._on(group, lambda client, group_id: client.get_protection_group(group_id, timeout=timeout))

    def job(self, group: GroupRef, job_id: str, timeout: float) -> Job:
        """Read a job."""
        return self._on(group, lambda client, _: client.get_job(job_id, timeout=timeout))

    def failure_jobs(self, group: GroupRef, timeout: float) -> tuple[FailureJob, ...]:
        """Read the failed stops that SDRS still remembers of the group."""
        return self._on(group, lambda client, group_id: client.list_failure_jobs(group_id, timeout=timeout))

    def _on(self, group: GroupRef, ask: Callable[[SdrsClient, str], T]) -> T:
        found = self.locate(group)
        return self._fresh(lambda: ask(self._client(found), str(found.server_group_id)))

    def _fresh(self, ask: Callable[[], T]) -> T:
        """Ask, and ask once more with the credential read anew where it was refused and has changed."""
        try:
            return ask()
        except SdrsError as error:
            if error.http_status != 401 or not self._rotated():
                raise
        return ask()

    def _rotated(self) -> bool:
        before, self._document = self._document, self._secret(force=True)
        if self._document == before:
            return False
        self._clients.clear()
        return True

    def _client(self, group: GroupRef) -> SdrsClient:
        endpoint = group.endpoint or self._endpoint or sdrs_endpoint(group.region)
        place = (group.region, str(group.project_id), endpoint)
        if place not in self._clients:
            auth = self._credentials().auth(group.region, group.project_id, self._iam)
            self._clients[place] = SdrsClient(endpoint, str(group.project_id), auth, session=self._session())
        return self._clients[place]

    def _credentials(self) -> Credentials:
        if self._document is None:
            self._document = self._secret(force=False)
        try:
            return Credentials.from_json(self._document)
        except CredentialsError:
            self._document = None  # to be read anew: whoever put it right must not have to wait for a new process
            raise

    def _locate(self, group: GroupRef) -> GroupRef:
        project = group.project_id
        if project is None:
            auth = self._credentials().auth(group.region, None, self._iam)
            iam = self._iam or iam_endpoint(group.region)
            project = find_project_id(iam, group.region, auth, session=self._session())
        found = GroupRef(group.region, project, group.server_group_id, group.server_group_name, group.endpoint)
        if found.server_group_id is not None:
            return found
        group_id = self._id_of(found, str(group.server_group_name))
        return GroupRef(group.region, project, group_id, group.server_group_name, group.endpoint)

    def _id_of(self, group: GroupRef, name: str) -> str:
        named = [g for g in self._client(group).iter_protection_groups(name=name) if g.name == name]
        if len(named) == 1:
            return named[0].id
        if not named:
            raise GroupNameError(f"no protection group is named {name!r} in {group.region}")
        ids = ", ".join(g.id for g in named[:_MOST_CANDIDATES])
        raise GroupNameError(f"{len(named)} protection groups are named {name!r}: give server_group_id, one of {ids}")
