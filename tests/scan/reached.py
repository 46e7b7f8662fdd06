"""Which calls to AWS each function's code can come to: read from the source, by names alone, so rather too many.

A name stands for every function of that name in the modules that the function imports, an attribute for every method;
a method of what calls AWS counts only where its object has the name that such an object always has (HELD).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from botocore import xform_name
from botocore.loaders import Loader

from local.places import ROOT

LAYER = ROOT / "layers" / "standdown"
CLIENTS = frozenset({"self._client", "self.client", "self.sqs", "_client()", "client()", "boto3.client()"})
"""How the code writes an AWS client; another way to write one is another line here."""
PROVIDERS = frozenset({"SSMProvider", "SecretsProvider"})
"""Powertools' own callers of AWS."""
HELD = {
    "Ledger": "ledger", "Locking": "ledger", "Holds": "holds", "Notices": "notices",
    "Table": "table", "Workflow": "workflow", "RequestQueue": "queue",
}  # fmt: skip
"""The classes whose methods have names that others have too, and the name of every object of each.

The ledger's class and those that it extends are one: each calls the others' methods by `self`.
"""
BY_NAME = frozenset({"get_paginator", "get_waiter"})
"""What takes an operation's name as an argument."""
WRITES = frozenset({
    "self._table.put", "self._table.put_new", "self._table.put_where", "self._table.update", "self._table.check"
})  # fmt: skip
"""The parts of a transaction: IAM asks for each of them, and for none by the transaction's name."""


@dataclass(slots=True)
class Definition:
    """A function or class: the names and attributes that it mentions, and the calls to AWS that it makes."""

    where: str
    method: bool
    names: set[str] = field(default_factory=set)
    attributes: set[tuple[str, str]] = field(default_factory=set)
    calls: set[str] = field(default_factory=set)


@cache
def operations() -> frozenset[str]:
    """Return the name of every method that boto3's clients have for the operations of the services in use."""
    loader = Loader()
    models = [loader.load_service_model(service, "service-2") for service in sorted(services())]
    return frozenset(xform_name(name) for model in models for name in model["operations"])


@cache
def services() -> frozenset[str]:
    """Return the services of which the code makes clients."""
    return frozenset(
        node.args[0].value
        for path in LAYER.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and _written(node.func).lower().endswith("client") and node.args
        if isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)
    )


def sites(root: Path) -> dict[str, set[str]]:
    """Return the calls to AWS below a folder: `module.function` and what each calls, as the source writes it."""
    found: dict[str, set[str]] = {}
    for path in sorted(root.rglob("*.py")):
        for one in _definitions(path):
            if one.calls:
                found.setdefault(one.where, set()).update(one.calls)
    return found


@cache
def reached(function: str) -> frozenset[tuple[str, str]]:
    """Return each (place, call) that the code of functions/FUNCTION/app.py can come to."""
    app = ROOT / "functions" / function / "app.py"
    known = [one for path in _imported(app) for one in _definitions(path)]
    named: dict[str, list[Definition]] = {}
    for one in known:
        named.setdefault(_name(one), []).append(one)
    waiting = [one for one in known if "." not in one.where.rpartition("/")[2]] + list(_definitions(app))
    seen: dict[int, Definition] = {}
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen[id(one)] = one
        mentioned = one.names | {attribute for attribute, _ in one.attributes}
        waiting += [other for name in mentioned for other in named.get(name, []) if _meant(one, other)]
    return frozenset((one.where, call) for one in seen.values() for call in one.calls)


def _name(one: Definition) -> str:
    return one.where.replace("/", ".").rpartition(".")[2]


def _module(one: Definition) -> str:
    folder, _, rest = one.where.rpartition("/")
    return f"{folder}/{rest.partition('.')[0]}"


def _meant(one: Definition, other: Definition) -> bool:
    """Return whether the one mentions the other."""
    *_, owner, name = other.where.replace("/", ".").split(".")
    if not other.method:
        near = not name.startswith("_") or _module(one) == _module(other)  # nobody imports what is private
        return near and (name in one.names or (name, owner) in one.attributes)
    holders = {of for attribute, of in one.attributes if attribute == name}
    if owner in HELD:
        own = one.method and HELD.get(one.where.split(".")[-2]) == HELD[owner]
        return HELD[owner] in holders or ("self" in holders and own)
    return bool(holders)


def _imported(app: Path) -> set[Path]:
    """Return the modules of the layer that a file imports, and those that these import."""
    found: set[Path] = set()
    waiting = [app]
    while waiting:
        for node in ast.walk(ast.parse(waiting.pop().read_text("utf-8"))):
            for name in _modules(node):
                path = LAYER / f"{name.replace('.', '/')}.py"
                if path.exists() and path not in found:
                    found.add(path)
                    waiting.append(path)
    return found


def _modules(node: ast.AST) -> list[str]:
    """Return the modules of the layer that an import may mean: `from package import module` is one as well."""
    if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("standdown"):
        return []
    return [f"{node.module}", *(f"{node.module}.{alias.name}" for alias in node.names)]


@cache
def _definitions(path: Path) -> tuple[Definition, ...]:
    module = path.relative_to(LAYER if path.is_relative_to(LAYER) else ROOT).with_suffix("").as_posix()
    tree = ast.parse(path.read_text("utf-8"))
    found = (_read(module, _outside(tree)), *_inside(module, tree))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    aliases = {alias.asname: alias.name for node in imports for alias in node.names if alias.asname}
    for one in found:
        one.names |= {aliases[name] for name in one.names & aliases.keys()}
        one.attributes |= {(name, aliases[of]) for name, of in one.attributes if of in aliases}
    return found


def _outside(tree: ast.Module) -> list[ast.AST]:
    kinds = (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
    return [node for node in tree.body if not isinstance(node, kinds)]


def _inside(module: str, tree: ast.Module) -> Iterator[Definition]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield _read(f"{module}.{node.name}", [node])
        if isinstance(node, ast.ClassDef):
            methods = [one for one in node.body if isinstance(one, ast.FunctionDef) and not one.name.startswith("__")]
            yield _read(f"{module}.{node.name}", [one for one in node.body if one not in methods])
            yield from (_read(f"{module}.{node.name}.{one.name}", [one], method=True) for one in methods)


def _read(where: str, nodes: Sequence[ast.AST], *, method: bool = False) -> Definition:
    found = Definition(where, method)
    for node in (inner for one in nodes for inner in ast.walk(one)):
        if isinstance(node, ast.Name):
            found.names.add(node.id)
            found.calls |= {node.id} & PROVIDERS
        if isinstance(node, ast.Attribute):
            holder = _written(node.value).rpartition(".")[2].removesuffix("()").removeprefix("_")
            found.attributes.add((node.attr, holder))
            written = f"{_written(node.value)}.{node.attr}"
            if written in WRITES or node.attr in operations():
                found.calls.add(written)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in BY_NAME:
            found.calls.add(f"{_written(node.func.value)}.{ast.literal_eval(node.args[0])}")
    return found


def _written(node: ast.expr) -> str:
    """Return an expression as the source writes it, without the arguments of its calls."""
    if isinstance(node, ast.Call):
        return f"{_written(node.func)}()"
    return f"{_written(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else ast.unparse(node)
