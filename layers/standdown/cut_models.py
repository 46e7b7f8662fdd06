"""Cut botocore's models of AWS services down to what the functions call: `cut_models.py WHEEL FOLDER`, when built.

The whole ones cost a cold start 40 ms of CPU time. Rule sets and partitions are left to the runtime: its botocore may
be older, and does not understand a newer one's.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

CALLED = {
    "dynamodb": ("GetItem", "PutItem", "Query", "TransactWriteItems", "UpdateItem"),
    "events": ("DescribeEventBus", "PutEvents"),
    "secretsmanager": ("GetSecretValue",),
    "sns": ("Publish",),
    "sqs": ("ChangeMessageVisibility", "SendMessage"),
    "ssm": ("GetParameters", "GetParametersByPath"),
    "stepfunctions": ("DescribeExecution", "StartExecution"),
}
"""The operations of each service: a function knows no other."""
PAGED = {"ssm": ("GetParametersByPath",)}
_MODEL = re.compile(r"botocore/data/([a-z]+)/([0-9-]+)/(service-2|paginators-1)\.json(\.gz)?")
_LICENCE = re.compile(r"botocore-[^/]+\.dist-info/(?:licenses/)?((?:LICENSE|NOTICE)[^/]*)")


def cut(wheel: ZipFile, folder: Path) -> None:
    """Write the models of a wheel's botocore into a folder as botocore itself lays them out, with its licence."""
    latest: dict[tuple[str, str], str] = {}
    for name in sorted(wheel.namelist()):
        if (found := _MODEL.fullmatch(name)) and found[1] in CALLED:
            latest[found[1], found[3]] = name
        elif licence := _LICENCE.fullmatch(name):
            _write(folder / licence[1], wheel.read(name))
    prefixes = set()
    for (service, kind), name in latest.items():
        whole = _read(wheel, name)
        if kind == "service-2":
            prefixes.add(whole["metadata"]["endpointPrefix"])
            part = cut_service(whole, CALLED[service])
        else:
            part = {"pagination": {one: whole["pagination"][one] for one in PAGED.get(service, ())}}
        version = name.split("/")[3]
        _write(folder / service / version / f"{kind}.json", _text(part))
    [endpoints] = [name for name in wheel.namelist() if re.fullmatch(r"botocore/data/endpoints\.json(\.gz)?", name)]
    _write(folder / "endpoints.json", _text(cut_endpoints(_read(wheel, endpoints), prefixes)))


def cut_service(whole: dict[str, Any], operations: tuple[str, ...]) -> dict[str, Any]:
    """Return a service's model with these operations, the shapes that they need, and no documentation."""
    kept = {name: whole["operations"][name] for name in operations}
    shapes: dict[str, Any] = {}
    todo = [name for operation in kept.values() for name in _shapes_of(operation)]
    while todo:
        name = todo.pop()
        if name not in shapes:
            shapes[name] = whole["shapes"][name]
            todo += _shapes_of(shapes[name])
    rest = {key: value for key, value in whole.items() if key not in {"operations", "shapes", "examples"}}
    part: dict[str, Any] = _undocumented({**rest, "operations": kept, "shapes": shapes})
    return part


def cut_endpoints(whole: dict[str, Any], prefixes: set[str]) -> dict[str, Any]:
    """Return the endpoints' document with every partition and region, and of the services those alone."""
    partitions = []
    for partition in whole["partitions"]:
        services = {name: value for name, value in partition["services"].items() if name in prefixes}
        partitions.append({**partition, "services": services})
    return {**whole, "partitions": partitions}


def _shapes_of(node: Any) -> Iterator[str]:
    """Yield the names of the shapes that a part of a model refers to."""
    if isinstance(node, dict):
        if isinstance(node.get("shape"), str):
            yield node["shape"]
        for value in node.values():
            yield from _shapes_of(value)
    elif isinstance(node, list):
        for value in node:
            yield from _shapes_of(value)


def _undocumented(node: Any) -> Any:
    if isinstance(node, dict):
        # A member of a structure may have that name too: what documents is a text.
        return {
            key: _undocumented(value)
            for key, value in node.items()
            if not (key == "documentation" and isinstance(value, str))
        }
    return [_undocumented(value) for value in node] if isinstance(node, list) else node


def _read(wheel: ZipFile, name: str) -> Any:
    data = wheel.read(name)
    return json.loads(gzip.decompress(data) if name.endswith(".gz") else data)


def _text(document: Any) -> bytes:
    return json.dumps(document, separators=(",", ":"), sort_keys=True).encode()


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


if __name__ == "__main__":
    with ZipFile(sys.argv[1]) as given:
        cut(given, Path(sys.argv[2]))
