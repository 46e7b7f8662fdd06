"""The way to Huawei Cloud for one stack: credential, project, endpoint, and the calls that an operation needs.

Keeps one client per place while the process lives. How many requests one method makes: at most two for each of the
project's two lists, a page of names, and the call itself, the second one only after an answer that refused the
credential; and all of it once more where a group's name has moved to another id, of which SDRS then did nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TypeVar

from standdown.base.http.deadline import Deadline
from standdown.base.http.dial import Dial, Dialer
from standdown.core.operation import GroupRef
from standdown.core.reasons import Reason, Why
from standdown.core.sentences import sentence
from standdown.huawei.credential import CredentialDialer, PlaceAuth, Secret, SecretError, StoredCredential
from standdown.sdrs.classify import is_not_found
from standdown.sdrs.client import SdrsClient
from standdown.sdrs.endpoints import iam_endpoint, is_known, sdrs_endpoint
from standdown.sdrs.errors import HuaweiError, SdrsError, Service
from standdown.sdrs.models import FailureJob, Job, ProtectionGroup
from standdown.sdrs.pairs import ReplicationPair

__all__ = ["CALL", "LOOK_UP", "NAMES_SECONDS", "GroupNameError", "HuaweiAccount", "SecretError"]

T = TypeVar("T")

CALL = 8.0
"""Seconds that one call to Huawei Cloud may take in all."""

LOOK_UP = 8.0
"""Seconds that finding out a group's project and id may take where the caller does not say."""

NAMES_SECONDS = 30.0
"""For how long a name is believed to be the same group's: names move, and a stop of the wrong group is not undone."""

_MOST_CANDIDATES = 5


def _failures(failures: str, client: SdrsClient, group_id: str, *, timeout: float) -> tuple[FailureJob, ...]:
    return client.list_failure_jobs(group_id, failures, timeout=timeout)


class GroupNameError(HuaweiError):
    """Raised when a group's name belongs to no protection group, or to several; the message names the candidates."""

    def __init__(self, name: str, region: str, candidates: tuple[str, ...] = ()) -> None:
        self.name, self.region, self.candidates = name, region, candidates
        self.reason = "several_named" if candidates else "no_such_name"
        super().__init__(sentence(Why.of(Reason(self.reason), **self.values)))

    @property
    def values(self) -> dict[str, str]:
        """Return the name, the region, and the ids of the groups of that name."""
        shown = ", ".join(self.candidates[:_MOST_CANDIDATES])
        return {"name": self.name, "region": self.region, "count": str(len(self.candidates)), "candidates": shown}


class HuaweiAccount:
    """Calls to SDRS for the groups of one stack.

    `secret(force=…)` returns the credential's document, from its cache unless forced, and raises SecretError. Every
    method raises HuaweiErrors alone. A `timeout` (seconds) bounds all that a method does: finding the project and the
    group, signing in, the call, its repetition.
    """

    def __init__(
        self,
        secret: Secret,
        *,
        secret_name: str | None = None,
        endpoint: str | None = None,
        iam: str | None = None,
        dial: Dial | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._endpoint, self._iam, self._clock = endpoint, iam, clock
        self._credential = StoredCredential(secret, secret_name)
        self._dial = CredentialDialer(self._credential, dial or Dialer())
        self._clients: dict[tuple[str, str, str], SdrsClient] = {}
        self._projects: dict[tuple[str, str], str] = {}
        self._located: dict[GroupRef, tuple[float, GroupRef]] = {}

    def credential(self) -> str:
        """Return which form the credential has, such as "access key"; shows nothing of it."""
        return self._credential.held().form

    def address(self, service: Service, group: GroupRef) -> str:
        """Return the URL at which a service is called for a group; raise EndpointError."""
        if service == "IAM":
            return self._iam or iam_endpoint(group.region)
        return group.endpoint or self._endpoint or sdrs_endpoint(group.region)

    def locate(self, group: GroupRef, timeout: float = LOOK_UP, *, anew: bool = False) -> GroupRef:
        """Return the reference with its project and id looked up where the target left them out, `anew` if asked.

        An endpoint that is the region's own anyway is left out, so that one group has one lock.
        """
        group = self._at_its_endpoint(group)
        if group.complete:
            return group
        if anew:
            self._located.pop(group, None)
        at, found = self._located.get(group, (0.0, None))
        if found is None or self._clock() - at > NAMES_SECONDS:
            found = self._locate(group, self._clock() + timeout)
            self._located[group] = self._clock(), found
        return found

    def place(self, group: GroupRef, timeout: float = LOOK_UP) -> GroupRef:
        """Return where a group is, without the group: its region, the project's id, an endpoint of its own."""
        group = self._at_its_endpoint(group)
        project = group.project or self._project(group.region, group.project_name, self._clock() + timeout)
        return GroupRef(group.region, project, endpoint=group.endpoint)

    def groups(self, place: GroupRef, timeout: float) -> tuple[ProtectionGroup, ...]:
        """Read every protection group at a `place`; raise UnclearError where the list is not whole."""
        return self._client(place).all_protection_groups(timeout=timeout)

    def stop(self, group: GroupRef, timeout: float) -> str:
        """Send one stop and return the id of its job.

        Never repeated here but after a refused credential or for a name that has another id by now: neither stop had an
        effect.
        """
        return self._on(group, timeout, SdrsClient.stop_protection)

    def start(self, group: GroupRef, timeout: float) -> str:
        """Enable protection once and return the id of the job; repeated here only as a stop is."""
        return self._on(group, timeout, SdrsClient.start_protection)

    def group(self, group: GroupRef, timeout: float) -> ProtectionGroup:
        """Read the protection group."""
        return self._on(group, timeout, SdrsClient.get_protection_group)

    def failure_jobs(self, group: GroupRef, timeout: float, failures: str = "stopFail") -> tuple[FailureJob, ...]:
        """Read what failed of one kind, such as `stopFail`, and SDRS still remembers of the group."""
        return self._on(group, timeout, partial(_failures, failures))

    def pairs(self, group: GroupRef, timeout: float) -> tuple[ReplicationPair, ...]:
        """Read the group's replication pairs."""
        return self._on(group, timeout, SdrsClient.list_replication_pairs)

    def job(self, group: GroupRef, job_id: str, timeout: float) -> Job:
        """Read a job."""
        ends = self._clock() + timeout
        found = self.locate(group, timeout)
        return self._client(found).get_job(job_id, timeout=ends - self._clock())

    def _on(self, group: GroupRef, timeout: float, call: Callable[..., T]) -> T:
        """Make a call that takes a group's id; make it once more where the group's name has another id by now."""
        ends = self._clock() + timeout
        found = self.locate(group, timeout)
        try:
            return call(self._client(found), str(found.server_group_id), timeout=ends - self._clock())
        except SdrsError as error:
            if not is_not_found(error) or not (moved := self._moved(group, found, ends)):
                raise
        return call(self._client(moved), str(moved.server_group_id), timeout=ends - self._clock())

    def _moved(self, group: GroupRef, found: GroupRef, ends: float) -> GroupRef | None:
        """Return where the group is by now that was found by its name earlier; None where it is not elsewhere."""
        if group.server_group_id is not None:
            return None
        again = self.locate(group, ends - self._clock(), anew=True)
        return again if again != found else None

    def _at_its_endpoint(self, group: GroupRef) -> GroupRef:
        """Return the reference without an endpoint that is the region's own anyway."""
        usual = self._endpoint or (sdrs_endpoint(group.region) if is_known(group.region) else None)
        return replace(group, endpoint=None) if group.endpoint and group.endpoint == usual else group

    def _client(self, group: GroupRef) -> SdrsClient:
        endpoint = self.address("SDRS", group)
        place = (group.region, str(group.project_id), endpoint)
        if place not in self._clients:
            auth = self._auth(group.region, group.project_id)
            self._clients[place] = SdrsClient(endpoint, str(group.project_id), auth, dial=self._dial)
        return self._clients[place]

    def _auth(self, region: str, project_id: str | None, project_name: str | None = None) -> PlaceAuth:
        return PlaceAuth(self._credential, region, project_id, self._iam, self._dial, project_name)

    def _locate(self, group: GroupRef, ends: float) -> GroupRef:
        self.address("SDRS", group)  # IAM gets no password and no key for a group that cannot be called afterwards
        project = group.project or self._project(group.region, group.project_name, ends)
        found = GroupRef(group.region, project, group.server_group_id, group.server_group_name, group.endpoint)
        if found.server_group_id is not None:
            return found
        group_id = self._id_of(found, str(group.server_group_name), ends - self._clock())
        return GroupRef(group.region, project, group_id, group.server_group_name, group.endpoint)

    def _project(self, region: str, name: str, ends: float) -> str:
        if (region, name) not in self._projects:
            from standdown.sdrs.iam import find_project_id  # a start with a project's id is spared it

            auth, iam = self._auth(region, None, name), self._iam or iam_endpoint(region)
            try:
                found = find_project_id(iam, name, auth, self._dial, Deadline(ends, self._clock))
            except SdrsError as error:
                error.service = "IAM"
                raise
            self._projects[region, name] = found
        return self._projects[region, name]

    def _id_of(self, group: GroupRef, name: str, left: float) -> str:
        alike = self._client(group).iter_protection_groups(name=name, timeout=left)
        ids = tuple(g.id for g in alike if g.name == name)
        if len(ids) == 1:
            return ids[0]
        if not ids:
            raise GroupNameError(name, group.region)
        raise GroupNameError(name, group.region, ids)
