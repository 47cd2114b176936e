"""Changes of variables against numbers: a determinant, and an integral that must be one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import flint
import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Symbol

from derivations.calculus.binding import free_indices
from derivations.calculus.evaluate import evaluate, tabulate
from derivations.calculus.expressions import Array
from derivations.calculus.number_fields import BALLS, VECTORS
from derivations.calculus.point import Point
from derivations.calculus.steps import Check
from derivations.evidence.agreement import TOLERANCE, Case, agreement
from derivations.evidence.drawing import drawing, tried
from derivations.evidence.enclosing import FIELDS, enclosed
from derivations.evidence.points import draw_point
from derivations.evidence.precision import known
from derivations.evidence.trial import about

SIZES = (2, 3, 5)
DIGITS, STEP_DIGITS = 80, 30
EDGE = 14.0
INTEGRATED, SPACING = (2, 3), 0.05
MODERATE = (2.0, 5.0)


@about("expression")
def determinant_is(claim: str, map_: Expr, by: Array, expression: Expr, size: Symbol) -> Check:
    """Claim the determinant of a map of K - 1 free coordinates, the last making their sum a number.

    That number is drawn: at zero a factor exp of the sum would not show. The derivatives are
    differences of balls at eighty digits, a step of 1e-30 apart.
    """
    (entry,) = free_indices(map_)

    def placed(point: Point, coordinates: list[flint.arb]) -> Point:
        last = sum(point.arrays[by]) - sum(coordinates)
        values: NDArray[np.object_] = np.array([*coordinates, last], dtype=object)
        return point.having({by: values})

    def image(coordinates: list[flint.arb], point: Point) -> list[flint.arb]:
        return tabulate(map_, entry, placed(point, coordinates), BALLS)[:-1]

    def cases(rng: np.random.Generator) -> Iterator[Case]:
        for most in tried(SIZES):
            with flint.ctx.workdps(DIGITS):
                point = _in_balls(draw_point((map_, expression), rng, {size: (most,)}, kind=float))
                count = point.count(size)
                start = list(point.arrays[by][:-1])
                step = flint.arb(10) ** -STEP_DIGITS
                here = image(start, point)
                columns = []
                for j in range(count - 1):
                    moved = [c + step if position == j else c for position, c in enumerate(start)]
                    pairs = zip(image(moved, point), here, strict=True)
                    columns.append([(new - old) / step for new, old in pairs])
                determinant = flint.arb_mat(columns).det()
                wanted = evaluate(expression, placed(point, start), BALLS)
                yield Case(known(flint.arb(wanted)), known(determinant), point.place())

    return agreement("finite difference", claim, cases, smallest=0.0)


def _in_balls(point: Point) -> Point:
    return point.having(
        {a: np.vectorize(flint.arb, otypes=[object])(v) for a, v in point.arrays.items()}
    )


@about("log_density")
def integrates_to_one(claim: str, log_density: Expr, by: Array, size: Symbol) -> Check:
    """Claim that the exponential of a log density integrates to one over K - 1 coordinates.

    Over one coordinate the integral is enclosed. Over more the integrand is analytic and dies away
    exponentially: the trapezoidal rule on the whole line converges geometrically in the inverse of
    its spacing. The grid is put at random; a bump between its nodes stays unseen there. Where the
    integrand has not died away at the edge, nothing is known.
    """

    def cases(rng: np.random.Generator) -> Iterator[Case]:
        for most in tried(INTEGRATED):
            point = draw_point((log_density,), rng, {size: (most,)}, kind=float)
            others = {
                array: drawing().within(MODERATE, array, values.shape, rng)
                for array, values in point.arrays.items()
                if array != by
            }
            here = point.having(others)
            count = here.count(size)
            if count == 2:  # noqa: PLR2004 - one coordinate is free
                integral = _enclosed(log_density, by, here)
            else:
                integral = _on_grid(log_density, by, here, rng.random())
            yield Case(integral, 1.0, point.place())

    return agreement("enumeration", claim, cases)


def _enclosed(log_density: Expr, by: Array, here: Point) -> float:
    """Return the integral over one coordinate in the middle of its ball; NaN where that is wide."""

    def density(t: flint.acb, *, analytic: bool) -> flint.acb:
        try:
            log = evaluate(log_density, _placed(by, here, [t]), FIELDS[analytic])
        except ZeroDivisionError:
            return flint.acb("nan")
        return flint.acb(log).exp()

    with flint.ctx.workdps(STEP_DIGITS):
        integral, error, at_edge = enclosed(density, EDGE, size=1.0)
    return integral if error + EDGE * at_edge <= TOLERANCE else math.nan


def _on_grid(log_density: Expr, by: Array, here: Point, aside: float) -> float:
    """Return the integral by the trapezoidal rule; NaN where something is left at the edge."""
    axes = len(here.arrays[by]) - 1
    line = np.arange(-EDGE, EDGE + SPACING, SPACING) - SPACING * aside
    grid = np.meshgrid(*[line] * axes, indexing="ij", sparse=True)
    with np.errstate(all="ignore"):  # what is not finite is unknown, without a warning
        logs = evaluate(log_density, _placed(by, here, grid), VECTORS)
        density = np.broadcast_to(np.exp(logs), (len(line),) * axes)
    total = float(density.sum())
    at_edge = total - float(density[(slice(1, -1),) * axes].sum())
    return total * SPACING**axes if at_edge <= TOLERANCE * total else math.nan


def _placed(by: Array, here: Point, coordinates: Sequence[Any]) -> Point:
    """Return the point with its coordinates there, the last one less their sum."""
    values = np.empty(len(coordinates) + 1, dtype=object)
    for place, coordinate in enumerate((*coordinates, -sum(coordinates))):
        values[place] = coordinate
    return here.having({by: values})
