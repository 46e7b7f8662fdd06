"""Read and switch a simulator that runs in another process, through its admin API."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from typing import Any


class ControlError(Exception):
    """Raised when the simulator refuses what was asked of it, or cannot be reached."""


class Control:
    """A simulator somewhere on this machine."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def calls(self, endpoint: str | None = None, after: int = 0) -> list[dict[str, Any]]:
        """Return the calls it got, oldest first; only those to one endpoint, only those with a higher number."""
        wanted = f"?after={after}" + (f"&endpoint={endpoint}" if endpoint else "")
        calls: list[dict[str, Any]] = self._ask("GET", f"calls{wanted}")["calls"]
        return calls

    def state(self) -> dict[str, Any]:
        """Return scenario, plan, groups, jobs and faults as of now."""
        return self._ask("GET", "state")

    def group(self, name: str) -> dict[str, Any]:
        """Return the group of a name or id, as the API shows it."""
        for group in self.state()["groups"]:
            if name in (group["name"], group["id"]):
                return dict(group)
        raise ControlError(f"no group is called {name!r}")

    def put_groups(self, *groups: dict[str, Any]) -> None:
        """Add groups, or change those whose id is known."""
        self._ask("POST", "groups", {"groups": list(groups)})

    def add_faults(self, *faults: dict[str, Any]) -> None:
        """Switch on faults; see `faults.Fault` for their fields."""
        self._ask("POST", "faults", {"faults": list(faults)})

    def clear_faults(self) -> None:
        """Switch all faults off."""
        self._ask("POST", "faults/clear", {})

    def settings(self, **settings: Any) -> None:
        """Change how stops to come go (fields of `scenarios.Plan`), the clock skew, the tokens' life and the like."""
        self._ask("POST", "settings", settings)

    def reset(self, scenario: str | None = None) -> None:
        """Begin again, in another scenario where one is given."""
        self._ask("POST", "reset", {"scenario": scenario} if scenario else {})

    def expire_tokens(self) -> None:
        """Make every IAM token that was issued invalid."""
        self._ask("POST", "expire-tokens", {})

    def end_job(self, group_id: str) -> None:
        """Have the job of a group end well now, or its pairs' copying; ControlError where neither is under way."""
        self._ask("POST", "jobs/end", {"group": group_id})

    def wait_until_up(self, seconds: float = 10.0) -> None:
        """Return as soon as it answers; raise ControlError where it does not in time."""
        ends = time.monotonic() + seconds
        while True:
            try:
                self._ask("GET", "")
            except ControlError:
                if time.monotonic() > ends:
                    raise
                time.sleep(0.05)
            else:
                return

    def _ask(self, method: str, what: str, data: dict[str, Any] | None = None) -> dict[str, Any]:
        body = None if data is None else json.dumps(data).encode()
        request = urllib.request.Request(f"{self.url}/_sim/{what}", data=body, method=method)  # noqa: S310 - our own URL
        try:
            with self._opener.open(request, timeout=10) as answer:
                found: dict[str, Any] = json.load(answer)
                return found
        except urllib.error.HTTPError as error:
            raise ControlError(error.read().decode("utf-8", "replace")) from error
        except OSError as error:
            raise ControlError(f"no simulator at {self.url}: {error}") from error
