"""The simulated service without its sockets: one call in, one reply out. Deterministic under a clock of one's own."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from simulator import defaults, record, routes
from simulator.errors import RefusedError, gateway_body
from simulator.faults import Fault, Faults
from simulator.group import Group
from simulator.identity import Identity, Key
from simulator.record import Call
from simulator.scenarios import SCENARIOS, Plan
from simulator.world import World


@dataclass(frozen=True, slots=True)
class Reply:
    """What to send, and how: `kind` answer, reset, refuse, hang (`seconds`) or drip; `delay` seconds come first."""

    status: int
    headers: dict[str, str]
    body: bytes
    kind: str = "answer"
    delay: float = 0.0
    seconds: float = 0.0


@dataclass(slots=True)
class SdrsService:
    """SDRS and IAM of one project. Safe to call from several threads.

    `clock` gives epoch seconds. `scale` makes jobs run that many times as fast. `groups` are dicts as in
    `defaults.GROUPS`. `fresh_id` returns the id of a request, or of a job, that none had before: 32 hex digits.
    """

    clock: Callable[[], float] = time.time
    scenario: str = "normal"
    plan: Plan = field(default_factory=Plan)
    scale: float = 1.0
    groups: Iterable[dict[str, Any]] = defaults.GROUPS
    keys: dict[str, Key] | None = None
    seed: int = 1
    fresh_id: Callable[[], str] = lambda: uuid.uuid4().hex
    world: World = field(init=False)
    identity: Identity = field(init=False)
    faults: Faults = field(init=False)
    calls: list[Call] = field(init=False, default_factory=list)
    _lock: threading.RLock = field(init=False, default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.groups = tuple(self.groups)
        self.identity = Identity(self.clock, self.keys) if self.keys else Identity(self.clock)
        self.reset()

    def reset(self, scenario: str | None = None) -> None:
        """Begin again: the groups as they were, no jobs, no calls, no faults but those of the scenario."""
        with self._lock:
            self.scenario = scenario or self.scenario
            course = SCENARIOS[self.scenario]
            self.world = World(self.clock, course.plan(self.plan), self.scale, fresh_id=self.fresh_id)
            self.faults = Faults(seed=self.seed)
            self.faults.add(course.faults)
            self.calls = []
            for group in self.groups:
                self.put_group({"planted_pairs": course.planted_pairs, **group}, course.status)

    def put_group(self, data: dict[str, Any], status: str | None = None) -> Group:
        """Add or change a group; where `status` is given and the group could be stopped, that becomes its status."""
        with self._lock:
            known = self.world.groups.get(data["id"])
            plan = data.get("plan")
            changes = {**data, "plan": self.world.plan.changed(**plan) if isinstance(plan, dict) else plan}
            group = replace(known, **changes) if known else Group(**{"name": data["id"][:8], **changes})
            if status and group.status in ("protected", "error-stopping"):
                group.status = status
            return self.world.put(group)

    def handle(self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Answer one call; `path` and `query` as they stand in the request line."""
        with self._lock:
            self.world.advance()
            lower = {name.lower(): value for name, value in headers.items()}
            route = routes.find(method, path, body)
            fault = self.faults.strike(route.endpoint, method)
            request_id = self.fresh_id()
            if fault is not None and fault.when == "before":
                reply = Reply(200, {}, b"{}")
            else:
                reply = self._answer(route, method, path, query, lower, body, request_id)
            reply = _dressed(reply if fault is None else _spoilt(reply, fault, request_id), request_id)
            self._note(route.endpoint, method, path, query, lower, body, reply, fault, request_id)
            return reply

    def _answer(
        self, route: routes.Route, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes, rid: str
    ) -> Reply:
        try:
            may_change = self.identity.check(method, path, query, headers, body) if route.signed else True
            root = f"http://{headers.get('host', 'simulator')}"
            asked = routes.Asked(route.names, query, body, may_change, root)
            status, more, data = route.call(self.world, self.identity, asked)
            return Reply(status, more, json.dumps(data).encode())
        except RefusedError as error:
            error.headers["X-Request-Id"] = rid
            return Reply(error.status, {}, error.body())

    def _note(
        self,
        endpoint: str,
        method: str,
        path: str,
        query: str,
        headers: Mapping[str, str],
        body: bytes,
        reply: Reply,
        fault: Fault | None,
        request_id: str,
    ) -> None:
        seen = record.shown_headers(headers)
        self.calls.append(
            Call(
                number=len(self.calls) + 1, at=self.clock(), endpoint=endpoint, method=method, path=path, query=query,
                headers=seen, body=record.shown_body(endpoint, body), status=reply.status,
                answer="" if endpoint == "token" else reply.body[:65_536].decode("utf-8", "replace"),
                request_id=request_id, fault=f"{fault.when} {fault.kind}" if fault else None,
            )
        )  # fmt: skip


def _spoilt(reply: Reply, fault: Fault, request_id: str) -> Reply:
    """Let a fault have its way with a reply."""
    if fault.kind == "answer":
        status = fault.status or reply.status
        body = fault.body.encode() if fault.body is not None else None
        if body is None:
            body = reply.body if fault.status is None else gateway_body(status, request_id)
        return replace(reply, status=status, headers={**reply.headers, **fault.headers}, body=body, delay=fault.delay)
    return replace(reply, kind=fault.kind, delay=fault.delay, seconds=fault.seconds)


def _dressed(reply: Reply, request_id: str) -> Reply:
    looks_json = reply.body[:1] in (b"{", b"[")
    kind = "application/json" if looks_json else "text/html"
    return replace(reply, headers={"Content-Type": kind, "X-Request-Id": request_id, **reply.headers})
