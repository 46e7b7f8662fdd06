"""`standdown targets list|put`: the documents in the Parameter Store that say what may be stopped."""

from __future__ import annotations

import click

from standdown.core.targets import TargetDefaults, read_targets
from standdown_cli.acting import acts, ask
from standdown_cli.check_targets import HEAD, row, show_problems
from standdown_cli.exit_codes import Status
from standdown_cli.options import as_json, confirmed, of_a_stack
from standdown_cli.output import fail, print_json, say, show
from standdown_cli.stack import Stack
from standdown_cli.target_files import DocumentsError, read_texts


def defaults_of(stack: Stack) -> TargetDefaults:
    """Return what a target's document of this stack may leave out."""
    given = stack.parameters
    project = given.get("HuaweiProjectId") or None
    return TargetDefaults(given["HuaweiRegion"], project, int(given["MaxAgeMinutes"]), int(given["DeadlineMinutes"]))


@click.command("list")
@as_json
@of_a_stack
def list_(stack: Stack, *, as_json: bool) -> int:
    """List the targets in the Parameter Store.

    Exit code 1: a document is broken.
    """
    documents = stack.configuration()
    targets = read_targets(documents, defaults_of(stack))
    if as_json:
        broken = {name: str(error) for name, error in targets.broken.items()}
        calendars = {name: str(error) for name, error in targets.broken_calendars.items()}
        listed = [dict(zip(HEAD, row(one), strict=True)) for one in targets]
        print_json({"targets": listed, "broken": broken, "broken_calendars": calendars})
    else:
        show(HEAD, [row(one) for one in targets]) if targets.valid else say("No target is configured.")
        show_problems(targets)
        for problem in targets.broken_calendars.values():
            say(f"BROKEN {problem}", "bold red")
    return Status.NOT_GOOD if targets.broken or targets.broken_calendars else Status.GOOD


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@confirmed
@of_a_stack
def put(stack: Stack, *, files: tuple[str, ...], yes: bool) -> int:
    """Put documents into the Parameter Store.

    Each is checked first. If one is broken, none is put.
    """
    acts(stack)
    try:
        texts = read_texts(files)
    except DocumentsError as error:
        raise click.UsageError(str(error)) from error
    targets = read_targets({f"targets/{name}": text for name, text in texts.items()}, defaults_of(stack))
    show_problems(targets)
    if targets.broken:
        return fail("nothing was put: correct what is broken", Status.NOT_GOOD)
    show(HEAD, [row(one) for one in targets])
    if not yes:
        ask(f"Put {len(texts)} of them, over those of the same name?")
    for name, text in sorted(texts.items()):
        stack.put_parameter(f"targets/{name}", text)
        say(f"put {stack.prefix}/targets/{name}")
    return Status.GOOD
