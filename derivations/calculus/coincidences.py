"""Index values at which a formula is undefined although its normal form is defined."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from sympy import Expr, Pow, log

from derivations.calculus.binding import free_indices, substitute
from derivations.calculus.indices import Index, IndexOutOfRangeError
from derivations.calculus.normal_form import normal_form


def without_value(formula: Expr) -> str | None:
    """Say at which index values a formula divides by zero or takes the log of zero.

    Tested are two or more equal indices of one range, and an index at an end of its range. The
    normal form cancels divisors, so that it cannot detect these cases.
    """
    for node in formula.atoms(Pow, log):
        if isinstance(node, Pow) and not node.exp.could_extract_minus_sign():
            continue
        for words, values in _coincidences(sorted(free_indices(node.args[0]), key=str)):
            try:
                met = substitute(node.args[0], values)
            except IndexOutOfRangeError:  # of a range that may be empty
                continue
            if normal_form(met) == 0:
                return f"{words}: {node}"
    return None


def _coincidences(indices: list[Index]) -> Iterator[tuple[str, dict[Index, Expr]]]:
    """Yield, in words and as values, equal indices and indices at an end of their range."""
    for number in range(2, len(indices) + 1):
        for first, *others in itertools.combinations(indices, number):
            if all((i.lower, i.upper) == (first.lower, first.upper) for i in others):
                yield " = ".join(map(str, (first, *others))), dict.fromkeys(others, first)
    for index in indices:
        for end in (index.lower, index.upper):
            yield f"{index} = {end}", {index: end}
