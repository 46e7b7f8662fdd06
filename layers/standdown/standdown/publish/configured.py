"""What is configured to be stopped: the stack's mode, its targets, and the documents that cannot be read. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from standdown.base.text import one_line
from standdown.core.targets import TargetDefaults, read_targets

SHOWN = 50
"""Invalid documents that are shown, so that the answer has an end."""


def configured(documents: Mapping[str, str] | None) -> dict[str, Any]:
    """Return `stack_mode`, `configured` and `invalid`, JSON-ready; all null where the documents could not be read."""
    if documents is None:
        return {"stack_mode": None, "configured": None, "invalid": None}
    found = read_targets(documents, TargetDefaults("cn-north-4"))  # its region is not shown
    invalid = [{"target": one_line(name, 80), "problem": str(error)} for name, error in found.broken.items()]
    if found.bad_mode is not None:
        invalid.append({"target": "mode", "problem": f"the stack's mode {found.bad_mode!r} is none: it is read as off"})
    return {
        "stack_mode": found.mode.value,
        "configured": [{"target": target.name, "mode": target.mode.value} for target in found],
        "invalid": invalid[:SHOWN],
    }
