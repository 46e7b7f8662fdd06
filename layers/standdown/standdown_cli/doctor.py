"""`standdown doctor`: would each target be stopped now? Reads, and changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

from standdown.core.readiness import Purpose
from standdown.core.targets import TargetDefaults
from standdown.doctor.check import check
from standdown.doctor.readiness import ready_for
from standdown.doctor.verdict import Verdicts
from standdown_cli.exit_codes import Status
from standdown_cli.options import VARIABLE, as_json, stack_name
from standdown_cli.output import fail, print_json, say
from standdown_cli.patient import Patient, PatientError, from_files, from_stack
from standdown_cli.questions import asked
from standdown_cli.stack import Stack
from standdown_cli.verdicts import show_verdicts


@click.command()
@click.option("--only", metavar="TARGET", help="Look at this target alone.")
@click.option(
    "--for", "purpose", type=click.Choice([each.value for each in Purpose]), help="Would SDRS take this action now?"
)
@as_json
@click.option("--stack", "name", metavar="NAME", envvar=VARIABLE, help=f"The stack's name ({VARIABLE}).")
@click.option("--stage", metavar="STAGE", help="A stage of samconfig.toml in this folder, such as prod.")
@click.option(
    "--from-here",
    is_flag=True,
    help="Look from this machine, with the stack's secret, which you must be allowed to read.",
)
@click.option("--reader", is_flag=True, help="The same with the read-only credential.")
@click.option(
    "--targets",
    "files",
    multiple=True,
    metavar="FILE",
    help="Before deploying, without AWS: a document or a folder; may be repeated.",
)
@click.option(
    "--credential", metavar="FILE", help="Before deploying: the credential's document; - reads standard input."
)
@click.option(
    "--region", default="cn-north-4", show_default=True, help="Before deploying: the region of targets that name none."
)
@click.option("--project-id", metavar="ID", help="Before deploying: the project of targets that name none.")
@click.option("--endpoint", metavar="URL", help="Before deploying: SDRS, where it is not the region's own.")
@click.option("--iam-endpoint", metavar="URL", help="Before deploying: IAM, where it is not the region's own.")
def doctor(only: str | None, *, purpose: str | None, as_json: bool, **given: Any) -> int:
    """Say whether each target could be stopped now, or whether SDRS would take another action.

    The stack's trigger answers, with the credential that sends a stop. Exit code 1: a target is not ready.
    """
    if bool(given["files"]) != bool(given["credential"]):
        raise click.UsageError("--targets and --credential belong together")
    try:
        patient = _patient(given)
    except PatientError as error:
        return fail(str(error), Status.USAGE)
    if patient is None:
        question = {"check": True} | ({"target": only} if only else {}) | ({"for": purpose} if purpose else {})
        found = asked(_stack(given), "trigger", question)
    else:
        checked = _examined(patient, only)
        found = (ready_for(Purpose(purpose), checked, patient.huawei) if purpose else checked).to_dict()
    if as_json:
        print_json({key: value for key, value in found.items() if key != "table"})
    elif purpose:
        say(found["table"])
    else:
        show_verdicts(found)
    return Status.GOOD if found.get("all_ready") or found.get("all_taken") else Status.NOT_GOOD


def _examined(patient: Patient, only: str | None) -> Verdicts:
    now = datetime.now(UTC)
    return check(patient.targets, patient.huawei, now, only=only, credential_step=patient.credential_step)


def _patient(given: dict[str, Any]) -> Patient | None:
    """Return what is to be looked at from this machine, None where the trigger is to look."""
    if given["files"]:
        defaults = TargetDefaults(given["region"], given["project_id"])
        return from_files(given["files"], given["credential"], defaults, given["endpoint"], given["iam_endpoint"])
    if given["from_here"] or given["reader"]:
        return from_stack(_stack(given), reader=given["reader"])
    return None


def _stack(given: dict[str, Any]) -> Stack:
    return Stack(stack_name(given["name"], given["stage"]))
