"""Have one notice published, unless it is not true any more; say when the workflow comes back."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from standdown.base.log import logger
from standdown.core.hold import HoldState
from standdown.core.notice import Notice, NoticeKind
from standdown.core.operation import State
from standdown.core.outcome import DeliveryState
from standdown.ledger.ledger import Ledger
from standdown.publish.delivery import Publication, seconds_to_next, settled
from standdown.publish.notify import ENOUGH, LONGEST_WAIT, Notified
from standdown.publish.render.notices import render_notice
from standdown.publish.render.rendered import Channel
from standdown.publish.undelivered import Undelivered

__all__ = ["NOTICE", "notify_of"]

NOTICE = "notice"
"""What the workflow reads in place of an outcome: it ends well."""
_TRUE_FOR = timedelta(seconds=330)
"""For how long a reminder is published after its group was seen; the sweeper looks again after five minutes."""
_UNTIL_SEEN = 120
"""Seconds until a reminder that nobody confirmed is looked at again."""


def notify_of(
    notice_id: str,
    ledger: Ledger,
    publication: Publication,
    clock: Callable[[], datetime],
    *,
    remaining: Callable[[], float] = lambda: math.inf,
    undelivered: Undelivered | None = None,
) -> Notified:
    """Publish a notice on every channel that is due; raise LedgerError where the ledger cannot be used.

    The hold is read anew right before each try: a reminder that comes after protection is back would be believed.
    One whose group nobody has seen for minutes waits, as the sweeper may be unable to see that protection is back.
    """
    done = Notified(notice_id, NOTICE, published=True, wait_seconds=0)
    found = ledger.notices.get(notice_id)
    if found is None:
        logger.error("no such notice", extra={"notice": notice_id})
        return done
    if found.published:
        return done
    notice, untrue = _as_it_stands(found, ledger, clock())
    if untrue:
        ledger.notices.settle(notice_id, dropped=untrue)
        logger.info("notice dropped", extra={"notice": notice_id, "kind": found.kind.value, "why": untrue})
        return done
    if _unconfirmed(notice, clock()):
        logger.info("notice waits until its group is seen again", extra={"notice": notice_id})
        return replace(done, published=False, wait_seconds=_UNTIL_SEEN)
    wait = _publish(notice, ledger, publication, clock, remaining, undelivered or Undelivered())
    return done if wait is None else replace(done, published=False, wait_seconds=min(wait, LONGEST_WAIT))


def _publish(
    notice: Notice,
    ledger: Ledger,
    publication: Publication,
    clock: Callable[[], datetime],
    remaining: Callable[[], float],
    undelivered: Undelivered,
) -> int | None:
    """Try what is due, first on the quick channels; return the seconds until the next try, or None."""
    mark = undelivered.first(notice, partial(ledger.notices.mark, notice.notice_id))
    rendered = render_notice(notice, publication.links, publication.locale)
    states = dict(notice.channels)
    for kind in (_quick, _slow):
        if remaining() < ENOUGH:
            return 1
        states = publication.publish_rendered(rendered, states, mark, only=kind)
    _log(notice, states)
    if not settled(states):
        return seconds_to_next(states, clock())
    ledger.notices.settle(notice.notice_id)
    return None


def _quick(channel: Channel) -> bool:
    return not channel.alongside


def _slow(channel: Channel) -> bool:
    return channel.alongside


def _log(notice: Notice, states: Mapping[str, DeliveryState]) -> None:
    channels = {name: channel.status.value for name, channel in states.items()}
    words = {"notice": notice.notice_id, "kind": notice.kind.value, "target": notice.target_name, "channels": channels}
    logger.info("notice published", extra=words)


def _as_it_stands(notice: Notice, ledger: Ledger, now: datetime) -> tuple[Notice, str | None]:
    """Return the notice with its hold as it is now, and why it is not published at all where it is not true any more.

    Whoever asked meanwhile gave the hold another id: what is shown is what can be resumed.
    """
    if notice.kind is NoticeKind.STOP_BY_HAND:
        return notice, _sent(notice, ledger)
    if notice.hold is None or notice.kind is NoticeKind.UNWATCHED:
        return notice, None
    hold = ledger.holds.get(notice.hold.group)
    another = hold is None or hold.since != notice.hold.since
    if notice.kind is NoticeKind.IN_STEP:
        return notice, "the group was stopped again" if another else None
    if hold is None or another:
        return notice, "the hold is another one by now"
    if hold.state is not HoldState.OPEN:
        return notice, "the group is protected again"
    quiet = notice.kind is NoticeKind.REMINDER and hold.acknowledged_until is not None
    if quiet and hold.acknowledged_until is not None and now < hold.acknowledged_until:
        return notice, "somebody acknowledged it"
    return (replace(notice, hold=hold) if notice.kind is NoticeKind.REMINDER else notice), None


def _unconfirmed(notice: Notice, now: datetime) -> bool:
    """Return whether nobody can know by now that a reminder is true: no run has seen its group for minutes."""
    return notice.kind is NoticeKind.REMINDER and now - (notice.confirmed_at or notice.at) > _TRUE_FOR


def _sent(notice: Notice, ledger: Ledger) -> str | None:
    """Return why a stop is not to be done by hand any more; None where it still is."""
    operation = ledger.get(notice.operation_id) if notice.operation_id else None
    if operation is None:
        return "the operation is not recorded"
    if operation.outcome is not None or operation.state is not State.INTENT:
        return "the stop was sent, or has ended"
    return None
