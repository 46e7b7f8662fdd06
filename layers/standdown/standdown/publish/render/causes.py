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
    Reason.MISPLACED_TARGET: "correct.misplaced_target",
    Reason.BAD_MODE: "correct.bad_mode",
}
_VALUES = {"target": "NAME", "parameter": "NAME", "secret": "HuaweiSecretName"}
"""What a step can name beside the prefix, and what is said of a record that does not name it."""


def correction(why: Why | None, locale: Locale, prefix: str) -> str | None:
    """Return the step that corrects the cause, or None where the code says of none.

    `prefix` is where the stack's parameters stand.
    """
    for one in why.all if why else ():
        if key := _CORRECTED.get(one.code):
            values = {name: one_line(one.values.get(name, otherwise), 120) for name, otherwise in _VALUES.items()}
            return locale.say(key, prefix=prefix, **values)
    return None
