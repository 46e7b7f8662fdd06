"""The one logger of the package: JSON lines, its service named by the function's environment."""

from __future__ import annotations

import json
from typing import Any

from aws_lambda_powertools import Logger


def _line(record: dict[str, Any]) -> str:
    """Return the record as one line that can always be written: a lone surrogate would have the whole line lost."""
    line = json.dumps(record, default=str, ensure_ascii=False, separators=(",", ":"))
    return line.encode("utf-8", "backslashreplace").decode("utf-8")


logger = Logger(json_serializer=_line)
