"""The keys of a target's document, and how each is read."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from typing import Any

from standdown.base.documents import DOCUMENT_NAME, Reader, shown
from standdown.core.request import RESUMERS, SENDERS, Mode
from standdown.sdrs.endpoints import check_endpoint, check_region

__all__ = ["KEYS", "Guard"]

_UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE)
_ANY = re.compile(r"\[!?\]?[^]]*\]|[*?]")  # what a glob has beside letters: a bracket right after `[` or `[!` is in it
_GROUP = re.compile(r"[^\x00-\x1f]{1,64}")
_PROJECT = re.compile(r"[0-9A-Fa-f]{32}|[a-z]{2,3}(-[a-z0-9]{1,20}){1,3}_[A-Za-z0-9_-]{1,64}")


class Guard(StrEnum):
    """Whether the guard is asked before a stop by an alarm, an alert or a schedule."""

    ON = "on"
    OFF = "off"


def _alarms(reader: Reader, key: str) -> tuple[str, ...]:
    patterns = reader.texts(
        key, "a list of at most 100 alarm names or globs", lambda one: 0 < len(one) <= 255, most=100
    )
    for pattern in patterns:
        if pattern.startswith("arn:"):
            raise reader.raising(key, f"{shown(pattern)} is an ARN: write the alarm's name alone")
        if not _ANY.sub("", pattern):
            raise reader.raising(
                key, f"the pattern {pattern!r} would let every alarm stop this target: name a part of the alarm"
            )
    return patterns


_MINUTES = "a whole number of minutes"
KEYS: dict[str, Callable[[Reader, str], Any]] = {
    # As SDRS spells it: an answer about another spelling would pass for one about another group.
    "server_group_id": lambda reader, key: reader.text(key, _UUID, "the protection group's id (a UUID)").lower(),
    "server_group_name": lambda reader, key: reader.text(
        key, _GROUP, "the protection group's name (1 to 64 characters)"
    ),
    "region": lambda reader, key: reader.checked(key, check_region, "a Huawei Cloud region such as cn-north-4"),
    "project_id": lambda reader, key: reader.text(
        key, _PROJECT, "a project id (32 hexadecimal characters), or a sub-project's name such as eu-de_name"
    ),
    "endpoint": lambda reader, key: reader.checked(key, check_endpoint, "the service's URL"),
    "alarms": _alarms,
    "sources": lambda reader, key: reader.some_of(key, SENDERS),
    "mode": lambda reader, key: reader.one_of(key, Mode),
    "max_age_minutes": lambda reader, key: reader.whole(key, 1, 1440, _MINUTES),
    "deadline_minutes": lambda reader, key: reader.whole(key, 1, 1440, _MINUTES),
    "cooldown_minutes": lambda reader, key: reader.whole(key, 0, 10080, _MINUTES),
    "guard": lambda reader, key: reader.one_of(key, Guard),
    "resume_sources": lambda reader, key: reader.some_of(key, RESUMERS),
    "resume_after_minutes": lambda reader, key: reader.whole(key, 1, 10080, _MINUTES),
    "resume_at": lambda reader, key: reader.checked(key, _clock, "a time with its zone: 06:00 Europe/Berlin"),
    "resume_after_alarm": lambda reader, key: reader.value(key, bool, "true or false"),
    "remind_after_minutes": lambda reader, key: reader.whole(key, 1, 10080, _MINUTES),
    "skip_on": lambda reader, key: reader.texts(
        key, "a list of at most 20 names of calendars", DOCUMENT_NAME.fullmatch, most=20
    ),
}


def _clock(text: str) -> str:
    from standdown.core.clock import check_clock  # most targets name no time

    return check_clock(text)
