"""The admin API under /_sim: what tests and demos in other processes read and switch. Only from this machine."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, fields
from typing import Any
from urllib.parse import parse_qs

from simulator.scenarios import SCENARIOS, Plan
from simulator.service import Reply, SdrsService

PREFIX = "/_sim"
_PLAN_FIELDS = frozenset(entry.name for entry in fields(Plan))


def make_service(**settings: Any) -> SdrsService:
    """Return a service from mixed settings: those of a Plan, and those of the service itself."""
    plan = {key: settings.pop(key) for key in list(settings) if key in _PLAN_FIELDS}
    if plan:
        settings["plan"] = settings.get("plan", Plan()).changed(**plan)
    return SdrsService(**settings)


def handle(service: SdrsService, method: str, path: str, query: str, body: bytes) -> Reply:
    """Answer one call to the admin API."""
    call = _CALLS.get((method, path.removeprefix(PREFIX).strip("/")))
    if call is None:
        return _json(404, {"error": "unknown", "known": [f"{verb} {PREFIX}/{name}" for verb, name in _CALLS]})
    try:
        data = json.loads(body) if body else {}
        wanted = {name: values[0] for name, values in parse_qs(query).items()}
        return _json(200, call(service, {**wanted, **data}))
    except (ValueError, TypeError, KeyError) as error:
        return _json(400, {"error": f"{type(error).__name__}: {error}"})


def _calls(service: SdrsService, asked: dict[str, Any]) -> Any:
    calls = [call.to_dict() for call in list(service.calls)]
    after = int(asked.get("after", 0))
    return {"calls": [c for c in calls if asked.get("endpoint") in (None, c["endpoint"]) and c["number"] > after]}


def _state(service: SdrsService, _: dict[str, Any]) -> Any:
    world = service.world
    world.advance()
    now = service.clock()
    return {
        "scenario": service.scenario,
        "now": now,
        "plan": asdict(world.plan),
        "groups": [group.to_api() for group in world.groups.values()],
        "jobs": [{**job.to_api(now), "group_id": job.group_id, "word": job.word} for job in world.jobs.values()],
        "faults": [asdict(fault) for fault in service.faults.switches],
    }


def _groups(service: SdrsService, asked: dict[str, Any]) -> Any:
    return {"groups": [service.put_group(group).to_api() for group in asked["groups"]]}


def _faults(service: SdrsService, asked: dict[str, Any]) -> Any:
    service.faults.add(asked["faults"])
    return {"faults": [asdict(fault) for fault in service.faults.switches]}


def _no_faults(service: SdrsService, _: dict[str, Any]) -> Any:
    service.faults.clear()
    return {"faults": []}


def _settings(service: SdrsService, asked: dict[str, Any]) -> Any:
    """Change the plan of stops to come, and what else can be set."""
    plan = {key: value for key, value in asked.items() if key in _PLAN_FIELDS}
    service.world.plan = service.world.plan.changed(**plan)
    for key, value in asked.items():
        if key in ("wrong_state_code", "error_key", "unknown_job", "scale"):
            setattr(service.world, key, value)
        elif key in ("skew", "token_seconds", "revoked", "refusal", "may_list_projects", "region", "sub_projects"):
            setattr(service.identity, key, value)
        elif key not in _PLAN_FIELDS:
            raise ValueError(f"no setting is called {key!r}")
    return {"plan": asdict(service.world.plan)}


def _reset(service: SdrsService, asked: dict[str, Any]) -> Any:
    scenario = asked.get("scenario")
    if scenario is not None and scenario not in SCENARIOS:
        raise ValueError(f"no scenario is called {scenario!r}; there are {', '.join(SCENARIOS)}")
    service.reset(scenario)
    return {"scenario": service.scenario}


def _expire(service: SdrsService, _: dict[str, Any]) -> Any:
    service.identity.expire_tokens()
    return {}


def _end(service: SdrsService, asked: dict[str, Any]) -> Any:
    service.world.advance()
    service.world.end(asked["group"])
    return {}


def _health(_: SdrsService, __: dict[str, Any]) -> Any:
    return {"ok": True}


_CALLS: dict[tuple[str, str], Callable[[SdrsService, dict[str, Any]], Any]] = {
    ("GET", ""): _health,
    ("GET", "calls"): _calls,
    ("GET", "state"): _state,
    ("POST", "groups"): _groups,
    ("POST", "faults"): _faults,
    ("POST", "faults/clear"): _no_faults,
    ("POST", "settings"): _settings,
    ("POST", "reset"): _reset,
    ("POST", "expire-tokens"): _expire,
    ("POST", "jobs/end"): _end,
}


def _json(status: int, data: Any) -> Reply:
    return Reply(status, {"Content-Type": "application/json"}, json.dumps(data).encode())
