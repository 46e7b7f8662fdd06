"""Whom the intake believes: the account, topics, alarms and senders that this stack was deployed for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trust:
    """What an event must agree with before it may mean anything.

    `account` is this stack's AWS account; `region` is checked where it is set. Alarms whose name lacks `alarm_prefix`
    are not ours. `topic_arns`, where there are any, are the only SNS topics listened to. The two sender ids are the
    role ids (`AROA…`) that SQS reports for the scheduler and for the webhook function; empty means that the cloud
    reports none (the local one), and then the message's own word is taken.
    """

    account: str
    region: str | None = None
    alarm_prefix: str = ""
    topic_arns: tuple[str, ...] = ()
    schedule_sender_id: str = ""
    webhook_sender_id: str = ""
