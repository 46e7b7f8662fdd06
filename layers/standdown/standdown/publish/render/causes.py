"""What is to be corrected, and where, by the code of the cause: steps that the cause alone decides."""

from __future__ import annotations

from collections.abc import Mapping

from standdown.base.text import one_line
from standdown.core.reasons import Reason, Why

__all__ = ["correction"]

_PLACE = "PREFIX/targets/{target} in the Parameter Store (PREFIX is the stack's output ConfigPrefix)"
_CORRECTIONS: Mapping[Reason, str] = {
    Reason.BAD_CREDENTIAL: (
        "Correct the secret with the Huawei Cloud credential of this stack (parameter HuaweiSecretName): "
        "what it holds cannot be used, and trying again does not help."
    ),
    Reason.BAD_TARGET: (
        f"Correct the target's document: it stands at {_PLACE}. make targets-check FILE=... tries the correction first."
    ),
    **dict.fromkeys(
        (Reason.UNKNOWN_TARGET, Reason.MISPLACED_TARGET),
        f"Correct the name in the request, or write the target down: its document belongs at {_PLACE}.",
    ),
    Reason.BAD_MODE: (
        "Correct the stack's mode: it stands at PREFIX/mode in the Parameter Store (PREFIX is the stack's output "
        "ConfigPrefix) and must be live, dry-run or off. A mode that is none of them counts as off."
    ),
}


def correction(why: Why | None) -> str | None:
    """Return the step that corrects the cause, or None where the code says of none."""
    for one in why.all if why else ():
        if step := _CORRECTIONS.get(one.code):
            return step.format(target=one_line(one.values.get("target", "NAME"), 64))
    return None
