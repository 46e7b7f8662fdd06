"""Why something was refused, as a code and values: from these a sentence can be made in any language."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from standdown.core.serialize import Record


class Reason(StrEnum):
    """The codes of `Why`; the comment names the values beside each."""

    AMBIGUOUS = "ambiguous"  # the event means to be two things at once
    BAD_CREDENTIAL = "bad_credential"  # the secret with the Huawei Cloud credential holds none that can be used
    BAD_FIELD = "bad_field"  # key
    BAD_TIME = "bad_time"  # key
    BAD_TARGET = "bad_target"  # target, key, problem
    BAD_MODE = "bad_mode"  # problem
    NOT_JSON = "not_json"
    NO_TARGET = "no_target"  # the command names nothing to stop
    SEVERAL = "several"  # more than one thing is wrong; the sentence has them all
    TOO_MANY = "too_many"  # key, most
    UNKNOWN_KEY = "unknown_key"  # key, and meant if a known one comes near
    UNKNOWN_TARGET = "unknown_target"  # target
    WRONG_NAME = "wrong_name"  # key, value
    OTHER = "other"  # code: a word of the log that has no entry of its own here


@dataclass(frozen=True, slots=True)
class Why(Record):
    """A reason: its code, and the values that a sentence about it needs."""

    code: Reason
    values: dict[str, str] = field(default_factory=dict)
