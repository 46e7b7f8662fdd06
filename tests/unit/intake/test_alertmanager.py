"""Alertmanager's and Grafana's groups of alerts: which alerts fire, and which never stop anything."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from standdown.intake.alertmanager import Alert, read_group
from standdown.intake.errors import IgnoredError, IntakeError, MalformedError
from support.wire import GONE, altered, event

FIRING, RESOLVED, GRAFANA = event("alertmanager-firing"), event("alertmanager-resolved"), event("grafana-firing")
STARTED = datetime(2026, 1, 2, 3, 4, 5, 229518, tzinfo=UTC)
ALERT = Alert(
    "erp-prod-corruption-writes", "47856d625e0a1627", STARTED, "Writes on erp-db-1 look like an encryption",
    "Alertmanager",
)  # fmt: skip


def group(*alerts: dict[str, Any], of: dict[str, Any] = FIRING) -> dict[str, Any]:
    return {**of, "alerts": list(alerts)}


def alert(path: str = "", value: Any = None, **changes: Any) -> dict[str, Any]:
    whole: dict[str, Any] = {**FIRING["alerts"][0], **changes}
    return altered(whole, path, value) if path else whole


def refused(document: dict[str, Any]) -> IntakeError:
    with pytest.raises(IntakeError) as caught:
        read_group(document)
    assert caught.value.message.isprintable()
    return caught.value


def test_an_alert_that_fires_is_known_by_its_fingerprint_and_when_it_began() -> None:
    found = read_group(FIRING)

    assert found.firing == (ALERT,)
    assert found.left_out == ()
    assert found.firing[0].delivery_id == "47856d625e0a1627/2026-01-02T03:04:05.229Z"


@pytest.mark.parametrize("text", ["2026-01-02T04:04:05.229518048+01:00", "2026-01-02T03:04:05.229518Z"])
def test_a_time_may_name_its_zone_and_have_nanoseconds(text: str) -> None:
    assert read_group(group(alert(startsAt=text))).firing == (ALERT,)


def test_an_alert_of_grafana_is_read_alike() -> None:
    [found] = read_group(GRAFANA).firing

    assert (found.sender, found.name) == ("Grafana", "erp-prod-corruption-writes")
    assert found.starts_at == datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    "more", [{"notification_reason": "new alert"}, {"routeLabels": {"team": "erp"}}, {"next": [{}]}]
)
def test_a_key_of_a_newer_version_changes_nothing(more: dict[str, Any]) -> None:
    assert read_group({**FIRING, **more, "alerts": [alert(more=more)]}).firing == (ALERT,)


def test_only_what_fires_in_a_mixed_group_counts() -> None:
    assert read_group(group(RESOLVED["alerts"][0], alert(fingerprint="b"))).firing[0].fingerprint == "b"


def test_a_firing_that_stands_twice_counts_once() -> None:
    assert read_group(group(alert(), alert())).firing == (ALERT,)


@pytest.mark.parametrize("document", [RESOLVED, group(), group(alert(status="resolved"), RESOLVED["alerts"][0])])
def test_a_group_without_an_alert_that_fires_is_acknowledged(document: dict[str, Any]) -> None:
    error = refused(document)

    assert isinstance(error, IgnoredError)
    assert (error.code, error.status) == ("not_firing", 200)


@pytest.mark.parametrize("truncated", [1, 12, True, "1", 0.5])
def test_a_group_from_which_alerts_were_left_out_stops_nothing(truncated: Any) -> None:
    error = refused({**FIRING, "truncatedAlerts": truncated})

    assert isinstance(error, IgnoredError)
    assert error.code == "truncated"


@pytest.mark.parametrize("truncated", [0, None])
def test_a_group_from_which_nothing_was_left_out_is_read(truncated: Any) -> None:
    assert read_group({**FIRING, "truncatedAlerts": truncated}).firing == (ALERT,)


NO_DATA: list[dict[str, Any]] = [
    alert("labels.alertname", "DatasourceNoData"),
    alert("labels.alertname", "DatasourceError"),
    alert("annotations.grafana_state_reason", "NoData"),
    alert("annotations.grafana_state_reason", "Error"),
    alert("annotations.grafana_state_reason", "NoData, KeepLast"),
]


@pytest.mark.parametrize("silent", NO_DATA)
def test_a_rule_without_data_or_with_an_error_stops_nothing(silent: dict[str, Any]) -> None:
    error = refused(group(silent))

    assert isinstance(error, IgnoredError)
    assert error.code == "no_data"


@pytest.mark.parametrize("silent", NO_DATA)
def test_a_rule_without_data_takes_no_other_alert_with_it(silent: dict[str, Any]) -> None:
    found = read_group(group(silent, alert(), of=GRAFANA))

    assert [one.name for one in found.firing] == ["erp-prod-corruption-writes"]
    assert [one.code for one in found.left_out] == ["no_data"]


@pytest.mark.parametrize("reason", ["MissingSeries", "Updated", ""])
def test_another_reason_of_grafanas_is_no_lack_of_data(reason: str) -> None:
    assert read_group(group(alert("annotations.grafana_state_reason", reason))).firing


BROKEN: list[Any] = [
    alert("labels.alertname", GONE),
    alert("labels.alertname", ""),
    alert("labels.alertname", 7),
    alert("labels.alertname", "a\nb"),
    alert("labels.alertname", "a" * 256),
    alert(labels=None),
    alert(fingerprint=""),
    alert(fingerprint="f" * 65),
    alert("fingerprint", GONE),
    alert("startsAt", GONE),
    alert(startsAt="yesterday"),
    alert(startsAt="2026-01-02T03:04:05"),
    alert(startsAt=1767323045),
    alert(status="pending"),
    alert(status=None),
    "an alert",
]


@pytest.mark.parametrize("broken", BROKEN)
def test_an_alert_that_cannot_be_read_is_refused(broken: Any) -> None:
    assert isinstance(refused(group(broken, RESOLVED["alerts"][0])), MalformedError)


@pytest.mark.parametrize("broken", BROKEN)
def test_an_alert_that_cannot_be_read_takes_no_other_with_it(broken: Any) -> None:
    found = read_group(group(broken, alert()))

    assert found.firing == (ALERT,)
    assert [one.status for one in found.left_out] == [400]


def test_what_cannot_be_read_is_said_before_what_stops_nothing_by_right() -> None:
    assert isinstance(refused(group(NO_DATA[0], BROKEN[0])), MalformedError)


@pytest.mark.parametrize(
    "document",
    [
        {**FIRING, "version": "3"}, {**FIRING, "version": "5"}, {**FIRING, "version": None},
        {"alerts": [alert()]}, {**FIRING, "alerts": {}}, {**FIRING, "alerts": None},
    ],
)  # fmt: skip
def test_a_body_of_another_form_is_refused(document: dict[str, Any]) -> None:
    error = refused(document)

    assert isinstance(error, MalformedError)
    assert error.code == "unknown_shape"


@pytest.mark.parametrize(
    ("annotations", "reason"),
    [
        ({"summary": " ", "description": "d"}, "d"), ({"message": "m"}, "m"), ({}, ""), (None, ""),
        ({"summary": 7}, ""), ({"summary": "a\nb"}, "a b"),
    ],
)  # fmt: skip
def test_the_reason_is_the_first_annotation_that_says_something(annotations: Any, reason: str) -> None:
    assert read_group(group(alert(annotations=annotations))).firing[0].reason == reason
