"""The printed formula beside the samplers' code: each key's result, number by number."""

from collections.abc import Callable

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the samplers need torch")

from harness.printed_twins import establish  # noqa: E402 - after the skip
from oracles.printed import of_order_one  # noqa: E402
from torch.distributions import Beta, Dirichlet  # noqa: E402

from derivations.calculus.evaluate import evaluate  # noqa: E402
from derivations.calculus.expressions import Array  # noqa: E402
from derivations.calculus.point import Point  # noqa: E402
from derivations.catalogue import ENTRIES, derive  # noqa: E402
from derivations.kumaraswamy import divergence  # noqa: E402
from derivations.softmax_gaussian import symbols  # noqa: E402
from impl.samplers.dirichlet_fits import (  # noqa: E402
    centred_covariance,
    concentration_from_laplace,
    fit_dirichlet,
)
from impl.samplers.divergences import kl_kumaraswamy_beta  # noqa: E402
from impl.samplers.kumaraswamy import Kumaraswamy  # noqa: E402

SAMPLERS = ("kumaraswamy.", "softmax_gaussian.")
KEYS = [e.key for e in ENTRIES if e.key.startswith(SAMPLERS)]
TOLERANCE = 1e-10
"""Relative: the code works in logs, the formula literally; both lose digits of float64."""
SHAPES = [(0.4, 0.7), (2.5, 0.6), (1.6, 4.5), (3.2, 2.1)]
VECTORS = [(1.3, 0.6, 2.2), (4.0, 0.9, 1.5, 2.7)]
Comparison = Callable[[np.random.Generator], list[tuple[float, float]]]


def double(number: object) -> torch.Tensor:
    """A number or vector as float64, never by way of float32."""
    return torch.tensor(number, dtype=torch.float64)


def value(key: str, number: int, scalars: dict[str, float], size: int = 1) -> float:
    """Evaluate one printed result at named scalars (and M terms of a series)."""
    right = derive(key).results[number].right
    arrays = {e: np.array(scalars[e.name]) for e in right.atoms(Array)}
    return float(evaluate(right, Point({divergence.terms: size}, arrays)))


def laws() -> list[tuple[float, float, Kumaraswamy]]:
    """The shapes tried, with their law."""
    return [(p, q, Kumaraswamy(double(p), double(q))) for p, q in SHAPES]


def pointwise(key: str, number: int, method: str) -> Comparison:
    """Compare a function of x or u with a method of the law."""

    def compare(rng: np.random.Generator) -> list[tuple[float, float]]:
        pairs = []
        for p, q, law in laws():
            at = float(rng.uniform(0.05, 0.95))
            got = getattr(law, method)(double(at))
            got = got.exp() if key.endswith(".density") else got
            pairs.append((float(got), value(key, number, {"a": p, "b": q, "x": at, "u": at})))
        return pairs

    return compare


def constant(
    key: str, number: int, name: str, *, names: tuple[str, str] = ("a", "b")
) -> Comparison:
    """Compare a number of the law with a property or method of it."""

    def compare(_: np.random.Generator) -> list[tuple[float, float]]:
        pairs = []
        for p, q, law in laws():
            if key.endswith(".mode") and min(p, q) <= 1:
                continue
            got = getattr(law, name)
            got = got() if callable(got) else got
            scalars = dict(zip(names, (p, q), strict=True))
            pairs.append((float(got), value(key, number, {**scalars, "n": 1.0})))
        return pairs

    return compare


def pathwise(rng: np.random.Generator) -> list[tuple[float, float]]:
    """Compare the gradients of a quantile with the printed short forms at it."""
    pairs = []
    for p, q in SHAPES:
        a, b = (torch.tensor(s, dtype=torch.float64, requires_grad=True) for s in (p, q))
        x = Kumaraswamy(a, b).icdf(torch.tensor(float(rng.uniform(0.05, 0.95))).double())
        gradients = torch.autograd.grad(x, (a, b))
        for number, gradient in enumerate(gradients):
            scalars = {"a": p, "b": q, "x": x.item()}
            printed = value("kumaraswamy.pathwise_gradient", number, scalars)
            pairs.append((float(gradient), printed))
    return pairs


def level(rng: np.random.Generator) -> list[tuple[float, float]]:
    """Compare the code's distribution function at a printed draw with the draw's uniform."""
    pairs = []
    for p, q, law in laws():
        u = float(rng.uniform(0.05, 0.95))
        x = evaluate(
            derive("kumaraswamy.law").results[0].left,
            Point({}, {a: np.array({"a": p, "b": q, "u": u}[a.name]) for a in _law_arrays()}),
        )
        pairs.append((float(law.cdf(double(float(x)))), u))
    return pairs


def _law_arrays() -> set[Array]:
    return derive("kumaraswamy.law").results[0].left.atoms(Array)


def against_beta(_: np.random.Generator) -> list[tuple[float, float]]:
    """Compare the code's divergence with the cut series, within the printed bound on its rest."""
    pairs = []
    for p, q, law in laws():
        c, d = 1.7, 2.9
        got = float(kl_kumaraswamy_beta(law, Beta(double(c), double(d))))
        scalars = {"a": p, "b": q, "c": c, "d": d, "R": 0.0}
        terms = 4000
        cut = value("kumaraswamy.kl_beta", 0, scalars, terms)
        rest = value("kumaraswamy.kl_beta", 1, scalars, terms)
        nearest = min(max(got, cut), cut + (d - 1) * rest)
        pairs.append((got, nearest))
    return pairs


def equal_to_beta(rng: np.random.Generator) -> list[tuple[float, float]]:
    """Compare the code where a parameter is one with the printed Beta density."""
    pairs = []
    for number, (p, q) in enumerate(((1.8, 1.0), (1.0, 0.6))):
        x = float(rng.uniform(0.05, 0.95))
        law = Kumaraswamy(double(p), double(q))
        got = float(law.log_prob(double(x)).exp())
        scalars = {"a": p, "b": q, "x": x}
        pairs.append((got, value("kumaraswamy.equals_beta", number, scalars)))
    return pairs


def entries(key: str, number: int, alpha: np.ndarray, more: dict[Array, np.ndarray]) -> np.ndarray:
    """Tabulate a printed vector or matrix at a concentration vector."""
    relation = derive(key).results[number]
    point = Point({symbols.K: len(alpha)}, {symbols.alpha: alpha, **more})
    free = [i for i in (symbols.k, symbols.l) if i in relation.right.atoms(type(symbols.k))]
    shown = [i for i in free if relation.left.has(i)]
    table = np.empty([len(alpha)] * len(shown))
    for place in np.ndindex(*table.shape):
        here = point.at({i: p + 1 for i, p in zip(shown, place, strict=True)})
        table[place] = evaluate(relation.right, here)
    return table


def fitted(key: str, fit: str) -> Comparison:
    """Compare mean and covariance of a fit with the printed ones."""

    def compare(_: np.random.Generator) -> list[tuple[float, float]]:
        pairs = []
        for vector in VECTORS:
            alpha = np.array(vector)
            loc, spread = fit_dirichlet(torch.tensor(alpha), fit, "full")
            pairs += zip(loc.tolist(), entries(key, 0, alpha, {}).tolist(), strict=True)
            covariance = centred_covariance(spread).numpy().ravel().tolist()
            pairs += zip(covariance, entries(key, 1, alpha, {}).ravel().tolist(), strict=True)
        return pairs

    return compare


def back(_: np.random.Generator) -> list[tuple[float, float]]:
    """Compare the way back from means and variances with the printed one."""
    pairs = []
    for vector in VECTORS:
        mean, spread = np.array(vector) - np.mean(vector), 0.4 + np.array(vector)
        got = concentration_from_laplace(torch.tensor(mean), torch.tensor(spread)).tolist()
        relation = derive("softmax_gaussian.back_to_concentration").results[0]
        named = {a.name: a for a in relation.right.atoms(Array)}
        point = Point({symbols.K: len(mean)}, {named["mu"]: mean, named["v"]: spread})
        for k, one in enumerate(got, 1):
            pairs.append((one, float(evaluate(relation.right, point.at({symbols.k: k})))))
    return pairs


def draw_gradient(rng: np.random.Generator) -> list[tuple[float, float]]:
    """Compare the gradient of a coordinate of a draw with the printed one."""
    pairs = []
    step = derive("softmax_gaussian.pathwise_gradient").steps[1].relation
    for vector in VECTORS:
        noise = rng.normal(size=len(vector))
        alpha = torch.tensor(vector, dtype=torch.float64, requires_grad=True)
        loc, variance = fit_dirichlet(alpha, "laplace")
        coordinate = loc + variance.sqrt() * torch.tensor(noise)
        arrays = {symbols.alpha: np.array(vector), symbols.epsilon: noise}
        point = Point({symbols.K: len(vector)}, arrays)
        for k in range(len(vector)):
            (row,) = torch.autograd.grad(coordinate[k], alpha, retain_graph=True)
            for l, one in enumerate(row.tolist()):  # noqa: E741 - the printed letter
                here = point.at({symbols.k: k + 1, symbols.l: l + 1})
                pairs.append((one, float(evaluate(step.right, here))))
    return pairs


def softmax_basis(rng: np.random.Generator) -> list[tuple[float, float]]:
    """Compare torch's Dirichlet, moved by a Jacobian from autograd, with the printed density."""
    pairs = []
    relation = derive("softmax_gaussian.dirichlet_in_softmax_basis").results[0]
    for vector in VECTORS:
        free = torch.tensor(rng.normal(size=len(vector) - 1))

        def simplex(head: torch.Tensor) -> torch.Tensor:
            return torch.softmax(torch.cat([head, -head.sum()[None]]), 0)

        jacobian = torch.autograd.functional.jacobian(lambda head: simplex(head)[:-1], free)
        law = Dirichlet(double(vector))
        got = law.log_prob(simplex(free)) + torch.linalg.slogdet(jacobian).logabsdet
        values = np.append(free.numpy(), -float(free.sum()))
        arrays = {symbols.alpha: np.array(vector), symbols.h: values}
        printed = evaluate(relation.right, Point({symbols.K: len(vector)}, arrays))
        pairs.append((float(got), float(printed)))
    return pairs


COMPARISONS: dict[str, Comparison] = {
    "kumaraswamy.density": pointwise("kumaraswamy.density", 0, "log_prob"),
    "kumaraswamy.inverse_cdf": pointwise("kumaraswamy.inverse_cdf", 0, "icdf"),
    "kumaraswamy.law": level,
    "kumaraswamy.pathwise_gradient": pathwise,
    "kumaraswamy.log_density": pointwise("kumaraswamy.log_density", 0, "log_prob"),
    "kumaraswamy.moments": constant("kumaraswamy.moments", 0, "mean"),
    "kumaraswamy.entropy": constant("kumaraswamy.entropy", 0, "entropy"),
    "kumaraswamy.mode": constant("kumaraswamy.mode", 0, "mode", names=("a_above", "b_above")),
    "kumaraswamy.kl_beta": against_beta,
    "kumaraswamy.equals_beta": equal_to_beta,
    "softmax_gaussian.dirichlet_in_softmax_basis": softmax_basis,
    "softmax_gaussian.laplace": fitted("softmax_gaussian.laplace", "laplace"),
    "softmax_gaussian.pathwise_gradient": draw_gradient,
    "softmax_gaussian.back_to_concentration": back,
    "softmax_gaussian.moment_matching": fitted("softmax_gaussian.moment_matching", "moments"),
}


@pytest.mark.parametrize("key", KEYS)
def test_code_agrees_with_the_printed_formula(
    key: str,
    rng: np.random.Generator,
    ledger,  # noqa: ANN001 - the fixture of the harness
) -> None:
    """What the report prints, evaluated literally, is what the independent code computes."""

    def errors() -> list[float]:
        return [of_order_one(*pair).error for pair in COMPARISONS[key](rng)]

    establish(ledger, key, errors, TOLERANCE)


def test_a_formula_with_a_wrong_sign_disagrees_with_the_code() -> None:
    """Negative control: the printed entropy with its sign flipped is not the code's."""
    p, q, law = laws()[1]
    printed = value("kumaraswamy.entropy", 0, {"a": p, "b": q})
    assert abs(float(law.entropy()) + printed) > 1e-3
