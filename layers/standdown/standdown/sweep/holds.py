"""Keep the clock of every group without protection: open, keep and end holds by what SDRS shows, remind people.

Whoever switched protection off, the sweeper finds the group within one run. An operation that has the group's lock
writes the hold itself. Every change is conditional on the hold's revision: a lost race is for the next run.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from standdown.action.invocation import Invocation
from standdown.aws.workflow import WorkflowError
from standdown.base.log import logger
from standdown.base.text import iso
from standdown.core.hold import UNPROTECTED, Hold, HoldState, after, outside
from standdown.core.notice import Notice, NoticeKind, Unwatched, next_notice
from standdown.core.operation import GroupRef
from standdown.core.pairs import in_step
from standdown.core.reminders import is_due
from standdown.core.request import Action
from standdown.huawei.pairs import see_pairs
from standdown.ledger.table import LedgerError
from standdown.sdrs.classify import is_not_found
from standdown.sdrs.errors import HuaweiError, SdrsError
from standdown.sdrs.models import GroupStatus, ProtectionGroup
from standdown.sweep.counting import count, report
from standdown.sweep.groups import EACH, Seen, listed
from standdown.sweep.notices import PACE, digest, publish_waiting, publish_written, stops_by_hand

__all__ = ["SHARE", "Watched", "watch"]

SHARE = 30.0
"""Seconds of a run that are for the groups; the open operations have the rest."""


@dataclass(slots=True)
class Watched:
    """What one run did: the groups whose hold it opened and ended, by their ids, and the notices that it wrote."""

    opened: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


def watch(invocation: Invocation, everywhere: GroupRef | None = None) -> Watched:
    """Look which groups are unprotected, write the notices that are due, and have them published.

    `everywhere` is the stack's own project where all its groups are watched, also those that are no target. Raises
    LedgerError and RetryLaterError where ledger or targets cannot be read; one group in trouble holds up no other.
    """
    run = _Run(invocation, invocation.clock())
    run.told(*stops_by_hand(invocation))
    run.look(everywhere)
    publish_waiting(invocation, run.now, run.unprotected, except_for=run.done.notices)
    return run.done


@dataclass(slots=True)
class _Run:
    """One run of the sweeper over the groups."""

    invocation: Invocation
    now: datetime
    done: Watched = field(default_factory=Watched)
    unwatched: list[Unwatched] = field(default_factory=list)
    unprotected: set[str] = field(default_factory=set)

    def told(self, *notices: Notice) -> None:
        """Have notices published that were just written."""
        for notice in notices:
            self.done.notices.append(notice.notice_id)
            logger.info("notice written", extra={"notice": notice.notice_id, "kind": notice.kind.value})
            publish_written(notice, self.invocation)

    def look(self, everywhere: GroupRef | None) -> None:
        """Go through the groups of every project; each hold is as it was before its project was listed."""
        known = {hold.group.key: hold for hold in self.invocation.ledger.holds.listed()}
        others = [hold.group for hold in known.values()] + ([everywhere] if everywhere else [])
        turn = int(self.now.timestamp() // PACE.total_seconds())
        for found in listed(others, self.invocation, turn):
            for seen in found.groups:
                self._each(seen.ref, known.pop(seen.ref.key, None), seen)
            for key in [key for key, hold in known.items() if found.has(hold.group)]:
                self._each(known[key].group, known.pop(key), None)
        for hold in known.values():
            count(hold, None, self.now)  # not listed: what nobody could see must not end the alarm
        if everywhere and self.unwatched:
            self.told(*digest(self.unwatched, self.invocation.ledger, self.now))

    def _each(self, ref: GroupRef, hold: Hold | None, seen: Seen | None) -> None:
        try:
            if seen is None:
                self._gone(hold)
            elif seen.group.status in UNPROTECTED:
                self.unprotected.add(ref.key)
                self._unprotected(seen, hold)
            elif hold is not None and seen.group.status is GroupStatus.PROTECTED:
                self._protected(ref, hold)
            elif hold is not None:
                kept = self._kept(hold, seen) or hold
                count(kept, seen.target, self.now)
        except (LedgerError, HuaweiError, WorkflowError) as error:
            logger.warning("group not looked after", extra={"group": ref.server_group_id, "problem": str(error)})

    def _unprotected(self, seen: Seen, hold: Hold | None) -> None:
        begun = hold is None or hold.state is not HoldState.OPEN
        if begun and not seen.targets:
            group = seen.group
            self.unwatched.append(Unwatched(group.id, group.name, group.raw_status))
            return
        now = self._opened(seen) if begun else self._kept(hold, seen)
        if now is None:
            return
        report(now, seen.target, self.now)
        if is_due(now, seen.remind_after_minutes, self.now) and not self._coming_back(now):
            self._remind(now, seen)

    def _opened(self, seen: Seen) -> Hold | None:
        """Open the hold of a group that somebody else stopped; None where an operation of ours is at the group."""
        ledger, group = self.invocation.ledger, seen.group
        known = ledger.holds.get(seen.ref)
        if known is not None and known.state is HoldState.OPEN:
            return known  # the list of holds was behind
        by_name = next((one.server_group_name for one in seen.targets if one.server_group_name), None)
        holder, stopped_at = ledger.lock_on(replace(seen.ref, server_group_name=by_name))
        if not seen.targets or holder is not None:
            return None
        new = outside(seen.ref, self.now, group.raw_status, group.priority_station, seen.target)
        # What 0.1.0 stopped has no hold, and who asked is not in the lock: it may have been an alarm.
        new = replace(new, name=group.name or None, alarmed=known is None and stopped_at is not None)
        saved = ledger.holds.save(after(known, new))
        if saved is not None:
            self.done.opened.append(group.id)
            logger.warning("group stopped outside", extra={"group": group.id, "status": group.raw_status})
        return saved

    def _kept(self, hold: Hold | None, seen: Seen) -> Hold | None:
        """Keep what is known of the group up to date; None where somebody else changed the hold meanwhile."""
        if hold is None:
            return None
        group = seen.group
        shown = replace(
            hold,
            status=group.raw_status or hold.status,
            name=group.name or hold.name,
            target_name=hold.target_name or seen.target,
            # Where production ran as the hold began: a resume is for that site alone.
            priority_station=hold.priority_station or group.priority_station,
        )
        return hold if shown == hold else self.invocation.ledger.holds.save(shown)

    def _remind(self, hold: Hold, seen: Seen) -> None:
        target = hold.target_name or seen.target
        notice = replace(next_notice(hold, NoticeKind.REMINDER, self.now), target_name=target)
        counted = replace(hold, notices=hold.notices + 1, last_notice_at=self.now)
        if self.invocation.ledger.notices.write(notice, counted):
            self.told(notice)

    def _protected(self, ref: GroupRef, hold: Hold) -> None:
        """End the hold of a group that is protected again, or let it wait until every pair is in step.

        The list may be older than the hold: the group itself is asked before an open one ends.
        """
        if hold.state is HoldState.OPEN and self._resuming(ref):
            return  # the resume's own end writes it
        group = self.invocation.huawei.group(ref, EACH)
        if group.status is not GroupStatus.PROTECTED:
            return
        shown = replace(hold, status=group.raw_status)
        if not self._in_step(ref, group):
            if hold.state is HoldState.OPEN and self.invocation.ledger.holds.save(
                replace(shown, state=HoldState.COPYING)
            ):
                logger.info("group protected again, copying", extra={"group": group.id})
            return
        over = replace(shown, state=HoldState.OVER, ended_at=self.now)
        if hold.state is not HoldState.COPYING:
            self._end(over)
            return
        notice = next_notice(over, NoticeKind.IN_STEP, self.now)
        notice = replace(notice, group_name=group.name or hold.name, progress=group.progress)
        if self.invocation.ledger.notices.write(notice, replace(over, notices=over.notices + 1)):
            self._ended(over)
            self.told(notice)

    def _in_step(self, ref: GroupRef, group: ProtectionGroup) -> bool:
        seen = see_pairs(self.invocation.huawei, ref, EACH)
        nothing_to_copy = seen.pairs == () and not group.replication_num
        return nothing_to_copy or in_step(seen, group.replication_num) is True

    def _coming_back(self, hold: Hold) -> bool:
        """Return whether a resume is at the group, or was due just now: its outcome is published before a reminder."""
        due = hold.resume_at
        return (due is not None and due <= self.now < due + 2 * PACE) or self._resuming(hold.group)

    def _resuming(self, ref: GroupRef) -> bool:
        holder, _ = self.invocation.ledger.lock_on(ref)
        operation = self.invocation.ledger.get(holder) if holder else None
        return operation is not None and operation.action is Action.RESUME

    def _gone(self, hold: Hold | None) -> None:
        """End the hold of a group that is in no whole list any more, and that SDRS itself no longer knows."""
        if hold is None:
            return
        try:
            self.invocation.huawei.group(hold.group, EACH)
        except SdrsError as error:
            if not is_not_found(error):
                raise
            self._end(replace(hold, state=HoldState.OVER, status=None, ended_at=self.now))

    def _end(self, over: Hold) -> None:
        if self.invocation.ledger.holds.save(over) is not None:
            self._ended(over)

    def _ended(self, over: Hold) -> None:
        self.done.ended.append(str(over.group.server_group_id))
        said = {"group": over.group.server_group_id, "since": iso(over.since), "status": over.status}
        logger.info("hold over", extra=said)
