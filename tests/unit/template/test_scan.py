"""The scanners of `make scan` see what they are there for."""

from __future__ import annotations

from local.places import ROOT
from scan.__main__ import REGIONS
from scan.language import definition, problems


def test_the_workflow_is_right_in_its_language() -> None:
    assert problems(definition()) == ""


def test_a_workflow_that_is_wrong_in_its_language_is_found() -> None:
    broken = definition()
    broken["States"]["Wait"]["Next"] = "Nowhere"

    assert "Nowhere" in problems(broken)


def test_the_template_is_linted_for_china_for_govcloud_and_for_a_region_that_is_opted_into() -> None:
    assert {"cn-north-1", "us-gov-west-1", "af-south-1"} <= set(REGIONS)


def test_check_sets_up_and_runs_every_scanner() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    assert "\nscan: node-environment ##" in makefile
    assert "\ncheck: lint scan test ##" in makefile
