"""`make readme`: what pages take from elsewhere: the demo's output, the parameters, and the two pictures."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from local.picture import drawn
from local.places import ROOT
from local.report_picture import LANGUAGES, drawn_report
from local.template import load

README, PICTURE, REPORT = ROOT / "README.md", ROOT / "docs" / "demo.svg", ROOT / "docs" / "report.svg"
SHOWN = ROOT / "docs" / "using" / "how-it-works.md"
PARAMETERS = ROOT / "docs" / "using" / "parameters.md"
DEMO = ("make", "--no-print-directory", "demo")


def main() -> int:
    """Write the parameters' table and the report's picture; unless `parameters` is given, also the demo's output.

    Nothing is written if the demo does not end well.
    """
    if sys.argv[1:] != ["parameters"]:
        shown = subprocess.run(DEMO, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
        if shown.returncode:
            sys.stderr.write(f"{shown.stdout}make readme: the demo did not end well: nothing is written\n")
            return 1
        transcript = shown.stdout.strip("\n")
        _write(SHOWN, "transcript", f"```text\n{transcript}\n```")
        PICTURE.write_text(drawn(transcript, "make demo"), encoding="utf-8")
    for name, words in LANGUAGES.items():
        (ROOT / "docs" / name).write_text(drawn_report(words), encoding="utf-8")
    _write(PARAMETERS, "parameters", parameters(load()))
    return 0


def part(page: str, name: str) -> str:
    """Return what stands between the markers of one part."""
    beginning, end = _markers(name)
    return page.partition(beginning)[2].partition(end)[0].strip("\n")


def replaced(page: str, name: str, text: str) -> str:
    """Return the page with other text between the markers of one part; raise ValueError where there are none."""
    beginning, end = _markers(name)
    if page.count(beginning) != 1 or page.count(end) != 1:
        raise ValueError(f"the page must hold {beginning} and {end} once")
    before, _, rest = page.partition(beginning)
    return f"{before}{beginning}\n{text}\n{end}{rest.partition(end)[2]}"


def parameters(template: dict[str, Any]) -> str:
    """Return the template's parameters as a table, in the order of its groups."""
    lines = ["| parameter | what | default |", "|---|---|---|"]
    for group in template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]:
        lines.append(f"| **{group['Label']['default']}** | | |")
        for name in group["Parameters"]:
            about = template["Parameters"][name]
            default = f"`{about['Default']}`" if about["Default"] != "" else "empty"
            lines.append(f"| `{name}` | {about['Description'].replace('|', '&#124;')} | {default} |")
    return "\n".join(lines)


def _write(page: Path, name: str, text: str) -> None:
    page.write_text(replaced(page.read_text(encoding="utf-8"), name, text), encoding="utf-8")


def _markers(name: str) -> tuple[str, str]:
    return f"<!-- {name}: made by `make readme` -->", f"<!-- end of {name} -->"


if __name__ == "__main__":
    sys.exit(main())
