"""What every test gets: made-up credentials, an AWS region, and nothing of the host's own configuration."""

from __future__ import annotations

import io
import logging
import os
from collections.abc import Iterator
from typing import TextIO

import pytest
from hypothesis import settings

from standdown.base.log import logger

MADE_UP = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_REGION": "us-east-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "POWERTOOLS_METRICS_NAMESPACE": "Standdown",
    "POWERTOOLS_SERVICE_NAME": "standdown-test",
}
HOSTS_OWN = ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SECURITY_TOKEN", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


# How fast a machine is decides no test, and neither does chance: `make soak` and `make fuzz` go where it leads.
settings.register_profile("the same each time", deadline=None, derandomize=True)
settings.load_profile("the same each time")


@pytest.fixture(autouse=True)
def _made_up_account(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in HOSTS_OWN:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name, value in MADE_UP.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(autouse=True)
def _wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have tables be as wide as they get, whatever the terminal is; tests of narrow ones say so."""
    monkeypatch.setenv("COLUMNS", "120")


@pytest.fixture
def written_to() -> TextIO:
    """Give what the log's lines are written to; tests that need another kind of file have their own."""
    return io.StringIO()


@pytest.fixture
def lines(written_to: TextIO) -> Iterator[TextIO]:
    """Give what the functions log during a test, line by line as CloudWatch gets it."""
    logger.clear_state()
    handler = logging.StreamHandler(written_to)
    handler.setFormatter(logger.registered_formatter)
    logger.addHandler(handler)
    yield written_to
    logger._logger.removeHandler(handler)
    logger.clear_state()
