"""`make doctor`: the doctor on the command line. 0: all ready, 1: something is not, 2: wrong usage."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from standdown.core.targets import TargetDefaults
from standdown.doctor.check import check
from standdown_cli.patient import Patient, PatientError, from_files, from_stack
from standdown_cli.stack import Stack, StackError
from standdown_cli.terminal import columns

USAGE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Look at the targets, print what was found, return the exit code."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if not given.stack and not (given.targets and given.credential):
        parser.error("give --stack NAME, or --targets FILE with --credential FILE")
    try:
        patient = _patient(given)
    except (PatientError, StackError) as error:
        sys.stderr.write(f"{error}\n")
        return USAGE
    found = check(
        patient.targets,
        patient.huawei,
        datetime.now(UTC),
        only=given.only,
        credential_step=patient.credential_step,
    )
    told = json.dumps(found.to_dict(), ensure_ascii=False, indent=2) if given.json else found.table(columns())
    sys.stdout.write(f"{told}\n")
    return 0 if found.all_ready else 1


def _patient(given: argparse.Namespace) -> Patient:
    if given.stack:
        return from_stack(Stack(given.stack), reader=given.reader)
    defaults = TargetDefaults(given.region, given.project_id)
    return from_files(given.targets, given.credential, defaults, given.endpoint, given.iam_endpoint)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="doctor",
        description="Say for each target whether a request that came in now would stop it. Reads, and changes nothing.",
    )
    parser.add_argument("--only", metavar="TARGET", help="look at this target alone")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    deployed = parser.add_argument_group("a deployed stack (with your AWS credentials)")
    deployed.add_argument("--stack", metavar="NAME", help="the stack's name")
    deployed.add_argument(
        "--reader", action="store_true", help="look with the credential of the poller and the sweeper"
    )
    before = parser.add_argument_group("before deploying (without AWS)")
    before.add_argument("--targets", nargs="+", metavar="FILE", help="targets' documents, or folders of them")
    before.add_argument(
        "--credential", metavar="FILE", help="the credential's document; - reads it from standard input"
    )
    before.add_argument("--region", default="cn-north-4", help="the region of targets that name none")
    before.add_argument("--project-id", metavar="ID", help="the project of targets that name none")
    before.add_argument("--endpoint", metavar="URL", help="SDRS, where it is not the region's own")
    before.add_argument("--iam-endpoint", metavar="URL", help="IAM, where it is not the region's own")
    return parser


if __name__ == "__main__":
    sys.exit(main())
