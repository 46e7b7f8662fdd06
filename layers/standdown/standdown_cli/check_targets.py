"""`standdown targets check FILE…`: check targets' documents offline, before a stack reads them."""

from __future__ import annotations

import click

from standdown.core.request import sources_in_words
from standdown.core.targets import Target, TargetDefaults, Targets
from standdown_cli.exit_codes import Status
from standdown_cli.output import say, show
from standdown_cli.regions import doubt
from standdown_cli.target_files import read_documents

HEAD = ("TARGET", "GROUP", "REGION", "MODE", "SOURCES", "ALARMS")


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--region", default="cn-north-4", show_default=True, help="The region of targets that name none.")
def check(files: tuple[str, ...], region: str) -> int:
    """Check documents in files and folders, offline.

    Each is named like its target. Exit code 1: a target is broken. 2: a file cannot be read.
    """
    found = read_documents(files, TargetDefaults(region))
    targets = found.targets
    rows = [row(target) for target in targets]
    if rows:
        show(HEAD, rows)
    show_problems(targets)
    for unread in found.unread:
        say(f"CANNOT BE READ {unread}", "bold red")
    say(f"{len(rows)} valid, {len(targets.broken)} broken" + (f", {len(found.unread)} not read" * bool(found.unread)))
    return Status.USAGE if found.unread else Status.NOT_GOOD if targets.broken else Status.GOOD


def show_problems(targets: Targets) -> None:
    """Print what is perhaps wrong with targets, and what is."""
    for target in targets:
        if doubted := doubt(target):
            say(f"WARNING {doubted}", "yellow")
    for broken in targets.broken.values():
        say(f"BROKEN {broken}", "bold red")


def row(target: Target) -> tuple[str, ...]:
    """Return a target as one row below HEAD."""
    return (
        target.name,
        target.server_group_id or f"named {target.server_group_name!r}",
        target.region,
        target.mode.value,
        sources_in_words(sorted(target.sources)) or "none",
        ", ".join(target.alarms) or "none",
    )
