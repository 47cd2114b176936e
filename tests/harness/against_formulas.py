"""Shared parts of the tests of code against printed formulas: the claim, the negative controls."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from inspect import isclass
from typing import Any

import numpy as np
import pytest

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
