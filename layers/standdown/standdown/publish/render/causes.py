"""What is to be corrected, and where, by the code of the cause: steps that the cause alone decides."""

from __future__ import annotations

from standdown.base.text import one_line
from standdown.core.reasons import Reason, Why
from standdown.publish.render.locale import Locale

__all__ = ["correction"]

_CORRECTED = frozenset({Reason.BAD_CREDENTIAL, Reason.BAD_TARGET, Reason.UNKNOWN_TARGET, Reason.BAD_MODE})


def correction(why: Why | None, locale: Locale) -> str | None:
    """Return the step that corrects the cause, or None where the code says of none."""
    if why is None or why.code not in _CORRECTED:
        return None
    return locale.say(f"correct.{why.code.value}", target=one_line(why.values.get("target", "NAME"), 64))
