"""Reasons: what is written into the ledger is read again."""

from __future__ import annotations

from standdown.core.reasons import Reason, Why


def test_a_reason_is_written_and_read_again() -> None:
    why = Why(Reason.WRONG_NAME, {"key": "target", "value": "ERP"})

    assert why.to_dict() == {"code": "wrong_name", "values": {"key": "target", "value": "ERP"}}
    assert Why.from_dict(why.to_dict()) == why
