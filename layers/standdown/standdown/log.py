"""The one logger of the package: JSON lines, its service named by the function's environment."""

from __future__ import annotations

from aws_lambda_powertools import Logger

logger = Logger()
