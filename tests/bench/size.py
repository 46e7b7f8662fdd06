"""How large what is deployed is, against the official SDK and what it needs."""

from __future__ import annotations

from pathlib import Path

from bench import artefacts
from bench.report import Row, Table


def measure() -> Table:
    """Return the table."""
    built, sdk = artefacts.built(), artefacts.official_sdk()
    layer, layer_zip = artefacts.sizes(built / "StanddownLayer")
    ours, ours_zip = artefacts.sizes(built / "TriggerFunction")
    theirs, theirs_zip = artefacts.sizes(sdk)
    return Table(
        "Size",
        "What `sam build` made, with bytecode where it ran on the runtime's Python, against a layer with "
        "`huaweicloudsdksdrs` and its requirements alone, without bytecode.",
        (
            Row(
                "layer and trigger, zipped",
                _kib(layer_zip + ours_zip),
                _kib(theirs_zip),
                _of(layer_zip, theirs_zip),
            ),
            Row("layer and trigger, unpacked", _kib(layer + ours), _kib(theirs), _of(layer, theirs)),
            Row("of which this project's own code, unpacked", _kib(_own(built)), _kib(layer), _of(_own(built), layer)),
        ),
    )


def _own(built: Path) -> int:
    return artefacts.sizes(built / "StanddownLayer" / "python" / "standdown")[0]


def _of(ours: int, theirs: int) -> float:
    return ours / theirs


def _kib(size: int) -> str:
    return f"{size / 1024:,.0f} KiB"
