"""The options that commands share, and which stack is meant."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from standdown_cli.stack import Stack

SAMCONFIG = Path("samconfig.toml")
VARIABLE = "STANDDOWN_STACK"


def of_a_stack(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that name a stack, and the stack as its first argument."""

    @click.option("--stack", "name", metavar="NAME", envvar=VARIABLE, help=f"The stack's name ({VARIABLE}).")
    @click.option("--stage", metavar="STAGE", help="A stage of samconfig.toml in this folder, such as prod.")
    @wraps(command)
    def named(name: str | None, stage: str | None, **given: Any) -> Any:
        return command(Stack(stack_name(name, stage)), **given)

    return named


def stack_name(name: str | None, stage: str | None) -> str:
    """Return the stack's name: as given, else by its stage, else the default stage's; raise UsageError."""
    context = click.get_current_context()
    source = context.get_parameter_source("name")
    typed = source is click.core.ParameterSource.COMMANDLINE
    if stage and typed:
        raise click.UsageError("give --stack or --stage, not both")
    if name and not stage:
        return name
    found = _stages().get(stage or "default")
    if found:
        return found
    where = f"no stage {stage!r} with a stack_name is in {SAMCONFIG}" if stage else "which stack is meant?"
    raise click.UsageError(f"{where}: give --stack NAME, or set {VARIABLE}")


def _stages() -> dict[str, str]:
    """Return the stack's name of each stage in samconfig.toml of the working folder; none where there is no file."""
    try:
        read = tomllib.loads(SAMCONFIG.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeError, tomllib.TOMLDecodeError) as error:
        raise click.UsageError(f"{SAMCONFIG} cannot be read: {error}") from error
    found: dict[str, str] = {}
    for stage, commands in read.items():
        given = commands if isinstance(commands, dict) else {}
        for part in ("global", "deploy"):
            name = given.get(part, {}).get("parameters", {}).get("stack_name")
            if isinstance(name, str):
                found.setdefault(stage, name)
    return found


as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
confirmed = click.option("--yes", is_flag=True, help="Do not ask.")
