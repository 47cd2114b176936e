"""Changes of variables against numbers: a determinant, and an integral that must be one."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import flint
import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Symbol

from derivations.calculus.binding import free_indices
from derivations.calculus.evaluate import evaluate, tabulate
from derivations.calculus.expressions import Array
from derivations.calculus.number_fields import BALLS
from derivations.calculus.point import Point
from derivations.calculus.steps import Check
from derivations.evidence.agreement import TOLERANCE, Case, agreement
from derivations.evidence.drawing import drawing, tried
from derivations.evidence.points import draw_point
from derivations.evidence.precision import known
from derivations.evidence.trial import about

SIZES = (2, 3, 5)
DIGITS, STEP_DIGITS = 80, 30
EDGE = 14.0
SPACINGS = {2: 0.1, 3: 0.25}
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
                yield known(flint.arb(wanted)), known(determinant), point.place()

    return agreement("finite difference", claim, cases, smallest=0.0)


def _in_balls(point: Point) -> Point:
    return point.having(
        {a: np.vectorize(flint.arb, otypes=[object])(v) for a, v in point.arrays.items()}
    )


@about("log_density")
def integrates_to_one(claim: str, log_density: Expr, by: Array, size: Symbol) -> Check:
    """Claim that the exponential of a log density integrates to one over K - 1 coordinates.

    The integrand is analytic and dies away exponentially: the trapezoidal rule on the whole line
    converges geometrically in the inverse of its spacing. Where it has not died away at the edge
    of the grid, nothing is known. The grid is put at random.
    """

    def cases(rng: np.random.Generator) -> Iterator[Case]:
        for most in tried(tuple(SPACINGS)):
            point = draw_point((log_density,), rng, {size: (most,)}, kind=float)
            count = point.count(size)
            spacing = SPACINGS.get(count, 1.0)
            grid = np.arange(-EDGE, EDGE + spacing, spacing) - spacing * rng.random()
            others = {
                array: drawing().within(MODERATE, array, values.shape, rng)
                for array, values in point.arrays.items()
                if array != by
            }
            here = point.having(others)

            total, at_edge = 0.0, 0.0
            for coordinates in itertools.product(grid, repeat=count - 1):
                values = np.array([*coordinates, -sum(coordinates)])
                density = math.exp(evaluate(log_density, here.having({by: values})))
                total += density
                at_edge += density if {grid[0], grid[-1]} & {*coordinates} else 0.0
            integral = total * spacing ** (count - 1) if at_edge <= TOLERANCE * total else math.nan
            yield integral, 1.0, point.place()

    return agreement("enumeration", claim, cases)
