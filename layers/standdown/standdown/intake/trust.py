"""Whom the intake believes: the account, topics, alarms and senders that this stack was deployed for."""

from __future__ import annotations

from typing import NamedTuple

from standdown.core.request import Source


class Trust(NamedTuple):
    """What an event must agree with before it may mean anything.

    `account` is this stack's AWS account; `region` is checked where it is set. Alarms whose name lacks `alarm_prefix`
    are not ours; where it is None, no CloudWatch alarm is listened to. `topic_arns`, where there are any, are the only
    SNS topics listened to. The two sender ids are the role ids (`AROA…`) of the scheduler and of the webhook function;
    empty where that entry point is not deployed.
    """

    account: str
    region: str | None = None
    alarm_prefix: str | None = None
    topic_arns: tuple[str, ...] = ()
    schedule_sender_id: str = ""
    webhook_sender_id: str = ""

    def believes(self, sender_id: str, source: Source) -> bool:
        """Tell whether a message's sender, as SQS reports it, may say that the message comes from this source.

        Its role may, and so may the account's root user, for whom SQS reports the account's number: it may do anything
        here anyway. The local cloud reports that number for everybody. Nobody may if the entry point is not deployed.
        """
        role_id = {Source.SCHEDULE: self.schedule_sender_id, Source.WEBHOOK: self.webhook_sender_id}.get(source, "")
        return role_id != "" and sender_id in {role_id, self.account}
