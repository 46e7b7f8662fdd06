"""The SDRS client: stop a protection group, look at its job, at the group, at the failed tasks. Retries nothing."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import requests
from requests.auth import AuthBase

from standdown.base.http.deadline import Deadline, under
from standdown.sdrs import responses as bodies
from standdown.sdrs.endpoints import check_endpoint
from standdown.sdrs.errors import ApiError, InvalidIdError, NotSentError, UnclearError
from standdown.sdrs.fields import mapping, mappings, text
from standdown.sdrs.models import FailureJob, GroupPage, Job, ProtectionGroup
from standdown.sdrs.transport import Answer, exchange, new_session

MAX_BYTES = 4 * 1024 * 1024
PAGE = 500
_MOST_PAGES = 200
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
_SECRET_HEADERS = ("X-Auth-Token", "X-Security-Token", "Authorization")


class SdrsClient:
    """SDRS at one endpoint, for one project.

    Times are in seconds. `total_timeout` bounds each call whole: signing in, connecting, sending, reading; a call's own
    `timeout` replaces it. `clock` counts seconds from anywhere. Every call raises one of `errors`, nothing else.
    """

    def __init__(  # noqa: PLR0913 - each bound is a setting of its own
        self,
        endpoint: str,
        project_id: str,
        auth: AuthBase,
        *,
        session: requests.Session | None = None,
        connect_timeout: float = 2.0,
        read_timeout: float = 5.0,
        total_timeout: float = 8.0,
        clock: Callable[[], float] = time.monotonic,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._root = f"{check_endpoint(endpoint)}/v1/{_id(project_id, 'project id')}"
        self._project_id = project_id
        self._auth = auth
        self._session = session or new_session()
        self._session.trust_env = False
        self._steps = (connect_timeout, read_timeout)
        self._total = total_timeout
        self._clock = clock
        self._cap = max_bytes

    def stop_protection(self, server_group_id: str, *, timeout: float | None = None) -> str:
        """Ask SDRS to stop the group's protection and return the id of the job that does it.

        One POST. After an UnclearError, or an answer that leaves it open, the stop may be under way: read the group.
        """
        path = f"/server-groups/{_id(server_group_id, 'protection group id')}/action"
        data, _ = self._call("POST", path, body={"stop-server-group": {}}, timeout=timeout)
        job_id = text(data, "job_id")
        if not job_id or not _ID.fullmatch(job_id):
            raise UnclearError("SDRS accepted the stop but named no job", http_status=200)
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

    def list_failure_jobs(
        self, server_group_id: str, failure_status: str | None = "stopFail", *, timeout: float | None = None
    ) -> tuple[FailureJob, ...]:
        """Return what the task centre says of a group's failed tasks."""
        query = {"server_group_id": _id(server_group_id, "protection group id"), "failure_status": failure_status}
        data, _ = self._call("GET", "/task-center/failure-jobs", query=query, timeout=timeout)
        return tuple(FailureJob.from_api(row) for row in mappings(data, "failure_jobs"))

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
        ends = self._clock() + (self._total if timeout is None else timeout)
        answer = self._send(method, path, query, body, ends)
        data = bodies.read_object(answer.body) if answer.flaw is None else None
        request_id = bodies.request_id(answer.headers, data)
        if data is None:
            flaw = answer.flaw or "the answer is not a JSON object"
            raise UnclearError(flaw, http_status=answer.status, request_id=request_id)
        return data, request_id

    def _send(self, method: str, path: str, query: Any, body: Any, ends: float) -> Answer:
        for last_try in (False, True):
            deadline = Deadline(ends, self._clock)
            request = self._prepare(method, path, query, body, deadline)
            answer = exchange(self._session, request, deadline, self._steps, self._cap)
            if 200 <= answer.status < 300:
                return answer
            error = bodies.read_error(answer, tuple(request.headers.get(name, "") for name in _SECRET_HEADERS))
            # A 401 is given before SDRS sees the request, so nothing has happened and even the stop may be sent anew.
            if answer.status != 401 or last_try or not self._renewed(deadline):
                raise error
        raise AssertionError("unreachable")

    def _prepare(self, method: str, path: str, query: Any, body: Any, deadline: Deadline) -> requests.PreparedRequest:
        headers = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "standdown",
            "X-Language": "en-us",
            "X-Project-Id": self._project_id,
        }
        if body is not None:
            headers["Content-Type"] = "application/json;charset=utf8"
        sent = None if body is None else json.dumps(body, separators=(",", ":")).encode()
        request = requests.Request(method, self._root + path, headers=headers, params=query, data=sent, auth=self._auth)
        with under(deadline):
            try:
                deadline.left()
                return self._session.prepare_request(request)
            except TimeoutError as error:
                raise NotSentError("not sent: out of time") from error

    def _renewed(self, deadline: Deadline) -> bool:
        renew = getattr(self._auth, "renew", None)
        if renew is None:
            return False
        with under(deadline):
            return bool(renew())


def _id(value: str, what: str) -> str:
    """Return an id that is safe in a path; raise InvalidIdError, since one with a slash would name another thing."""
    if not _ID.fullmatch(value):
        raise InvalidIdError(f"not a valid {what}")
    return value


__all__ = ["MAX_BYTES", "PAGE", "ApiError", "SdrsClient"]
