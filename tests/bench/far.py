"""A cold start as on AWS: TLS, AWS near and SDRS far, and from the first event on the CPU share of 512 MB."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import certifi
import trustme

from bench import artefacts, cold, subject, throttle
from bench.cloud import Cloud, Far
from bench.report import Row, Table, middle, ms
from bench.subject import Run, Subject
from local.places import CACHE


@dataclass(frozen=True, slots=True)
class Start:
    """One cold start, in nanoseconds, and its peak memory in KiB."""

    to_wire: float
    init: float
    init_cpu: float
    event_to_wire: float
    event: float
    event_cpu: float
    peak: float

    @classmethod
    def of(cls, run: Run) -> Start:
        """Read it from a run with one event."""
        invocation, stop = run.invocations[0], run.stops[0]
        return cls(
            to_wire=stop.at - run.spawned,
            init=run.told["init"],
            init_cpu=run.told["init_cpu"],
            event_to_wire=stop.at - invocation["start"],
            event=invocation["end"] - invocation["start"],
            event_cpu=invocation["cpu"],
            peak=run.told["peak_kib"],
        )


def measure(rounds: int) -> Table:
    """Return the table, each number the median of so many cold starts, the subjects taking turns."""
    CACHE.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=CACHE) as scratch, throttle.group() as group:
        far = place(Path(scratch))
        ours, theirs, floor = (trusting(one, far, Path(scratch)) for one in cold.subjects())
        found = starts((ours, theirs, floor), far, group, rounds)
        grown = [row for number in (10, 100, 1000) for row in _with_targets(ours, far, group, number, rounds // 3)]
    share = (
        "From the first event on, each process has the CPU share that 512 MB have"
        if group
        else "Every process has the whole CPU, because this host has no way to limit it"
    )
    return Table(
        "Cold start as on AWS",
        f"The same three subjects, all with bytecode, on Python {artefacts.version()}: {rounds} rounds, the subjects "
        "taking turns; medians. "
        "Everything is called over TLS with a test's own authority among all of certifi's. AWS takes "
        f"{far.aws_connect * 1000:.0f} ms to connect and {far.aws_call * 1000:.0f} ms for a call, SDRS "
        f"{far.sdrs_connect * 1000:.0f} and {far.sdrs_call * 1000:.0f} ms. {share}. Lambda gives the start of a "
        "process a whole CPU.",
        [*rows(found[ours.name], found[theirs.name], found[floor.name]), *grown],
        (_NEVER,),
    )


_NEVER = (
    "Never measured on AWS: the period in which Lambda gives out CPU time (here 20 ms), the OpenSSL and the boto3 of "
    "its runtime. Nor was it measured how long before the first event a process starts."
)


def rows(ours: list[Start], theirs: list[Start], floor: list[Start]) -> list[Row]:
    """Return the rows: this project against the official SDK and against the standard library."""

    def row(what: str, of: str, other: list[Start], name: str, aim: float | None = None) -> Row:
        mine, its = (middle(getattr(start, of) for start in starts) for starts in (ours, other))
        return Row(what, ms(mine), f"{ms(its)} {name}", mine / its, aim)

    peak, its_peak = (middle(start.peak for start in starts) for starts in (ours, theirs))
    return [
        row("process start to the stop being sent", "to_wire", theirs, "official SDK", 0.65),
        row("the same", "to_wire", floor, "standard library", 1.6),
        row("first event to the stop being sent", "event_to_wire", theirs, "official SDK", 0.2),
        row("CPU time of the whole first event", "event_cpu", theirs, "official SDK", 0.5),
        row("first event to its answer", "event", theirs, "official SDK"),
        row("init (imports, clients, calls made ahead)", "init", theirs, "official SDK"),
        row("CPU time of init", "init_cpu", theirs, "official SDK"),
        Row("peak memory", f"{peak / 1024:.0f} MiB", f"{its_peak / 1024:.0f} MiB official SDK", peak / its_peak),
    ]


def _with_targets(ours: Subject, far: Far, group: Path | None, number: int, rounds: int) -> list[Row]:
    """Return how long the stop takes with so many targets, from cold and warm, by a target's name and by a group's id.

    For a group's id all targets are read, as for an alarm: ten to a page, and forty calls a second at most.
    """
    shown = []
    for named in (True, False):
        cold_starts, warm, calls = [], [], []
        for _ in range(max(rounds, 2)):
            with Cloud(far=far, groups=number) as cloud:
                events = [subject.batch(one, named=named) for one in (0, 1)]
                run = ours.run(cloud, events, group=group, forget=True)
            sent = [(one.at, run.invocations[n]["start"]) for n, one in enumerate(cloud.named("sdrs.stop")[:2])]
            calls.append(float(len([one for one in cloud.arrivals if one.name.startswith("GetParameters")])))
            if len(sent) == len(events):
                cold_starts.append(float(sent[0][0] - run.spawned))
                warm.append(float(sent[1][0] - sent[1][1]))
        by = "its target's name" if named else "a group's id, as by an alarm"
        lost = f"{len(calls) - len(warm)} of {len(calls)} given back"
        told = f"{ms(middle(cold_starts))}, then {ms(middle(warm))}" if len(warm) == len(calls) else lost
        read = f"{middle(calls):.0f} calls to read"
        shown.append(Row(f"{number:,} targets, request by {by}: start to stop; event to stop, warm", told, read))
    return shown


def place(folder: Path) -> Far:
    """Return how far everything is, with an authority that is believed beside all of certifi's."""
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(tls)
    roots = folder / "roots.pem"
    roots.write_bytes(Path(certifi.where()).read_bytes() + b"\n" + authority.cert_pem.bytes())
    return Far(tls, roots)


def trusting(one: Subject, far: Far, folder: Path) -> Subject:
    """Return the subject with bytecode and with the test's authority in each certifi that it brings."""
    app, *packages = one.folders
    copied = []
    for number, each in enumerate(packages):
        if each == artefacts.runtime():
            copied.append(each)
            continue
        made = artefacts.with_bytecode(each, folder / f"{one.name}-{number}".replace(" ", "-"))
        for roots in made.glob("certifi/cacert.pem"):
            roots.write_bytes(far.ca_file.read_bytes())
        copied.append(made)
    return Subject(one.name, (app, *copied))


def starts(all_: Sequence[Subject], far: Far, group: Path | None, rounds: int) -> dict[str, list[Start]]:
    """Return so many cold starts of each; the first round fills the disk's cache and does not count."""
    found: dict[str, list[Start]] = {one.name: [] for one in all_}
    for number in range(rounds + 1):
        for one in all_:
            with Cloud(far=far) as cloud:
                run = one.run(cloud, [subject.batch(0)], group=group)
            if number:
                found[one.name].append(Start.of(run))
    return found
