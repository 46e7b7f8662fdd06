"""The demo of a night, as a person runs it: what is skipped, stopped, reminded of, enabled again, and in step."""

from __future__ import annotations

import os
import re
import subprocess

import pytest

from local.places import CACHE, ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

SUBJECTS = (
    "crm-prod: stop refused, skipped by its calendar",
    "erp-prod: protection stopped",
    "erp-prod: without protection for 4 hours",
    "erp-prod: protection enabled again",
    "erp-prod: in step again",
)


@pytest.fixture(scope="module")
def printed() -> str:
    """Give what the demo prints; it must end well."""
    command = ["make", "--no-print-directory", "demo", "SCENARIO=night"]
    env = {name: value for name, value in os.environ.items() if name != "COLUMNS"}  # a line stays one
    ran = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=380, check=False)  # noqa: S603
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_a_night_is_shown_with_every_mail_that_a_person_gets_and_no_other(printed: str) -> None:
    subjects = re.findall(r"^ +Standdown: (.+) \[standdown\]$", printed, re.MULTILINE)

    assert sorted(subjects) == sorted(SUBJECTS)
    assert subjects[2:] == list(SUBJECTS[2:])
    assert "as expected" in printed
    assert "NOT as expected" not in printed


def test_the_night_shows_the_command_the_timer_and_the_pairs_until_they_are_in_step(printed: str) -> None:
    shown = [int(one) for one in re.findall(r"fault level 0, copying: (\d+) %$", printed, re.MULTILINE)]

    assert 'standdown skip crm-prod --reason "month-end closing"' in printed
    assert "request received     timer by timer: due at" in printed
    assert shown == sorted(shown)
    assert len(set(shown)) > 2
    assert "erp-prod is protected, 100 % synchronised" in printed
    assert (CACHE / "report.html").exists()
