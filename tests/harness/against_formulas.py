"""Shared parts of the tests of code against printed formulas: the claim, the negative controls."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Collection, Iterator, Mapping
from inspect import isclass
from typing import Any

import numpy as np
import pytest
from oracles.formulas import Comparison, Printed, worst

from derivations.index import entries
from harness.ledger import Ledger

CONTROL = 1e3
"""A negative control must exceed the tolerance of the comparison by this factor."""


def keys_of(*problems: str) -> list[str]:
    """Return the keys of some problems."""
    return [e.key for e in entries() if e.problem in problems]


def establish(
    ledger: Ledger, key: str, errors: Callable[[], list[float]], tolerance: float
) -> None:
    """Record that the code equals the printed formula, with a tolerance for every error."""
    entry = ledger.record(
        key=key,
        claim="the code equals the printed formula, evaluated literally",
        kind="enumeration",
    )
    found = errors()
    largest = float(np.max(found))  # NumPy's maximum, which propagates NaN
    entry.figures.update(cases=len(found), worst_error=float(f"{largest:.1e}"))
    assert len(found) > 1
    assert largest <= tolerance


def named_code(*problems: str) -> Iterator[tuple[str, str]]:
    """Return each key with each function that computes it."""
    for entry in entries():
        if entry.problem in problems:
            yield from ((entry.key, name) for name in entry.code)


def scale(patch: pytest.MonkeyPatch, name: str) -> None:
    """Scale every result of a function, a method or a property by one plus a millionth."""
    parts = name.split(".")
    cut = next(n for n, part in enumerate(parts) if part[0].isupper() or n == len(parts) - 1)
    owner: Any = importlib.import_module(".".join(parts[:cut]))
    for part in parts[cut:-1]:
        owner = getattr(owner, part)
    found = vars(owner)[parts[-1]]
    assert not isclass(found), f"{name} is a class: name its methods"
    usual = found.fget if isinstance(found, property) else found
    wrong = _scaled(usual)
    patch.setattr(owner, parts[-1], property(wrong) if isinstance(found, property) else wrong)


def _scaled(function: Callable[..., Any]) -> Callable[..., Any]:
    def wrong(*arguments: object, **named: object) -> object:
        found = function(*arguments, **named)
        if not isinstance(found, tuple):
            return found * (1 + 1e-6)
        larger = [part * (1 + 1e-6) for part in found]
        return type(found)(*larger) if hasattr(found, "_fields") else tuple(larger)

    return wrong


def formula_tests(
    problems: tuple[str, ...],
    comparisons: Mapping[str, Comparison],
    tolerance: float,
    not_scaled: Collection[str] = (),
) -> tuple[Callable[..., None], Callable[..., None], Callable[..., None]]:
    """Return the tests of the code of some problems against the printed formulas.

    The first compares them. The others are negative controls: each printed result, and each
    function that computes one, is made wrong by itself. Functions in ``not_scaled`` are left out.
    """
    keys = keys_of(*problems)
    code = [(key, name) for key, name in named_code(*problems) if name not in not_scaled]

    @pytest.mark.parametrize("key", keys)
    def agrees(key: str, rng: np.random.Generator, ledger: Ledger) -> None:
        """What the report prints, evaluated literally, is what the independent code computes."""
        printed = Printed(key)
        establish(ledger, key, lambda: [p.error for p in comparisons[key](printed, rng)], tolerance)

    @pytest.mark.parametrize("key", keys)
    def result_counts(key: str, rng: np.random.Generator) -> None:
        """Negative control: with any one result a thousandth off the comparison fails."""
        unseen = [
            name
            for name, wrong in Printed(key).false()
            if not worst(comparisons[key](wrong, rng)) > CONTROL * tolerance
        ]
        assert unseen == []

    @pytest.mark.parametrize(("key", "name"), code, ids=[f"{key}, {name}" for key, name in code])
    def function_counts(
        key: str, name: str, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Negative control: with any one of the named functions a millionth off it fails."""
        scale(monkeypatch, name)
        assert worst(comparisons[key](Printed(key), rng)) > CONTROL * tolerance

    return agrees, result_counts, function_counts
