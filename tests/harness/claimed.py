"""Findings on claims, derivations made for tests, and values of formulas."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import flint
import numpy as np
from sympy import Expr, Symbol

from derivations.calculus.binding import free_indices
from derivations.calculus.evaluate import evaluate
from derivations.calculus.number_fields import BALLS
from derivations.calculus.point import Point
from derivations.claims.judgements import verdict_of
from derivations.claims.judging import judge_claim
from derivations.claims.registry import Line, _checked, _sorted
from derivations.claims.scope import Scope
from derivations.claims.statements import Assumption, Claim, Derivation

if TYPE_CHECKING:
    from derivations.calculus.expressions import Array
    from derivations.calculus.indices import Index
    from derivations.calculus.steps import Finding, Verdict

Sizes = Mapping[Symbol, tuple[int, ...]]


def findings(
    claim: Claim,
    *assumptions: Assumption,
    seed: int = 0,
    sizes: Sizes | None = None,
    **options: Any,  # noqa: ANN401 - as given
) -> "tuple[Finding, ...]":
    """Check a claim under assumptions by the default methods."""
    rng = np.random.default_rng([seed, 17])
    return judge_claim(claim, Scope.of(assumptions), rng, dict(sizes or {}), **options)


def verdict(
    claim: Claim,
    *assumptions: Assumption,
    seed: int = 0,
    sizes: Sizes | None = None,
    **options: Any,  # noqa: ANN401 - as given
) -> "Verdict":
    """Return the verdict on a claim under assumptions."""
    return verdict_of(findings(claim, *assumptions, seed=seed, sizes=sizes, **options))


def derivation(*lines: Line, key: str = "a.key", sizes: Sizes | None = None) -> Derivation:
    """Make a derivation from lines, without registering its key."""
    made = Derivation(key, "A title", "", (), (), *_sorted(key, lines), sizes=dict(sizes or {}))
    return _checked(made)


def ball(
    form: Expr,
    values: "Mapping[Array, object]",
    sizes: Mapping[Symbol, int] | None = None,
    places: "Mapping[Index, int] | None" = None,
    assumptions: tuple[Assumption, ...] = (),
) -> flint.arb:
    """Return the value of a formula at some numbers; free indices are one unless they are given."""
    meaning = Scope.of(assumptions).meaning(form)
    arrays = {}
    for array, value in values.items():
        held = np.asarray(value)
        arrays[array] = (
            held if array.states != 0 else np.vectorize(flint.arb, otypes=[object])(held)
        )
    free = dict.fromkeys(free_indices(meaning), 1)
    with flint.ctx.workdps(60):
        return flint.arb(
            evaluate(meaning, Point(dict(sizes or {}), arrays, {**free, **(places or {})}), BALLS)
        )


def number(form: Expr, values: "Mapping[Array, object]", **options: Any) -> float:  # noqa: ANN401
    """Return the same as a float, or NaN if it is not known to ten digits."""
    found = ball(form, values, **options)
    narrow = found.is_finite() and float(found.rad()) <= 1e-10 * max(1.0, abs(float(found.mid())))
    return float(found.mid()) if narrow else float("nan")
