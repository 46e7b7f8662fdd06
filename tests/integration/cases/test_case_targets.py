"""Targets and the stack's mode as people write them into the Parameter Store: what is refused says what to correct."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from integration.cases.scene import GROUP, Case, Scene, cases, check
from standdown.entry.trigger_questions import ask_trigger
from support.command import targets_check

_TARGET = json.dumps({"server_group_id": GROUP})
_SENDER = (r"have this sender allowed", r"find out who sent this")
_ON_PURPOSE = (r"on purpose",)


def _broken(name: str, document: str, *says: str) -> Case:
    """Return the case of a target whose document is broken; the document is where the reader is sent."""
    return Case(
        name,
        {"targets/payroll": document},
        "refused: not_allowed",
        (r"targets/payroll", *says),
        never=_SENDER,
    )


@cases(
    Case("line ends of Windows", {"targets/payroll": _TARGET.replace(" ", "\r\n") + "\r\n"}, "stopped"),
    Case(
        "a parameter that is still encrypted",
        {"targets/payroll": "AQICAHj4v0nobodysCiphertextAQF2Payroll0AAAB+MHwGCSqG="},
        "refused: not_allowed",
        (r"targets/payroll", r"SecureString"),
        never=_SENDER,
    ),
    _broken("a byte order mark", f"\ufeff{_TARGET}"),
    _broken("a comment in it", f'{{\n  # payroll, second site\n  "server_group_id": "{GROUP}"\n}}', r"line 2"),
    _broken(
        "a key that stands twice", f'{{"server_group_id": "{GROUP}", "mode": "dry-run", "mode": "live"}}', r"'mode'"
    ),
    _broken("one alarm that is no list", f'{{"server_group_id": "{GROUP}", "alarms": "payroll-*"}}', r"alarms"),
    _broken("a file's name in place of its text", "file://targets/payroll.txt"),
    _broken(
        "a region as the console shows it", f'{{"server_group_id": "{GROUP}", "region": "LA-Mexico City2"}}', r"region"
    ),
    Case(
        "an alarm's ARN among the names",
        {
            "targets/payroll": json.dumps(
                {
                    "server_group_id": GROUP,
                    "alarms": ["arn:aws:cloudwatch:eu-central-1:123456789012:alarm:payroll-damage-seen"],
                }
            )
        },
        "refused: not_allowed",
        (r"alarms", r"ARN"),
    ),
    Case(
        "a folder whose name lacks a letter",
        {"targets/payroll": None, "target/payroll": _TARGET},
        "refused: not_allowed",
        (r"\btargets/payroll", r"\btarget/payroll"),
        never=_SENDER,
    ),
    Case(
        "a name with capitals",
        {"targets/payroll": None, "targets/Payroll": _TARGET},
        "refused: not_allowed",
        (r"\btargets/payroll", r"Payroll"),
        never=_SENDER,
    ),
    Case("a mode in quotes", {"mode": '"off"'}, "refused: off", (r"mode",), never=_ON_PURPOSE),
    Case("a mode with an underscore", {"mode": "dry_run"}, "refused: off", (r"mode",), never=_ON_PURPOSE),
)
def test_a_parameter(case: Case, lines: io.StringIO) -> None:
    scene = _scene(lines, case.given)

    scene.put({"target": "payroll"})

    check(case, scene.became())


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param(
            "Mode",
            "off",
            id="a kill switch with a capital",
        ),
    ],
)
def test_an_unknown_parameter_counts_as_broken_and_shows_in_a_check(path: str, value: str, lines: io.StringIO) -> None:
    scene = _scene(lines, {path: value})

    found = ask_trigger({"check": True}, scene.invocation())

    assert [broken for broken in scene.targets().broken if path in broken]
    assert path in json.dumps(found)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        pytest.param("payroll", b"\xef\xbb\xbf" + _TARGET.encode(), "BOM|byte order mark", id="a byte order mark"),
        pytest.param("payroll", _TARGET.encode("utf-16"), "not UTF-8 text", id="UTF-16"),
        pytest.param("payroll", '{"reason": "b\u00fccher"}'.encode("latin-1"), "not UTF-8 text", id="Latin-1"),
        pytest.param("Payroll_2", _TARGET.encode(), "lower-case", id="a name with capitals"),
    ],
)
def test_a_file_that_is_no_target_is_named_with_what_is_wrong(
    name: str, content: bytes, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / f"{name}.json"
    file.write_bytes(content)

    code = targets_check([str(file)])

    written = "".join(capsys.readouterr())
    assert code != 0
    assert name in written
    assert [word for word in says.split("|") if word in written], written


def _scene(log: io.StringIO, parameters: dict[str, str | None]) -> Scene:
    """Return a scene with these parameters beside the usual ones; one that is None is taken away."""
    scene = Scene(log)
    merged: dict[str, str | None] = {**scene.parameters, **parameters}
    scene.parameters = {path: text for path, text in merged.items() if text is not None}
    return scene
