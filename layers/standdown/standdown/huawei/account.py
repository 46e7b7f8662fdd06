"""The way to Huawei Cloud for one stack: credential, project, endpoint, and the calls that an operation needs.

Keeps one client per place while the process lives. The credential is read when it is first needed, and once more when
Huawei Cloud answers 401: it may have been rotated.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import requests
from requests.auth import AuthBase

from standdown.core.operation import GroupRef
from standdown.huawei.credential import Secret, SecretError, StoredCredential
from standdown.sdrs.classify import is_not_found
from standdown.sdrs.client import SdrsClient
from standdown.sdrs.endpoints import iam_endpoint, sdrs_endpoint
from standdown.sdrs.errors import SdrsError
from standdown.sdrs.iam import find_project_id
from standdown.sdrs.models import FailureJob, Job, ProtectionGroup
from standdown.sdrs.transport import new_session

__all__ = ["CALL", "LOOK_UP", "NAMES_SECONDS", "GroupNameError", "HuaweiAccount", "SecretError"]

T = TypeVar("T")

CALL = 8.0
"""Seconds that one call to Huawei Cloud may take in all."""

LOOK_UP = 8.0
"""Seconds that finding out a group's project and id may take where the caller does not say."""

NAMES_SECONDS = 30.0
"""For how long a name is believed to be the same group's: names move, and a stop of the wrong group is not undone."""

_MOST_CANDIDATES = 5


class GroupNameError(Exception):
    """Raised when a group's name belongs to no protection group, or to several; the message names the candidates."""

    def __init__(self, message: str, candidates: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.candidates = candidates


class HuaweiAccount:
    """Calls to SDRS for the groups of one stack.

    `secret(force=…)` returns the credential's document, from its cache unless forced, and raises SecretError. Every
    method raises SdrsError, CredentialsError, SecretError, PlaceError where a region or an endpoint cannot be one, or
    GroupNameError where the group is known by name. A `timeout` (seconds) bounds all that a call to SDRS takes: finding
    the project and the group, signing in, asking once more with another credential.
    """

    def __init__(
        self,
        secret: Secret,
        *,
        endpoint: str | None = None,
        iam: str | None = None,
        session: Callable[[], requests.Session] = new_session,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._endpoint, self._iam, self._session, self._clock = endpoint, iam, session, clock
        self._credential = StoredCredential(secret)
        self._clients: dict[tuple[str, str, str], SdrsClient] = {}
        self._projects: dict[str, str] = {}
        self._located: dict[GroupRef, tuple[float, GroupRef]] = {}

    def credential(self) -> str:
        """Return which form the credential has, such as "access key"; shows nothing of it."""
        return self._credential.held().form

    def locate(self, group: GroupRef, timeout: float = LOOK_UP) -> GroupRef:
        """Return the reference with its project and id looked up where the target left them out.

        An endpoint that is the region's own anyway is left out, so that one group has one lock.
        """
        if group.endpoint and group.endpoint == (self._endpoint or sdrs_endpoint(group.region)):
            group = replace(group, endpoint=None)
        if group.complete:
            return group
        at, found = self._located.get(group, (0.0, None))
        if found is None or self._clock() - at > NAMES_SECONDS:
            ends = self._clock() + timeout
            found = self._fresh(lambda: self._locate(group, ends))
            self._located[group] = self._clock(), found
        return found

    def stop(self, group: GroupRef, timeout: float) -> str:
        """Send one stop and return the id of its job.

        Never repeated here but after a 401 or for a name that has another id by now: neither stop had an effect.
        """
        return self._on(group, timeout, lambda client, one, left: client.stop_protection(one, timeout=left))

    def group(self, group: GroupRef, timeout: float) -> ProtectionGroup:
        """Read the protection group."""
        return self._on(group, timeout, lambda client, one, left: client.get_protection_group(one, timeout=left))

    def job(self, group: GroupRef, job_id: str, timeout: float) -> Job:
        """Read a job."""
        return self._on(group, timeout, lambda client, _, left: client.get_job(job_id, timeout=left))

    def failure_jobs(self, group: GroupRef, timeout: float) -> tuple[FailureJob, ...]:
        """Read the failed stops that SDRS still remembers of the group."""
        return self._on(group, timeout, lambda client, one, left: client.list_failure_jobs(one, timeout=left))

    def _on(self, group: GroupRef, timeout: float, ask: Callable[[SdrsClient, str, float], T]) -> T:
        ends = self._clock() + timeout
        found = self.locate(group, timeout)
        try:
            return self._ask(found, ends, ask)
        except SdrsError as error:
            if not is_not_found(error) or not (moved := self._moved(group, found, ends)):
                raise
        return self._ask(moved, ends, ask)

    def _ask(self, found: GroupRef, ends: float, ask: Callable[[SdrsClient, str, float], T]) -> T:
        return self._fresh(lambda: ask(self._client(found), str(found.server_group_id), ends - self._clock()))

    def _moved(self, group: GroupRef, found: GroupRef, ends: float) -> GroupRef | None:
        """Return where the group is by now that was found by its name earlier; None where it is not elsewhere."""
        if group.server_group_id is not None:
            return None
        self._located.pop(group, None)
        again = self.locate(group, ends - self._clock())
        return again if again != found else None

    def _fresh(self, ask: Callable[[], T]) -> T:
        """Ask, and ask once more with the credential read anew where it was refused and has changed."""
        try:
            return ask()
        except SdrsError as error:
            if error.http_status != 401 or not self._rotated():
                raise
        return ask()

    def _rotated(self) -> bool:
        if not self._credential.renew():
            return False
        self._clients.clear()
        return True

    def _client(self, group: GroupRef) -> SdrsClient:
        endpoint = group.endpoint or self._endpoint or sdrs_endpoint(group.region)
        place = (group.region, str(group.project_id), endpoint)
        if place not in self._clients:
            auth = self._auth(group.region, group.project_id)
            self._clients[place] = SdrsClient(endpoint, str(group.project_id), auth, session=self._session())
        return self._clients[place]

    def _auth(self, region: str, project_id: str | None) -> AuthBase:
        return self._credential.held().auth(region, project_id, self._iam, self._session())

    def _locate(self, group: GroupRef, ends: float) -> GroupRef:
        project = group.project_id or self._project(group.region, ends)
        found = GroupRef(group.region, project, group.server_group_id, group.server_group_name, group.endpoint)
        if found.server_group_id is not None:
            return found
        group_id = self._id_of(found, str(group.server_group_name), ends - self._clock())
        return GroupRef(group.region, project, group_id, group.server_group_name, group.endpoint)

    def _project(self, region: str, ends: float) -> str:
        if region not in self._projects:
            auth, iam = self._auth(region, None), self._iam or iam_endpoint(region)
            left = ends - self._clock()
            self._projects[region] = find_project_id(iam, region, auth, session=self._session(), timeout=left)
        return self._projects[region]

    def _id_of(self, group: GroupRef, name: str, left: float) -> str:
        alike = self._client(group).iter_protection_groups(name=name, timeout=left)
        ids = tuple(g.id for g in alike if g.name == name)
        if len(ids) == 1:
            return ids[0]
        if not ids:
            raise GroupNameError(f"no protection group is named {name!r} in {group.region}")
        shown = ", ".join(ids[:_MOST_CANDIDATES])
        raise GroupNameError(
            f"{len(ids)} protection groups are named {name!r}: give server_group_id, one of {shown}", ids
        )
