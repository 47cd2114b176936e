"""Judges of draws: their law, their gradients one by one, and gradients as a flow of the law."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath as mp
import numpy as np
from scipy import stats
from scipy.special import gammaincinv

from audit.judges import (
    TOLERANCE,
    Answer,
    Ask,
    NoneOf,
    Number,
    Ruling,
    Truth,
    Value,
    number,
    outside,
)
from audit.programs import Case
from derivations.calculus.steps import Verdict
from derivations.evidence.monte_carlo import Budget, Plan, dirichlet_monomials, transport_equation
from derivations.evidence.monte_carlo.laws import draws_for_law, radius

Floats = np.ndarray
View = tuple[str, Callable[[Floats], Floats]]
"""A number of each draw x, as a script says it, and its distribution function."""
THREE_DIGITS = 1e-3
"""What libraries promise that approximate the implicit derivative."""
FALSE_ALARM = 1e-9
DRAWS = draws_for_law(0.02, Plan(FALSE_ALARM))
"""Draws of a check that must see a distance of 0.02 between distribution functions."""
BLOCKS = (8192, 65_536)
"""Numbers of draws with gradients that are asked for: few, as some libraries compile for each."""


@dataclass(frozen=True)
class Law:
    """Judge draws by distribution functions of one or more numbers of each.

    By Massart's form of the Dvoretzky-Kiefer-Wolfowitz inequality the share of n draws that are at
    most t is off by more than r anywhere with probability at most 2 exp(-2 n r^2). Draws stand for
    real numbers: each may be off by the tolerance of its type times itself, and by a few of the
    smallest normal numbers. So the share at t lies between F(t - slack) - r and F(t + slack) + r.
    """

    views: Callable[..., tuple[View, ...]]

    def __call__(self, ask: Ask, case: Case, dtype: str) -> Ruling:
        """Judge one case; the false-alarm probability is divided among the views."""
        asking = {**case, "n": DRAWS, "seed": 0}
        drawn, views = np.asarray(ask(asking), dtype=np.float64), self.views(**case)
        if not np.all(np.isfinite(drawn)):
            judge = NoneOf("draws that are not finite", DRAWS)
            shown = "float((~(abs(x) < float('inf'))).sum()) / n"
            return judge.rule(asking, float(np.mean(~np.isfinite(drawn))), shown)
        chance = radius(FALSE_ALARM / (2 * len(views)), DRAWS)
        found = []
        for text, cdf in views:
            values = eval(text, {"x": drawn})  # noqa: S307 - as a script says it
            found += [(*_gap(values, cdf, dtype, side), values, text, cdf) for side in (1, -1)]
        gap, t, values, text, cdf = max(found, key=lambda one: one[0])
        low, high = (float(cdf(_near(t, dtype, side))) for side in (-1, 1))
        return Ruling(
            Answer.WRONG if gap > chance else Answer.RIGHT,
            {**asking, "t": t},
            number(float(np.mean(values <= t))),
            f"{low + 0.0:.6g} to {high + 0.0:.6g}, and by chance {chance:.2g} more or less",
            shown=f"float(({text} <= t).sum()) / n",
            refutes=outside(low - chance, high + chance),
        )


def _near(t: Any, dtype: str, side: int) -> Any:  # noqa: ANN401 - a number or an array
    return t + side * (TOLERANCE[dtype] * np.abs(t) + 4 * float(np.finfo(dtype).tiny))


def _gap(values: Floats, cdf: Callable, dtype: str, side: int) -> tuple[float, float]:
    """Return by how much too many draws (side 1) or too few are at most t beyond slack, and t."""
    found = stats.ks_1samp(
        values, lambda t: cdf(_near(t, dtype, side)), alternative="greater" if side > 0 else "less"
    )
    t = float(found.statistic_location)
    if side < 0:  # too few just below a draw
        kind = np.dtype(dtype).type
        t = float(np.nextafter(kind(t), kind(-np.inf)))
    return float(found.statistic), t


@dataclass(frozen=True)
class Velocities:
    """Judge the gradient of each draw by the one velocity that carries a law on the line along.

    dx/dtheta = -(dF/dtheta) / f at x, differentiated by mpmath. Draws within a few units of an end
    are left to the claim that gradients are finite.
    """

    distribution: Truth
    log_density: Truth
    bounded: bool = True

    def __call__(self, ask: Ask, case: Case, dtype: str) -> Ruling:
        """Judge three draws, by the parameter whose number is j."""
        asking = {**case, "n": 3, "seed": 0}
        return self.rule(asking, np.array(ask(asking), dtype=float), dtype)

    def rule(self, asking: Case, pairs: Floats, dtype: str) -> Ruling:
        """Judge draws and their gradients."""
        law = {name: v for name, v in asking.items() if name not in {"n", "seed", "j"}}
        name, kind = list(law)[asking["j"]], np.finfo(dtype)

        def velocity(x: Number, **law: Number) -> Number:
            slope = mp.diff(lambda v: self.distribution(x=x, **{**law, name: v}), law[name])
            return -slope / mp.exp(self.log_density(x=x, **law))

        judge = Value(velocity, in_nats=False, tolerance=THREE_DIGITS)
        rulings = [
            judge.rule({**law, "x": x}, v, dtype)
            for x, v in pairs.T.tolist()
            if not self.bounded or (8 * kind.tiny <= x and 8 * kind.eps <= 1 - x)
        ]
        if not rulings:
            return Ruling(Answer.DECLINED, asking, "every draw at an end")
        worst = max(rulings, key=lambda r: (r.answer is Answer.WRONG, r.excess))
        return Ruling(
            worst.answer,
            asking,
            f"{worst.got} at x = {worst.case['x']:.9g}",
            worst.wanted,
            worst.excess,
            refutes=lambda printed: self.rule(asking, printed, dtype).answer is Answer.WRONG,
        )


def flow(ask: Ask, case: Case, dtype: str) -> Ruling:  # noqa: ARG001 - as every judge is called
    """Judge gradients of draws of Dirichlet(alpha) by alpha_j: the law flows along them.

    d/dalpha_j E[phi(x)] = E[grad phi(x) . v] for monomials phi up to degree 2, by the project's
    transport equation. A single draw has no right velocity in several dimensions, so only these
    means are judged. The variance bound is that of normalized Gammas, which also bounds a velocity
    that is its mean given the draw. A Beta is a Dirichlet of two.
    """
    alpha, j = np.array(case.get("alpha") or [case["a"], case["b"]]), case["j"]
    square = gamma_log_velocity_square(float(alpha[j])) / 8
    ask({**case, "n": BLOCKS[0], "seed": 0})  # so that a refusal is the answer
    probes = dirichlet_monomials(alpha, j, degree=2, velocity_square=square)

    def path(rng: np.random.Generator, size: int) -> tuple[Floats, ...]:
        block = next(n for n in BLOCKS if n >= size)
        parts = ask({**case, "n": block, "seed": int(rng.integers(2**31))})
        rows = (np.asarray(part, dtype=np.float64)[:size] for part in parts)
        # Velocities of a Beta's two sum to 0 and draws to 1: only differences of them are used.
        return tuple(part if part.ndim == 2 else np.stack([part, -part], 1) for part in rows)

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
    slope = (alpha.sum() * (j == 0) - alpha[0]) / alpha.sum() ** 2
    error = math.sqrt(square / asking["n"])
    return Ruling(
        answers.get(finding.verdict, Answer.UNKNOWN),
        asking,
        finding.reason or number(float(finding.figures.get("estimate", math.nan))),
        f"{slope:.6g}, with a standard error of {error:.1g} at most",
        shown="float((v if v.ndim == 1 else v[:, 0]).mean())",
        refutes=outside(slope - 5 * error, slope + 5 * error),
    )


def gamma_log_velocity_square(a: float) -> float:
    """Return E[(d log g/da)^2] for g of Gamma(a) along its quantile, by the midpoint rule."""
    u, step = (np.arange(100_000) + 0.5) / 100_000, 1e-4 * a
    up, down = (np.log(gammaincinv(a + h, u)) for h in (step, -step))
    return 1.05 * float(np.mean(((up - down) / (2 * step)) ** 2))
