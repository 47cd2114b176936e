"""Equality of two expressions: by symbolic proof, and by ball arithmetic at random points."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import flint
import numpy as np
from sympy import Expr, Pow, log

from derivations.calculus.binding import free_indices, substitute
from derivations.calculus.evaluate import evaluate
from derivations.calculus.indices import Index, IndexOutOfRangeError
from derivations.calculus.normal_form import is_a_number, is_proved_equal, normal_form
from derivations.calculus.number_fields import BALLS
from derivations.calculus.steps import Check, Finding, Verdict
from derivations.evidence.drawing import Sizes, spread
from derivations.evidence.parts import drawn_in
from derivations.evidence.points import draw_point, places
from derivations.evidence.precision import WIDEST, climbed, relative_radius
from derivations.evidence.trial import LOWER, UPPER, about

PRECISIONS = (30, 120, 480, 1920, 7680, 30720, 122880, 491520)
"""Digits: the first at which the balls are narrow enough to tell decides."""
POINTS, MORE_POINTS = 4, 16
"""For an equality, and for an inequality, which may be false between two values alone."""
CELLS = 3
"""How many values of the free indices are tried at each point, all where there are fewer."""


@about("left", "right")
def proof(claim: str, left: Expr, right: Expr) -> Check:
    """Claim that the normal form reduces ``left - right`` to zero, for all sizes."""

    def run(_: np.random.Generator) -> Finding:
        if not is_proved_equal(left, right):
            return Finding("proof", claim, Verdict.UNKNOWN, reason="a difference is left over")
        if (place := _without_value(left) or _without_value(right)) is not None:
            return Finding("proof", claim, Verdict.UNKNOWN, reason=f"no value where {place}")
        return Finding("proof", claim, Verdict.ESTABLISHED, {"sizes": "symbolic"})

    return run


def _without_value(formula: Expr) -> str | None:
    """Say where among its indices' values a formula divides by zero, or takes its log.

    Tried are indices of one range that are equal, two or more, and an index at an end of its range:
    the normal form cancels what it divides by, and does not see that.
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
    """Yield in words, and as values, where indices meet each other, or the ends of their ranges."""
    for number in range(2, len(indices) + 1):
        for first, *others in itertools.combinations(indices, number):
            if all((i.lower, i.upper) == (first.lower, first.upper) for i in others):
                yield " = ".join(map(str, (first, *others))), dict.fromkeys(others, first)
    for index in indices:
        for end in (index.lower, index.upper):
            yield f"{index} = {end}", {index: end}


@about("expression")
def constant_in(claim: str, index: Index | None, expression: Expr) -> Check:
    """Claim that an expression is the same at every value of an index (None: that it is zero)."""

    def run(_: np.random.Generator) -> Finding:
        form = normal_form(expression)
        constant = index is not None and index not in free_indices(form) and is_a_number(form)
        if form == 0 or constant:
            return Finding("proof", claim, Verdict.ESTABLISHED, {"sizes": "symbolic"})
        return Finding("proof", claim, Verdict.UNKNOWN, reason=f"left over: {form}")

    return run


@about("left", "right")
def enclosure(
    claim: str, left: Expr, right: Expr, *, sizes: Sizes | None = None, points: int = POINTS
) -> Check:
    """Claim that both sides' balls overlap at random points; disjoint balls refute."""
    _refuse_no_points(points)

    def run(rng: np.random.Generator) -> Finding:
        widest, most_digits = 0.0, 0
        for part in spread(points, rng):
            with drawn_in(part):
                met = _compared((left, right), sizes, rng)
            if met.refusal is not None:
                verdict, reason = met.refusal
                reason = f"point {part.number + 1}, {reason}"
                return Finding("enclosure", claim, verdict, reason=reason)
            widest, most_digits = max(widest, met.widest), max(most_digits, met.digits)
        figures: dict[str, float | int | str] = {
            "points": points,
            "digits": most_digits,
            "widest_ball": float(f"{widest:.1e}"),
        }
        return Finding("enclosure", claim, Verdict.ESTABLISHED, figures)

    return run


@about("left", "right", bounds={"left": LOWER, "right": UPPER})
def at_most(
    claim: str,
    left: Expr,
    right: Expr,
    *,
    sizes: Sizes | None = None,
    points: int = MORE_POINTS,
    strict: bool = True,
) -> Check:
    """Claim ``left <= right``: at random points the left ball lies below the right one.

    Where points are drawn at which both sides may be one, ``strict`` is to be false: a difference
    that is exactly zero then does as well.
    """
    _refuse_no_points(points)

    def run(rng: np.random.Generator) -> Finding:
        least = math.inf
        for part in spread(points, rng):
            with drawn_in(part):
                gap = _gap(left, right, sizes, rng)
            if not (gap > 0 if strict else gap >= 0):
                verdict = Verdict.REFUTED if gap < 0 else Verdict.UNKNOWN
                reason = f"point {part.number + 1}: {gap}"
                return Finding("enclosure", claim, verdict, reason=reason)
            least = min(least, float(gap.mid()))
        return Finding(
            "enclosure", claim, Verdict.ESTABLISHED, {"points": points, "least_gap": least}
        )

    return run


def _refuse_no_points(points: int) -> None:
    """Refuse a check that would compare nothing, and so refute nothing."""
    if points < 1:
        message = f"a comparison at random points wants at least one; got {points}"
        raise ValueError(message)


def _gap(left: Expr, right: Expr, sizes: Sizes | None, rng: np.random.Generator) -> flint.arb:
    """Return ``right - left`` at one drawn point, with as many digits as tell its sign."""

    def attempt(_: int) -> flint.arb:
        point = draw_point((left, right), rng, sizes)
        return flint.arb(evaluate(right, point, BALLS) - evaluate(left, point, BALLS))

    return climbed(PRECISIONS, rng, attempt, lambda gap: bool(gap > 0 or gap < 0))


@dataclass(frozen=True)
class _Comparison:
    """Two sides at one point: why they do not agree if so, the widest ball, the digits it took."""

    refusal: tuple[Verdict, str] | None
    widest: float
    digits: int


def _compared(
    sides: tuple[Expr, Expr], sizes: Sizes | None, rng: np.random.Generator
) -> _Comparison:
    """Compare two sides at one drawn point; balls too wide to tell are tried with more digits."""
    return climbed(
        PRECISIONS,
        rng,
        lambda digits: _compared_at(sides, sizes, rng, digits),
        lambda met: met.refusal is None or met.refusal[0] is Verdict.REFUTED,
    )


def _compared_at(
    sides: tuple[Expr, Expr], sizes: Sizes | None, rng: np.random.Generator, digits: int
) -> _Comparison:
    widest = 0.0
    for point in places(draw_point(sides, rng, sizes), rng, CELLS):
        left, right = (flint.arb(evaluate(side, point, BALLS)) for side in sides)
        refusal = _refusal(left, right)
        if refusal is not None:
            return _Comparison((refusal[0], f"{point.place()}: {refusal[1]}"), widest, digits)
        widest = max(widest, relative_radius(left), relative_radius(right))
    return _Comparison(None, widest, digits)


def _refusal(left: flint.arb, right: flint.arb) -> tuple[Verdict, str] | None:
    """Say why two balls do not establish equality, or None if they do."""
    if not (left.is_finite() and right.is_finite()):
        return Verdict.UNKNOWN, f"not finite: {left} against {right}"
    if not left.overlaps(right):
        return Verdict.REFUTED, f"{left.str(10)} against {right.str(10)}"
    if max(relative_radius(left), relative_radius(right)) > WIDEST or _hides(left, right):
        return Verdict.UNKNOWN, f"balls too wide: {left} against {right}"
    return None


def _hides(left: flint.arb, right: flint.arb) -> bool:
    """Whether a side is too wide to be told from the other, which is surely not zero."""
    sizes = [abs(side.mid()) for side in (left, right) if not side.contains(0)]
    return any(side.rad() > WIDEST * size for side in (left, right) for size in sizes)
