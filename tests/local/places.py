"""Where things are in this checkout, and the environment that every child process gets: none of the host's own."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache"
CLOUD_PYTHON = ROOT / ".venv" / "cloud" / "bin" / "python"
CLIENTS = ROOT / ".venv" / "clients"
SAM_BIN = ROOT / ".venv" / "sam" / "bin"
MICROBURST = ROOT / ".venv" / "trouble" / "bin" / "microburst"
REGION = "us-east-1"

KEPT = ("HOME", "LANG", "LC_ALL", "USER")


def plain_env(**more: str) -> dict[str, str]:
    """Return an environment without proxies, profiles, credentials or switches of the host, plus `more`."""
    env = {name: os.environ[name] for name in KEPT if name in os.environ}
    env |= {"PATH": os.pathsep.join([str(SAM_BIN), os.environ.get("PATH", os.defpath)])}
    env |= {"PYTHONUNBUFFERED": "1", "NO_PROXY": "127.0.0.1"}
    return env | more


def aws_env(endpoint: str, **more: str) -> dict[str, str]:
    """Return an environment in which every AWS client speaks to the local cloud, with made-up credentials."""
    return plain_env(
        AWS_ENDPOINT_URL=endpoint,
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",
        AWS_DEFAULT_REGION=REGION,
        AWS_REGION=REGION,
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        AWS_EC2_METADATA_DISABLED="true",
        **more,
    )
