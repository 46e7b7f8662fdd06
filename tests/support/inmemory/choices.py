"""The Choice rules that the template's workflow uses, judged as Amazon States Language says."""

from __future__ import annotations

from typing import Any

_MISSING = object()


def chosen(state: Any, data: Any) -> str:
    """Return the state that a Choice goes on with; raise KeyError where no rule fits and there is no default."""
    for rule in state["Choices"]:
        if _fits(rule, data):
            return str(rule["Next"])
    return str(state["Default"])


def value_at(data: Any, path: str) -> Any:
    """Return what stands under a path such as `$.wait_seconds`; raise KeyError where nothing does."""
    found = _at(data, path)
    if found is _MISSING:
        raise KeyError(path)
    return found


def _fits(rule: Any, data: Any) -> bool:
    if "And" in rule:
        return all(_fits(one, data) for one in rule["And"])
    if "Or" in rule:
        return any(_fits(one, data) for one in rule["Or"])
    value = _at(data, rule["Variable"])
    [(test, wanted)] = [(key, one) for key, one in rule.items() if key not in ("Variable", "Next")]
    number = isinstance(value, int | float) and not isinstance(value, bool)
    match test:
        case "IsPresent":
            return (value is not _MISSING) is wanted
        case "IsNumeric":
            return number is wanted
        case "BooleanEquals":
            return value is wanted
        case "StringEquals":
            return isinstance(value, str) and value == wanted
        case "NumericGreaterThanEquals":
            return number and value >= wanted
        case "NumericLessThanEquals":
            return number and value <= wanted
    raise AssertionError(f"not simulated: {test}")


def _at(data: Any, path: str) -> Any:
    return data.get(path.removeprefix("$."), _MISSING) if isinstance(data, dict) else _MISSING
