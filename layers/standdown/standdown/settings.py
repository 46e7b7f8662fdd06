"""What the environment tells each function: read when a handler runs, checked once, frozen."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from standdown.targets import TargetDefaults


class SettingsError(Exception):
    """Raised when an environment variable of the function is missing or not usable; the message names it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting of every function; one that a function is not given is empty, and asking for it is an error."""

    environment: Mapping[str, str]

    @classmethod
    def from_env(cls) -> Self:
        """Read the environment as it is now."""
        return cls(dict(os.environ))

    def text(self, name: str) -> str:
        """Return a variable that must be set; raise SettingsError where it is not."""
        value = self.environment.get(name, "")
        if not value:
            raise SettingsError(f"the environment variable {name} is not set: deploy the function with template.yaml")
        return value

    def optional(self, name: str) -> str | None:
        """Return a variable, or None where it is not set or empty."""
        return self.environment.get(name) or None

    def number(self, name: str) -> int:
        """Return a variable that must be a whole number."""
        try:
            return int(self.text(name))
        except ValueError as error:
            raise SettingsError(f"the environment variable {name} must be a whole number") from error

    @property
    def keep(self) -> timedelta:
        """Return for how long the ledger keeps an operation."""
        return timedelta(days=self.number("LEDGER_DAYS"))

    @property
    def defaults(self) -> TargetDefaults:
        """Return what a target's document may leave out."""
        return TargetDefaults(
            region=self.text("HUAWEI_REGION"),
            project_id=self.optional("HUAWEI_PROJECT_ID"),
            max_age_minutes=self.number("MAX_AGE_MINUTES"),
            deadline_minutes=self.number("DEADLINE_MINUTES"),
        )
