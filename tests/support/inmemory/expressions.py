"""DynamoDB's expressions, as far as this project writes them, over items in wire form (`{"S": "text"}`)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Item = dict[str, Any]
_TOKEN = re.compile(r"\s*(<>|<=|<|=|\+|\(|\)|,|[#:A-Za-z_][\w#:.]*)")


class ExpressionError(Exception):
    """Raised where DynamoDB would answer with a ValidationException."""


def copied(item: Item) -> Item:
    """Return a copy of an item that no change of either reaches; its texts, which nobody changes, are shared."""
    return {name: copied_value(value) for name, value in item.items()}


def copied_value(value: Any) -> Any:
    """Return a copy of a value in wire form."""
    if "M" in value:
        return {"M": copied(value["M"])}
    return {"L": [copied_value(one) for one in value["L"]]} if "L" in value else value


@dataclass(slots=True)
class Expression:
    """One expression with its names and values; `used` are the placeholders that were met."""

    text: str
    names: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    _tokens: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self._tokens = _TOKEN.findall(self.text)
        if "".join(self._tokens) != re.sub(r"\s+", "", self.text):
            raise ExpressionError(f"cannot read {self.text!r}")

    def holds(self, item: Item) -> bool:
        """Return whether the item meets the condition."""
        result = self._either(item)
        if self._tokens:
            raise ExpressionError(f"left over: {self._tokens}")
        return result

    def applied(self, item: Item) -> Item:
        """Return the item as the update leaves it; every right side is taken from the item as it was."""
        after, section, seen = copied(item), "", set[str]()
        while self._tokens:
            word = self._next()
            if word in ("SET", "REMOVE"):
                if word in seen:
                    raise ExpressionError(f"{word} stands twice")
                seen.add(word)
                section, word = word, self._next()
            if section == "SET":
                self._expect("=")
                self._put(after, self._path(word), self._sum(item))
            elif section != "REMOVE":
                raise ExpressionError(f"neither SET nor REMOVE: {word}")
            else:
                after.pop(self._path(word)[0], None)
            if self._tokens and self._tokens[0] == ",":
                self._next()
        return after

    def _either(self, item: Item) -> bool:
        result = self._both(item)
        while self._tokens and self._tokens[0] == "OR":
            self._next()
            other = self._both(item)
            result = result or other
        return result

    def _both(self, item: Item) -> bool:
        result = self._one(item)
        while self._tokens and self._tokens[0] == "AND":
            self._next()
            other = self._one(item)
            result = result and other
        return result

    def _one(self, item: Item) -> bool:
        if self._tokens[0] == "(":
            self._next()
            result = self._either(item)
            self._expect(")")
            return result
        if self._tokens[0] in ("attribute_exists", "attribute_not_exists"):
            wanted = self._next() == "attribute_exists"
            self._expect("(")
            found = self._get(item, self._path(self._next()))
            self._expect(")")
            return (found is not None) is wanted
        left, compare = self._operand(item), _COMPARE[self._next()]
        right = self._operand(item)
        return left is not None and right is not None and left.keys() == right.keys() and compare(left, right)

    def _sum(self, item: Item) -> Any:
        value = self._operand(item)
        if self._tokens and self._tokens[0] == "+":
            self._next()
            more = self._operand(item)
            if value is None or more is None:
                raise ExpressionError("the attribute to add to does not exist")
            return {"N": str(Decimal(value["N"]) + Decimal(more["N"]))}
        if value is None:
            raise ExpressionError("the value of SET does not exist")
        return value

    def _operand(self, item: Item) -> Any:
        word = self._next()
        if word in ("list_append", "if_not_exists", "size"):
            self._expect("(")
            first = self._operand(item)
            if word == "size":
                self._expect(")")
                return None if first is None else {"N": str(len(next(iter(first.values()))))}
            self._expect(",")
            second = self._operand(item)
            self._expect(")")
            if word == "if_not_exists":
                return second if first is None else first
            return {"L": [*first["L"], *second["L"]]}
        if word.startswith(":"):
            self.used.add(word)
            if word not in self.values:
                raise ExpressionError(f"{word} has no value")
            return self.values[word]
        return self._get(item, self._path(word))

    def _path(self, word: str) -> list[str]:
        parts = word.split(".")
        self.used |= {part for part in parts if part.startswith("#")}
        try:
            return [self.names[part] if part.startswith("#") else part for part in parts]
        except KeyError as error:
            raise ExpressionError(f"{error} has no name") from error

    def _get(self, item: Item, path: list[str]) -> Any:
        found: Any = {"M": item}
        for part in path:
            found = found.get("M", {}).get(part) if found else None
        return found

    def _put(self, item: Item, path: list[str], value: Any) -> None:
        holder = item
        for part in path[:-1]:
            if "M" not in holder.get(part, {}):
                raise ExpressionError(f"the path {path} does not exist")
            holder = holder[part]["M"]
        holder[path[-1]] = copied_value(value)

    def _next(self) -> str:
        return self._tokens.pop(0)

    def _expect(self, token: str) -> None:
        if not self._tokens or self._next() != token:
            raise ExpressionError(f"expected {token} in {self.text!r}")


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Item, Item], bool]:
    def over(left: Item, right: Item) -> bool:
        if "N" in left:
            return compare(Decimal(left["N"]), Decimal(right["N"]))
        return compare(left["S"], right["S"])

    return over


_COMPARE: dict[str, Callable[[Item, Item], bool]] = {
    "=": lambda left, right: left == right,
    "<>": lambda left, right: left != right,
    "<": _ordered(lambda left, right: left < right),
    "<=": _ordered(lambda left, right: left <= right),
}
