"""Frozen records to and from plain JSON values, by their own type hints.

Reading ignores keys it does not know and fills missing ones from the defaults, so that records written by an older or a
newer version of the code are still read.
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from datetime import datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Self, cast, get_args, get_origin, get_type_hints

from standdown.base.text import from_iso, iso


class Record:
    """A frozen dataclass that knows how to become plain values and back.

    Records compare and show themselves here, declared with `eq=False, repr=False`: to have dataclasses write both for
    each of them anew took some 4 ms of every start.
    """

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return _values(self) == _values(other) if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash(_values(self))

    def __repr__(self) -> str:
        shown = (f"{f.name}={value!r}" for f, value in zip(fields(_dataclass(self)), _values(self), strict=True))
        return f"{type(self).__qualname__}({', '.join(shown)})"

    def to_dict(self) -> dict[str, Any]:
        """Return the record as JSON-ready values: text, numbers, lists, objects, null; times as ISO 8601 in UTC."""
        return {f.name: _plain(getattr(self, f.name)) for f in fields(_dataclass(self))}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Read what `to_dict` wrote; raise ValueError where a value does not fit."""
        if not isinstance(data, dict):
            raise ValueError(f"not a {cls.__name__}: {type(data).__name__} where an object belongs")
        data = cls._completed(data)
        hints = _hints(cast("type", cls))
        try:
            return cls(**{name: _typed(hint, data[name]) for name, hint, _ in hints if name in data})
        except (TypeError, AttributeError, OverflowError) as error:
            missing = [name for name, _, required in hints if required and name not in data]
            raise ValueError(f"not a {cls.__name__}: missing {missing}" if missing else str(error)) from error

    @classmethod
    def _completed(cls, data: dict[str, Any]) -> dict[str, Any]:
        """Return the values with those that an older version of the code expressed in another way."""
        return data


def _dataclass(record: Record) -> Any:
    return record  # each of its classes is one


def _values(record: Record) -> tuple[Any, ...]:
    return tuple(getattr(record, f.name) for f in fields(_dataclass(record)))


@cache
def _hints(cls: Any) -> tuple[tuple[str, Any, bool], ...]:
    hints = get_type_hints(cls)
    return tuple((f.name, hints[f.name], f.default is MISSING and f.default_factory is MISSING) for f in fields(cls))


def _plain(value: Any) -> Any:
    if isinstance(value, Record):
        return value.to_dict()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value


def _typed(hint: Any, value: Any) -> Any:
    """Return a plain value as the type that the hint asks for."""
    if get_origin(hint) is UnionType:
        inner = [arg for arg in get_args(hint) if arg is not NoneType]
        return None if value is None else _typed(inner[0], value)
    if get_origin(hint) is tuple:
        return tuple(_typed(get_args(hint)[0], item) for item in value)
    if get_origin(hint) is dict:
        return {key: _typed(get_args(hint)[1], item) for key, item in value.items()}
    if hint is datetime:
        return from_iso(value)
    if hint is int:
        return int(value)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(value)
    if isinstance(hint, type) and issubclass(hint, Record):
        return hint.from_dict(value)
    if not isinstance(value, hint):
        raise ValueError(f"{type(value).__name__} where {hint.__name__} belongs")
    return value
