"""The embedded AWS: one ministack process on a free loopback port, its files in a folder of its own."""

from __future__ import annotations

import contextlib
import json
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from local.places import CLOUD_PYTHON, REGION, aws_env
from local.process import Child, free_port

_EMBEDDED = Path(__file__).with_name("embedded.py")


class EmbeddedAws:
    """A running ministack. Functions run as processes of its python; nothing but loopback is listened on."""

    def __init__(self, folder: Path, wait_scale: float, auth: bool, switches: Mapping[str, str] | None = None) -> None:
        self.endpoint = f"http://127.0.0.1:{free_port()}"
        scratch = folder / "aws"
        scratch.mkdir()
        self._mails = scratch / "mails.jsonl"
        env = aws_env(
            self.endpoint,
            BIND_HOST="127.0.0.1",
            MINISTACK_HOST="127.0.0.1",
            MINISTACK_REGION=REGION,
            GATEWAY_PORT=self.endpoint.rsplit(":", 1)[1],
            IOT_MTLS_ENABLED="0",
            SFTP_ENABLED="0",
            AUTH=str(auth).lower(),
            SFN_WAIT_SCALE=str(wait_scale),
            TMPDIR=str(scratch),
            STATE_DIR=str(scratch / "state"),
            S3_DATA_DIR=str(scratch / "s3"),
            LOG_LEVEL="INFO",
            **(switches or {}),
        )
        self._child = Child("ministack", [CLOUD_PYTHON, _EMBEDDED], folder / "aws.log", env, cwd=scratch)

    def wait(self) -> None:
        """Return once it answers."""
        self._child.wait_until(self._answers)

    def mails(self) -> list[dict[str, str]]:
        """Return the mails that SNS has sent, `to`, `subject` and `text`, oldest first."""
        if not self._mails.exists():
            return []
        return [json.loads(line) for line in self._mails.read_text("utf-8").split("\n")[:-1]]

    def end(self) -> None:
        """End it with every function process that it started."""
        self._child.end()

    def _answers(self) -> bool:
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"{self.endpoint}/_ministack/ready", timeout=2) as answer,  # noqa: S310 - our own URL
        ):
            return bool(answer.status == 200)
        return False
