"""The workflow's state from look to look."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from standdown.aws.workflow import FIRST_WAIT
from standdown.core.operation import OPERATION_ID, SCHEMA_VERSION
from standdown.core.serialize import Record


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class WatchState(Record):
    """The workflow's state from look to look; far below Step Functions' limit, and free of anything secret.

    `pairs` has the word of each replication pair, for whoever watches; nothing is decided by it.
    """

    operation_id: str
    finished: bool = False
    wait_seconds: int = FIRST_WAIT
    looks: int = 0
    errors: int = 0
    job_lost: bool = False
    succeeded_at: datetime | None = None
    seen: str | None = None
    pairs: dict[str, str] = field(default_factory=dict)
    schema_version: int = SCHEMA_VERSION

    @classmethod
    def read(cls, state: Any) -> WatchState:
        """Read the workflow's state; what nobody can read names no operation, and is finished."""
        try:
            watch = cls.from_dict(state)
        except ValueError:
            return cls("", finished=True)
        return watch if OPERATION_ID.fullmatch(watch.operation_id) else cls("", finished=True)
