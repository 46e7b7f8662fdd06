"""A function's environment variables: read when its handler runs, checked once, then frozen in its settings."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple, Self


class SettingsError(Exception):
    """Raised when an environment variable of the function is missing or not usable; the message names it."""


class Environment(NamedTuple):
    """The values of the environment variables, by name."""

    variables: Mapping[str, str]

    @classmethod
    def as_it_is(cls) -> Self:
        """Read the environment as it is now."""
        return cls(dict(os.environ))

    def text(self, name: str) -> str:
        """Return a variable that must be set; raise SettingsError if it is not."""
        value = self.variables.get(name, "")
        if not value:
            raise SettingsError(f"the environment variable {name} is not set: deploy the function with template.yaml")
        return value

    def optional(self, name: str) -> str | None:
        """Return a variable, or None if it is not set or empty."""
        return self.variables.get(name) or None

    def words(self, name: str) -> tuple[str, ...]:
        """Return the comma-separated parts of a variable; none if it is not set."""
        return tuple(filter(None, (self.optional(name) or "").split(",")))

    def number(self, name: str) -> int:
        """Return a variable that must be a whole number; raise SettingsError if it is not."""
        try:
            return int(self.text(name))
        except ValueError as error:
            raise SettingsError(f"the environment variable {name} must be a whole number") from error
