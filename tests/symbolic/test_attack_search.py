"""Assumptions attacked by a search: Hypothesis looks for a point at which a claim fails."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from flint import fmpq
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sympy import Symbol

from derivations.calculus.expressions import ABOVE_ONE, POSITIVE, REAL, SIMPLEX, UNIT, Array
from derivations.calculus.steps import Derivation
from derivations.catalogue import ENTRIES, derive
from derivations.evidence.attack.assumed import least_sizes
from derivations.evidence.attack.corners import FAMILIES, Hostile
from derivations.evidence.attack.running import Fate, tried_at
from derivations.evidence.attack.trials import attacked
from derivations.evidence.drawing import Sizes, rounded

EXAMPLES = 100
QUICK = ("kumaraswamy.mode", "softmax_gaussian.back_to_concentration", "mmd.u_statistic")
FAR = Fraction(2) ** 40

POSITIVES = st.one_of(
    st.sampled_from([Fraction(1), Fraction(1, 2), Fraction(2), 1 / FAR, FAR]),
    st.fractions(Fraction(1, 1024), 1024, max_denominator=1024),
    st.integers(-40, 40).map(lambda power: Fraction(2) ** power),
)
INSIDE = st.one_of(
    st.sampled_from([Fraction(1, 2), 1 / FAR, 1 - 1 / FAR]),
    st.fractions(Fraction(1, 1024), Fraction(1023, 1024), max_denominator=1024),
)
VALUES = {
    REAL: st.one_of(st.just(Fraction(0)), POSITIVES, POSITIVES.map(lambda v: -v)),
    POSITIVE: POSITIVES,
    UNIT: INSIDE,
    ABOVE_ONE: POSITIVES.map(lambda v: 1 + v),
    SIMPLEX: POSITIVES,
}
NEAR = {
    REAL: st.fractions(-4, 4, max_denominator=16),
    POSITIVE: st.fractions(Fraction(1, 4), 4, max_denominator=16),
    UNIT: st.fractions(Fraction(1, 16), Fraction(15, 16), max_denominator=16),
    ABOVE_ONE: st.fractions(Fraction(17, 16), 4, max_denominator=16),
    SIMPLEX: st.fractions(Fraction(1, 16), 1, max_denominator=16),
}


@dataclass
class Searched(Hostile):
    """Asks Hypothesis for every size and value, once: a point drawn again is the same."""

    data: st.DataObject | None = None
    asked: dict[object, object] = field(default_factory=dict)

    def sizes(
        self, symbols: Sequence[Symbol], rng: np.random.Generator, allowed: Sizes
    ) -> dict[Symbol, int]:
        """Ask for sizes from the least that is assumed."""
        del rng
        for s in symbols:
            self.drawn_sizes[s] = self._once(s, st.integers(*self.limits(s, allowed)))
        return {s: self.drawn_sizes[s] for s in symbols}

    def fractions(
        self, array: Array, shape: tuple[int, ...], rng: np.random.Generator
    ) -> NDArray[Any]:
        """Ask for exact values."""
        del rng
        return self._values(array, shape, VALUES[array.domain])

    def floats(
        self, array: Array, shape: tuple[int, ...], rng: np.random.Generator
    ) -> NDArray[Any]:
        """Ask for values that floats do well with."""
        del rng
        return rounded(self._values(array, shape, NEAR[array.domain]))

    def within(
        self,
        bounds: tuple[float, float],
        array: Array,
        shape: tuple[int, ...],
        rng: np.random.Generator,
        *,
        in_logs: bool = False,
    ) -> NDArray[Any]:
        """Ask for values between two bounds."""
        del rng, in_logs
        low, high = (Fraction(bound).limit_denominator(64) for bound in bounds)
        return rounded(
            self._values(array, shape, st.fractions(low, high, max_denominator=64), bounds)
        )

    def states(
        self, array: Array, shape: tuple[int, ...], most: int, rng: np.random.Generator
    ) -> NDArray[Any]:
        """Ask for states."""
        del rng
        every = self._once((array, "states"), _many(st.integers(1, most), shape))
        self.drawn[array] = np.array(every, dtype=int).reshape(shape)
        return self.drawn[array]

    def _values(
        self, array: Array, shape: tuple[int, ...], values: st.SearchStrategy, kind: object = None
    ) -> NDArray[Any]:
        flat = self._once((array, kind), _many(values, shape))
        filled = np.array([fmpq(v.numerator, v.denominator) for v in flat], dtype=object)
        filled = filled.reshape(shape)
        if array.domain == SIMPLEX and kind is None:
            filled = filled / filled.sum(-1, keepdims=True)
        self.drawn[array] = filled
        return filled

    def _once(self, key: object, strategy: st.SearchStrategy) -> object:
        if key not in self.asked:
            self.asked[key] = self.data.draw(strategy, label=str(key))
        return self.asked[key]


def _many(values: st.SearchStrategy, shape: tuple[int, ...]) -> st.SearchStrategy:
    """Return as many values as an array has, each its own or all alike."""
    number = math.prod(shape)
    each = st.lists(values, min_size=number, max_size=number)
    return st.one_of(values.map(lambda v: [v] * number), each)


def search(derivation: Derivation, examples: int) -> None:
    """Look for a claim and a point at which it fails; AssertionError names what was found.

    What is found is not made simpler: that would try a slow claim hundreds of times.
    """
    claims, least = attacked(derivation)[0], least_sizes(derivation)

    @settings(
        max_examples=examples,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def nowhere(data: st.DataObject) -> None:
        claim = data.draw(st.sampled_from(claims))
        drawing = Searched(FAMILIES[-1], least, data=data)
        rng = np.random.default_rng(data.draw(st.integers(0, 100)))
        fate, reason = tried_at(claim, drawing, rng)
        assert fate is not Fate.FAILED, f"{claim.name} at {drawing.described()}: {reason}"

    nowhere()


@pytest.mark.parametrize("key", QUICK)
def test_a_search_finds_no_failure_of_a_quick_derivation(key: str) -> None:
    """Sizes from one, values from end to end."""
    search(derive(key), 40)


@pytest.mark.slow
@pytest.mark.parametrize("key", [e.key for e in ENTRIES])
def test_a_search_finds_no_failure(key: str) -> None:
    """Every derivation, at some hundred points that no family of corners names."""
    search(derive(key), EXAMPLES)


@pytest.mark.parametrize("key", QUICK[1:])
def test_a_search_finds_what_an_assumption_prevents(key: str) -> None:
    """Without its assumption of two there is a point, and the search finds it."""
    with pytest.raises(AssertionError, match="no value"):
        search(replace(derive(key), assumptions=()), EXAMPLES)
