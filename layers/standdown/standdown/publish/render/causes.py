"""What is to be corrected, and where, by the code of the cause: steps that the cause alone decides."""

from __future__ import annotations

from standdown.base.text import one_line
from standdown.core.reasons import Reason, Why
from standdown.publish.render.locale import Locale

__all__ = ["correction"]

_CORRECTED = {
    Reason.BAD_CREDENTIAL: "correct.bad_credential",
    Reason.BAD_TARGET: "correct.bad_target",
    Reason.UNKNOWN_TARGET: "correct.unknown_target",
    Reason.MISPLACED_TARGET: "correct.unknown_target",
    Reason.BAD_MODE: "correct.bad_mode",
}


def correction(why: Why | None, locale: Locale) -> str | None:
    """Return the step that corrects the cause, or None where the code says of none."""
    for one in why.all if why else ():
        if key := _CORRECTED.get(one.code):
            return locale.say(key, target=one_line(one.values.get("target", "NAME"), 64))
    return None
