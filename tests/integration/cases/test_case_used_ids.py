"""Two requests under one id: a repeat is one request, and whoever means something else by the id is answered."""

from __future__ import annotations

import io

from integration.cases.scene import Case, Scene, cases, check


@cases(
    Case(
        "a dry run and then the stop itself",
        [
            {"target": "payroll", "delivery_id": "CR-2214", "dry_run": True},
            {"target": "payroll", "delivery_id": "CR-2214"},
        ],
        "dry_run, refused: used_id",
        (r"CR-2214",),
    ),
    Case(
        "a dry run and then the stop as the dry run's own next step has it",
        [
            {"target": "payroll", "delivery_id": "cutover/7", "reason": "cutover", "dry_run": True},
            {"target": "payroll", "delivery_id": "cutover/7", "reason": "cutover", "dry_run": False},
        ],
        "dry_run, refused: used_id",
        (r"cutover/7",),
    ),
    Case(
        "a refused request and then a right one",
        [
            {"target": "payroll", "delivery_id": "CR-2215", "approved": "yes"},
            {"target": "payroll", "delivery_id": "CR-2215"},
        ],
        "refused: malformed, refused: used_id",
        (r"CR-2215",),
    ),
)
def test_another_request_under_a_used_id(case: Case, lines: io.StringIO) -> None:
    scene = Scene(lines)

    for body in case.given:
        scene.put(body)

    check(case, scene.became())


@cases(
    Case(
        "one id for every night",
        {"target": "payroll", "delivery_id": "every-night"},
        "refused: used_id, stopped",
        (r"every-night",),
    ),
)
def test_the_next_day_s_request_under_the_id_of_the_day_before(case: Case, lines: io.StringIO) -> None:
    scene = Scene(lines)

    scene.put(case.given)
    scene.set_group("protected")
    scene.clock.pass_(24 * 3600)
    scene.put(case.given)

    check(case, scene.became())
    assert len(scene.topic.details) == 2
