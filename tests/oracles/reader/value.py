"""The number that a tree stands for, computed without SymPy."""

from __future__ import annotations

import math
from collections.abc import Mapping

from oracles.reader.cursor import Tree

Values = Mapping[str, "float | list[float]"]
FUNCTIONS = {"log": math.log, "exp": math.exp}


def value(  # noqa: C901 - one case a kind
    tree: Tree, values: Values, at: Mapping[Tree, int] | None = None
) -> float:
    """Return the value, given those of letters, of arrays counted from one and of indices."""
    at = at or {}

    def of(part: Tree) -> float:
        return value(part, values, at)

    match tree:
        case ("num", number):
            return float(number)
        case _ if tree in at:
            return float(at[tree])
        case ("name", letter, _):
            return _number(values[letter])
        case ("script", ("name", letter, _), below, above):
            found = values[letter]
            entry = found[int(of(below[0])) - 1] if below and isinstance(found, list) else found
            return _number(entry) ** (of(above[0]) if above else 1.0)
        case ("neg", body):
            return -of(body)
        case ("add", *terms):
            return math.fsum(map(of, terms))
        case ("mul", *factors):
            return math.prod(map(of, factors))
        case ("div", above, below):
            return of(above) / of(below)
        case ("pow", base, exponent):
            return of(base) ** of(exponent)
        case ("root", body):
            return math.sqrt(of(body))
        case ("apply", ("name", function, _), "(", ((None, (argument,)),)):
            return FUNCTIONS[function](of(argument))
        case ("big", kind, ((_, letter, lower, upper),), (), body):
            counted = range(int(of(lower)), int(of(upper)) + 1)
            parts = [value(body, values, {**at, letter: place}) for place in counted]
            return math.fsum(parts) if kind == "sum" else math.prod(parts)
    message = f"no value for {tree}"
    raise ValueError(message)


def _number(found: float | list[float]) -> float:
    if isinstance(found, list):
        message = f"wanted a number, got an array without a subscript: {found}"
        raise TypeError(message)
    return found
