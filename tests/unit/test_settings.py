"""What the environment tells each function: an error names the variable that is missing or wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest

from standdown.settings import Settings, SettingsError
from standdown.targets import TargetDefaults

WHOLE = {
    "HUAWEI_REGION": "cn-north-4",
    "HUAWEI_PROJECT_ID": "",
    "MAX_AGE_MINUTES": "30",
    "DEADLINE_MINUTES": "90",
    "LEDGER_DAYS": "400",
}


def test_settings_are_the_environment_as_it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TABLE_NAME", "ledger")
    settings = Settings.from_env()
    monkeypatch.setenv("TABLE_NAME", "another")

    assert settings.text("TABLE_NAME") == "ledger"
    assert Settings.from_env().text("TABLE_NAME") == "another"


def test_defaults_and_times_are_read() -> None:
    settings = Settings(WHOLE)

    assert settings.defaults == TargetDefaults("cn-north-4", None, 30, 90)
    assert settings.keep == timedelta(days=400)


@pytest.mark.parametrize("environment", [{}, {"TABLE_NAME": ""}])
def test_a_variable_that_must_be_set_is_named_where_it_is_not(environment: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match=r"^the environment variable TABLE_NAME is not set: deploy .*template.yaml"):
        Settings(environment).text("TABLE_NAME")


@pytest.mark.parametrize("name", ["HUAWEI_REGION", "MAX_AGE_MINUTES", "DEADLINE_MINUTES"])
def test_defaults_name_the_variable_that_is_missing(name: str) -> None:
    without = {key: value for key, value in WHOLE.items() if key != name}

    with pytest.raises(SettingsError, match=f"variable {name} is not set"):
        _ = Settings(without).defaults


@pytest.mark.parametrize("value", ["sixty", "1.5", "0x10", "1e3", "9" * 5000, "\x00"])
def test_a_number_that_is_none_is_named(value: str) -> None:
    with pytest.raises(SettingsError, match="variable LEDGER_DAYS must be a whole number"):
        _ = Settings(WHOLE | {"LEDGER_DAYS": value}).keep


@pytest.mark.parametrize(("environment", "value"), [({}, None), ({"A": ""}, None), ({"A": "a"}, "a")])
def test_an_optional_variable_that_is_empty_is_as_good_as_none(environment: dict[str, str], value: str | None) -> None:
    assert Settings(environment).optional("A") == value


def test_an_error_shows_no_value() -> None:
    with pytest.raises(SettingsError) as caught:
        _ = Settings(WHOLE | {"LEDGER_DAYS": "hunter2"}).keep

    assert "hunter2" not in str(caught.value)
