"""The claims: what is said of a law, the cases it is tried at, and who judges.

Cases are fixed lists that include extreme parameters; nothing about them is drawn.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from scipy.special import betainc

from audit import truths
from audit.drawing import Flow, Judge, Law, Velocities, View
from audit.judging import NoneOf, Value
from audit.program import Case

Floats = np.ndarray
EXTREMES = (0.01, 0.5, 1.0, 2.5, 40.0, 1e6)
MODERATE = (0.1, 0.5, 1.0, 2.5, 40.0)
CLOSED_FORM = "closed form in mpmath at 60 digits, itself held to a quadrature"
MASSART = "F in NumPy; shares of draws within the bound of Dvoretzky, Kiefer, Wolfowitz, Massart"
SHARE = "a count over the library's own draws"


@dataclass(frozen=True)
class Claim:
    """A sentence about a law; ``question`` names the program, ``how`` the route to the truth."""

    distribution: str
    name: str
    question: str
    statement: str
    how: str
    judge: Judge
    cases: tuple[Case, ...]
    grid: str


def _pairs(values: tuple[float, ...]) -> tuple[Case, ...]:
    return tuple({"a": a, "b": b} for a, b in itertools.product(values, values))


def _points(values: tuple[float, ...], points: tuple[float, ...]) -> tuple[Case, ...]:
    return tuple({**case, "x": x} for case in _pairs(values) for x in points)


def _divergences(values: tuple[float, ...]) -> tuple[Case, ...]:
    """Every pair of shapes against its mirror image, itself, and the uniform law."""
    return tuple(
        {"a": a, "b": b, "c": c, "d": d}
        for a, b in itertools.product(values, values)
        for c, d in ((b, a), (a, b), (1.0, 1.0))
    )


ENDS = tuple(
    {"a": a, "b": b, "x": x}
    for a, b in ((1.0, 1.0), (2.0, 3.0), (0.5, 0.5), (1.0, 3.0), (3.0, 1.0), (0.5, 1.0))
    for x in (0.0, 1.0)
)
ON_SHAPES = "a, b from 0.01 to 1e6"
ON_MODERATE = "a, b from 0.1 to 40"


def _values(distribution: str, prefix: str, points: tuple[float, ...]) -> list[Claim]:
    """Return the claims about numbers that Beta and Kumaraswamy share."""
    truth = {name: getattr(truths, f"{prefix}_{name}") for name in ("log_density", "entropy")}
    above_one = tuple(
        {"a": a, "b": b}
        for a, b in itertools.product((1.5, 3.0, 40.0, 1e4), (1.25, 5.0, 30.0, 1e6))
    )
    return [
        Claim(
            distribution,
            "log density",
            "log density",
            "the log density inside the support",
            CLOSED_FORM,
            Value(truth["log_density"]),
            _points(EXTREMES, points),
            f"{ON_SHAPES}, x from {points[0]} to {points[-1]}",
        ),
        Claim(
            distribution,
            "log density at the ends",
            "log density",
            "the log density at 0 and 1 is its limit from inside, and never NaN",
            "the limit of the closed form: 0 log 0 is 0",
            Value(truth["log_density"], at_limits=True),
            ENDS,
            "six shapes, x = 0 and 1",
        ),
        Claim(
            distribution,
            "entropy",
            "entropy",
            "the entropy, in nats",
            CLOSED_FORM,
            Value(truth["entropy"]),
            _pairs(EXTREMES),
            ON_SHAPES,
        ),
        Claim(
            distribution,
            "mode",
            "mode",
            "the mode where there is exactly one inside (a, b above 1)",
            "closed form in mpmath: where the log density's derivative is 0",
            Value(getattr(truths, f"{prefix}_mode"), in_nats=False),
            above_one,
            "a from 1.5 to 1e4, b from 1.25 to 1e6",
        ),
        Claim(
            distribution,
            "distribution function",
            "distribution function",
            "the distribution function F(x)",
            "mpmath at 60 digits",
            Value(getattr(truths, f"{prefix}_distribution")),
            _points(MODERATE, (0.001, 0.3, 0.9)),
            f"{ON_MODERATE}, three x",
        ),
        *_draws(distribution, prefix),
    ]


def _draws(distribution: str, prefix: str) -> list[Claim]:
    """Return the claims about draws that Beta and Kumaraswamy share."""
    cdf = {
        "beta": lambda case: lambda t: betainc(case["a"], case["b"], np.clip(t, 0, 1)),
        "kumaraswamy": _kumaraswamy_cdf,
    }[prefix]
    shapes = ((0.5, 2.0), (2.5, 0.7), (40.0, 30.0), (0.1, 0.1), (0.001, 0.001), (1.0, 1e6))
    at = tuple({"a": a, "b": b} for a, b in shapes)
    moved = tuple({**case, "j": j} for case in at for j in (0, 1))
    mild = tuple({"a": a, "b": b, "j": j} for a, b in shapes[:3] for j in (0, 1))
    many = tuple({**case, "n": 8192, "seed": 0} for case in at)
    return [
        Claim(
            distribution,
            "law of draws",
            "draws",
            "draws have the law, each to the digits asked of its type",
            MASSART,
            Law(lambda case: (View("x", lambda x: x, cdf(case)),)),
            at,
            "six shapes from 0.001 to 1e6",
        ),
        Claim(
            distribution,
            "own draws can be scored",
            "own draws",
            "the log density of the law's own draws is never NaN",
            SHARE,
            NoneOf("draws whose log density is NaN"),
            many,
            "six shapes from 0.001 to 1e6, 8192 draws each",
        ),
        Claim(
            distribution,
            "finite gradients",
            "finite gradients",
            "gradients of draws by the parameters are finite",
            SHARE,
            NoneOf("gradients that are not finite"),
            tuple({**case, "n": 1024, "seed": 0} for case in moved),
            "six shapes from 0.001 to 1e6, by each parameter, 1024 draws each",
        ),
        Claim(
            distribution,
            "pathwise gradients",
            "velocities",
            "the gradient of a draw x is -(dF/dtheta)/f at x, to three digits",
            "differences of F in mpmath at 60 digits",
            Velocities(
                getattr(truths, f"{prefix}_distribution"),
                getattr(truths, f"{prefix}_log_density"),
            ),
            mild,
            "three shapes from 0.5 to 40, by each parameter",
        ),
    ]


def _kumaraswamy_cdf(case: Case) -> object:
    def cdf(t: Floats) -> Floats:
        inside = np.clip(t, 0, 1)
        with np.errstate(divide="ignore"):
            rest = np.log(-np.expm1(case["a"] * np.log(inside)))
            return -np.expm1(case["b"] * rest)

    return cdf


def beta() -> list[Claim]:
    """Return the claims about Beta."""
    return [
        *_values("Beta", "beta", (1e-6, 0.1, 0.5, 0.999)),
        Claim(
            "Beta",
            "divergence",
            "divergence",
            "KL between two of them, in nats",
            CLOSED_FORM,
            Value(truths.beta_divergence),
            _divergences(EXTREMES),
            f"{ON_SHAPES}, against the mirror image, itself, and the uniform law",
        ),
        Claim(
            "Beta",
            "divergence from uniform",
            "divergence from uniform",
            "KL(Uniform(0, 1), Beta(c, d))",
            CLOSED_FORM,
            Value(truths.beta_from_uniform),
            tuple({"c": c, "d": d} for c, d in itertools.product(MODERATE, MODERATE)),
            "c, d from 0.1 to 40",
        ),
        Claim(
            "Beta",
            "flow of gradients",
            "flow",
            "the law flows along the gradients of its draws (transport equation)",
            "exact derivatives of moments; an anytime-valid bound on means of draws",
            Flow(lambda case: np.array([case["a"], case["b"]])),
            tuple(
                {"a": a, "b": b, "j": j}
                for a, b in ((0.5, 2.0), (2.5, 0.7), (40.0, 30.0))
                for j in (0, 1)
            ),
            "three shapes from 0.5 to 40, by each parameter",
        ),
    ]


def kumaraswamy() -> list[Claim]:
    """Return the claims about Kumaraswamy."""
    return [
        *_values("Kumaraswamy", "kumaraswamy", (1e-6, 0.1, 0.5, 0.999)),
        Claim(
            "Kumaraswamy",
            "quantile",
            "quantile",
            "the quantile, relative to its own size",
            "mpmath at 120 digits",
            Value(truths.kumaraswamy_quantile, in_nats=False),
            tuple(
                {"a": a, "b": b, "u": u}
                for a, b in itertools.product((0.5, 1.0, 2.5, 40.0), (0.5, 2.0, 1e4, 1e6, 1e8))
                for u in (0.001, 0.3, 0.9)
            ),
            "a from 0.5 to 40, b from 0.5 to 1e8, three levels",
        ),
        Claim(
            "Kumaraswamy",
            "divergence from Beta",
            "divergence from Beta",
            "KL(Kumaraswamy(a, b), Beta(c, d)), in nats",
            "quadrature in mpmath over the uniform number behind a draw",
            Value(truths.kumaraswamy_beta_divergence, at_limits=True),
            tuple(
                {"a": a, "b": b, "c": c, "d": d}
                for a, b, c, d in ((2.0, 3.0, 2.0, 3.0), (0.5, 2.0, 3.0, 4.0), (2.5, 0.5, 1.0, 3.0))
            ),
            "three pairs of shapes from 0.5 to 4",
        ),
    ]
