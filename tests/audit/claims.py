"""The claims: what is said of a distribution, the cases it is tried at, and who judges.

Cases are fixed lists that include extreme parameters; nothing about them is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from oracles.sampler_premises import log1mexp
from scipy import stats

from audit.draws import Floats, Law, Velocities, View, flow
from audit.judges import Judge, NoneOf, Value
from audit.programs import Case
from audit.truths import TRUTHS

CLOSED_FORM = "closed form in mpmath at 60 digits, itself held to a quadrature or a derivative"
CHANGED = (("logistic normal", "log density"), ("softmax-Gaussian", "log density"))
FLOWS = "exact derivatives of moments; an anytime-valid bound on means of draws"
MASSART = "F in NumPy; shares of draws within the bound of Dvoretzky, Kiefer, Wolfowitz, Massart"
SHARE = "a count over the library's own draws"
ROUTES = {
    "log density at the ends": ("log density", "the limit of the closed form: 0 log 0 is 0"),
    "distribution function": ("distribution function", "mpmath at 60 digits"),
    "quantile": ("quantile", "mpmath at 120 digits"),
    "divergence from Beta": ("divergence from Beta", "quadrature in mpmath over uniform draws"),
    "law of draws": ("draws", MASSART),
    "own draws can be scored": ("own draws", SHARE),
    "finite gradients": ("finite gradients", SHARE),
    "pathwise gradients": ("velocities", "derivatives of F in mpmath at 60 digits"),
    "flow of gradients": ("flow", FLOWS),
}
"""The question of a claim, if it is not the claim's name, and the route to the truth."""


@dataclass(frozen=True)
class Claim:
    """A sentence about a distribution, at the cases that ``grid`` says in words."""

    distribution: str
    name: str
    statement: str
    grid: str
    cases: tuple[Case, ...]

    @property
    def question(self) -> str:
        """The question that it asks of a library."""
        return ROUTES.get(self.name, (self.name, ""))[0]

    @property
    def how(self) -> str:
        """The route to the truth."""
        if (self.distribution, self.name) in CHANGED:
            return "change of variables in mpmath at 60 digits"
        return ROUTES.get(self.name, ("", CLOSED_FORM))[1]

    @property
    def judge(self) -> Judge:
        """Who judges a case."""
        truths = TRUTHS[self.distribution]
        match self.question:
            case "draws":
                return Law(VIEWS[self.distribution])
            case "own draws":
                return NoneOf("draws whose log density is NaN", 8192)
            case "finite gradients":
                return NoneOf("gradients that are not finite", 1024)
            case "velocities":
                bounded = self.distribution != "Gaussian"
                return Velocities(truths["distribution function"], truths["log density"], bounded)
            case "flow":
                return flow
        exact = self.distribution == "Categorical" or self.name in EXACT
        return Value(truths[self.question], self.question not in {"mode", "quantile"}, exact)


EXACT = ("log density at the ends", "divergence from Beta")
"""Claims whose parameters are taken as exact, as are those of every Categorical."""
EXTREMES, MODERATE = (0.01, 0.5, 1.0, 2.5, 40.0, 1e6), (0.1, 0.5, 1.0, 2.5, 40.0)
ON_SHAPES, SIX = "a, b from 0.01 to 1e6", "six shapes from 0.001 to 1e6"
SHAPES = tuple(product(EXTREMES, EXTREMES))
ENDS = ((1.0, 1.0), (2.0, 3.0), (0.5, 0.5), (1.0, 3.0), (3.0, 1.0), (0.5, 1.0))
DRAWN = ((0.5, 2.0), (2.5, 0.7), (40.0, 30.0), (0.1, 0.1), (0.001, 0.001), (1.0, 1e6))
MILD = "three shapes from 0.5 to 40, by each parameter"
V = (
    [1.0, 10.0, 1.0],
    [0.1, 0.2, 0.3],
    [0.01, 0.01, 0.01],
    [2.5, 0.5, 40.0],
    [1e4, 2e4, 3e4],
    [1e6, 1.0, 0.01],
    [1.5, 2.5, 4.0, 0.7],
)
"""Parameters of Dirichlets."""
ON_VECTORS = "vectors of 3 and 4 entries from 0.01 to 1e6"
V_DRAWN = (V[0], V[1], V[3], V[6], [0.001, 0.001, 0.001])
FIVE = "five vectors with entries from 0.001 to 40"
V_MODE = (V[4], [1.5, 2.5, 4.0, 1.25], [3.0, 1e6, 1.5])
HALF = [0.25, 0.25, 0.5]
INSIDE = {3: (HALF, [0.0009765625, 0.4990234375, 0.5]), 4: ([0.125, 0.25, 0.5, 0.125],)}
"""Points of the simplex whose entries sum to 1 in binary."""
FACES = (
    ([1.0, 2.0, 3.0], [0.0, 0.25, 0.75]),
    ([2.0, 2.0, 3.0], [0.0, 0.25, 0.75]),
    ([0.5, 2.0, 3.0], [0.0, 0.25, 0.75]),
    ([1.0, 1.0, 1.0], [0.0, 0.0, 1.0]),
    ([2.0, 1.0, 0.5], [0.25, 0.75, 0.0]),
)
MEANS, DEVIATIONS = (0.0, -3.0, 1e4), (1e-6, 0.7, 2.0, 1e6)
ON_LINE = "means from -3 to 1e4, standard deviations from 1e-6 to 1e6"
P = ([0.5, 0.25, 0.25], [0.1, 0.2, 0.3, 0.4], [1e-6, 0.5, 0.499999], [1e-20, 0.25, 0.75])
ZEROS = ([0.0, 0.5, 0.5], [1.0, 0.0, 0.0])
P_PAIRS = (
    *product((P[0], P[2], P[3]), repeat=2),
    *((ZEROS[0], P[0]), (ZEROS[1], P[0]), (P[0], ZEROS[0]), (ZEROS[0], ZEROS[0])),
)
OUTCOMES = "three or four outcomes, probabilities from 0 and 1e-20 to 1"
STICKS = (([0.0, 0.5], [1.0, 0.5]), ([-1.0, 2.0], [0.5, 3.0]), ([0.25], [0.75]))
COORDINATES = (
    ([0.0, 0.5, -1.0], [1.0, 0.5, 2.0]),
    ([-1.0, 2.0, 0.0], [0.5, 3.0, 0.25]),
    ([0.25, 0.0], [0.75, 0.5]),
)
POINTS = (HALF, HALF, [0.25, 0.75])
THREE = "three laws of two or three coordinates"
NATS, KL = "the entropy, in nats", "KL between two of them, in nats"
MODE, CDF = "the mode where there is exactly one inside", "the distribution function F(x)"
LIMIT = "is its limit from inside, and never NaN"
SCORED, NO_NAN = "own draws can be scored", "the log density of the law's own draws is never NaN"
FINITE = "gradients of draws by the parameters are finite"
PATHWISE = "the gradient of a draw x is -(dF/dtheta)/f at x, to three digits"
FLOW = "the law flows along the gradients of its draws (transport equation)"


def over(**values: Iterable[Any]) -> tuple[Case, ...]:
    """Return a case for every combination of values; ``a_b`` takes pairs of values."""
    parts = (
        [dict(zip(name.split("_"), v if "_" in name else [v], strict=True)) for v in given]
        for name, given in values.items()
    )
    return tuple({k: v for part in row for k, v in part.items()} for row in product(*parts))


def _of_two_shapes(law: str) -> Iterator[Claim]:
    """Claims that Beta and Kumaraswamy share."""
    points = over(a_b=SHAPES, x=(1e-6, 0.1, 0.5, 0.999))
    inside = "the log density inside the support"
    yield Claim(law, "log density", inside, f"{ON_SHAPES}, x from 1e-06 to 0.999", points)
    ends = over(a_b=ENDS, x=(0.0, 1.0))
    at_ends = f"the log density at 0 and 1 {LIMIT}"
    yield Claim(law, "log density at the ends", at_ends, "six shapes, x = 0 and 1", ends)
    yield Claim(law, "entropy", NATS, ON_SHAPES, over(a_b=SHAPES))
    above_one = over(a=(1.5, 3.0, 40.0, 1e4), b=(1.25, 5.0, 30.0, 1e6))
    grid = "a from 1.5 to 1e4, b from 1.25 to 1e6"
    yield Claim(law, "mode", f"{MODE} (a, b above 1)", grid, above_one)
    three = over(a=MODERATE, b=MODERATE, x=(0.001, 0.3, 0.9))
    yield Claim(law, "distribution function", CDF, "a, b from 0.1 to 40, three x", three)
    digits = "draws have the law, each to the digits asked of its type"
    yield Claim(law, "law of draws", digits, SIX, over(a_b=DRAWN))
    yield Claim(law, SCORED, NO_NAN, f"{SIX}, 8192 draws each", over(a_b=DRAWN))
    grid = f"{SIX}, by each parameter, 1024 draws each"
    yield Claim(law, "finite gradients", FINITE, grid, over(a_b=DRAWN, j=(0, 1)))
    yield Claim(law, "pathwise gradients", PATHWISE, MILD, over(a_b=DRAWN[:3], j=(0, 1)))


def _beta() -> Iterator[Claim]:
    yield from _of_two_shapes("Beta")
    against = ((a, b, *second) for a, b in SHAPES for second in ((b, a), (a, b), (1.0, 1.0)))
    grid = f"{ON_SHAPES}, against the mirror image, itself, and the uniform law"
    yield Claim("Beta", "divergence", KL, grid, over(a_b_c_d=against))
    cases = over(c=MODERATE, d=MODERATE)
    said = "KL(Uniform(0, 1), Beta(c, d))"
    yield Claim("Beta", "divergence from uniform", said, "c, d from 0.1 to 40", cases)
    yield Claim("Beta", "flow of gradients", FLOW, MILD, over(a_b=DRAWN[:3], j=(0, 1)))


def _kumaraswamy() -> Iterator[Claim]:
    yield from _of_two_shapes("Kumaraswamy")
    said, grid = "the quantile, relative to its own size", "a from 0.5 to 40, b from 0.5 to 1e8"
    cases = over(a=MODERATE[1:], b=(0.5, 2.0, 1e4, 1e6, 1e8), u=(0.001, 0.3, 0.9))
    yield Claim("Kumaraswamy", "quantile", said, f"{grid}, three levels", cases)
    said = "KL(Kumaraswamy(a, b), Beta(c, d)), in nats"
    fours = ((2.0, 3.0, 2.0, 3.0), (0.5, 2.0, 3.0, 4.0), (2.5, 0.5, 1.0, 3.0))
    grid = "three pairs of shapes from 0.5 to 4"
    yield Claim("Kumaraswamy", "divergence from Beta", said, grid, over(a_b_c_d=fours))


def _dirichlet() -> Iterator[Claim]:
    law, said = "Dirichlet", "the log density inside the simplex"
    points = ((v, x) for v in V for x in INSIDE[len(v)])
    yield Claim(law, "log density", said, ON_VECTORS, over(alpha_x=points))
    said, faces = f"the log density on a face of the simplex {LIMIT}", over(alpha_x=FACES)
    yield Claim(law, "log density at the ends", said, "five points on faces", faces)
    yield Claim(law, "entropy", NATS, ON_VECTORS, over(alpha=V))
    grid = "vectors with entries from 1.25 to 1e6"
    yield Claim(law, "mode", f"{MODE} (all entries above 1)", grid, over(alpha=V_MODE))
    pairs = over(alpha_beta=((v, w) for v in V for w in (v[::-1], v, [1.0] * len(v))))
    grid = f"{ON_VECTORS}, against the reversed, itself, and the uniform law"
    yield Claim(law, "divergence", KL, grid, pairs)
    yield Claim(law, "mean log", "E[log x]", ON_VECTORS, over(alpha=V))
    said = "the Jacobian of E[log x] by alpha, times a vector"
    cases = over(alpha=([1.5, 2.5, 4.0], V[0]), g=([1.0, -2.0, 3.0],))
    yield Claim(law, "natural gradient", said, "two vectors", cases)
    said = "two coordinates and their sum have their Betas, to the digits asked of the type"
    yield Claim(law, "law of draws", said, FIVE, over(alpha=V_DRAWN))
    yield Claim(law, SCORED, NO_NAN, f"{FIVE}, 8192 draws each", over(alpha=V_DRAWN))
    grid = f"{FIVE}, by two entries, 1024 draws each"
    yield Claim(law, "finite gradients", FINITE, grid, over(alpha=V_DRAWN, j=(0, 2)))
    grid = "a vector of 3 and one of 4 entries, by each entry"
    moved = over(alpha_j=((v, j) for v in (V[0], V[6]) for j in range(len(v))))
    yield Claim(law, "flow of gradients", FLOW, grid, moved)


def _gaussian() -> Iterator[Claim]:
    law, laws = "Gaussian", tuple(product(MEANS, DEVIATIONS))
    points = over(m_s=laws, x=(0.5, -7.0, 1e4))
    yield Claim(law, "log density", "the log density", ON_LINE, points)
    yield Claim(law, "entropy", NATS, ON_LINE, over(m_s=laws))
    yield Claim(law, "mode", "the mode", ON_LINE, over(m_s=laws))
    yield Claim(law, "divergence", KL, ON_LINE, over(m_s=laws[:8], c_d=laws[:8]))
    yield Claim(law, "distribution function", CDF, ON_LINE, over(m_s=laws, x=(0.5, -7.0)))
    drawn = over(m_s=((0.0, 0.7), (-3.0, 1e-3), (10.0, 1e6)))
    yield Claim(law, "law of draws", "draws have the law", ON_LINE, drawn)
    moved = over(m_s=((1.5, 0.7), (-3.0, 20.0)), j=(0, 1))
    yield Claim(law, "pathwise gradients", PATHWISE, ON_LINE, moved)


def _categorical() -> Iterator[Claim]:
    law, said = "Categorical", "the log probability of an outcome that can occur"
    outcomes = over(p_x=((p, k) for p in P for k in range(len(p))))
    yield Claim(law, "log density", said, OUTCOMES, outcomes)
    said = (
        "log probabilities where an outcome has probability 0: minus infinity of it, others right"
    )
    yield Claim(law, "log density at the ends", said, OUTCOMES, over(p=ZEROS, x=range(3)))
    zeros = "zero probabilities included"
    yield Claim(law, "entropy", f"{NATS}, {zeros}", OUTCOMES, over(p=(*P, *ZEROS)))
    yield Claim(law, "divergence", f"{KL}, {zeros}", OUTCOMES, over(p_q=P_PAIRS))
    said = "outcomes have their probabilities"
    yield Claim(law, "law of draws", said, OUTCOMES, over(p=(*P, ZEROS[0])))


def _logistic_normals() -> Iterator[Claim]:
    """Claims about PyTorch's logistic normal, as documented, and about ours."""
    documented = "as documented: Y = log(X / (1 - X.cumsum(-1))) is Gaussian"
    for law, note, laws in (
        ("logistic normal", documented, STICKS),
        ("softmax-Gaussian", "softmax of independent Gaussians", COORDINATES),
    ):
        points = over(m_s_x=((*one, x) for one, x in zip(laws, POINTS, strict=True)))
        yield Claim(law, "log density", f"the log density, {note}", THREE, points)
        yield Claim(law, "law of draws", f"draws have the law, {note}", THREE, over(m_s=laws))


def all_claims() -> tuple[Claim, ...]:
    """Return every claim."""
    makers = (_beta, _kumaraswamy, _dirichlet, _gaussian, _categorical, _logistic_normals)
    return tuple(claim for make in makers for claim in make())


def _dirichlet_views(alpha: list[float]) -> tuple[View, ...]:
    """Each of the first two coordinates, and their sum."""
    parts = {"x[:, 0]": alpha[0], "x[:, 1]": alpha[1], "x[:, 0] + x[:, 1]": sum(alpha[:2])}
    return tuple((text, stats.beta(part, sum(alpha) - part).cdf) for text, part in parts.items())


def _kumaraswamy_cdf(t: Floats, a: float, b: float) -> Floats:
    with np.errstate(divide="ignore"):
        return -np.expm1(b * log1mexp(a * np.log(np.clip(t, 0, 1))))


VIEWS: dict[str, Callable[..., tuple[View, ...]]] = {
    "Beta": lambda a, b: (("x", stats.beta(a, b).cdf),),
    "Kumaraswamy": lambda a, b: (("x", lambda t: _kumaraswamy_cdf(t, a, b)),),
    "Dirichlet": _dirichlet_views,
    "Gaussian": lambda m, s: (("x", stats.norm(m, s).cdf),),
    "Categorical": lambda p: (("x", stats.rv_discrete(values=(range(len(p)), p)).cdf),),
    "logistic normal": lambda m, s: (
        ("x[:, 0] / (1 - x[:, 0])", stats.lognorm(s[0], scale=math.exp(m[0])).cdf),
    ),
    "softmax-Gaussian": lambda m, s: (
        (
            "x[:, 0] / x[:, 1]",
            stats.lognorm(math.hypot(*s[:2]), scale=math.exp(m[0] - m[1])).cdf,
        ),
    ),
}
"""What is looked at of each draw, by the parameters of a distribution."""
