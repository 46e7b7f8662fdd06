"""Child processes that are ready when the caller goes on, and gone when it is done with them."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import FrameType

READY_SECONDS = 60
GRACE_SECONDS = 5


class LocalCloudError(Exception):
    """Raised when a part of the local cloud does not start, build or deploy; the message ends in what it last said."""


class Child:
    """One child process with its whole process group; its output goes to a file."""

    def __init__(
        self, name: str, command: Iterable[object], log: Path, env: Mapping[str, str], cwd: Path | None = None
    ) -> None:
        self.name, self.log = name, log
        with log.open("wb") as out:
            # A session of its own: Ctrl-C reaches us alone, and we end the group once, in order.
            self._process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=dict(env),
                cwd=cwd,
                start_new_session=True,
            )

    def wait_until(self, ready: Callable[[], bool], seconds: float = READY_SECONDS) -> None:
        """Return once `ready` says so; raise LocalCloudError if the process ends first or takes too long."""
        end = time.monotonic() + seconds
        while not ready():
            if self._process.poll() is not None:
                raise LocalCloudError(f"{self.name} ended with status {self._process.returncode}\n{self.tail()}")
            if time.monotonic() > end:
                raise LocalCloudError(f"{self.name} was not ready after {seconds:.0f} s\n{self.tail()}")
            time.sleep(0.05)

    def result(self, seconds: float = 300) -> None:
        """Wait for the process to end well; raise LocalCloudError with its last words if it does not."""
        try:
            status = self._process.wait(seconds)
        except subprocess.TimeoutExpired as error:
            raise LocalCloudError(f"{self.name} still ran after {seconds:.0f} s\n{self.tail()}") from error
        if status:
            raise LocalCloudError(f"{self.name} ended with status {status}\n{self.tail()}")

    def tail(self, lines: int = 30) -> str:
        """Return the last lines of what the process said."""
        with contextlib.suppress(OSError):
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        return ""

    def end(self) -> None:
        """End the process and everything it started, gently at first."""
        for sent, patience in ((signal.SIGTERM, GRACE_SECONDS), (signal.SIGKILL, GRACE_SECONDS)):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, sent)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(patience)
            if self._process.poll() is not None and not self._group_lives():
                return

    def _group_lives(self) -> bool:
        try:
            os.killpg(self._process.pid, 0)
        except (ProcessLookupError, PermissionError):
            return False
        return True


def free_port() -> int:
    """Return a loopback port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def ending_on_signals() -> Iterator[None]:
    """Turn SIGTERM and SIGHUP into SystemExit, so that every `with` and `finally` gets its turn."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def leave(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Ignore Ctrl-C and its like while the last things are put away."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
