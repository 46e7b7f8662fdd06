"""Silence for tests that go the same way thousands of times."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from standdown.base.log import logger


@contextmanager
def quiet() -> Iterator[None]:
    """Log nothing but what is critical while this lasts."""
    level = logger.log_level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)
