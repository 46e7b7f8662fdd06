"""`make targets-check FILE=…`: check targets' documents offline, before a stack reads them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from standdown.base.text_table import table
from standdown.core.operation import Source
from standdown.core.targets import Target, TargetDefaults
from standdown_cli.target_files import DocumentsError, read_documents

USAGE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the files and say what is wrong; return 0 where nothing is, 1 where something is, 2 for wrong usage."""
    given = _parser().parse_args(arguments)
    try:
        found = read_documents(given.files, TargetDefaults(given.region))
    except DocumentsError as error:
        sys.stderr.write(f"{error}\n")
        return USAGE
    rows = [_row(target) for target in found]
    if rows:
        sys.stdout.write(table(("TARGET", "GROUP", "REGION", "MODE", "SOURCES", "ALARMS"), rows) + "\n")
    for broken in found.broken.values():
        sys.stdout.write(f"BROKEN {broken}\n")
    sys.stdout.write(f"{len(rows)} valid, {len(found.broken)} broken\n")
    return 1 if found.broken else 0


def _row(target: Target) -> tuple[str, ...]:
    return (
        target.name,
        target.server_group_id or f"named {target.server_group_name!r}",
        target.region,
        target.mode.value,
        "any" if target.sources == frozenset(Source) else ", ".join(sorted(target.sources)) or "none",
        ", ".join(target.alarms) or "none",
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="targets-check", description="Check targets' documents, offline.")
    parser.add_argument("files", nargs="+", metavar="FILE", help="a document, named like its target; several; a folder")
    parser.add_argument("--region", default="cn-north-4", help="the region of targets that name none")
    return parser


if __name__ == "__main__":
    sys.exit(main())
