"""Which call is which, and what each answers: paths, queries and bodies in, API bodies out."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, unquote

from simulator.errors import RefusedError
from simulator.identity import Identity
from simulator.pairs import pairs_of
from simulator.world import World

Answer = tuple[int, dict[str, str], Any]
_ACTIONS = {
    "stop-server-group": "stop",
    "start-server-group": "start",
    "failover-server-group": "failover",
    "reverse-server-group": "reverse",
}
_VERSION = {
    "id": "v1",
    "links": [{"href": "https://sdrs.simulator/v1", "rel": "self"}],
    "version": "",
    "status": "CURRENT",
    "updated": "2018-05-30T16:00:00Z",
    "min_version": "",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A call's parts: the names in its path, query, body, whether the caller may change things, where it went."""

    names: Mapping[str, str]
    query: str
    body: bytes
    may_change: bool
    root: str = ""

    def one(self, name: str) -> str | None:
        """Return a query parameter, None where it is not given."""
        return parse_qs(self.query, keep_blank_values=True).get(name, [None])[0]


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint: its name, whether it asks for credentials, and what answers."""

    endpoint: str
    call: Callable[[World, Identity, Asked], Answer]
    signed: bool = True
    names: Mapping[str, str] = field(default_factory=dict)


def find(method: str, path: str, body: bytes = b"") -> Route:
    """Return the route of a call; one that the gateway does not know answers so. An action is known by its body."""
    plain = unquote(path).rstrip("/") or "/"
    for known, pattern, endpoint, call, signed in _ROUTES:
        if known == method and (match := pattern.fullmatch(plain)):
            named = next((word for key, word in _ACTIONS.items() if f'"{key}"'.encode() in body), endpoint)
            return Route(named if endpoint == "stop" else endpoint, call, signed, match.groupdict())
    return Route("unknown", _no_such_api, signed=False)


def _no_such_api(_: World, __: Identity, ___: Asked) -> Answer:
    raise RefusedError("APIGW.0101", 404, "The API does not exist or has not been published in the environment")


def _versions(_: World, __: Identity, ___: Asked) -> Answer:
    return 200, {}, {"versions": [_VERSION]}


def _version(_: World, __: Identity, ___: Asked) -> Answer:
    return 200, {}, {"version": _VERSION}


def _token(_: World, identity: Identity, asked: Asked) -> Answer:
    token, body = identity.sign_in(asked.body, asked.root)
    return 201, {"X-Subject-Token": token}, body


def _iam_version(_: World, identity: Identity, asked: Asked) -> Answer:
    return 200, {}, {"version": identity.version(asked.root)}


def _catalog(_: World, identity: Identity, asked: Asked) -> Answer:
    return 200, {}, {"catalog": identity.catalog(asked.root), "links": {}}


def _projects(_: World, identity: Identity, asked: Asked) -> Answer:
    if not identity.may_list_projects:
        raise RefusedError("403", 403, "You are not authorized to perform the requested action.")
    return 200, {}, identity.projects(asked.one("name"))


def _own_projects(_: World, identity: Identity, __: Asked) -> Answer:
    return 200, {}, identity.projects(None)


def _groups(world: World, identity: Identity, asked: Asked) -> Answer:
    _check_project(identity, asked)
    limit = _number(asked.one("limit"), 1000, 1, 1000, RefusedError("SDRS.0221", key=world.error_key))
    offset = _number(asked.one("offset"), 0, 0, 10**9, RefusedError("SDRS.0222", key=world.error_key))
    found = [group.to_api() for group in world.groups.values()]
    zone, name, status = asked.one("availability_zone"), asked.one("name"), asked.one("status")
    found = [row for row in found if status in (None, "", row["status"]) and (name or "") in row["name"]]
    found = [row for row in found if zone in (None, "", world.groups[row["id"]].production_site)]
    found = [row for row in found if _of_kind(asked.one("query_type"), row)]
    return 200, {}, {"count": len(found), "server_groups": _after(asked, found)[offset : offset + limit]}


def _after(asked: Asked, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what follows the group that `marker` names: so openstacksdk turns pages, though no page documents it."""
    ids = [row["id"] for row in found]
    marker = asked.one("marker")
    return found[ids.index(marker) + 1 :] if marker in ids else found


def _of_kind(query_type: str | None, row: dict[str, Any]) -> bool:
    if query_type == "status_abnormal":
        return str(row["status"]).startswith("error")
    if query_type == "period_no_dr_drill":
        return not row["disaster_recovery_drill_num"]
    return row["status"] == "available" if query_type == "stop_protected" else True


def _group(world: World, identity: Identity, asked: Asked) -> Answer:
    _check_project(identity, asked)
    return 200, {}, {"server_group": world.find(asked.names["group"]).to_api()}


def _act(world: World, identity: Identity, asked: Asked) -> Answer:
    _check_project(identity, asked)
    try:
        body = json.loads(asked.body)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict) or len(body) != 1 or not isinstance(next(iter(body.values())), dict):
        raise RefusedError("SDRS.0201", key=world.error_key)
    word = _ACTIONS.get(next(iter(body)))
    if word is None:
        raise RefusedError("SDRS.0206", key=world.error_key)
    if not asked.may_change:
        raise RefusedError("SDRS.0005", key=world.error_key)
    station = body[next(iter(body))].get("priority_station")
    if word == "reverse" and station not in ("source", "target"):
        raise RefusedError("SDRS.0201", key=world.error_key)
    return 200, {}, {"job_id": world.act(word, asked.names["group"], station).job_id}


def _job(world: World, identity: Identity, asked: Asked) -> Answer:
    _check_project(identity, asked)
    return 200, {}, world.find_job(asked.names["job"]).to_api(world.clock())


def _failures(world: World, identity: Identity, asked: Asked) -> Answer:
    _check_project(identity, asked)
    limit = _number(asked.one("limit"), 1000, 1, 1000, RefusedError("SDRS.0221", key=world.error_key))
    offset = _number(asked.one("offset"), 0, 0, 10**9, RefusedError("SDRS.0222", key=world.error_key))
    wanted = (("server_group_id", "_group"), ("failure_status", "failure_status"), ("resource_type", "resource_type"))
    rows = [row for row in world.failures if all(asked.one(name) in (None, row[key]) for name, key in wanted)]
    shown = [{key: value for key, value in row.items() if not key.startswith("_")} for row in rows]
    return 200, {}, {"count": len(shown), "failure_jobs": shown[offset : offset + limit]}


def _pairs(world: World, identity: Identity, asked: Asked) -> Answer:
    _check_project(identity, asked)
    limit = _number(asked.one("limit"), 1000, 0, 1000, RefusedError("SDRS.0221", key=world.error_key))
    offset = _number(asked.one("offset"), 0, 0, 10**9, RefusedError("SDRS.0222", key=world.error_key))
    wanted, status = asked.one("server_group_id"), asked.one("status")
    groups = [group for group in world.groups.values() if wanted in (None, "", group.id)]
    rows = [row for group in groups for row in pairs_of(group) if status in (None, "", row["status"])]
    shown = rows[offset : offset + limit]
    return 200, {}, {"count": len(shown), "replications": shown}


def _checkpoint(_: World, identity: Identity, asked: Asked) -> Answer:
    """Answer as CBR does: another service of the same cloud, which a workflow of the reader's may call."""
    _check_project(identity, asked)
    try:
        given = json.loads(asked.body)["checkpoint"]
        vault, about = str(given["vault_id"]), dict(given.get("parameters") or {})
    except (ValueError, KeyError, TypeError, RecursionError):
        raise RefusedError("400", 400, "The request body is invalid.") from None
    if not asked.may_change:
        raise RefusedError("403", 403, "You are not authorized to perform the requested action.")
    made = {
        "id": str(uuid.uuid4()),
        "project_id": asked.names["project"],
        "status": "protecting",
        "created_at": datetime.now(UTC).replace(tzinfo=None).isoformat(),
        "vault": {"id": vault, "name": "vault", "resources": [], "skipped_resources": []},
        "extra_info": {"name": about.get("name"), "description": about.get("description")},
    }
    return 200, {}, {"checkpoint": made}


def _check_project(identity: Identity, asked: Asked) -> None:
    if not identity.has_project(asked.names["project"]):
        raise RefusedError("APIGW.0302", 403, "The IAM user is not authorized to access the API: wrong project")


def _number(given: str | None, usual: int, least: int, most: int, otherwise: RefusedError) -> int:
    if given is None:
        return usual
    if not given.isascii() or not given.isdigit() or not least <= int(given[:12]) <= most:
        raise otherwise
    return int(given)


_ROUTES: tuple[tuple[str, re.Pattern[str], str, Callable[[World, Identity, Asked], Answer], bool], ...] = (
    ("GET", re.compile(r"/"), "versions", _versions, False),
    ("GET", re.compile(r"/v1"), "versions", _version, False),
    ("GET", re.compile(r"/v3"), "iam-version", _iam_version, False),
    ("POST", re.compile(r"/v3/auth/tokens"), "token", _token, False),
    ("GET", re.compile(r"/v3/auth/catalog"), "catalog", _catalog, True),
    ("POST", re.compile(r"/v3/(?P<project>[^/]+)/checkpoints"), "checkpoint", _checkpoint, True),
    ("GET", re.compile(r"/v3/projects"), "projects", _projects, True),
    ("GET", re.compile(r"/v3/auth/projects"), "own-projects", _own_projects, True),
    ("GET", re.compile(r"/v1/(?P<project>[^/]+)/server-groups"), "list-groups", _groups, True),
    ("GET", re.compile(r"/v1/(?P<project>[^/]+)/server-groups/(?P<group>[^/]+)"), "get-group", _group, True),
    ("POST", re.compile(r"/v1/(?P<project>[^/]+)/server-groups/(?P<group>[^/]+)/action"), "stop", _act, True),
    ("GET", re.compile(r"/v1/(?P<project>[^/]+)/jobs/(?P<job>[^/]+)"), "get-job", _job, True),
    ("GET", re.compile(r"/v1/(?P<project>[^/]+)/replications"), "list-pairs", _pairs, True),
    ("GET", re.compile(r"/v1/(?P<project>[^/]+)/task-center/failure-jobs"), "failure-jobs", _failures, True),
)
