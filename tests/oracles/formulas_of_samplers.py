"""The samplers' code beside its printed formulas."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.distributions import Beta, Dirichlet, kl_divergence

from impl.samplers import dirichlet_fits, kl
from impl.samplers.kumaraswamy import Kumaraswamy
from impl.samplers.softmax_gaussian import SoftmaxGaussian
from oracles.formulas import Comparison, Floats, Pair, Printed, at_most, of_order_one

SHAPES = [(0.4, 0.7), (2.5, 0.6), (1.6, 4.5), (3.2, 2.1)]
VECTORS = [(1.3, 0.6, 2.2), (4.0, 0.9, 1.5, 2.7)]


def double(number: object) -> Tensor:
    """A number or vector as float64, never by way of float32."""
    return torch.tensor(number, dtype=torch.float64)


def law(p: float, q: float) -> Kumaraswamy:
    """Return a distribution by plain numbers."""
    return Kumaraswamy(double(p), double(q))


def leaves(*numbers: float) -> list[Tensor]:
    """Return numbers to differentiate by."""
    return [double(n).requires_grad_() for n in numbers]


def cases(rng: np.random.Generator) -> Iterator[tuple[Kumaraswamy, dict[str, float]]]:
    """Return distributions with the numbers of the formulas, a point and a level among them."""
    for p, q in SHAPES:
        x, u = rng.uniform(0.05, 0.95, size=2)
        yield law(p, q), {"a": p, "b": q, "x": float(x), "y": float(x), "u": float(u)}


def density(printed: Printed, rng: np.random.Generator) -> list[Pair]:
    """Compare the density at a point with both results."""
    pairs = []
    for one, given in cases(rng):
        got = float(one.log_prob(double(given["x"])).exp())
        pairs += [of_order_one(got, printed.right(n)(**given)) for n in (0, 1)]
    return pairs


def draws(one: Kumaraswamy, u: float) -> tuple[Tensor, Tensor]:
    """Return a draw, and one by way of its log, their uniform noise at a level."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.Tensor, "uniform_", lambda noise: noise.fill_(u))
        patch.setattr(torch, "rand", lambda shape, **_: torch.full(shape, u, dtype=torch.float64))
        return one.rsample(), one.rsample_log().log_x.exp()


def inverse(printed: Printed, rng: np.random.Generator) -> list[Pair]:
    """Compare the quantile at a level with a draw too, and the level of a point."""
    pairs = []
    for one, given in cases(rng):
        quantile = printed.right(0, kept=("u",))(**given)
        level = printed.defined("u")(**given)
        pairs += [
            Pair(float(one.icdf(double(given["u"]))), quantile),
            Pair(float(draws(one, given["u"])[0]), quantile),
            Pair(float(one.cdf(double(given["x"]))), level),
        ]
    return pairs


def distribution(printed: Printed, rng: np.random.Generator) -> list[Pair]:
    """Compare the level of a printed draw with its noise, and the density at the draw."""
    pairs = []
    for one, given in cases(rng):
        x = float(printed.left(0)(**given))
        log_density = printed.log_density(0)(**given, value=x)
        pairs += [
            of_order_one(float(one.cdf(double(x))), given["u"]),
            of_order_one(float(one.log_prob(double(x))), log_density),
        ]
    return pairs


def pathwise(printed: Printed, rng: np.random.Generator) -> list[Pair]:
    """Compare the gradients of a quantile at a level, and of draws whose noise is there."""
    pairs = []
    for p, q in SHAPES:
        u = float(rng.uniform(0.05, 0.95))
        wanted = [printed.right(n)(a=p, b=q, u=u) for n in (0, 1)]
        parameters = leaves(p, q)
        one = Kumaraswamy(*parameters)
        for x in (one.icdf(double(u)), *draws(one, u)):
            slopes = torch.autograd.grad(x, parameters)
            pairs += [of_order_one(float(s), w) for s, w in zip(slopes, wanted, strict=True)]
    return pairs


def log_density(printed: Printed, rng: np.random.Generator) -> list[Pair]:
    """Compare the log density and its gradients by x, a and b, from x and from its logs."""
    pairs = []
    for p, q in SHAPES:
        x = float(rng.uniform(0.05, 0.95))
        x_leaf, *parameters = leaves(x, p, q)
        one = Kumaraswamy(*parameters)
        logs = one.log_prob_from_logs(torch.log(x_leaf), torch.log1p(-x_leaf))
        for got in (one.log_prob(x_leaf), logs):
            slopes = torch.autograd.grad(got, (x_leaf, *parameters), retain_graph=True)
            for number, value in enumerate((got, *slopes)):
                wanted = printed.right(number)(a=p, b=q, x=x)
                pairs.append(of_order_one(value.item(), wanted))
    return pairs


def moments(printed: Printed, rng: np.random.Generator) -> list[Pair]:
    """Compare mean and variance with raw moments, and the mean log density with both log means."""
    pairs = []
    for one, given in cases(rng):
        p, q = given["a"], given["b"]
        first, second = (float(printed.right(0)(**given, n=n)) for n in (1.0, 2.0))
        by_logs = [float(printed.right(n)(**given)) for n in (1, 2)]
        mean_log = np.log(p * q) + (p - 1) * by_logs[0] + (q - 1) * by_logs[1]
        pairs += [
            Pair(float(one.mean), first),
            Pair(float(one.variance), second - first**2),
            of_order_one(-float(one.entropy()), mean_log),
        ]
    return pairs


def entropy(printed: Printed, rng: np.random.Generator) -> list[Pair]:
    """Compare the entropy."""
    return [
        of_order_one(float(one.entropy()), printed.right(0)(**given)) for one, given in cases(rng)
    ]


def mode(printed: Printed, rng: np.random.Generator) -> list[Pair]:
    """Compare the mode, the density there, and that it is nowhere larger."""
    pairs = []
    for one, given in cases(rng):
        if min(given["a"], given["b"]) <= 1:
            continue
        named = {"a_above": given["a"], "b_above": given["b"]}
        highest = float(printed.right(0)(**named))
        pairs += [
            Pair(float(one.mode), printed.defined("mode")(**named)),
            Pair(float(one.log_prob(one.mode).exp()), highest),
            at_most(float(one.log_prob(double(given["x"])).exp()), highest),
        ]
    return pairs


def equal_to_beta(printed: Printed, rng: np.random.Generator) -> list[Pair]:
    """Compare the density where a parameter is one with Beta's, and divergences of the two."""
    pairs = []
    for number, (p, q) in enumerate(((1.8, 1.0), (1.0, 0.6))):
        x = float(rng.uniform(0.05, 0.95))
        got = float(law(p, q).log_prob(double(x)).exp())
        beta, other = (Beta(double(c), double(d)) for c, d in ((p, q), (1.7, 2.9)))
        apart = [kl.kl_kumaraswamy_beta(law(p, q), one) for one in (beta, other)]
        pairs += [
            of_order_one(got, printed.right(number)(a=p, b=q, x=x)),
            of_order_one(apart, [0.0, kl_divergence(beta, other)]),
        ]
    return pairs


def against_beta(printed: Printed, _: np.random.Generator) -> list[Pair]:
    """Compare the divergence with the series and what is left of it, and that with its bound."""
    pairs = []
    for p, q in SHAPES:
        given = {"a": p, "b": q, "alpha": 1.7, "beta": 2.9, "M": 200}
        got = float(kl.kl_kumaraswamy_beta(law(p, q), Beta(double(1.7), double(2.9))))
        cut = float(printed.right(0, kept=("R",))(**given, R=0.0))
        pairs.append(of_order_one(got, printed.right(0)(**given)))
        pairs.append(at_most((got - cut) / (2.9 - 1), printed.right(1)(**given)))
    return pairs


def fitted(fit: str, mean: int, covariance: int) -> Comparison:
    """Compare mean and covariance of a fit with those of two results."""

    def compare(printed: Printed, _: np.random.Generator) -> list[Pair]:
        pairs = []
        for vector in VECTORS:
            loc, spread = dirichlet_fits.fit_dirichlet(double(vector), fit, "full")
            got = dirichlet_fits.centred_covariance(spread).numpy()
            pairs.append(of_order_one(loc.numpy(), printed.right(mean)(alpha=vector)))
            pairs.append(of_order_one(got, printed.right(covariance)(alpha=vector)))
            pairs += more(printed, got, vector)
        return pairs

    def more(printed: Printed, got: Floats, vector: tuple[float, ...]) -> list[Pair]:
        """Compare what else is stated of the covariance: its diagonal, or its determinant."""
        if fit == "laplace":
            return [Pair(np.diag(got), printed.right(2)(alpha=vector))]
        size = len(vector)
        best = -(np.linalg.slogdet(got[:-1, :-1])[1] + size - 1) / 2
        return [of_order_one(best, printed.right(2)(alpha=vector))]

    return compare


def back(printed: Printed, _: np.random.Generator) -> list[Pair]:
    """Compare the way back from means and variances."""
    pairs = []
    for vector in VECTORS:
        mean, spread = np.array(vector) - np.mean(vector), 0.4 + np.array(vector)
        got = dirichlet_fits.concentration_from_laplace(double(mean), double(spread)).numpy()
        pairs.append(Pair(got, printed.right(0, kept=("mu", "v"))(mu=mean, v=spread)))
    return pairs


def draw_gradient(printed: Printed, rng: np.random.Generator) -> list[Pair]:
    """Compare a draw at given noise, and its gradient by the concentrations."""
    pairs = []
    for vector in VECTORS:
        noise = rng.normal(size=len(vector))
        given = {"alpha": np.array(vector), "epsilon": noise}
        (alpha,) = leaves(vector)
        fit = SoftmaxGaussian(*dirichlet_fits.fit_dirichlet(alpha, "laplace"))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(torch, "randn", lambda _, e=noise, **__: double(e))
            x = fit.rsample()
        rows = [torch.autograd.grad(entry, alpha, retain_graph=True)[0].tolist() for entry in x]
        coordinate = printed.defined("eta")(**given)
        softmax = np.exp(coordinate) / np.exp(coordinate).sum()
        pairs += [Pair(x.tolist(), softmax), Pair(rows, printed.right(0)(**given))]
    return pairs


def softmax_basis(printed: Printed, rng: np.random.Generator) -> list[Pair]:
    """Compare torch's Dirichlet, moved by a Jacobian from autograd, with the printed density."""
    pairs = []
    for vector in VECTORS:
        free = double(rng.normal(size=len(vector) - 1))

        def simplex(head: Tensor) -> Tensor:
            return torch.softmax(torch.cat([head, -head.sum()[None]]), 0)

        jacobian = torch.autograd.functional.jacobian(lambda head: simplex(head)[:-1], free)
        got = Dirichlet(double(vector)).log_prob(simplex(free))
        got += torch.linalg.slogdet(jacobian).logabsdet
        pairs.append(of_order_one(float(got), printed.right(0)(alpha=vector, c=free.numpy())))
    return pairs


COMPARISONS: dict[str, Comparison] = {
    "kumaraswamy.density": density,
    "kumaraswamy.inverse_cdf": inverse,
    "kumaraswamy.law": distribution,
    "kumaraswamy.pathwise_gradient": pathwise,
    "kumaraswamy.log_density": log_density,
    "kumaraswamy.moments": moments,
    "kumaraswamy.entropy": entropy,
    "kumaraswamy.mode": mode,
    "kumaraswamy.kl_beta": against_beta,
    "kumaraswamy.equals_beta": equal_to_beta,
    "softmax_gaussian.dirichlet_in_softmax_basis": softmax_basis,
    "softmax_gaussian.laplace": fitted("laplace", 0, 1),
    "softmax_gaussian.pathwise_gradient": draw_gradient,
    "softmax_gaussian.back_to_concentration": back,
    "softmax_gaussian.moment_matching": fitted("moments", 0, 1),
}
