"""The claims about Gaussian, Categorical and the two logistic normals, and the list of all."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
from scipy.special import ndtr

from audit import truths
from audit.claims import CLOSED_FORM, MASSART, Claim, beta, kumaraswamy
from audit.dirichlet_claims import claim, dirichlet
from audit.drawing import Law, Velocities, View
from audit.judging import Case, Value

Floats = np.ndarray


def gaussian() -> list[Claim]:
    """Return the claims about the Gaussian."""
    laws = tuple(
        {"m": m, "s": s} for m, s in itertools.product((0.0, -3.0, 1e4), (1e-6, 0.7, 2.0, 1e6))
    )
    drawn = tuple({"m": m, "s": s} for m, s in ((0.0, 0.7), (-3.0, 1e-3), (10.0, 1e6)))

    def cdf(case: Case) -> tuple[View, ...]:
        return (View("x", lambda x: x, lambda t: ndtr((t - case["m"]) / case["s"])),)

    grid = "means from -3 to 1e4, standard deviations from 1e-6 to 1e6"
    rows = (
        (
            "log density",
            "the log density",
            Value(truths.gaussian_log_density),
            tuple({**c, "x": x} for c in laws for x in (0.5, -7.0, 1e4)),
            "",
            CLOSED_FORM,
        ),
        (
            "entropy",
            "the entropy, in nats",
            Value(truths.gaussian_entropy),
            laws,
            "",
            CLOSED_FORM,
        ),
        ("mode", "the mode", Value(truths.gaussian_mode), laws, "", CLOSED_FORM),
        (
            "divergence",
            "KL between two of them, in nats",
            Value(truths.gaussian_divergence),
            tuple(
                {**c, "c": d["m"], "d": d["s"]} for c, d in itertools.product(laws[:8], laws[:8])
            ),
            "",
            CLOSED_FORM,
        ),
        (
            "distribution function",
            "the distribution function F(x)",
            Value(truths.gaussian_distribution),
            tuple({**c, "x": x} for c in laws for x in (0.5, -7.0)),
            "",
            "mpmath at 60 digits",
        ),
        ("law of draws", "draws have the law", Law(cdf), drawn, "draws", MASSART),
        (
            "pathwise gradients",
            "the gradient of a draw x is -(dF/dtheta)/f at x, to three digits",
            Velocities(truths.gaussian_distribution, truths.gaussian_log_density, bounded=False),
            tuple({"m": m, "s": s, "j": j} for m, s in ((1.5, 0.7), (-3.0, 20.0)) for j in (0, 1)),
            "velocities",
            "differences of F in mpmath at 60 digits",
        ),
    )
    return [
        claim(name, said, judge, cases, grid, distribution="Gaussian", question=q, how=how)
        for name, said, judge, cases, q, how in rows
    ]


def categorical() -> list[Claim]:
    """Return the claims about the Categorical."""
    laws = ([0.5, 0.25, 0.25], [0.1, 0.2, 0.3, 0.4], [1e-6, 0.5, 0.499999], [1e-20, 0.25, 0.75])
    zeros = ([0.0, 0.5, 0.5], [1.0, 0.0, 0.0])
    pairs = (
        *((p, q) for p in (laws[0], laws[2], laws[3]) for q in (laws[0], laws[2], laws[3])),
        (zeros[0], laws[0]),
        (zeros[1], laws[0]),
        (laws[0], zeros[0]),
        (zeros[0], zeros[0]),
    )

    def cdf(case: Case) -> tuple[View, ...]:
        steps = np.concatenate([[0.0], np.cumsum(case["p"])])
        at = lambda t: steps[np.clip(np.floor(t) + 1, 0, len(steps) - 1).astype(int)]  # noqa: E731
        return (View("x", lambda x: x, at),)

    exact = {"at_limits": True}
    rows = (
        (
            "log density",
            "the log probability of an outcome that can occur",
            Value(truths.categorical_log_density, **exact),
            tuple({"p": p, "x": k} for p in laws for k in range(len(p))),
            "",
            CLOSED_FORM,
        ),
        (
            "log density at the ends",
            "log probabilities where an outcome has probability 0: minus infinity of it, "
            "others right",
            Value(truths.categorical_log_density, **exact),
            tuple({"p": p, "x": k} for p in zeros for k in range(3)),
            "log density",
            "log 0",
        ),
        (
            "entropy",
            "the entropy, in nats, zero probabilities included",
            Value(truths.categorical_entropy, **exact),
            tuple({"p": p} for p in (*laws, *zeros)),
            "",
            CLOSED_FORM,
        ),
        (
            "divergence",
            "KL between two of them, in nats, zero probabilities included",
            Value(truths.categorical_divergence, **exact),
            tuple({"p": p, "q": q} for p, q in pairs),
            "",
            CLOSED_FORM,
        ),
        (
            "law of draws",
            "outcomes have their probabilities",
            Law(cdf),
            tuple({"p": p} for p in (*laws, *zeros[:1])),
            "draws",
            MASSART,
        ),
    )
    grid = "three or four outcomes, probabilities from 0 and 1e-20 to 1"
    return [
        claim(name, said, judge, cases, grid, distribution="Categorical", question=q, how=how)
        for name, said, judge, cases, q, how in rows
    ]


def logistic_normals() -> list[Claim]:
    """Return the claims about PyTorch's logistic normal, as documented, and about ours."""
    point = [0.25, 0.25, 0.5]
    sticks = (
        {"m": [0.0, 0.5], "s": [1.0, 0.5], "x": point},
        {"m": [-1.0, 2.0], "s": [0.5, 3.0], "x": point},
        {"m": [0.25], "s": [0.75], "x": [0.25, 0.75]},
    )
    coordinates = (
        {"m": [0.0, 0.5, -1.0], "s": [1.0, 0.5, 2.0], "x": point},
        {"m": [-1.0, 2.0, 0.0], "s": [0.5, 3.0, 0.25], "x": point},
        {"m": [0.25, 0.0], "s": [0.75, 0.5], "x": [0.25, 0.75]},
    )

    def without_point(case: Case) -> Case:
        return {"m": case["m"], "s": case["s"]}

    def first_stick(case: Case) -> tuple[View, ...]:
        m, s = case["m"][0], case["s"][0]
        text, of = "x[:, 0] / (1 - x[:, 0])", lambda x: x[:, 0] / (1 - x[:, 0])
        return (View(text, of, _log_gaussian(m, s)),)

    def ratio(case: Case) -> tuple[View, ...]:
        m, s = np.array(case["m"][:2]), np.array(case["s"][:2])
        text, of = "x[:, 0] / x[:, 1]", lambda x: x[:, 0] / x[:, 1]
        return (View(text, of, _log_gaussian(float(m[0] - m[1]), float(np.hypot(*s)))),)

    found = []
    for name, cases, view, density in (
        ("logistic normal", sticks, first_stick, truths.logistic_normal_log_density),
        ("softmax-Gaussian", coordinates, ratio, truths.softmax_gaussian_log_density),
    ):
        grid = "three laws of two or three coordinates"
        said = "as documented: Y = log(X / (1 - X.cumsum(-1))) is Gaussian"
        note = said if name == "logistic normal" else "softmax of independent Gaussians"
        found += [
            claim(
                "log density",
                f"the log density, {note}",
                Value(density),
                cases,
                grid,
                distribution=name,
                how="change of variables in mpmath at 60 digits",
            ),
            claim(
                "law of draws",
                f"draws have the law, {note}",
                Law(view),
                tuple(map(without_point, cases)),
                grid,
                distribution=name,
                question="draws",
                how=MASSART,
            ),
        ]
    return found


def _log_gaussian(mean: float, deviation: float) -> Callable[[Floats], Floats]:
    def cdf(t: Floats) -> Floats:
        with np.errstate(divide="ignore"):
            return ndtr((np.log(np.maximum(t, 0)) - mean) / deviation)

    return cdf


def all_claims() -> tuple[Claim, ...]:
    """Return every claim."""
    makers = (beta, kumaraswamy, dirichlet, gaussian, categorical, logistic_normals)
    return tuple(claim for make in makers for claim in make())
