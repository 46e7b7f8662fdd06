"""`standdown`: one command for those who operate a stack. Every error is one line; exit_codes.py has the codes."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence

import click

from standdown import __version__
from standdown_cli.acting import dry_run, events, notify_test, replay, stop
from standdown_cli.check_targets import check
from standdown_cli.doctor import doctor
from standdown_cli.exit_codes import Status
from standdown_cli.holds import ack, resume
from standdown_cli.mode import mode
from standdown_cli.output import fail
from standdown_cli.reading import history, watch
from standdown_cli.report import report
from standdown_cli.skip import skip
from standdown_cli.smoke import smoke_test
from standdown_cli.stack import StackError
from standdown_cli.status import status
from standdown_cli.targets import list_, put

_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(context_settings=_SETTINGS)
@click.version_option(__version__, prog_name="standdown")
def standdown() -> None:
    """Operate a stack of Standdown, with your own AWS credentials (AWS_PROFILE, AWS_REGION).

    The stack is --stack, or STANDDOWN_STACK, or that of a --stage in the samconfig.toml of this folder.
    """


@standdown.group()
def targets() -> None:
    """Check, list and put the documents that say what may be stopped."""


for _command in (
    status, history, watch, report, replay, notify_test, doctor, smoke_test,
    stop, dry_run, resume, ack, skip, mode, events,
):  # fmt: skip
    standdown.add_command(_command)
for _command in (check, list_, put):
    targets.add_command(_command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    try:
        code = standdown.main(arguments, prog_name="standdown", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return Status.USAGE
    except click.ClickException as error:
        return fail(error.format_message(), Status.USAGE)
    except StackError as error:
        return fail(str(error), Status.UNREACHABLE)
    except (click.Abort, KeyboardInterrupt):
        return fail("interrupted: what was sent to the stack goes on", Status.INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()  # whoever reads has enough, and python would say so at its end
        return 128 + signal.SIGPIPE
    return code if isinstance(code, int) else Status.GOOD
