"""The kind of number in which formulas of random variables are evaluated."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from scipy import special

from derivations.calculus.number_fields import BALLS, Field, Number
from derivations.meaning.on_grids import ABS, LOGGAMMA, on_grid
from derivations.meaning.random_values import RandomValue, as_one_atom, constant_of, exp, log, power

SMALL = 8
"""Whole powers up to this one are products."""


def loggamma(value: Any) -> Any:
    """Return log Gamma."""
    if not isinstance(value, RandomValue):
        return BALLS.loggamma(value)
    return as_one_atom("loggamma", value, LOGGAMMA)


def polygamma(order: int, value: Any) -> Any:
    """Return a polygamma function."""
    if not isinstance(value, RandomValue):
        return BALLS.polygamma(order, value)
    at = on_grid(
        lambda x: BALLS.polygamma(order, x),
        lambda x: np.where(
            np.asarray(x) > 0, special.polygamma(order, np.asarray(x, float)), np.nan
        ),
    )
    return as_one_atom("polygamma", value, at, order)


def absolute(value: Any) -> Any:
    """Return the absolute value."""
    return (
        as_one_atom("abs", value, ABS) if isinstance(value, RandomValue) else BALLS.absolute(value)
    )


def _of_constants(of_balls: Callable[[Any], Any], rows: Iterable[Iterable[Number]]) -> Any:
    plain = [[constant_of(entry) for entry in row] for row in rows]
    if any(entry is None for row in plain for entry in row):
        message = "no determinant or inverse of a matrix of random entries"
        raise NotImplementedError(message)
    return of_balls(plain)


RANDOM = Field(
    rational=BALLS.rational,
    pi=BALLS.pi,
    log=log,
    exp=exp,
    loggamma=loggamma,
    polygamma=polygamma,
    determinant=lambda rows: _of_constants(BALLS.determinant, rows),
    inverse=lambda rows: _of_constants(BALLS.inverse, rows),
    power=power,
    absolute=absolute,
)
