"""The documented SDRS error codes: HTTP status, what the documentation advises, meaning. Read on first use."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import NamedTuple


class Code(NamedTuple):
    """One documented code; `advice` is fix (the request or the state), support, retry or wait."""

    code: str
    http_status: int
    advice: str
    meaning: str


@cache
def documented() -> dict[str, Code]:
    """Return all documented codes. Source: the SDRS API reference, appendix "Error Codes"."""
    with Path(__file__).with_name("codes.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return {row["code"]: Code(row["code"], int(row["http_status"]), row["advice"], row["meaning"]) for row in rows}
