"""A group of alerts as Prometheus Alertmanager (version 4) and Grafana (version 1) post it: which of them fire?

Sources: Alertmanager's documentation of `webhook_config`, and Grafana's of its webhook contact point. A group comes
again with every change in it, so an alert is known by its fingerprint and by when it began to fire.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from standdown.base.text import iso, one_line
from standdown.intake.errors import IgnoredError, IntakeError, MalformedError
from standdown.intake.fields import child, moment, object_of, word

_SENDERS = {"4": "Alertmanager", "1": "Grafana"}
_WHERE = "the alert"
_NO_DATA = frozenset({"DatasourceNoData", "DatasourceError"})
"""What Grafana calls an alert whose rule has no data, or could not be evaluated."""
_REASONS = ("NoData", "Error")
"""How `grafana_state_reason` begins where such a rule fires all the same, since its operator chose so."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert that fires: `name` is its label `alertname`; `sender` says which of the two posted it."""

    name: str
    fingerprint: str
    starts_at: datetime
    reason: str
    sender: str

    @property
    def delivery_id(self) -> str:
        """Return what is the same in every message about this firing, and different for the next one."""
        return f"{self.fingerprint}/{iso(self.starts_at)}"


@dataclass(frozen=True, slots=True)
class AlertGroup:
    """What one message says: the alerts that fire, and why others stop nothing. Resolved ones are in neither."""

    firing: tuple[Alert, ...]
    left_out: tuple[IntakeError, ...] = ()


def is_group(document: dict[str, Any]) -> bool:
    """Tell whether the document means to be a group of alerts."""
    return "alerts" in document


def read_group(document: dict[str, Any]) -> AlertGroup:
    """Read a group; an alert that cannot be read, or must not stop, leaves the others as they are.

    Raises MalformedError if it is no group that we know, or nothing that fires in it can be read, and IgnoredError if
    it stops nothing by right.
    """
    sender = _SENDERS.get(str(document.get("version")))
    alerts = document.get("alerts")
    if sender is None or not isinstance(alerts, list):
        raise MalformedError("unknown_shape", "the alerts must be in the form of Alertmanager (4) or Grafana (1)")
    if document.get("truncatedAlerts") not in (0, None):
        raise IgnoredError("truncated", "the sender left out alerts of the group: set its 'max_alerts' to 0")
    firing: dict[str, Alert] = {}
    left_out: list[IntakeError] = []
    for one in alerts:
        try:
            alert = _firing(one, sender)
        except IntakeError as error:
            left_out.append(error)
            continue
        if alert is not None:
            firing[alert.delivery_id] = alert
    if not firing:
        none = IgnoredError("not_firing", "no alert of the group fires")
        raise next((error for error in left_out if isinstance(error, MalformedError)), (*left_out, none)[0])
    return AlertGroup(tuple(firing.values()), tuple(left_out))


def _firing(value: Any, sender: str) -> Alert | None:
    """Return the alert if it fires, None if it is resolved; raise for one that is neither, or must not stop."""
    alert = object_of(value, _WHERE)
    status = word(alert, "status", _WHERE, 20)
    if status == "resolved":
        return None
    if status != "firing":
        raise MalformedError("bad_state", "'status' in the alert must be firing or resolved")
    name = word(child(alert, "labels", _WHERE), "alertname", "the labels of the alert", 255)
    annotations = alert.get("annotations")
    said = annotations if isinstance(annotations, dict) else {}
    if name in _NO_DATA or _text(said, "grafana_state_reason").startswith(_REASONS):
        raise IgnoredError("no_data", f"the alert {one_line(name, 80)} says that its rule has no data, or failed")
    words = (_text(said, key) for key in ("summary", "description", "message"))
    reason = next((text for text in words if text.strip()), "")
    begun = moment(alert, "startsAt", _WHERE)
    return Alert(name, word(alert, "fingerprint", _WHERE, 64), begun, one_line(reason, 300), sender)


def _text(document: dict[str, Any], key: str) -> str:
    value = document.get(key)
    return value if isinstance(value, str) else ""
