"""The SDRS client: stop a protection group, look at its job, at the group, at the failed tasks. Retries nothing."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from standdown.base.http.deadline import Deadline
from standdown.base.http.dial import Dial, Dialer
from standdown.base.http.exchange import Request
from standdown.sdrs import pairs as replications
from standdown.sdrs import responses as bodies
from standdown.sdrs.call import HEADERS, Auth, call
from standdown.sdrs.endpoints import check_endpoint
from standdown.sdrs.errors import InvalidIdError, UnclearError
from standdown.sdrs.fields import mapping, mappings, text
from standdown.sdrs.models import FailureJob, GroupPage, Job, ProtectionGroup
from standdown.sdrs.pairs import ReplicationPair

MAX_BYTES = 4 * 1024 * 1024
PAGE = 500
LARGEST_PAGE = 1000
_MOST_PAGES = 200
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")


class SdrsClient:
    """SDRS at one endpoint, for one project.

    Times are in seconds. `total_timeout` bounds each call whole: signing in, connecting, sending, reading; a call's own
    `timeout` replaces it. `clock` counts seconds from anywhere. Every call raises one of `errors`, and what the auth
    raises of its own.
    """

    def __init__(
        self,
        endpoint: str,
        project_id: str,
        auth: Auth,
        *,
        dial: Dial | None = None,
        total_timeout: float = 8.0,
        clock: Callable[[], float] = time.monotonic,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._root = f"{check_endpoint(endpoint)}/v1/{_id(project_id, 'project id')}"
        self._headers = {**HEADERS, "X-Project-Id": project_id}
        self._auth = auth
        self._dial = dial or Dialer()
        self._total = total_timeout
        self._clock = clock
        self._cap = max_bytes

    def stop_protection(self, server_group_id: str, *, timeout: float | None = None) -> str:
        """Ask SDRS to stop the group's protection and return the id of the job that does it.

        One POST. After an UnclearError, or an answer that leaves it open, the stop may be under way: read the group.
        """
        return self._act(server_group_id, "stop-server-group", "stop", timeout)

    def start_protection(self, server_group_id: str, *, timeout: float | None = None) -> str:
        """Ask SDRS to enable the group's protection and return the id of the job that does it.

        One POST; unclear answers as after a stop. In `failed-over` and `error-reprotecting` the same call protects the
        group in the other direction: whoever calls it has read the group.
        """
        return self._act(server_group_id, "start-server-group", "resume", timeout)

    def _act(self, server_group_id: str, word: str, called: str, timeout: float | None) -> str:
        path = f"/server-groups/{_id(server_group_id, 'protection group id')}/action"
        data, _ = self._call("POST", path, body={word: {}}, timeout=timeout)
        job_id = text(data, "job_id")
        if not job_id or not _ID.fullmatch(job_id):
            raise UnclearError(f"SDRS accepted the {called} but named no job", http_status=200)
        return job_id

    def get_job(self, job_id: str, *, timeout: float | None = None) -> Job:
        """Return a job with its children."""
        data, request_id = self._call("GET", f"/jobs/{_id(job_id, 'job id')}", timeout=timeout)
        return Job.from_api(data, job_id=job_id, request_id=request_id)

    def get_protection_group(self, server_group_id: str, *, timeout: float | None = None) -> ProtectionGroup:
        """Return one protection group."""
        path = f"/server-groups/{_id(server_group_id, 'protection group id')}"
        data, request_id = self._call("GET", path, timeout=timeout)
        group = ProtectionGroup.from_api(mapping(data, "server_group"), request_id=request_id)
        if group.id != server_group_id:
            raise UnclearError("the answer is not about the group that was asked for", request_id=request_id)
        return group

    def list_protection_groups(
        self,
        *,
        limit: int = PAGE,
        offset: int = 0,
        status: str | None = None,
        name: str | None = None,
        query_type: str | None = None,
        availability_zone: str | None = None,
        timeout: float | None = None,
    ) -> GroupPage:
        """Return one page of the groups; `limit` is 1 to 1000, `name` finds every name that contains it."""
        query = {"limit": limit, "offset": offset, "status": status, "name": name}
        query |= {"query_type": query_type, "availability_zone": availability_zone}
        data, request_id = self._call("GET", "/server-groups", query=query, timeout=timeout)
        if not isinstance(data.get("server_groups"), list):
            raise UnclearError("the answer holds no list of protection groups", request_id=request_id)
        return GroupPage.from_api(data, request_id=request_id)

    def iter_protection_groups(
        self, *, limit: int = PAGE, timeout: float | None = None, **filters: Any
    ) -> Iterator[ProtectionGroup]:
        """Yield every group on every page, each once, though pages may shift; `timeout` is for all pages together."""
        seen: set[str] = set()
        offset = 0
        ends = None if timeout is None else self._clock() + timeout
        for _ in range(_MOST_PAGES):
            left = None if ends is None else ends - self._clock()
            page = self.list_protection_groups(limit=limit, offset=offset, timeout=left, **filters)
            fresh = [group for group in page.groups if group.id not in seen]
            yield from fresh
            seen.update(group.id for group in fresh)
            offset += len(page.groups)
            if not fresh or offset >= page.count:
                return

    def all_protection_groups(self, *, timeout: float | None = None) -> tuple[ProtectionGroup, ...]:
        """Return every group of the project, by one call for up to a thousand; `timeout` is for all pages together.

        Raise UnclearError where the list is not whole: what is missing in such a list need not be gone.
        """
        ends = self._clock() + (self._total if timeout is None else timeout)
        found: dict[str, ProtectionGroup] = {}
        count, full = 0, True
        while full:
            page = self.list_protection_groups(limit=LARGEST_PAGE, offset=len(found), timeout=ends - self._clock())
            fresh = {group.id: group for group in page.groups if group.id not in found}
            found, count = found | fresh, page.count
            full = bool(fresh) and len(page.groups) == LARGEST_PAGE and len(found) < count
        if len(found) < count or "" in found:
            raise UnclearError("the list of protection groups is not whole")
        return tuple(found.values())

    def list_failure_jobs(
        self, server_group_id: str, failure_status: str | None = "stopFail", *, timeout: float | None = None
    ) -> tuple[FailureJob, ...]:
        """Return what the task centre says of a group's failed tasks."""
        query = {"server_group_id": _id(server_group_id, "protection group id"), "failure_status": failure_status}
        data, _ = self._call("GET", "/task-center/failure-jobs", query=query, timeout=timeout)
        return tuple(FailureJob.from_api(row) for row in mappings(data, "failure_jobs"))

    def list_replication_pairs(
        self, server_group_id: str, *, limit: int = replications.PAGE, timeout: float | None = None
    ) -> tuple[ReplicationPair, ...]:
        """Return every replication pair of a group, each once; `timeout` is for all pages together.

        `count` is not documented well enough to end at: the last page is one that is not full, or brings nothing new.
        """
        ends = self._clock() + (self._total if timeout is None else timeout)
        wanted = _id(server_group_id, "protection group id")
        found: dict[str, ReplicationPair] = {}
        for page in range(replications.MOST_PAGES):
            query = {"server_group_id": wanted, "limit": limit, "offset": page * limit}
            data, request_id = self._call("GET", "/replications", query=query, timeout=ends - self._clock())
            rows = replications.page_of(data, request_id)
            fresh = {row.id: row for row in rows if row.id not in found}
            found |= fresh
            if len(rows) < limit or not fresh:
                break
        return tuple(row for row in found.values() if row.server_group_id in (None, wanted))

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> tuple[dict[str, Any], str | None]:
        """Make one call; return its JSON object and the request id."""
        asked = {name: value for name, value in (query or {}).items() if value is not None}
        url = self._root + path + (f"?{urlencode(asked, quote_via=quote)}" if asked else "")
        headers, sent = self._headers, None
        if body is not None:
            headers = {**headers, "Content-Type": "application/json;charset=utf8"}
            sent = json.dumps(body, separators=(",", ":")).encode()
        deadline = Deadline(self._clock() + (self._total if timeout is None else timeout), self._clock)
        answer = call(Request(method, url, headers, sent), self._auth, deadline, self._dial, self._cap)
        data = bodies.whole_object(answer)
        return data, bodies.request_id(answer.headers, data)


def _id(value: str, what: str) -> str:
    """Return an id that is safe in a path; raise InvalidIdError, since one with a slash would name another thing."""
    if not _ID.fullmatch(value):
        raise InvalidIdError(f"not a valid {what}")
    return value
