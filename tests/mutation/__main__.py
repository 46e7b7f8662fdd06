"""Plant faults: `python -m mutation`, or `python -m mutation core.targets intake.fields`; `--show` prints what lives.

A run that was broken off goes on where it was: what the tests have noticed stands until its module changes, what they
have not is tried again. Ends with 0 where the tests notice nine faults of ten in every module.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from local.places import ROOT, plain_env
from mutation.copied import COPY, bring_up_to_date, choose, forget_others, modules, source

ENOUGH = 90.0
"""Percent of a module's faults that the tests must notice."""
MUTMUT = (sys.executable, "-m", "mutation.planting")
_NOTICED = {1, 3, 24, -24, 36, 152}
"""mutmut's exit codes for a test that failed, and for tests that no longer came to an end."""


@dataclass(frozen=True, slots=True)
class Score:
    """How many faults a module has, how many were asked about, and those that no test is known to notice."""

    module: str
    faults: int
    asked: int
    living: tuple[str, ...]

    @property
    def noticed(self) -> int:
        """Return how many faults a test noticed."""
        return self.faults - len(self.living)

    @property
    def percent(self) -> float:
        """Return how many of a hundred faults are noticed; one that was not asked about is not."""
        return 100 * self.noticed / self.faults if self.faults else 0.0


def main(arguments: list[str]) -> int:
    """Plant faults in the modules that the arguments name, or in all; return the exit status."""
    wanted = [argument for argument in arguments if argument != "--show"] or list(modules())
    unknown = set(wanted) - set(modules())
    if unknown:
        sys.stderr.write(f"no faults are planted in {', '.join(sorted(unknown))}; modules: {', '.join(modules())}\n")
        return 2
    if "--show" not in arguments:
        bring_up_to_date()
        for module in wanted:
            plant(module)
    scores = [score(module) for module in wanted]
    sys.stdout.write(table(scores))
    if "--show" in arguments:
        for one in scores:
            show(one)
    return 0 if all(one.percent >= ENOUGH for one in scores) else 1


def plant(module: str) -> None:
    """Have mutmut plant the faults of one module that are not known to be noticed."""
    names = [f"standdown.{module}.*"] if _is_new(module) else list(score(module).living)
    if not names:
        return
    choose(module)
    forget_others(module)
    command = ["nice", "-n", "10", *MUTMUT, "run", *names]
    sys.stdout.write(f"mutation: {module}, {'all' if names[0].endswith('*') else len(names)} faults to plant\n")
    sys.stdout.flush()
    ended = subprocess.run(command, cwd=COPY, env=_env(), check=False, capture_output=True, text=True)
    if ended.returncode or None in _codes(module).values():
        sys.stderr.write(ended.stdout[-4000:] + ended.stderr[-4000:])
        sys.stderr.write(f"\nmutation: broken off at {module}; the next run goes on there\n")
        raise SystemExit(ended.returncode or 1)


def score(module: str) -> Score:
    """Return what is known of a module's faults."""
    codes = _codes(module)
    living = tuple(name for name, code in codes.items() if code not in _NOTICED)
    return Score(module, len(codes), sum(code is not None for code in codes.values()), living)


def table(scores: Iterable[Score]) -> str:
    """Return the scores as a table; what was not asked about counts as not noticed."""
    head = "| module | faults | asked | noticed | of all |\n|---|---|---|---|---|\n"
    return head + "".join(
        f"| `{one.module}` | {one.faults} | {one.asked} | {one.noticed} | {one.percent:.1f} % |\n" for one in scores
    )


def show(one: Score) -> None:
    """Print each fault of a module that no test noticed."""
    choose(one.module)
    forget_others(one.module)
    for name in one.living:
        subprocess.run([*MUTMUT, "show", name], cwd=COPY, env=_env(), check=False)


def _env() -> dict[str, str]:
    """Return an environment in which the mutation package is found, and the code under test in the copy alone."""
    return plain_env(PYTHONPATH=str(ROOT / "tests"))


def _is_new(module: str) -> bool:
    """Say whether the module was never asked about as it stands now."""
    asked = _meta(module)
    return not asked.is_file() or asked.stat().st_mtime < (COPY / source(module)).stat().st_mtime


def _meta(module: str) -> Path:
    """Return where mutmut keeps what it knows of a module's faults."""
    return COPY / "mutants" / source(module).with_suffix(".py.meta")


def _codes(module: str) -> dict[str, int | None]:
    """Return mutmut's verdict on each fault of a module as it was left, none where it was never asked."""
    meta = _meta(module)
    if not meta.is_file():
        return {}
    codes: dict[str, int | None] = json.loads(meta.read_text("utf-8"))["exit_code_by_key"]
    return codes


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
