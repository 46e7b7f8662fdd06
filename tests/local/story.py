"""What the demo shows: each thing that happens to an operation, told once, line by line."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from local.cloud import LocalCloud
from local.terminal import room, wrapped

Say = Callable[[str, str], None]
_ACTIONS = {"stop": "stop", "start": "resume"}
_MAIL = 100
"""Columns of a mail, so that the picture of a demo stays as wide as its other lines."""


class Story:
    """Follows the stack from outside: its ledger, the calls that SDRS got, and what subscribers received."""

    def __init__(self, cloud: LocalCloud, say: Say) -> None:
        self._cloud, self._say = cloud, say
        self._mails, self._machines = 0, cloud.watch_events()
        self._last_call = len(cloud.simulator.calls())
        self._looks = 0
        self._told: set[tuple[str, str]] = set()
        self.operation: dict[str, Any] | None = None

    @property
    def told(self) -> bool:
        """Say whether the end has come: published in the ledger, and received by people and machines."""
        published = self.operation is not None and self.operation["state"] == "published"
        return published and bool(self._mails) and bool(self._machines.seen)

    @property
    def events(self) -> list[dict[str, Any]]:
        """Return the events that machines have received so far."""
        return self._machines.seen

    @property
    def even(self) -> bool:
        """Say whether people have received a mail for each event."""
        return self._mails >= len(self.events)

    @property
    def result(self) -> str:
        """Return how the operation ended, empty while it has not."""
        outcome = (self.operation or {}).get("outcome") or {}
        return str(outcome.get("result", ""))

    @property
    def standing(self) -> str:
        """Return how far the operation has come."""
        return f"the ledger says {self.operation['state']}" if self.operation else "nothing is in the ledger yet"

    def go_on(self) -> None:
        """Tell what has happened since the last time."""
        operations = self._cloud.ledger()
        calls = self._cloud.simulator.calls(after=self._last_call)
        self.operation = operations[0] if operations else None
        for operation in operations:
            self._tell_request(operation)
        for call in calls:
            self._last_call = call["number"]
            self._tell_call(call)
        for operation in operations:
            self._tell_progress(operation)
        for mail in self._cloud.mails()[self._mails :]:
            self._mails += 1
            self._say("mail", _mail(mail))
        for message in self._machines.fetch():
            self._say("rule's target", _event(message))

    def _tell_request(self, operation: dict[str, Any]) -> None:
        request = operation["request"]
        by = f" by {request['requested_by']}" if request["requested_by"] else ""
        self._once(operation, "request received", f"{request['source']}{by}: {request['reason']}")
        self._once(operation, "operation", f"{operation['pk']}, target {operation['target']}")

    def _tell_call(self, call: dict[str, Any]) -> None:
        answer = _answer(call)
        if action := _ACTIONS.get(call["endpoint"]):
            accepted = "job_id" in answer
            said = f"job {answer['job_id']}" if accepted else f"HTTP {call['status']} {_error(answer)}"
            self._say(f"{action} accepted" if accepted else f"{action} not accepted", said + _fault(call))
        elif call["endpoint"] == "get-job":
            self._looks += 1
            self._say(
                f"poll {self._looks}", (f"job {_job(answer)}" if call["status"] == 200 else _trouble(call, answer))
            )
        elif call["endpoint"] == "get-group":
            status = answer.get("server_group", {}).get("status")
            self._say("group read", f"status {status}" if status else _trouble(call, answer))
        elif call["endpoint"] == "list-pairs":
            self._say("pairs read", _pairs(answer) if call["status"] == 200 else _trouble(call, answer))
        else:
            self._say(call["endpoint"], f"HTTP {call['status']}{_fault(call)}")

    def _tell_progress(self, operation: dict[str, Any]) -> None:
        if outcome := operation.get("outcome"):
            why = f" ({outcome['refusal']})" if outcome.get("refusal") else ""
            self._once(operation, "the end", f"{outcome['result']}{why}: {outcome['detail']}")

    def _once(self, operation: dict[str, Any], what: str, text: str) -> None:
        if (operation["pk"], what) not in self._told:
            self._told.add((operation["pk"], what))
            self._say(what, text)


def _answer(call: dict[str, Any]) -> dict[str, Any]:
    try:
        answer = json.loads(call["answer"])
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _pairs(answer: dict[str, Any]) -> str:
    rows = answer.get("replications", [])
    shown = [f"{pair['status']}, fault level {pair['fault_level']}{_copying(pair)}" for pair in rows]
    return "; ".join(shown) or "none"


def _copying(pair: dict[str, Any]) -> str:
    return f", copying: {pair['progress']} %" if pair["replication_status"] == "copying" else ""


def _job(job: dict[str, Any]) -> str:
    done = [sub["status"] for sub in job.get("entities", {}).get("sub_jobs", [])]
    return f"{job.get('status')} (pairs: {', '.join(done)})" if done else str(job.get("status"))


def _trouble(call: dict[str, Any], answer: dict[str, Any]) -> str:
    return f"HTTP {call['status']} {_error(answer)}{_fault(call)}"


def _error(answer: dict[str, Any]) -> str:
    inner = next((value for value in answer.values() if isinstance(value, dict)), answer)
    code = inner.get("code") or inner.get("error_code") or ""
    return f"{code} {inner.get('message') or inner.get('error_msg') or ''}".strip()


def _fault(call: dict[str, Any]) -> str:
    return f" [switched fault: {call['fault']}]" if call.get("fault") else ""


def _mail(mail: dict[str, str]) -> str:
    """Show a mail whole: its subject and its text; a link that is longer than the line is cut at its end."""
    width = min(_MAIL, room())
    lines = [f"to {mail['to']}", mail["subject"], "", *mail["text"].rstrip().splitlines()]
    return "\n".join(part for line in lines for part in _folded(line, width))


def _folded(line: str, width: int) -> list[str]:
    """Return a line of a mail in as many lines as it needs, indented as it is."""
    words = [word if len(word) <= width - 6 else f"{word[: width - 7]}…" for word in line.lstrip().split(" ")]
    indent = " " * (len(line) - len(line.lstrip()))
    return [indent + part for part in wrapped(" ".join(words), width - len(indent))]


def _event(event: dict[str, Any]) -> str:
    """Show an outcome or a notice as the target of a rule gets it."""
    detail = event["detail"]
    if "notice" in detail:
        said = f"notice {detail['notice']}, schema {detail['schema_version']}"
        return f"{event['source']} / {event['detail-type']}\n{said}"
    said = f"outcome {detail['outcome']}, schema {detail['schema_version']}, job {detail.get('job_id')}"
    return f"{event['source']} / {event['detail-type']}\n{said}"
