"""`make targets-check FILE=…`: check targets' documents offline, before a stack reads them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from standdown.base.text_table import folded, table
from standdown.core.operation import Source
from standdown.core.targets import Target, TargetDefaults
from standdown_cli.regions import doubt
from standdown_cli.target_files import read_documents
from standdown_cli.terminal import columns

UNREAD = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the files and say what is wrong; return 0 where nothing is, 1 for a broken target, 2 for an unread file."""
    given = _parser().parse_args(arguments)
    found = read_documents(given.files, TargetDefaults(given.region))
    targets = found.targets
    rows = [_row(target) for target in targets]
    if rows:
        head = ("TARGET", "GROUP", "REGION", "MODE", "SOURCES", "ALARMS")
        sys.stdout.write(table(head, rows, columns()) + "\n")
    for target in targets:
        if doubted := doubt(target):
            _say(f"WARNING {doubted}")
    for broken in targets.broken.values():
        _say(f"BROKEN {broken}")
    for unread in found.unread:
        _say(f"CANNOT BE READ {unread}")
    _say(f"{len(rows)} valid, {len(targets.broken)} broken" + (f", {len(found.unread)} not read" * bool(found.unread)))
    return UNREAD if found.unread else 1 if targets.broken else 0


def _say(line: str) -> None:
    sys.stdout.write(folded(line, columns(), following="  ") + "\n")


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
