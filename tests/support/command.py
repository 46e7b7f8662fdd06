"""The command `standdown` as its user starts it: words in, exit code out."""

from __future__ import annotations

from collections.abc import Sequence

from standdown_cli.command import main


def doctor(arguments: Sequence[str]) -> int:
    """Run `standdown doctor`."""
    return main(["doctor", *arguments])


def smoke(arguments: Sequence[str]) -> int:
    """Run `standdown smoke`."""
    return main(["smoke", *arguments])


def targets_check(arguments: Sequence[str]) -> int:
    """Run `standdown targets check`."""
    return main(["targets", "check", *arguments])
