"""The exit codes of the command, the same for every command."""

from __future__ import annotations

from enum import IntEnum


class Status(IntEnum):
    """How a command ended."""

    GOOD = 0
    NOT_GOOD = 1  # what was asked for is not as it should be: a target is not ready, a stop did not succeed
    USAGE = 2  # wrong arguments, a file that cannot be read, or the answer was no: nothing was sent
    UNREACHABLE = 3  # AWS or the stack did not answer, or does not let you
    INTERRUPTED = 130
