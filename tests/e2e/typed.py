"""Commands that are typed as they stand on a page: the programs are the real ones, and AWS is the local cloud."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from local.places import aws_env

FENCE = re.compile(r"^ *```(?:sh|console)\n(?P<code>.*?)^ *```$", re.MULTILINE | re.DOTALL)


def shell_of(folder: Path, endpoint: str, wrapped: Mapping[str, str], **more: str) -> dict[str, str]:
    """Return an environment whose programs, the AWS CLI and the `wrapped` ones, are run by these lines."""
    programs = folder / "bin"
    programs.mkdir(exist_ok=True)
    for name, line in {"aws": f'exec {real_aws()} --endpoint-url "$AWS_ENDPOINT_URL" "$@"', **wrapped}.items():
        path = programs / name
        path.write_text(f"#!/bin/sh\n{line}\n", "utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
    env = aws_env(endpoint)
    return env | {"PATH": f"{programs}:{env['PATH']}", "AWS_PAGER": "", **more}


def real_aws() -> str:
    """Return the AWS CLI, version 2: `make browser` installs Debian's beside Chromium."""
    for folder in ("/usr/bin", "/usr/local/bin", *os.environ["PATH"].split(":")):
        found = shutil.which("aws", path=folder)
        if found and b"aws-cli/2" in subprocess.run([found, "--version"], capture_output=True, check=False).stdout:  # noqa: S603
            return found
    pytest.fail("the AWS CLI, version 2, is not installed: run make browser")


def commands(page: str) -> list[str]:
    """Return the commands in a page's blocks, each whole: a line that ends within a quote goes on."""
    found = []
    for block in FENCE.finditer(page):
        command = ""
        for line in block["code"].splitlines():
            command += f"{line}\n"
            whole = subprocess.run(["/bin/bash", "-n"], input=command, capture_output=True, text=True, check=False)
            if not whole.returncode and not whole.stderr and not line.endswith("\\"):
                found.append(command.strip())
                command = ""
        assert not command.strip(), f"a block ends within a command: {command}"
    return [one for one in found if one]
