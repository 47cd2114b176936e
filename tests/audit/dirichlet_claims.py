"""The claims about Dirichlet."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import betainc

from audit import truths
from audit.claims import CLOSED_FORM, MASSART, SHARE, Claim
from audit.drawing import Flow, Law, View
from audit.judging import Case, NoneOf, Value

Floats = np.ndarray
VECTORS = (
    [1.0, 10.0, 1.0],
    [0.1, 0.2, 0.3],
    [0.01, 0.01, 0.01],
    [2.5, 0.5, 40.0],
    [1e4, 2e4, 3e4],
    [1e6, 1.0, 0.01],
    [1.5, 2.5, 4.0, 0.7],
)
ON_VECTORS = "vectors of 3 and 4 entries from 0.01 to 1e6"
FACES = tuple(
    {"alpha": alpha, "x": x}
    for alpha, x in (
        ([1.0, 2.0, 3.0], [0.0, 0.25, 0.75]),
        ([2.0, 2.0, 3.0], [0.0, 0.25, 0.75]),
        ([0.5, 2.0, 3.0], [0.0, 0.25, 0.75]),
        ([1.0, 1.0, 1.0], [0.0, 0.0, 1.0]),
        ([2.0, 1.0, 0.5], [0.25, 0.75, 0.0]),
    )
)


def _inside(size: int) -> tuple[list[float], ...]:
    """Return points of the simplex whose entries sum to 1 in binary."""
    if size == 3:
        return ([0.25, 0.25, 0.5], [0.0009765625, 0.4990234375, 0.5])
    return ([0.125, 0.25, 0.5, 0.125],)


def dirichlet() -> list[Claim]:
    """Return the claims about Dirichlet."""
    above_one = [v for v in VECTORS if min(v) > 1] + [[1.5, 2.5, 4.0, 1.25], [3.0, 1e6, 1.5]]
    drawn = [VECTORS[0], VECTORS[1], VECTORS[3], VECTORS[6], [0.001, 0.001, 0.001]]
    moved = tuple({"alpha": v, "j": j} for v in drawn for j in (0, 2))
    mild = tuple({"alpha": v, "j": j} for v in (VECTORS[0], VECTORS[6]) for j in range(len(v)))
    return [
        claim(
            "log density",
            "the log density inside the simplex",
            Value(truths.dirichlet_log_density),
            tuple({"alpha": v, "x": x} for v in VECTORS for x in _inside(len(v))),
            ON_VECTORS,
        ),
        claim(
            "log density at the ends",
            "the log density on a face of the simplex is its limit from inside, and never NaN",
            Value(truths.dirichlet_log_density, at_limits=True),
            FACES,
            "five points on faces",
            question="log density",
            how="the limit of the closed form: 0 log 0 is 0",
        ),
        claim(
            "entropy",
            "the entropy, in nats",
            Value(truths.dirichlet_entropy),
            tuple({"alpha": v} for v in VECTORS),
            ON_VECTORS,
        ),
        claim(
            "mode",
            "the mode where there is exactly one inside (all entries above 1)",
            Value(truths.dirichlet_mode, in_nats=False),
            tuple({"alpha": v} for v in above_one),
            "vectors with entries from 1.25 to 1e6",
        ),
        claim(
            "divergence",
            "KL between two of them, in nats",
            Value(truths.dirichlet_divergence),
            tuple({"alpha": v, "beta": w} for v in VECTORS for w in (v[::-1], v, [1.0] * len(v))),
            f"{ON_VECTORS}, against the reversed, itself, and the uniform law",
        ),
        claim(
            "mean log",
            "E[log x]",
            Value(truths.dirichlet_mean_log),
            tuple({"alpha": v} for v in VECTORS),
            ON_VECTORS,
        ),
        claim(
            "natural gradient",
            "the Jacobian of E[log x] by alpha, times a vector",
            Value(truths.dirichlet_jacobian_times),
            tuple({"alpha": v, "g": [1.0, -2.0, 3.0]} for v in ([1.5, 2.5, 4.0], VECTORS[0])),
            "two vectors",
        ),
        claim(
            "law of draws",
            "two coordinates and their sum have their Betas, to the digits asked of the type",
            Law(beta_marginals),
            tuple({"alpha": v} for v in drawn),
            "five vectors with entries from 0.001 to 40",
            question="draws",
            how=MASSART,
        ),
        claim(
            "own draws can be scored",
            "the log density of the law's own draws is never NaN",
            NoneOf("draws whose log density is NaN"),
            tuple({"alpha": v, "n": 8192, "seed": 0} for v in drawn),
            "five vectors with entries from 0.001 to 40, 8192 draws each",
            question="own draws",
            how=SHARE,
        ),
        claim(
            "finite gradients",
            "gradients of draws by the parameters are finite",
            NoneOf("gradients that are not finite"),
            tuple({**case, "n": 1024, "seed": 0} for case in moved),
            "five vectors with entries from 0.001 to 40, by two entries, 1024 draws each",
            how=SHARE,
        ),
        claim(
            "flow of gradients",
            "the law flows along the gradients of its draws (transport equation)",
            Flow(lambda case: np.array(case["alpha"])),
            mild,
            "a vector of 3 and one of 4 entries, by each entry",
            question="flow",
            how="exact derivatives of moments; an anytime-valid bound on means of draws",
        ),
    ]


def claim(
    name: str,
    statement: str,
    judge: Callable,
    cases: tuple[Case, ...],
    grid: str,
    *,
    distribution: str = "Dirichlet",
    question: str = "",
    how: str = CLOSED_FORM,
) -> Claim:
    """Return a claim whose question has its own name, unless told otherwise."""
    return Claim(distribution, name, question or name, statement, how, judge, cases, grid)


def beta_marginals(case: Case) -> tuple[View, ...]:
    """Return each of the first two coordinates of a Dirichlet, and their sum."""
    alpha = np.array(case["alpha"])
    whole = float(alpha.sum())

    def view(text: str, of: Callable[[Floats], Floats], part: float) -> View:
        return View(text, of, lambda t: betainc(part, whole - part, np.clip(t, 0, 1)))

    return (
        view("x[:, 0]", lambda x: x[:, 0], float(alpha[0])),
        view("x[:, 1]", lambda x: x[:, 1], float(alpha[1])),
        view("x[:, 0] + x[:, 1]", lambda x: x[:, 0] + x[:, 1], float(alpha[:2].sum())),
    )
