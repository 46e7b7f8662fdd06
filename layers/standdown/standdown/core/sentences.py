"""The English sentence of each reason, made of its values alone; other languages have tables of the same form."""

from __future__ import annotations

from collections.abc import Mapping

from standdown.core.reasons import Reason, Why

__all__ = ["ENGLISH", "sentence"]

_DRY = "Dry run: nothing was sent."
_USED = "The delivery_id {delivery_id!r} was used already, by operation {operation_id}, and this request"
_ANEW = "Send it with a delivery_id of its own."
_REFUSED = "Huawei Cloud refused: {problem}"
_SKIPPED = "The scheduled stop of {target!r} is skipped: the calendar {calendar!r} has {day} ({zone})"
_TARGET = "name of a target (1 to 63 lower-case letters, digits and hyphens)"
_GROUP_ID = "id of a protection group (a UUID)"
_UNFILLED = "{key!r} holds an unfilled placeholder: send the"
_NO_GROUP = "No target with the protection group {server_group_id!r} is configured"

ENGLISH: Mapping[Reason, str] = {
    Reason.PROTECTION_OFF: "Protection is off: the group was read and is 'available'.",
    Reason.PROTECTION_OFF_UNCLEAR: "Protection is off; whether by our stop is not known, as its answer was lost.",
    Reason.ALREADY_OFF: "Protection was off already; nothing had to be stopped.",
    Reason.PAIRS_NOT_TOLD: (
        "The group is 'available'; whether every replication pair is stopped is not told by SDRS: {problem}."
    ),
    Reason.PAIRS_NOT_STOPPED: (
        "The group is 'available', but {count} of {total} replication pairs are not stopped: {pairs}."
    ),
    Reason.JOB_DONE_GROUP_DIFFERS: (
        "The stop job succeeded, but the group is still {status!r}: check it before you rely on the stop."
    ),
    Reason.JOB_DONE_GROUP_UNREAD: (
        "The stop job succeeded, but the group could not be read: check it before you rely on the stop."
    ),
    Reason.JOB_FAILED: "The stop job failed.",
    Reason.JOB_FAILED_PAIRS: "The stop job failed: {failed} of {total} replication pairs could not be stopped.",
    Reason.STOP_FAILED: "The stop failed: the group is 'error-stopping'.",
    Reason.STOP_FAILED_UNANSWERED: "SDRS took the stop and could not carry it out: the group is 'error-stopping'.",
    Reason.REFUSED_TWICE: "SDRS refused the stop twice although the group is protected.",
    Reason.STILL_RUNNING: (
        "The stop is not at its end after {minutes} minutes: it was last seen {status!r} and may still end."
    ),
    Reason.UNSEEN_AT_DEADLINE: "How the stop went could not be seen within {minutes} minutes: {problem}.",
    Reason.END_UNSEEN: "A stop may have been taken, and its end was not seen: the group is now {status!r}.",
    Reason.GROUP_LOST: ("A stop may have been taken, and its end was not seen: the group is not to be found any more."),
    Reason.GROUP_DELETED: "The protection group no longer exists, so how the stop ended cannot be seen.",
    Reason.GROUP_UNREAD: "A stop may have been sent, and the group cannot be read: {problem}.",
    Reason.WORKFLOW_BROKE: "The workflow that watched the stop is {execution}; the stop was last seen {status!r}.",
    Reason.WORKFLOW_BROKE_UNSEEN: "The workflow that watched the stop is {execution}; the stop was not to be seen.",
    Reason.JOINED: "The group was being stopped already, by operation {operation_id}.",
    Reason.JOINED_LOST: "Operation {operation_id}, which this one joined, is not recorded.",
    Reason.PROTECTION_ON: "Protection is on again: the group was read and is 'protected'.",
    Reason.PROTECTION_ON_UNCLEAR: "Protection is on again; whether by our call is not known, as its answer was lost.",
    Reason.ALREADY_ON: "Protection was on already; nothing had to be resumed.",
    Reason.RESUME_JOB_DONE_GROUP_DIFFERS: (
        "The job that enables protection succeeded, but the group is still {status!r}: check it."
    ),
    Reason.RESUME_JOB_DONE_GROUP_UNREAD: (
        "The job that enables protection succeeded, but the group could not be read: check it."
    ),
    Reason.RESUME_JOB_FAILED: "The job that enables protection failed.",
    Reason.RESUME_JOB_FAILED_PAIRS: (
        "The job that enables protection failed: {failed} of {total} replication pairs could not be started."
    ),
    Reason.RESUME_FAILED: "Protection could not be enabled: the group is 'error-starting'.",
    Reason.RESUME_FAILED_UNANSWERED: "SDRS took the resume and could not carry it out: the group is 'error-starting'.",
    Reason.RESUME_REFUSED_TWICE: "SDRS refused the resume twice although the group takes one.",
    Reason.RESUME_STILL_RUNNING: (
        "The resume is not at its end after {minutes} minutes: it was last seen {status!r} and may still end."
    ),
    Reason.RESUME_UNSEEN_AT_DEADLINE: "How the resume went could not be seen within {minutes} minutes: {problem}.",
    Reason.RESUME_END_UNSEEN: ("A resume may have been taken, and its end was not seen: the group is now {status!r}."),
    Reason.RESUME_GROUP_LOST: (
        "A resume may have been taken, and its end was not seen: the group is not to be found any more."
    ),
    Reason.RESUME_GROUP_DELETED: "The protection group no longer exists, so how the resume ended cannot be seen.",
    Reason.RESUME_GROUP_UNREAD: "A resume may have been sent, and the group cannot be read: {problem}.",
    Reason.RESUME_WORKFLOW_BROKE: (
        "The workflow that watched the resume is {execution}; the resume was last seen {status!r}."
    ),
    Reason.RESUME_WORKFLOW_BROKE_UNSEEN: (
        "The workflow that watched the resume is {execution}; the resume was not to be seen."
    ),
    Reason.RESUME_JOINED: "The group's protection was being resumed already, by operation {operation_id}.",
    Reason.NO_RESUME_SENT: "No resume was sent: {because}.",
    Reason.RESUME_UNSEEN: "A resume may have been sent, and how it went cannot be seen: {because}.",
    Reason.RESUME_WITHOUT_EFFECT: (
        "An earlier resume has no effect that can be seen, and no other could be sent: {because}."
    ),
    Reason.NO_OTHER_RESUME: (
        "A resume may have been sent, and its effect is not to be seen; no other is sent: {because}"
    ),
    Reason.RESUME_TOO_LATE: "No resume could be sent within {minutes} minutes.",
    Reason.RESUME_TOO_LATE_SINCE: "No resume could be sent within {minutes} minutes: {problem}.",
    Reason.WOULD_RESUME: f"{_DRY} The group is {{status!r}}: SDRS would have taken the resume.",
    Reason.WOULD_FIND_ON: f"{_DRY} The group is protected already.",
    Reason.RESUME_WOULD_FOLLOW: f"{_DRY} Protection is being enabled already.",
    Reason.RESUME_WOULD_WAIT: f"{_DRY} The group is {{status!r}}: the resume would have waited until that is over.",
    Reason.RESUME_WOULD_REFUSE: f"{_DRY} The group is {{status!r}}: the resume would have been refused.",
    Reason.RESUME_DRY_RUN_FAILED: "Dry run: a resume could not be sent: {because}.",
    Reason.NOTHING_RESUMED: "Nothing was resumed: {because}.",
    Reason.RESUME_WRONG_STATE: "SDRS does not enable protection while the group is {status!r}; nothing was sent.",
    Reason.OTHER_DIRECTION: (
        "The group is {status!r}: the same call would protect it in the other direction and overwrite the disks of the "
        "former production site. Nothing was sent."
    ),
    Reason.STOP_UNDER_WAY: "A stop of the group is under way, operation {operation_id}: resume it after its end.",
    Reason.STOP_SEEN_UNDER_WAY: "A stop of the group is under way: resume it after its end.",
    Reason.HOLD_OVER: "The group is not held any more: there is nothing to resume.",
    Reason.HOLD_CHANGED: (
        "The hold {hold!r} is not the last one of this group: {now} asked for it, too. Look at it, then name that one."
    ),
    Reason.HOLD_AT_OTHER_SITE: (
        "Production runs at the site {now!r} by now, and at {then!r} when the hold began. Nothing was sent."
    ),
    Reason.TIMER_NOT_ALONE: (
        "The time to resume has come, but somebody else wants the group to stay stopped, too: a person must decide."
    ),
    Reason.NO_PERSON: (
        "An alarm asked for this hold, or may have: it is resumed by a person alone, who says so as 'requested_by'."
    ),
    Reason.RESUME_SOURCE_NOT_ALLOWED: (
        "The target {target!r} lets {allowed} resume it (resume_sources), not {source}."
    ),
    Reason.TIMER_NOT_ALLOWED: (
        "The request says when to resume protection; the target {target!r} lets {allowed} resume it, not {source}."
    ),
    Reason.NO_STOP_SENT: "No stop was sent: {because}.",
    Reason.STOP_UNSEEN: "A stop may have been sent, and how it went cannot be seen: {because}.",
    Reason.STOP_WITHOUT_EFFECT: (
        "An earlier stop has no effect that can be seen, and no other could be sent: {because}."
    ),
    Reason.NO_OTHER_STOP: ("A stop may have been sent, and its effect is not to be seen; no other is sent: {because}"),
    Reason.TOO_LATE: "No stop could be sent within {minutes} minutes.",
    Reason.TOO_LATE_SINCE: "No stop could be sent within {minutes} minutes: {problem}.",
    Reason.WOULD_STOP: f"{_DRY} The group is {{status!r}}: SDRS would have taken the stop.",
    Reason.WOULD_FIND_OFF: f"{_DRY} The group's protection is off already.",
    Reason.WOULD_FOLLOW: f"{_DRY} A stop of the group is under way already.",
    Reason.WOULD_WAIT: f"{_DRY} The group is {{status!r}}: the stop would have waited until that is over.",
    Reason.WOULD_REFUSE: f"{_DRY} The group is {{status!r}}: SDRS would have refused the stop.",
    Reason.MODE_CHANGED: "Dry run: the mode was changed before the stop was sent.",
    Reason.DRY_RUN_FAILED: "Dry run: a stop could not be sent: {because}.",
    Reason.DRY_RUN_TOO_LATE: "Dry run: the group could not be read within {minutes} minutes.",
    Reason.DRY_RUN_TOO_LATE_SINCE: "Dry run: the group could not be read within {minutes} minutes: {problem}.",
    Reason.MALFORMED: "The request is malformed: {because}",
    Reason.STACK_OFF: "Standdown is switched off for the whole stack.",
    Reason.BAD_MODE: (
        "Standdown is switched off for the whole stack (the stack's mode is {value!r}: set it to live, dry-run or off)."
    ),
    Reason.TARGET_OFF: "The target {target!r} is switched off.",
    Reason.SOURCE_NOT_ALLOWED: "The target {target!r} takes requests from {allowed}, not from {source}.",
    Reason.NO_SOURCE_ALLOWED: "The target {target!r} takes requests from no source, not from {source}.",
    Reason.ALARM_NOT_ALLOWED: "The alarm {alarm!r} is not one of those that may stop {target!r}.",
    Reason.STALE: "The request is {minutes} minutes old; {target!r} takes none older than {most}.",
    Reason.COOLDOWN: "The group was stopped at {stopped_at}, less than its cooldown of {minutes} minutes ago.",
    Reason.UNKNOWN_TARGET: "No target named {target!r} is configured.",
    Reason.MISPLACED_TARGET: (
        "No target named {target!r} is configured: {parameter} is not where targets/{target} should be."
    ),
    Reason.BAD_TARGET: "The target's document is broken: target {target!r}, key {key!r}: {problem}.",
    Reason.TARGET_MOVED: "The target {target!r} names another protection group by now.",
    Reason.UNKNOWN_GROUP: f"{_NO_GROUP}.",
    Reason.UNKNOWN_GROUP_OR_NAMED: (
        f"{_NO_GROUP}; targets whose group is known by its name are asked by their own name: {{targets}}."
    ),
    Reason.NO_SUCH_GROUP: "Huawei Cloud knows no such protection group.",
    Reason.NOTHING_STOPPED: "Nothing was stopped: {because}.",
    Reason.WRONG_STATE: "SDRS does not take a stop while the group is {status!r}; nothing was stopped.",
    Reason.PRODUCTION_FAILED: (
        "The production site fails: SDRS reports fault level 2 of {pairs}. Fail over instead; no stop was sent."
    ),
    Reason.SKIPPED: f"{_SKIPPED}.",
    Reason.SKIPPED_FOR: f"{_SKIPPED}: {{reason}}.",
    Reason.USED_ID_CHANGED: f"{_USED} says something else than the first one. {_ANEW}",
    Reason.USED_ID_ENDED: f"{_USED} was sent after that one had ended. {_ANEW}",
    Reason.BAD_CREDENTIAL: "the credential for Huawei Cloud is not usable: {problem}",
    Reason.BAD_ENDPOINT: "Huawei Cloud cannot be called: {problem}",
    Reason.SECRET_UNREADABLE: "{problem}",
    Reason.NO_SUCH_NAME: "no protection group is named {name!r} in {region}",
    Reason.SEVERAL_NAMED: ("{count} protection groups are named {name!r}: give server_group_id, one of {candidates}"),
    Reason.REQUEST_NOT_SENT: _REFUSED,
    Reason.REQUEST_REFUSED: _REFUSED,
    Reason.NO_ANSWER: _REFUSED,
    Reason.INVALID_ID: _REFUSED,
    Reason.SIGN_IN: _REFUSED,
    Reason.PROJECT: _REFUSED,
    Reason.NULL_KEY: "{key!r} is null: leave it out, or give it a value",
    Reason.TARGET_AND_GROUP: "'target' and 'server_group_id' are both given: give one of them",
    Reason.TOO_MANY: "{key!r} names {count}: at most {most} are allowed, send several commands",
    Reason.NAMED_TWICE: "{key!r} names the same twice: name each once",
    Reason.WRONG_TARGET: f"'target' {{value!r}} is no valid {_TARGET}",
    Reason.WRONG_GROUP_ID: f"'server_group_id' {{value!r}} is no valid {_GROUP_ID}",
    Reason.NO_TARGET_NAMED: f"'target' must be one {_TARGET}, or a list of them",
    Reason.NO_GROUP_NAMED: f"'server_group_id' must be one {_GROUP_ID}, or a list of them",
    Reason.SOURCE_CLAIMED: "'source' is not this sender's to claim: leave it out",
    Reason.UNFILLED_VALUE: f"{_UNFILLED} value",
    Reason.UNFILLED_TIME: f"{_UNFILLED} time",
    Reason.UNFILLED_TEXT: f"{_UNFILLED} text",
    Reason.BAD_DELIVERY_ID: "'delivery_id' is {kind}: it must be 1 to 200 printable characters",
    Reason.BAD_TIME: "{key!r} must be an ISO 8601 time with its zone, such as 2026-01-02T03:04:05Z",
    Reason.FUTURE_TIME: "{key!r} lies more than 5 minutes in the future: correct the sender's clock",
    Reason.NOT_TEXT: "{key!r} is {kind}: it must be text",
    Reason.NOT_TRUE_OR_FALSE: "{key!r} is {kind}: it must be true or false",
    Reason.WRONG_VERSION: "'schema_version' must be {version}",
    Reason.FORCE_NOT_ALLOWED: "'force' is for a queue command or a direct call alone: leave it out",
    Reason.HOLD_MISSING: "'hold' is missing: name the hold that is to be undone, as the notice and the history show it",
    Reason.WRONG_HOLD: "'hold' is {kind}: it must be an operation's id, 32 hexadecimal characters",
    Reason.WRONG_ACTION: "'action' is {kind}: it must be stop or resume",
    Reason.ONLY_FOR_STOP: "{key!r} belongs to a stop alone: leave it out",
    Reason.ONLY_FOR_RESUME: "{key!r} belongs to a resume alone: leave it out",
    Reason.BAD_RESUME_TIME: (
        "{key!r} must be a whole number of minutes from 1 to 10080, or a time with its zone such as 06:00 Europe/Berlin"
    ),
    Reason.TWO_RESUME_TIMES: "'resume_after_minutes' and 'resume_at' are both given: give one of them",
    Reason.UNKNOWN_KEY: "{key!r} is not a known key",
    Reason.MISSPELT_KEY: "{key!r} is not a known key: did you mean {meant!r}?",
    Reason.BAD_ID_ATTRIBUTE: "the attribute 'standdown-delivery-id' must be 1 to 200 printable characters",
    Reason.BAD_TIME_ATTRIBUTE: "the attribute 'standdown-requested-at' is wrong: {problem}",
    Reason.FUTURE_TIME_ATTRIBUTE: "the attribute 'standdown-requested-at' lies more than 5 minutes in the future",
    Reason.FUTURE_STATE_TIME: "the alarm's state time lies more than 5 minutes in the future",
    Reason.FUTURE_ALARM_TIME: "the alarm's time lies more than 5 minutes in the future",
    Reason.OTHER: "{problem}",
}


def sentence(why: Why, templates: Mapping[Reason, str] = ENGLISH, between: str = "; ") -> str:
    """Return the sentence about a reason and those behind it, by a language's templates.

    Raises KeyError if there is no template for one, or if a record of another version lacks a value.
    """
    behind = between.join(sentence(one, templates, between) for one in why.because)
    return templates[why.code].format(**{**why.values, "because": behind})
