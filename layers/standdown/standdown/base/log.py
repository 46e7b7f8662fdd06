"""The one logger of the package: JSON lines, its service named by the function's environment, without any secret."""

from __future__ import annotations

import json
from typing import Any

from aws_lambda_powertools import Logger

from standdown.base.redaction import HIDDEN, redacted
from standdown.base.text import clip

LONGEST = 60_000
"""Characters of one line before redaction: CloudWatch takes no event of more than 256 KiB."""
_KEPT = ("level", "timestamp", "service", "message", "operation_id", "delivery_id", "target")


def _line(record: dict[str, Any]) -> str:
    """Return the record as one line that can always be written, and says no secret.

    A lone surrogate would have the whole line lost. A record that cannot be looked through is not shown at all.
    """
    try:
        shown = redacted(_bounded(record))
    except Exception as error:  # noqa: BLE001 - whatever it is, neither the work nor a secret may go down with it
        shown = {"level": "ERROR", "message": HIDDEN, "problem": f"line not redacted: {type(error).__name__}"}
    line = json.dumps(shown, default=str, ensure_ascii=False, separators=(",", ":"))
    return line.encode("utf-8", "backslashreplace").decode("utf-8")


def _bounded(record: dict[str, Any]) -> dict[str, Any]:
    """Return the record, or what it is about and the beginning of its text where it is too long."""
    # Redaction takes time in proportion to what it reads, and others may choose how long that is.
    whole = json.dumps(record, default=str, ensure_ascii=False)
    if len(whole) <= LONGEST:
        return record
    kept = {key: clip(str(record[key]), 500) for key in _KEPT if record.get(key) is not None}
    return kept | {"cut": clip(whole, LONGEST)}


logger = Logger(json_serializer=_line)


def about(operation_id: str, delivery_id: str, target: str | None) -> None:
    """Have every line from here on say which operation it is about."""
    logger.append_keys(operation_id=operation_id, delivery_id=delivery_id, target=target)


def about_nothing() -> None:
    """Have the lines from here on say nothing of the operation before."""
    logger.remove_keys(["operation_id", "delivery_id", "target"])
