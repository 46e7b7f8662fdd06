"""One run of the coverage-guided fuzzer over one parser: started by `python -m fuzz`, ended by the fuzzer itself."""

from __future__ import annotations

import importlib
import sys


def main(name: str, seconds: str, corpus: str, cases: str) -> None:
    """Fuzz until the time is over or something escapes."""
    atheris = importlib.import_module("atheris")
    # Imported under instrumentation, so that the fuzzer sees which branches an input takes.
    with atheris.instrument_imports(include=["standdown"]):
        parsers = importlib.import_module("fuzz.parsers")
    options = [
        f"-max_total_time={seconds}",
        f"-artifact_prefix={cases}/",
        "-max_len=8192",
        "-timeout=10",  # seconds for one input: a slow one is an escape too
        "-verbosity=0",
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], *options, corpus, cases], lambda data: parsers.run(name, data))
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
