"""A draw by the inverse transform has the law it should have."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Integer

from derivations.calculus.binding import replace_elements
from derivations.calculus.derivative import differentiate
from derivations.calculus.notation import Distribution, PartialDerivative
from derivations.calculus.steps import DISTRIBUTED, Check, Derivation, Relation, Rule, Step
from derivations.derive.brief import Brief
from derivations.evidence.equality import at_most, enclosure
from derivations.evidence.finite_difference import finite_difference
from derivations.evidence.monte_carlo.laws import law_equals_cdf
from derivations.evidence.monte_carlo.sampling import Sampler
from derivations.kumaraswamy.inverse import at_sample
from derivations.kumaraswamy.symbols import a, b, cdf, density, quantile, u, x

INCREASING = Rule(
    "an increasing transform",
    "The quantile increases, so a draw is at most x exactly when its uniform is at most F(x), "
    "which has that very probability.",
)
SHAPES = ((0.3, 0.6), (2.5, 0.7), (1.4, 5.0))
DETECTS = 0.01


def _sampler(first: float, second: float) -> Sampler:
    """Return a sampler by the printed transform, in NumPy."""

    def sampler(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
        inside = -np.expm1(np.log1p(-rng.random(count)) / second)
        return np.asarray(inside ** (1 / first))

    return sampler


def _law(first: float, second: float) -> Check:
    def distribution(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(1 - (1 - values**first) ** second)

    claim = f"draws at a = {first}, b = {second} follow the distribution function"
    return law_equals_cdf(claim, _sampler(first, second), distribution, detects=DETECTS)


def level_under(law: Expr) -> Expr:
    """Return the level of a draw under a Kumaraswamy law of any parameters."""
    first, second = law.parameters
    level = replace_elements(cdf(x), {a.array: lambda: first, b.array: lambda: second})
    return at_sample(level)


def law_derivation(brief: Brief) -> Derivation:
    """Show that the transformed uniform has the claimed law."""
    slope = differentiate(quantile(u), u)
    density_there = at_sample(density(x))
    kumaraswamy = Distribution("Kumaraswamy", a, b)
    inverse = enclosure("one over the density at the draw", slope, 1 / density_there)
    return brief.derivation(
        steps=(
            Step(
                INCREASING,
                Relation(PartialDerivative(x, u), 1 / density(x)),
                (
                    finite_difference("the derivative of the quantile", quantile(u), u, slope),
                    inverse,
                    at_most("the quantile increases", Integer(0), slope),
                ),
            ),
            Step(
                INCREASING,
                Relation(quantile(u), kumaraswamy, DISTRIBUTED),
                (enclosure("the level of a draw is its uniform", level_under(kumaraswamy), u),),
            ),
        ),
        results=(Relation(quantile(u), kumaraswamy, DISTRIBUTED),),
        checks=tuple(_law(first, second) for first, second in SHAPES),
        sources=(),
        readings=(at_sample, level_under, cdf),
        names=(Relation(x, quantile(u)),),
    )
