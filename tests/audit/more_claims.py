"""The claims about Dirichlet, Gaussian, Categorical and the two logistic normals, and all of them."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
from scipy.special import betainc, ndtr

from audit import truths
from audit.claims import CLOSED_FORM, SHARE, Claim, beta, kumaraswamy
from audit.drawing import Flow, Law, Velocities, View
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
MASSART = "F in NumPy; shares of draws within the bound of Dvoretzky, Kiefer, Wolfowitz, Massart"


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
        _claim(
            "log density",
            "the log density inside the simplex",
            Value(truths.dirichlet_log_density),
            tuple({"alpha": v, "x": x} for v in VECTORS for x in _inside(len(v))),
            ON_VECTORS,
        ),
        _claim(
            "log density at the ends",
            "the log density on a face of the simplex is its limit from inside, and never NaN",
            Value(truths.dirichlet_log_density, at_limits=True),
            FACES,
            "five points on faces",
            question="log density",
            how="the limit of the closed form: 0 log 0 is 0",
        ),
        _claim(
            "entropy",
            "the entropy, in nats",
            Value(truths.dirichlet_entropy),
            tuple({"alpha": v} for v in VECTORS),
            ON_VECTORS,
        ),
        _claim(
            "mode",
            "the mode where there is exactly one inside (all entries above 1)",
            Value(truths.dirichlet_mode, in_nats=False),
            tuple({"alpha": v} for v in above_one),
            "vectors with entries from 1.25 to 1e6",
        ),
        _claim(
            "divergence",
            "KL between two of them, in nats",
            Value(truths.dirichlet_divergence),
            tuple(
                {"alpha": v, "beta": w}
                for v in VECTORS
                for w in (v[::-1], v, [1.0] * len(v))
            ),
            f"{ON_VECTORS}, against the reversed, itself, and the uniform law",
        ),
        _claim(
            "mean log",
            "E[log x]",
            Value(truths.dirichlet_mean_log),
            tuple({"alpha": v} for v in VECTORS),
            ON_VECTORS,
        ),
        _claim(
            "natural gradient",
            "the Jacobian of E[log x] by alpha, times a vector",
            Value(truths.dirichlet_jacobian_times),
            tuple({"alpha": v, "g": [1.0, -2.0, 3.0]} for v in ([1.5, 2.5, 4.0], VECTORS[0])),
            "two vectors",
        ),
        _claim(
            "law of draws",
            "two coordinates and their sum have their Betas, to the digits asked of the type",
            Law(beta_marginals),
            tuple({"alpha": v} for v in drawn),
            "five vectors with entries from 0.001 to 40",
            question="draws",
            how=MASSART,
        ),
        _claim(
            "own draws can be scored",
            "the log density of the law's own draws is never NaN",
            NoneOf("draws whose log density is NaN"),
            tuple({"alpha": v, "n": 8192, "seed": 0} for v in drawn),
            "five vectors with entries from 0.001 to 40, 8192 draws each",
            question="own draws",
            how=SHARE,
        ),
        _claim(
            "finite gradients",
            "gradients of draws by the parameters are finite",
            NoneOf("gradients that are not finite"),
            tuple({**case, "n": 2048, "seed": 0} for case in moved),
            "five vectors with entries from 0.001 to 40, by two entries, 2048 draws each",
            how=SHARE,
        ),
        _claim(
            "flow of gradients",
            "the law flows along the gradients of its draws (transport equation)",
            Flow(lambda case: np.array(case["alpha"])),
            mild,
            "a vector of 3 and one of 4 entries, by each entry",
            question="flow",
            how="exact derivatives of moments; an anytime-valid bound on means of draws",
        ),
    ]


def _claim(
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
                {**c, "c": d["m"], "d": d["s"]}
                for c, d in itertools.product(laws[:8], laws[:8])
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
            Velocities(
                truths.gaussian_distribution, truths.gaussian_log_density, bounded=False
            ),
            tuple({"m": m, "s": s, "j": j} for m, s in ((1.5, 0.7), (-3.0, 20.0)) for j in (0, 1)),
            "velocities",
            "differences of F in mpmath at 60 digits",
        ),
    )
    return [
        _claim(name, said, judge, cases, grid, distribution="Gaussian", question=q, how=how)
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
            "the log probability of an outcome of probability 0 is minus infinity",
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
        _claim(name, said, judge, cases, grid, distribution="Categorical", question=q, how=how)
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
            _claim("log density", f"the log density, {note}", Value(density), cases, grid,
                   distribution=name, how="change of variables in mpmath at 60 digits"),
            _claim("law of draws", f"draws have the law, {note}", Law(view),
                   tuple(map(without_point, cases)), grid, distribution=name, question="draws",
                   how=MASSART),
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
