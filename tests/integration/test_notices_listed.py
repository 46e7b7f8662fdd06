"""The notifier's question `notices`: which notices were written, newest first, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from standdown.base.text import iso
from standdown.core.hold import Hold
from standdown.core.notice import Notice, NoticeKind, notice_id
from standdown.core.operation import GroupRef
from standdown.entry.wiring import aws
from support.deployed import GROUP, PROJECT, Deployed, deployment

ID = "2df168f208e760c191e527c6fc040ada"
WHERE = GroupRef("cn-north-4", PROJECT, GROUP)


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployed]:
    with deployment(monkeypatch) as deployed:
        yield deployed


def written(deployed: Deployed, number: int) -> str:
    """Write a reminder of that many days ago and return its id."""
    at = aws.now() - timedelta(days=number)
    hold = Hold(ID, WHERE, at - timedelta(hours=4), target_name="erp-prod")
    notice = Notice(notice_id(ID, number + 1), NoticeKind.REMINDER, at, hold=hold, group=WHERE)
    assert deployed.ledger.notices.write(notice)
    return notice.notice_id


def test_notices_are_listed_newest_first_with_the_hold_as_it_was_then(deployed: Deployed) -> None:
    old, new = written(deployed, 2), written(deployed, 1)
    deployed.ledger.notices.settle(old, dropped="protected again")

    told = deployed.invoke("notifier", {"notices": {}})

    assert [one["notice_id"] for one in told["notices"]] == [new, old]
    first, last = told["notices"]
    assert (first["kind"], first["target"], first["hold"]["hold_id"]) == ("reminder", "erp-prod", ID)
    assert (first["dropped"], last["dropped"], told["after"]) == (None, "protected again", None)
    assert "channels" not in first


def test_notices_are_read_page_by_page_and_since_a_day(deployed: Deployed) -> None:
    ids = [written(deployed, number) for number in range(5)]
    read: list[str] = []
    question: dict[str, Any] = {"limit": 2, "since": iso(aws.now() - timedelta(days=3, hours=1))}

    while question.get("after", "") is not None:
        told = deployed.invoke("notifier", {"notices": question})
        read += [one["notice_id"] for one in told["notices"]]
        question["after"] = told["after"]

    assert read == ids[:4]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (True, "notices must be an object"),
        ({"since": "yesterday"}, "'since' must be a day or a time"),
        ({"limit": 0}, "'limit' must be"),
        ({"after": f"2026-01-02T03:04:05Z/{ID}"}, "'after' must be what an earlier answer gave"),
        ({"target": "erp-prod"}, "'target'"),
    ],
)
def test_a_question_for_notices_that_is_not_understood_says_why(deployed: Deployed, question: Any, said: str) -> None:
    told = deployed.invoke("notifier", {"notices": question})

    assert said in told["rejected"]["message"]
