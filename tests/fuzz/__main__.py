"""Fuzz one parser, or all in turn: `PYTHONPATH=layers/standdown:tests python -m fuzz PARSER|all SECONDS`.

Ends with 0 where nothing escaped. What did is written to `cases/PARSER/`, from where the unit tests replay it for ever.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path

from fuzz.parsers import CASES, PARSERS, seeds

MISSING = "atheris is not installed: run `make fuzz`, on Linux on x86-64.\n"


def main(arguments: list[str]) -> int:
    """Fuzz what the arguments name; return the exit status."""
    if len(arguments) != 2 or arguments[0] not in {*PARSERS, "all"} or not arguments[1].isdigit():
        sys.stderr.write(f"usage: python -m fuzz PARSER|all SECONDS\nparsers: {', '.join(PARSERS)}\n")
        return 2
    if importlib.util.find_spec("atheris") is None:
        sys.stderr.write(MISSING)
        return 2
    name, seconds = arguments
    failed = [one for one in (PARSERS if name == "all" else [name]) if not fuzz(one, seconds)]
    sys.stdout.write(f"fuzz: something escaped from {', '.join(failed)}\n" if failed else "fuzz: nothing escaped\n")
    return 1 if failed else 0


def fuzz(name: str, seconds: str) -> bool:
    """Fuzz one parser in a process of its own, since the fuzzer ends the one it runs in; return whether it held."""
    sys.stdout.write(f"fuzz: {name}, {seconds} s\n")
    sys.stdout.flush()
    cases = CASES / name
    cases.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(seeds()):
            (Path(corpus) / f"seed-{number}").write_bytes(seed)
        command = [sys.executable, "-m", "fuzz.guided", name, seconds, corpus, str(cases)]
        held = subprocess.run(command, check=False).returncode == 0  # noqa: S603 - our own module
    if not any(cases.iterdir()):
        cases.rmdir()
    return held


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
