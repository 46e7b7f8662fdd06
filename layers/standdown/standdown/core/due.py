"""The resume that a stop's own end asks for, once its time has come. Pure."""

from __future__ import annotations

from datetime import datetime

from standdown.base.text import iso
from standdown.core.hold import Hold, HoldState
from standdown.core.request import Action, Source, StopRequest

__all__ = ["is_due", "resume_of"]


def is_due(hold: Hold, now: datetime) -> bool:
    """Return whether a hold is to be undone by now (UTC)."""
    return hold.state is HoldState.OPEN and hold.resume_at is not None and hold.resume_at <= now


def resume_of(hold: Hold, now: datetime) -> StopRequest:
    """Return the request that undoes a hold at its time: the same one operation, however often it is asked for.

    It is known by the stop that set the time. So a hold that others asked for meanwhile is refused, and told, once.
    """
    setter = next((one for one in hold.asked if one.operation_id == hold.resume_set_by), None)
    who = f", by {setter.requested_by}" if setter and setter.requested_by else ""
    return StopRequest(
        delivery_id=hold.resume_set_by or hold.hold_id,
        source=Source.TIMER,
        requested_at=now,
        target=hold.target_name,
        server_group_id=None if hold.target_name else hold.group.server_group_id,
        reason=f"due at {iso(hold.resume_at or now)}, as the stop {hold.resume_set_by} was to end{who}",
        requested_by="timer",
        action=Action.RESUME,
        hold=hold.hold_id,
    )
