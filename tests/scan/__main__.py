"""Run every scanner over the template; say each finding that has no reason, and each reason that no finding needs."""

from __future__ import annotations

import fnmatch
import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from local.places import ROOT, plain_env
from scan import stacks
from scan.language import definition, problems
from scan.policies import policies

REASONS = Path(__file__).parent / "reasons.toml"
BIN = Path(sys.executable).parent
REGIONS = (
    "us-east-1",
    "eu-central-1",
    "cn-north-1",
    "cn-northwest-1",
    "us-gov-west-1",
    "us-gov-east-1",
    "af-south-1",
    "me-central-1",
)
"""Where the template must be right: two of everybody's, China, GovCloud, and two that an account opts into."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a scanner has against a resource of one of the stacks, or of the template itself."""

    stack: str
    scanner: str
    rule: str
    resource: str
    message: str


def main() -> int:
    """Return the exit status: 1 where anything is to be told."""
    reasons = tomllib.loads(REASONS.read_text(encoding="utf-8"))["reason"]
    needed: set[int] = set()
    untold = []
    for finding in findings():
        excused = {number for number, reason in enumerate(reasons) if _excuses(reason, finding)}
        needed |= excused
        if not excused:
            untold.append(finding)
    told = sorted({f"{one.stack}: {one.scanner} {one.rule} {one.resource}: {one.message}" for one in untold})
    told += [
        f"{REASONS.name}: no finding needs the reason for {reason['rule']} on {reason['on']}"
        for number, reason in enumerate(reasons)
        if number not in needed
    ]
    told.append(f"{len(set(untold))} findings without a reason, {len(needed)} of {len(reasons)} reasons needed")
    sys.stdout.write("\n".join([*told, ""]))
    return 1 if untold or len(needed) < len(reasons) else 0


def findings() -> Iterator[Finding]:
    """Yield what every scanner finds, in the template as it is and in the stacks it makes."""
    yield from _cfn_lint("template", ROOT / "template.yaml")
    with tempfile.TemporaryDirectory() as folder:
        for number, name in enumerate(stacks.STACKS):
            path = Path(folder) / f"{number}.json"
            path.write_text(json.dumps(stacks.stack(name)), encoding="utf-8")
            yield from _cfn_lint(name, path)
            yield from _checkov(name, path)
    yield from _parliament()
    if wrong := problems(definition()):
        yield Finding("template", "asl-validator", "invalid", "StopWorkflow", wrong)


def _excuses(reason: dict[str, object], finding: Finding) -> bool:
    """Say whether a reason holds; one that is `not_in` a stack lets nothing pass there."""
    if reason["rule"] != finding.rule or reason.get("not_in") == finding.stack:
        return False
    return fnmatch.fnmatch(finding.resource, str(reason["on"]))


def _cfn_lint(stack: str, path: Path) -> Iterator[Finding]:
    flags = ["--format", "json", "--append-rules", "cfn_lint_serverless.rules", "--regions", *REGIONS, "--"]
    for one in json.loads(_said(BIN / "cfn-lint", *flags, path) or "[]"):
        where = [str(part) for part in one["Location"]["Path"] or ["", ""]]
        yield Finding(stack, "cfn-lint", one["Rule"]["Id"], ".".join(where[1:2]), one["Message"])


def _checkov(stack: str, path: Path) -> Iterator[Finding]:
    flags = ["--framework", "cloudformation", "--skip-download", "--quiet", "--compact", "--output", "json"]
    found = json.loads(_said(BIN / "checkov", "--file", path, *flags))
    for one in found["results"]["failed_checks"]:
        yield Finding(stack, "checkov", one["check_id"], one["resource"].rpartition(".")[2], one["check_name"])
    if found["summary"]["parsing_errors"]:
        yield Finding(stack, "checkov", "parsing", path.name, "the template could not be read")


def _parliament() -> Iterator[Finding]:
    import parliament  # type: ignore[import-not-found]

    for name, text in policies():
        for one in parliament.analyze_policy_string(text).findings:
            yield Finding("everything", "parliament", one.issue, name, f"{one.detail} {one.location}")


def _said(*command: str | Path) -> str:
    """Return what a scanner prints; its exit status only says that it found something."""
    env = plain_env(AWS_DEFAULT_REGION="us-east-1")
    ran = subprocess.run(command, env=env, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    if not ran.stdout and ran.returncode:
        raise SystemExit(f"{command[0]} failed: {ran.stderr[-2000:]}")
    return ran.stdout


if __name__ == "__main__":
    sys.exit(main())
