"""Commands as people write them into the queue: which of them stop, and what is said of the others."""

from __future__ import annotations

import io

import pytest

from integration.cases.scene import GROUP, Case, Scene, cases, check
from support.inmemory.stack import Target

_TO_STOP = ("'target'", "'server_group_id'")
_DRY = (r"dry_run",)
_REMOVE = (r"remove it",)
_ISO = (r"ISO 8601",)


@cases(
    Case(
        "a name in capitals is called a wrong name",
        {"target": "Payroll", "reason": "failback of Sunday"},
        "refused: malformed",
        (r"'Payroll'", r"lower-case"),
    ),
    Case(
        "a name with an underscore is called a wrong name",
        {"target": "pay_roll"},
        "refused: malformed",
        (r"'pay_roll'", r"lower-case"),
    ),
    Case(
        "two names with a comma between them are called a wrong name",
        {"target": "payroll,ledger"},
        "refused: malformed",
        (r"'payroll,ledger'", r"lower-case"),
    ),
    Case(
        "one wrong name of two is named",
        {"target": ["payroll", "Ledger_2"]},
        "refused: malformed",
        (r"'Ledger_2'",),
    ),
    Case(
        "targets for target is a key that comes near",
        {"targets": ["payroll"]},
        "dead letter",
        (*_TO_STOP, r"targets"),
    ),
    Case(
        "a group's name for its id is a key that comes near",
        {"server_group_name": "payroll-group"},
        "dead letter",
        (*_TO_STOP, r"server_group_name"),
    ),
    Case(
        "null for words that may be left out",
        {"target": "payroll", "reason": None, "requested_by": None, "dry_run": None, "delivery_id": None},
        "refused: malformed",
        (r"null[^.]*leave it out",),
        or_ends="stopped",
    ),
    Case(
        "dryRun is asked whether it means dry_run",
        {"target": "payroll", "dryRun": True},
        "refused: malformed",
        _DRY,
        never=_REMOVE,
    ),
    Case(
        "dry-run is asked whether it means dry_run",
        {"target": "payroll", "dry-run": True},
        "refused: malformed",
        _DRY,
        never=_REMOVE,
    ),
    Case(
        "DryRun is asked whether it means dry_run",
        {"target": "payroll", "DryRun": True},
        "refused: malformed",
        _DRY,
        never=_REMOVE,
    ),
    Case(
        "dryrun is asked whether it means dry_run",
        {"target": "payroll", "dryrun": True},
        "refused: malformed",
        _DRY,
        never=_REMOVE,
    ),
    Case(
        "test is asked whether it means dry_run",
        {"target": "payroll", "test": True},
        "refused: malformed",
        _DRY,
        never=_REMOVE,
    ),
    Case(
        "simulate is asked whether it means dry_run",
        {"target": "payroll", "simulate": True},
        "refused: malformed",
        _DRY,
        never=_REMOVE,
    ),
    Case(
        "rehearsal is asked whether it means dry_run",
        {"target": "payroll", "rehearsal": True},
        "refused: malformed",
        _DRY,
        never=_REMOVE,
    ),
    Case(
        "a dry run as text is refused",
        {"target": "payroll", "dry_run": "yes"},
        "refused: malformed",
        (r"'dry_run' is text",),
    ),
    Case(
        "a time without a zone is refused with the right form",
        {"target": "payroll", "requested_at": "2026-03-17 21:41:00"},
        "refused: malformed",
        _ISO,
    ),
    Case(
        "a time as a number is refused with the right form",
        {"target": "payroll", "requested_at": 1773783660},
        "refused: malformed",
        _ISO,
    ),
    Case(
        "a time as Java writes it is refused with the right form",
        {"target": "payroll", "requested_at": "2026-03-17T22:41:00+01:00[Europe/Vienna]"},
        "refused: malformed",
        _ISO,
    ),
    Case("a time with an offset stops", {"target": "payroll", "requested_at": "2026-03-18T03:11:00+05:30"}, "stopped"),
    Case(
        "a time with nine digits of a second stops",
        {"target": "payroll", "requested_at": "2026-03-17T21:41:00.987654321Z"},
        "stopped",
    ),
    Case(
        "a reason with HTML, Chinese, a line break and a change of direction stops",
        {
            "target": "payroll",
            "reason": "<i>\u78c1\u76d8</i> \u202e txt.exe\nSubject: x",
            "requested_by": "Zo\u00eb <z@example.org>",
        },
        "stopped",
        (r"\u78c1\u76d8",),
        never=(r"\u202e", r"\nSubject: x"),
    ),
    Case("a group's id in capitals stops", {"server_group_id": GROUP.upper()}, "stopped"),
    Case(
        "a key that is not known is refused",
        {"target": "payroll", "reason": "drill", "change": "C-77"},
        "refused: malformed",
        (r"'change'",),
    ),
    Case(
        "a monitoring system's own body with a target in it is refused",
        {"receiver": "oncall", "status": "firing", "alerts": [], "title": "[FIRING:2]", "target": "payroll"},
        "refused: malformed",
    ),
    Case(
        "an unknown target is told where a target is written down",
        {"target": "payrol"},
        "refused: not_allowed",
        (r"'payrol'", r"targets/payrol"),
        never=(r"have this sender allowed",),
    ),
)
def test_a_command_in_the_queue(case: Case, lines: io.StringIO) -> None:
    scene = Scene(lines)

    scene.put(case.given)

    check(case, scene.became())


@cases(
    Case(
        "attributes of others do not matter",
        {"message-group": "payroll", "content-type": "application/json", "standdown": "1"},
        "stopped",
    ),
    Case(
        "a time as a number in an attribute is refused with the right form",
        {"standdown-requested-at": "1773783660"},
        "refused: malformed",
        (r"'standdown-requested-at'", *_ISO),
    ),
)
def test_a_command_with_message_attributes(case: Case, lines: io.StringIO) -> None:
    scene = Scene(lines)

    scene.put({"target": "payroll"}, attributes=case.given)

    check(case, scene.became())


@cases(
    Case(
        "the group's id of a target that is known by its name is told to use the name",
        {"server_group_id": GROUP},
        "refused: not_allowed",
        (r"by (its|their|the) name",),
    ),
)
def test_a_command_for_a_target_that_is_known_by_its_group_s_name(case: Case, lines: io.StringIO) -> None:
    scene = Scene(lines, [Target("payroll")])
    scene.parameters["targets/payroll"] = '{"server_group_name": "erp-prod"}'

    scene.put(case.given)

    check(case, scene.became())


@pytest.mark.parametrize("body", ["", " ", "\n"])
def test_a_blank_body_is_a_dead_letter(body: str, lines: io.StringIO) -> None:
    scene = Scene(lines)

    scene.put(body)

    check(Case("", body, "dead letter", (r"not JSON",)), scene.became())
