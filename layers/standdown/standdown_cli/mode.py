"""`standdown mode`: the kill switch of the whole stack."""

from __future__ import annotations

import click

from standdown.core.request import Mode
from standdown_cli.acting import acts
from standdown_cli.exit_codes import Status
from standdown_cli.options import of_a_stack
from standdown_cli.output import say
from standdown_cli.stack import Stack
from standdown_cli.words import MODES


@click.command()
@click.argument("wanted", required=False, metavar="[live|dry-run|off]", type=click.Choice([one.value for one in Mode]))
@of_a_stack
def mode(stack: Stack, *, wanted: str | None) -> int:
    """Show the stack's mode, or set it. A new mode takes effect within a minute."""
    if wanted is None:
        found = stack.parameter("mode")
        words = MODES.get(found or Mode.LIVE.value)
        say(f"{stack.place}: {found or 'live'}" + (f": {words}" if words else ": no mode, every request is refused"))
        return Status.GOOD
    acts(stack)
    stack.put_parameter("mode", wanted)
    say(f"{wanted}: {MODES[wanted]}, within a minute")
    return Status.GOOD
