"""The trigger's question `acknowledge`: whoever is at it wants no reminders of one hold for a while.

It quiets the reminders of that hold alone: never the metric, the alarm or an outcome. Everybody is told once.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from standdown.action.invocation import Invocation
from standdown.base.log import logger
from standdown.base.text import iso
from standdown.core.hold import Hold, HoldState
from standdown.core.notice import NoticeKind, next_notice
from standdown.entry.questions import AskError, acknowledge_asked, rejected
from standdown.ledger.table import LedgerError
from standdown.sweep.notices import publish_written

__all__ = ["acknowledge"]

_TRIES = 5


class NoHoldError(ValueError):
    """Raised when no open hold has the id that was named, or the hold is changed by others all the time."""


def acknowledge(event: dict[str, Any], invocation: Invocation) -> dict[str, Any]:
    """Answer `{"acknowledge": HOLD, "until": TIME, "requested_by": NAME}`."""
    try:
        hold_id, until, by = acknowledge_asked(event, invocation.clock())
        hold = _acknowledged(hold_id, until, by, invocation)
    except AskError as error:
        return rejected("malformed", error)
    except NoHoldError as error:
        return rejected("no_hold", error)
    except LedgerError as error:
        return rejected("unavailable", error)
    said = {"hold": hold.hold_id, "target": hold.target_name, "until": iso(until), "requested_by": by}
    return {"acknowledged": said}


def _acknowledged(hold_id: str, until: datetime, by: str, invocation: Invocation) -> Hold:
    """Return the hold once that is written; what is written already is written and told once."""
    for _ in range(_TRIES):
        hold = _open_hold(hold_id, invocation)
        if (hold.acknowledged_until, hold.acknowledged_by) == (until, by):
            return hold
        after = replace(hold, acknowledged_until=until, acknowledged_by=by, notices=hold.notices + 1)
        notice = replace(next_notice(hold, NoticeKind.ACKNOWLEDGED, invocation.clock()), hold=after)
        if invocation.ledger.notices.write(notice, after):
            logger.info("hold acknowledged", extra={"hold": hold_id, "until": iso(until), "by": by})
            publish_written(notice, invocation)
            return after
    raise NoHoldError("the hold was being changed by others all the time: ask again")


def _open_hold(hold_id: str, invocation: Invocation) -> Hold:
    """Return the open hold of that id, as it stands now: the list of holds may be behind."""
    listed = next((hold for hold in invocation.ledger.holds.listed() if hold.hold_id == hold_id), None)
    hold = listed and invocation.ledger.holds.get(listed.group)
    if hold is None or hold.hold_id != hold_id or hold.state is not HoldState.OPEN:
        raise NoHoldError(
            "no open hold has this id: somebody else may have asked for the stop since; "
            'ask the notifier {"holds": true} for the holds as they are now'
        )
    return hold
