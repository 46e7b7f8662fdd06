"""What the environment tells each function: an error names the variable that is missing or wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest

from standdown.aws.settings import Environment, SettingsError
from standdown.core.targets import TargetDefaults
from standdown.entry.wiring.acting import ActingSettings
from standdown.entry.wiring.ledger import LedgerSettings

WHOLE = {
    "HUAWEI_REGION": "cn-north-4",
    "HUAWEI_PROJECT_ID": "",
    "MAX_AGE_MINUTES": "30",
    "DEADLINE_MINUTES": "90",
    "LEDGER_DAYS": "400",
    "CONFIG_PREFIX": "/standdown",
    "TABLE_NAME": "ledger",
    "HUAWEI_SECRET_NAME": "standdown/huawei",
    "WORKFLOW_ARN": "arn:aws:states:us-east-1:123456789012:stateMachine:standdown-stop",
    "REQUEST_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/requests",
}


def test_settings_are_the_environment_as_it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TABLE_NAME", "ledger")
    environment = Environment.as_it_is()
    monkeypatch.setenv("TABLE_NAME", "another")

    assert environment.text("TABLE_NAME") == "ledger"
    assert Environment.as_it_is().text("TABLE_NAME") == "another"


def test_defaults_and_times_are_read() -> None:
    settings = ActingSettings.read(Environment(WHOLE))

    assert settings.defaults == TargetDefaults("cn-north-4", None, 30, 90)
    assert settings.ledger.keep == timedelta(days=400)


@pytest.mark.parametrize("environment", [{}, {"TABLE_NAME": ""}])
def test_a_variable_that_must_be_set_is_named_where_it_is_not(environment: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match=r"^the environment variable TABLE_NAME is not set: deploy .*template.yaml"):
        Environment(environment).text("TABLE_NAME")


@pytest.mark.parametrize("name", ["HUAWEI_REGION", "MAX_AGE_MINUTES", "DEADLINE_MINUTES"])
def test_defaults_name_the_variable_that_is_missing(name: str) -> None:
    without = {key: value for key, value in WHOLE.items() if key != name}

    with pytest.raises(SettingsError, match=f"variable {name} is not set"):
        ActingSettings.read(Environment(without))


@pytest.mark.parametrize("value", ["sixty", "1.5", "0x10", "1e3", "9" * 5000, "\x00"])
def test_a_number_that_is_none_is_named(value: str) -> None:
    with pytest.raises(SettingsError, match="variable LEDGER_DAYS must be a whole number"):
        LedgerSettings.read(Environment(WHOLE | {"LEDGER_DAYS": value}))


@pytest.mark.parametrize(("environment", "value"), [({}, None), ({"A": ""}, None), ({"A": "a"}, "a")])
def test_an_optional_variable_that_is_empty_is_as_good_as_none(environment: dict[str, str], value: str | None) -> None:
    assert Environment(environment).optional("A") == value


def test_an_error_shows_no_value() -> None:
    with pytest.raises(SettingsError) as caught:
        LedgerSettings.read(Environment(WHOLE | {"LEDGER_DAYS": "hunter2"}))

    assert "hunter2" not in str(caught.value)
