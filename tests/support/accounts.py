"""What tests of an account at Huawei Cloud hold: a clock that they set, and credentials that no cache keeps."""

from __future__ import annotations

import json


class Clock:
    """A clock that stands still until it is set."""

    now = 100.0

    def __call__(self) -> float:
        """Return the time that was set."""
        return self.now


def token(*, force: bool) -> str:  # noqa: ARG001 - there is no cache
    return json.dumps({"token": "t-1"})


def password(*, force: bool) -> str:  # noqa: ARG001 - there is no cache
    return json.dumps({"user": "u", "password": "p", "domain": "d"})
