"""Judges of draws: their law, their gradients one by one, and gradients as a flow of the law."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath as mp
import numpy as np
from scipy.integrate import quad
from scipy.special import gammainc
from scipy.stats import gamma

from audit.judging import (
    TOLERANCE,
    Answer,
    Case,
    Judge,
    Program,
    Ruling,
    Value,
    asked,
    number,
)
from audit.judging import printed_numbers as numbers_in
from derivations.calculus.steps import Verdict
from derivations.evidence.monte_carlo import Budget, Plan, dirichlet_monomials, transport_equation
from derivations.evidence.monte_carlo.laws import draws_for_law, radius

__all__ = ["Flow", "Judge", "Law", "Velocities"]

Floats = np.ndarray
FALSE_ALARM = 1e-9
DISTANCE = 0.02
"""The smallest distance of distribution functions that a law check must see."""
DRAWS = draws_for_law(DISTANCE, Plan(FALSE_ALARM))
THREE_DIGITS = 1e-3
"""What libraries promise that approximate the implicit derivative."""
BLOCKS = (8192, 65_536)
"""Numbers of draws asked for at once: few of them, for libraries that compile for each."""
SHOWN = 3
"""Draws that a script prints with their gradients."""


def array(values: Any) -> Floats:  # noqa: ANN401 - whatever array a library returns
    """Return draws as float64."""
    return np.asarray(values, dtype=np.float64)


@dataclass(frozen=True)
class View:
    """One number of each draw: how a script says it, and its distribution function."""

    text: str
    of: Callable[[Floats], Floats]
    cdf: Callable[..., Floats]


@dataclass(frozen=True)
class Law:
    """Judge draws by distribution functions of one or more numbers of each.

    By Massart's form of the Dvoretzky-Kiefer-Wolfowitz inequality the share of n draws that are at
    most t is off by more than r anywhere with probability at most 2 exp(-2 n r^2). Draws stand for
    real numbers: each may be off by the tolerance of its type times itself, and by a few of the
    smallest normal numbers. So the share at t lies between F(t - slack) - r and F(t + slack) + r.
    """

    views: Callable[[Case], tuple[View, ...]]

    def __call__(self, program: Program, case: Case, dtype: str) -> Ruling:
        """Judge one case; the false-alarm probability is divided among the views."""
        asking = {**case, "n": DRAWS, "seed": 0}
        result, ruling = asked(program, asking)
        if ruling:
            return ruling
        drawn, views = array(result), self.views(case)
        chance = radius(FALSE_ALARM / (2 * len(views)), DRAWS)
        if not np.all(np.isfinite(drawn)):
            share = float(np.mean(~np.isfinite(drawn)))
            shown = "float((~(abs(x) < float('inf'))).sum()) / n"
            wanted = "0, the share of draws that are not finite"
            return Ruling(
                Answer.WRONG, asking, number(share), wanted, shown=shown, shows=_above_zero
            )
        found = [
            (*_worst(view.of(drawn), lambda t, v=view: v.cdf(t), dtype), view) for view in views
        ]
        distance, t, view = max(found, key=lambda one: one[0])
        low, high = (float(view.cdf(np.array([v]))[0]) for v in _around(np.array(t), dtype))
        share = float(np.mean(view.of(drawn) <= t))
        return Ruling(
            Answer.WRONG if distance > chance else Answer.RIGHT,
            {**case, "n": DRAWS, "seed": 0, "t": t},
            number(share),
            f"{low + 0.0:.6g} to {high + 0.0:.6g}, and by chance {chance:.2g} more or less",
            shown=f"float(({view.text} <= t).sum()) / n",
            shows=lambda text: _outside(numbers_in(text), low - chance, high + chance),
        )


def _above_zero(text: str) -> bool:
    share = numbers_in(text)
    return isinstance(share, float) and share > 0


def _outside(share: Any, low: float, high: float) -> bool:  # noqa: ANN401 - a number, or nothing
    return isinstance(share, float) and not low <= share <= high


def _around(t: Floats, dtype: str) -> tuple[Floats, Floats]:
    slack = TOLERANCE[dtype] * np.abs(t) + 4 * float(np.finfo(dtype).tiny)
    return t - slack, t + slack


def _worst(values: Floats, cdf: Callable[[Floats], Floats], dtype: str) -> tuple[float, float]:
    """Return the largest distance beyond the slack, and the t at which it shows."""
    places, counts = np.unique(values, return_counts=True)
    steps = np.concatenate([[0.0], np.cumsum(counts) / len(values)])
    below, above = (cdf(v) for v in _around(places, dtype))
    too_many, too_few = steps[1:] - above, below - steps[:-1]
    first, second = int(np.argmax(too_many)), int(np.argmax(too_few))
    if too_many[first] >= too_few[second]:
        return float(too_many[first]), float(places[first])
    before = np.nextafter(np.dtype(dtype).type(places[second]), np.dtype(dtype).type(-np.inf))
    return float(too_few[second]), float(before)


@dataclass(frozen=True)
class Velocities:
    """Judge the gradient of each draw by the one velocity that carries a law on the line along.

    dx/dtheta = -(dF/dtheta) / f at x, with differences of F at 60 digits. Draws within a few units
    of an end are left to the claim that gradients are finite.
    """

    distribution: Callable[..., Any]
    log_density: Callable[..., Any]
    bounded: bool = True

    def __call__(self, program: Program, case: Case, dtype: str) -> Ruling:
        """Judge one case: some draws, by the parameter whose number is j."""
        asking = {**case, "n": SHOWN, "seed": 0}
        result, ruling = asked(program, asking)
        return ruling or self._rule(asking, np.array(result, dtype=float).tolist(), dtype)

    def _rule(self, asking: Case, pairs: list[list[float]], dtype: str) -> Ruling:
        kind = np.finfo(dtype)
        law = {name: v for name, v in asking.items() if name not in {"n", "seed", "j"}}
        judge = Value(
            lambda x, **rest: self._velocity(asking["j"], x, **rest),
            in_nats=False,
            tolerance=THREE_DIGITS,
        )
        rulings = [
            judge.rule({**law, "x": x}, v, dtype)
            for x, v in zip(*pairs, strict=True)
            if x == x and not self._at_end(x, kind)  # noqa: PLR0124 - NaN is judged elsewhere
        ]
        wrong = [r for r in rulings if r.answer is Answer.WRONG]
        if not rulings:
            return Ruling(Answer.DECLINED, asking, "every draw at an end")
        worst = max(wrong or rulings, key=lambda r: r.excess)
        return Ruling(
            worst.answer,
            asking,
            f"{worst.got} at x = {worst.case['x']:.9g}",
            worst.wanted,
            worst.excess,
            shows=lambda text: self._shows(text, asking, dtype),
        )

    def _shows(self, text: str, asking: Case, dtype: str) -> bool:
        pairs = numbers_in(text)
        return pairs is not None and self._rule(asking, pairs, dtype).answer is Answer.WRONG

    def _at_end(self, x: float, kind: np.finfo) -> bool:
        return self.bounded and (x < 8 * float(kind.tiny) or 1 - x < 8 * float(kind.eps))

    def _velocity(self, j: int, x: Any, **law: Any) -> Any:  # noqa: ANN401 - mpmath numbers
        name = list(law)[j]
        step = law[name] * mp.mpf(10) ** -20
        up, down = (self.distribution(x=x, **{**law, name: law[name] + s}) for s in (step, -step))
        return -(up - down) / (2 * step) / mp.exp(self.log_density(x=x, **law))


@dataclass(frozen=True)
class Flow:
    """Judge gradients of draws of Dirichlet(alpha) by alpha_j: the law flows along them.

    d/dalpha_j E[phi(x)] = E[grad phi(x) . v] for monomials phi up to degree 2, by the project's
    transport equation. A single draw has no right velocity in several dimensions, so only these
    means are judged. The variance bound is that of normalized Gammas, which also bounds a velocity
    that is its mean given the draw.
    """

    alpha: Callable[[Case], Floats]

    def __call__(self, program: Program, case: Case, dtype: str) -> Ruling:  # noqa: ARG002
        """Judge one case."""
        alpha, j = self.alpha(case), case["j"]
        square = gamma_log_velocity_square(float(alpha[j])) / 8
        _, ruling = asked(program, {**case, "n": BLOCKS[0], "seed": 0})
        if ruling:
            return ruling
        probes = dirichlet_monomials(alpha, j, degree=2, velocity_square=square)

        def path(rng: np.random.Generator, size: int) -> tuple[Floats, Floats]:
            block = next(n for n in BLOCKS if n >= size)
            parts = program.run({**case, "n": block, "seed": int(rng.integers(2**31))})
            return tuple(_rows(array(part)[:size], len(alpha)) for part in parts)

        check = transport_equation(
            "the law flows along the gradients of its draws",
            path,
            probes,
            dimension=len(alpha),
            detects=[0.05 * math.sqrt(probe.variance_bound) for probe in probes],
            plan=Plan(FALSE_ALARM, budget=Budget(FALSE_ALARM)),
        )
        finding = check(np.random.default_rng(0))
        answers = {Verdict.ESTABLISHED: Answer.RIGHT, Verdict.REFUTED: Answer.WRONG}
        asking = {**case, "n": 100_000, "seed": 0}
        whole = float(alpha.sum())
        slope = (whole * (np.arange(len(alpha))[0] == j) - float(alpha[0])) / whole**2
        error = math.sqrt(square / asking["n"])
        return Ruling(
            answers.get(finding.verdict, Answer.UNKNOWN),
            asking,
            finding.reason or number(float(finding.figures.get("estimate", math.nan))),
            f"{slope:.6g}, with a standard error of {error:.1g} at most",
            shown="float((v if v.ndim == 1 else v[:, 0]).mean())",
            shows=lambda text: _outside(numbers_in(text), slope - 5 * error, slope + 5 * error),
        )


def _rows(values: Floats, size: int) -> Floats:
    """Return draws or velocities of a Beta as rows of two, others as they are."""
    if values.ndim == 2:
        return values
    # Velocities of the two sum to 0 and draws to 1: only differences of them are used.
    return np.stack([values, -values], axis=1) if size == 2 else values


def gamma_log_velocity_square(a: float) -> float:
    """E[(d log g/da)^2] for g of Gamma(a) along its quantile, by quadrature over log g."""
    step = 1e-5 * a

    def integrand(log_g: float) -> float:
        g = math.exp(log_g)
        slope = (gammainc(a + step, g) - gammainc(a - step, g)) / (2 * step)
        density = float(gamma.pdf(g, a)) * g
        return slope**2 / density if density > 0 else 0.0

    low, high = (math.log(max(float(gamma.ppf(u, a)), 1e-280)) for u in (1e-9, 1 - 1e-9))
    return 1.05 * float(quad(integrand, low, high, limit=200)[0])
