"""From a fresh process to the stop on the wire, against the function that one would write instead, and the floor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import artefacts, subject
from bench.cloud import Arrival, Cloud
from bench.report import MeasureError, Row, Table, middle, ms
from bench.subject import Run, Subject
from local.places import CACHE

ROUND_TRIP = 0.02


@dataclass(frozen=True, slots=True)
class Start:
    """One cold start, in nanoseconds: process to stop, import, event to stop, event to answer, waiting, CPU."""

    to_wire: float
    init: float
    invocation: float
    waited: float
    waited_before: float
    invocation_to_wire: float
    cpu: float

    @classmethod
    def of(cls, run: Run) -> Start:
        """Read it from a run with one event."""
        invocation, stop = run.invocations[0], run.stops[0]
        if invocation["answer"] != {"batchItemFailures": []}:
            raise MeasureError(f"the request was given back: {invocation['answer']}")
        return cls(
            to_wire=stop.at - run.spawned,
            init=run.told["init"],
            invocation=invocation["end"] - invocation["start"],
            waited=waiting(run.arrivals),
            waited_before=waiting([arrival for arrival in run.arrivals if arrival.answered <= stop.at]),
            invocation_to_wire=stop.at - invocation["start"],
            cpu=run.told["init_cpu"] + invocation["cpu"],
        )


def subjects() -> tuple[Subject, Subject, Subject]:
    """Return the trigger as built, the function with the official SDK, and the floor."""
    built, runtime = artefacts.built(), artefacts.runtime()
    return (
        Subject("this project", (built / "TriggerFunction", built / "StanddownLayer" / "python", runtime)),
        Subject("official SDK", (artefacts.SUBJECTS / "official_sdk", artefacts.official_sdk(), runtime)),
        Subject("standard library", (artefacts.SUBJECTS / "floor",)),
    )


def waiting(arrivals: Sequence[Arrival]) -> float:
    """Return for how long at least one of the calls was under way, in nanoseconds."""
    total, until = 0, 0
    for arrival in sorted(arrivals, key=lambda one: one.at):
        total += max(arrival.answered - max(arrival.at, until), 0)
        until = max(until, arrival.answered)
    return total


def measure(rounds: int) -> Table:
    """Return the table, each number the median of so many cold starts, the subjects taking turns."""
    ours, theirs, floor = (all_ := subjects())
    with TemporaryDirectory(dir=CACHE) as folder:
        compiled = tuple(_copied(one, Path(folder), bytecode=True) for one in (ours, theirs))
        plain = tuple(_copied(one, Path(folder), bytecode=False) for one in (ours, theirs))
        starts = _starts((*all_, *compiled, *plain), rounds)
    return Table(
        "Cold start",
        f"A fresh process for each of {rounds} rounds, the subjects taking turns; medians. Every call to AWS or "
        f"SDRS is answered after {ROUND_TRIP * 1000:.0f} ms by a server on loopback, over plain HTTP. The trigger runs "
        "from the artefacts of `sam build`, with the runtime's boto3 and its bytecode. The official SDK is unpacked as "
        "`sam build` does it, without bytecode. The layer as built has bytecode where the host has the runtime's "
        "Python; copies of both show them with it and without. The trigger also reads its targets, which the "
        "others do not. CPU time is what a busy machine does not blur.",
        [
            *_rows(starts[ours.name], starts[theirs.name], starts[floor.name]),
            *_pair("both with bytecode", *(starts[one.name] for one in compiled)),
            *_pair("both without bytecode", *(starts[one.name] for one in plain)),
        ],
        _imports(ours, theirs),
    )


def _starts(all_: Sequence[Subject], rounds: int) -> dict[str, list[Start]]:
    starts: dict[str, list[Start]] = {one.name: [] for one in all_}
    for number in range(rounds + 1):
        for one in all_:
            with Cloud(ROUND_TRIP) as cloud:
                run = one.run(cloud, [subject.batch(0)])
            if number:  # the first round fills the disk's cache
                starts[one.name].append(Start.of(run))
    return starts


def _copied(one: Subject, folder: Path, *, bytecode: bool) -> Subject:
    """Return the subject with or without bytecode for the packages that it brings; the runtime's has it already."""
    app, packages, runtime = one.folders
    to = folder / ("with" if bytecode else "without")
    copy = artefacts.with_bytecode if bytecode else artefacts.without_bytecode
    return Subject(f"{one.name}, {to.name} bytecode", (app, copy(packages, to), runtime))


def _pair(how: str, ours: list[Start], theirs: list[Start]) -> list[Row]:
    shown = []
    for what, of, aim in (
        ("process start to the stop being sent", "to_wire", 0.8),
        ("the same, CPU time", "cpu", None),
    ):
        mine, its = (middle(getattr(start, of) for start in starts) for starts in (ours, theirs))
        shown.append(Row(f"{what}, {how}", ms(mine), f"{ms(its)} official SDK", mine / its, aim))
    return shown


def _rows(ours: list[Start], theirs: list[Start], floor: list[Start]) -> list[Row]:
    def row(what: str, of: str, other: list[Start], name: str, aim: float | None = None) -> Row:
        mine, its = (middle(getattr(start, of) for start in starts) for starts in (ours, other))
        return Row(what, ms(mine), f"{ms(its)} {name}", mine / its, aim)

    def trips(what: str, of: str, waited: str, aim: float | None = None) -> Row:
        mine, its = (middle(getattr(start, field) for start in ours) for field in (of, waited))
        return Row(what, ms(mine), f"{ms(its)} of round trips", mine / its, aim)

    return [
        row("process start to the stop being sent, as built here", "to_wire", theirs, "official SDK"),
        row("the same, CPU time of init and first event", "cpu", theirs, "official SDK"),
        row("process start to the stop being sent", "to_wire", floor, "standard library"),
        row("init (imports, clients)", "init", theirs, "official SDK"),
        trips("first event to its answer", "invocation", "waited", 1.3),
        trips("first event to the stop being sent", "invocation_to_wire", "waited_before"),
        row("first event to the stop being sent", "invocation_to_wire", theirs, "official SDK"),
    ]


def _imports(ours: Subject, theirs: Subject) -> list[str]:
    with Cloud() as cloud:
        found = {one.name: one.imports(cloud) for one in (ours, theirs)}
        traced = ours.run(cloud, [subject.batch(0)], trace=True)
    shown = []
    for name, modules in found.items():
        sums: dict[str, float] = {}
        for module, (own, _) in modules.items():
            sums[module.partition(".")[0]] = sums.get(module.partition(".")[0], 0.0) + own
        most = sorted(sums.items(), key=lambda item: -item[1])[:12]
        whole = sum(sums.values())
        listed = ", ".join(f"`{package}` {100 * own / whole:.0f} %" for package, own in most)
        listed = listed.replace("`app`", "making the clients (`app`)")
        shown.append(f"Imports of {name}: {len(modules)} modules; by package, of the time: {listed}.")
    idle = sorted(set(traced.told["idle"]))
    shown.append(
        "Modules of this project that the trigger imports and a stop runs nothing of (types, what is for trouble): "
        + (", ".join(f"`{module}`" for module in idle) or "none")
        + "."
    )
    return shown
