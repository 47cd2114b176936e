"""Edge cases: sizes of one, and values that are equal, zero, one, or very large or small.

Every value is a power of two, or next to a power of two, so that balls hold it exactly. Whether an
expression has a value at an edge case can then be decided.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from flint import fmpq
from numpy.typing import NDArray
from sympy import Symbol

from derivations.calculus.expressions import (
    ABOVE_ONE,
    BITS,
    COUNTS,
    POSITIVE,
    REAL,
    SIMPLEX,
    UNIT,
    Array,
)
from derivations.evidence.drawing import Moderate, Shape, Sizes, rounded

FAR = tuple(Fraction(2) ** power for power in (40, 20, 8))
"""The first two are a little above 1e12 and 1e6; at the last, fewer comparisons end as unknown."""
SHARED = (Fraction(3, 4), Fraction(5, 4), Fraction(3, 2), Fraction(2))
"""One of these is the value of every number at a point where all are equal."""
NEAR = Fraction(1, 16)
"""How close a value that is computed in floats comes to an end of its domain."""
MODERATE, MIXED = "moderate", "mixed"
STYLES = ("equal", "special", "low", "high")
LARGEST = 3
"""The largest size: larger ones are no edge cases, and a claim is checked at many points."""

Rng = np.random.Generator


@dataclass(frozen=True)
class Family:
    """A family of corners: how sizes, values and states are drawn in it."""

    name: str
    sizes: str = MODERATE
    values: str = MODERATE
    states: str = MODERATE


FAMILIES = (
    Family("least sizes", sizes="least"),
    Family("least sizes, equal values", sizes="least", values="equal"),
    Family("equal sizes", sizes="equal"),
    Family("equal values", values="equal"),
    Family("zeros and ones", values="special"),
    Family("low ends", values="low"),
    Family("high ends", values="high"),
    Family("first states", states="first"),
    Family("last states", states="last"),
    Family("mixtures", sizes=MIXED, values=MIXED, states=MIXED),
)


@dataclass
class Hostile:
    """Draws the points of one family, one for each check, and keeps the last.

    ``least`` are the least sizes that the assumptions require, where they exceed one. The largest
    size that a check allows is respected, because of its cost. The smallest is not, because only
    an assumption can require it. ``hostile`` says whether anything differs from a moderate point.
    """

    family: Family
    least: Mapping[Symbol, int]
    point: dict[str, Any] = field(default_factory=dict)
    drawn_sizes: dict[Symbol, int] = field(default_factory=dict)
    drawn: dict[Array, NDArray[Any]] = field(default_factory=dict)
    hostile: bool = False
    shared: Fraction = SHARED[0]

    def points(self, number: int) -> int:
        """Return one, so that each point has its own outcome."""
        return min(number, 1)

    def sizes(self, symbols: Sequence[Symbol], rng: Rng, allowed: Sizes) -> dict[Symbol, int]:
        """Draw sizes between the least that is assumed and the largest that a check allows."""
        self.shared = SHARED[rng.integers(len(SHARED))]
        limits = {s: self.limits(s, allowed) for s in symbols}
        least = {s: low for s, (low, _) in limits.items()}
        most = {s: high for s, (_, high) in limits.items()}
        if self.family.sizes == "least":
            drawn = least
        elif self.family.sizes == "equal":
            second = max((2, *least.values()))
            drawn = {s: max(least[s], min(second, most[s])) for s in symbols}
        else:
            low = 1 if self.family.sizes == MIXED else 2
            drawn = {
                s: int(rng.integers(min(max(low, least[s]), most[s]), most[s] + 1)) for s in symbols
            }
        self.hostile |= bool(symbols) and self.family.sizes != MODERATE
        self.drawn_sizes, self.drawn = drawn, {}
        return drawn

    def limits(self, size: Symbol, allowed: Sizes) -> tuple[int, int]:
        """Return the least and the largest value of a size.

        A single allowed value belongs to the claim, such as a batch of a hundred, or two samples.
        """
        given = allowed.get(size, (LARGEST,))
        least = given[0] if size in allowed and len(given) == 1 else self.least.get(size, 1)
        return least, max(least, min(LARGEST, *given))

    def fractions(self, array: Array, shape: Shape, rng: Rng) -> NDArray[Any]:
        """Draw exact values, at the corner or moderate ones."""
        return self._values(array, shape, rng, _exact)

    def floats(self, array: Array, shape: Shape, rng: Rng) -> NDArray[Any]:
        """Draw values at a corner, but none so large or small that floats lose many digits."""
        return rounded(self._values(array, shape, rng, _near))

    def within(
        self,
        bounds: tuple[float, float],
        array: Array,
        shape: Shape,
        rng: Rng,
        *,
        in_logs: bool = False,
    ) -> NDArray[Any]:
        """Draw values at the ends of a numerical method's range, at zero, at one, or equal."""
        del in_logs  # the corners are the same
        low, high = bounds
        middle = 0.0 if low <= 0 <= high else min(max(1.0, low), high)
        shared = min(max(float(self.shared), low), high)
        known = {"equal": shared, "special": middle, "low": low, "high": high}

        def drawn() -> float:
            style = self._style(rng)
            return float(rng.uniform(low, high)) if style == MODERATE else known[style]

        values = self._filled(shape, drawn, rng)
        self.drawn[array] = values
        return values.astype(float)

    def states(self, array: Array, shape: Shape, most: int, rng: Rng) -> NDArray[Any]:
        """Draw states: all the first, all the last, or uniformly."""
        style = self.family.states
        if style == MIXED:
            style = str(rng.choice(("first", "last", MODERATE)))
        if style == MODERATE:
            values = Moderate().states(array, shape, most, rng)
        else:
            values = np.full(shape, 1 if style == "first" else most)
            self.hostile = True
        self.drawn[array] = values
        return values

    def _style(self, rng: Rng) -> str:
        style = self.family.values
        if style == MIXED:
            style = str(rng.choice((*STYLES, MODERATE)))
        self.hostile |= style != MODERATE
        return style

    def _filled(self, shape: Shape, drawn: Callable[[], Any], rng: Rng) -> NDArray[Any]:
        """Fill an array entry by entry, or, of a mixture, half the time with one value."""
        values = np.empty(shape, dtype=object)
        alike = drawn() if self.family.values == MIXED and rng.random() < 1 / 2 else None
        for place in np.ndindex(*shape):
            values[place] = drawn() if alike is None else alike
        return values

    def _values(
        self,
        array: Array,
        shape: Shape,
        rng: Rng,
        corner: Callable[[str, str, Fraction, Rng], Fraction],
    ) -> NDArray[Any]:
        moderate = Moderate().fractions(array, shape, rng)
        if array.domain == SIMPLEX:
            values = self._on_simplex(moderate, rng, corner)
        else:
            pairs = iter(moderate.ravel().tolist() * 2)

            def drawn() -> fmpq:
                style, other = self._style(rng), next(pairs)
                if style == MODERATE:
                    return other
                return _fmpq(corner(style, array.domain, self.shared, rng))

            values = self._filled(shape, drawn, rng)
        self.drawn[array] = values
        return values

    def _on_simplex(
        self,
        moderate: NDArray[Any],
        rng: Rng,
        corner: Callable[[str, str, Fraction, Rng], Fraction],
    ) -> NDArray[Any]:
        """Draw each row: equal entries, or one entry that is nearly one."""
        count = moderate.shape[-1]
        rows = []
        for row in moderate.reshape(-1, count):
            style = self._style(rng)
            if style == MODERATE:
                rows.append(row)
            elif style in {"equal", "special"}:
                rows.append(np.full(count, fmpq(1, count)))
            else:
                small = _fmpq(corner("low", SIMPLEX, self.shared, rng))
                entries = np.full(count, small)
                entries[rng.integers(count)] = 1 - small * (count - 1)
                rows.append(entries)
        return np.array(rows, dtype=object).reshape(moderate.shape)

    def described(self) -> str:
        """Return the last point in words: every size and every value, exactly."""
        named = [f"{s}={v}" for s, v in self.drawn_sizes.items()]
        named += [f"{a.name}={_listed(v)}" for a, v in self.drawn.items()]
        return ", ".join(named)


def _fmpq(value: Fraction) -> fmpq:
    return fmpq(value.numerator, value.denominator)


def _listed(values: NDArray[Any]) -> str:
    return str(values.tolist()).replace("'", "") if values.shape else str(values.item())


def _exact(style: str, domain: str, shared: Fraction, rng: Rng) -> Fraction:
    """Return a value of a domain at a corner, for balls."""
    far = FAR[rng.integers(len(FAR))]
    return _at_corner(style, domain, shared, far, int(rng.choice((-1, 1))))


def _near(style: str, domain: str, shared: Fraction, rng: Rng) -> Fraction:
    """Return a value of a domain at a corner, for floats."""
    return _at_corner(style, domain, shared, 1 / NEAR, int(rng.choice((-1, 1))))


def _at_corner(style: str, domain: str, shared: Fraction, far: Fraction, sign: int) -> Fraction:
    table: dict[str, dict[str, Fraction]] = {
        REAL: {"special": Fraction(0), "low": sign / far, "high": sign * far, "equal": shared},
        POSITIVE: {"special": Fraction(1), "low": 1 / far, "high": far, "equal": shared},
        UNIT: {
            "special": Fraction(1, 2),
            "low": 1 / far,
            "high": 1 - 1 / far,
            "equal": min(shared, Fraction(3, 4)),
        },
        ABOVE_ONE: {
            "special": Fraction(2),
            "low": 1 + 1 / far,
            "high": 1 + far,
            "equal": max(shared, Fraction(5, 4)),
        },
        SIMPLEX: {"low": 1 / far},
        BITS: {
            "special": Fraction(0),
            "low": Fraction(0),
            "high": Fraction(1),
            "equal": Fraction(1),
        },
        COUNTS: {
            "special": Fraction(0),
            "low": Fraction(0),
            "high": FAR[-1],
            "equal": Fraction(1),
        },
    }
    return table[domain][style]
