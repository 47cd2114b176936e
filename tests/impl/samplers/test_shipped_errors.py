"""Errors of samplers and gradients that public code shipped: the check that accepts ours refutes.

Names without spaces are those of ``oracles.historical``.
"""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from harness.historical import case, cases
from oracles import sampler_claims as claims
from oracles import sampler_divergences as divergences
from oracles import sampler_premises as premises
from oracles import shipped_errors_samplers as shipped
from oracles.sampler_claims import Draw, Setting
from torch import Tensor
from torch.distributions import Dirichlet, kl_divergence

from derivations.calculus.steps import Verdict
from derivations.evidence.monte_carlo import STANDARD, SampledCheck
from impl.samplers.kumaraswamy import Kumaraswamy
from impl.samplers.softmax_gaussian import SoftmaxGaussian

ALPHA = np.array([1.5, 0.8, 2.4, 4.0])
THREE = np.array([0.8, 1.1, 2.4])
BY = 2


def on(dtype: torch.dtype = torch.float64) -> Setting:
    """Give a type, the CPU, the plan that spends of the run's budget, and larger effects."""
    return Setting(dtype, torch.device("cpu"), STANDARD, 0.1, 0.03)


def ours(a: Tensor, b: Tensor, shape: torch.Size) -> Tensor:
    """Draw by the class."""
    return Kumaraswamy(a, b).rsample(shape)


def softmax(alpha: Tensor, shape: torch.Size) -> Tensor:
    """Draw log x by the class."""
    return SoftmaxGaussian.from_dirichlet(alpha).rsample_log(shape)


def moments(alpha: Tensor, shape: torch.Size) -> Tensor:
    """Draw log x by the class, fitted by moments."""
    return SoftmaxGaussian.from_dirichlet(alpha, "moments").rsample_log(shape)


def test_recreated_errors_show_what_was_seen() -> None:
    """An entropy of 3.514 for -0.208, a mode of NaN, 17.7% and 3% of draws at 0 or 1."""
    assert shipped.entropy_with_a_and_b_swapped(2, 3) == pytest.approx(3.514, abs=5e-4)
    assert math.isnan(shipped.mode_always_nan(3, 5))
    for x in (0.0, 1.0):
        assert math.isnan(shipped.log_density_with_zero_times_infinity(x, 1, 1))
    torch.manual_seed(5)
    for a, share in ((0.1, 0.177), (0.2, 0.03)):
        x = shipped.cancelling_draw(*torch.tensor([[a], [a]]), torch.Size((100_000,)))
        assert float(((x == 0) | (x == 1)).double().mean()) == pytest.approx(share, abs=5e-3)


@pytest.mark.parametrize(
    ("faulty", "a", "b", "dtype"),
    [
        case(
            "inverse-cancels-at-large-b",
            shipped.cancelling_draw,
            1.0,
            1e6,
            torch.float32,
            kind="monte carlo",
        ),
        pytest.param(shipped.swapped_draw, 2.0, 0.7, torch.float64, id="a, b swapped"),
    ],
)
def test_shipped_errors_of_kumaraswamy_draws_are_refuted(
    faulty: Draw, a: float, b: float, dtype: torch.dtype, rng: np.random.Generator
) -> None:
    """The law of draws is ours, and not theirs."""
    assert claims.kumaraswamy_law(ours, a, b, on(dtype))(rng).verdict is Verdict.ESTABLISHED
    assert claims.kumaraswamy_law(faulty, a, b, on(dtype))(rng).verdict is Verdict.REFUTED


@pytest.mark.parametrize("scale", cases(shipped.SOFTMAX_SCALES, kind="monte carlo"))
def test_shipped_errors_of_softmax_draws_are_refuted(
    scale: Callable[[Tensor, Tensor], Tensor], rng: np.random.Generator
) -> None:
    """The law of the log ratios is ours; with another scale of the noise it is not."""
    faulty = shipped.softmax_draw(scale)
    for draw, verdict in ((softmax, Verdict.ESTABLISHED), (faulty, Verdict.REFUTED)):
        assert claims.softmax_law(draw, ALPHA, "laplace", on())(rng).verdict is verdict


def check_tiny_concentrations(log_draw: Draw) -> None:
    """At tiny concentrations in float32 every log draw and every gradient is finite."""
    torch.manual_seed(2)
    alpha = torch.tensor([1e-3, 2e-3, 0.5], requires_grad=True)
    log_x = log_draw(alpha, torch.Size((2000,)))
    assert bool(log_x.isfinite().all())
    for value in (log_x.sum(), log_x.exp()[:, 0].sum()):
        (slope,) = torch.autograd.grad(value, alpha, retain_graph=True)
        assert bool(slope.isfinite().all())


@pytest.mark.parametrize(
    "faulty",
    [case("dirichlet-draws-of-zero", shipped.underflowing_dirichlet, kind="enumeration")],
)
def test_draws_that_underflow_at_tiny_concentrations_are_rejected(faulty: Draw) -> None:
    """Ours stay finite; Gammas that underflow do not."""
    check_tiny_concentrations(softmax)
    with pytest.raises(AssertionError):
        check_tiny_concentrations(faulty)


CHANGES = {
    "sign flipped": torch.neg,
    "jacobian-summed-over-batch": lambda g: g + g.mean(),
    "a factor of 1.2": lambda g: 1.2 * g,
    "term dropped": torch.zeros_like,
}


@pytest.mark.parametrize("change", cases(CHANGES, kind="monte carlo"))
def test_shipped_errors_of_kumaraswamy_gradients_are_refuted(
    change: Callable[[Tensor], Tensor], rng: np.random.Generator
) -> None:
    """The transport equation by b, and the gradients of means, are ours and not theirs."""
    faulty = shipped.with_gradient_by_b(ours, change)
    for draw, verdict in ((ours, Verdict.ESTABLISHED), (faulty, Verdict.REFUTED)):
        velocity = claims.kumaraswamy_transport(draw, 2.0, 0.7, on(), by=1)
        gradient = claims.kumaraswamy_gradient(draw, 2.0, 0.7, on())
        assert velocity(rng).verdict is verdict
        assert gradient(rng).verdict is verdict


@pytest.mark.parametrize(
    ("fit", "draw", "faulty"),
    [
        case(
            f"gradient-wrong-above-two-dimensions, {fit}",
            fit,
            draw,
            shipped.moved_by_marginals(THREE, fit, BY, draw),
            kind="monte carlo",
        )
        for fit, draw in (("laplace", softmax), ("moments", moments))
    ],
)
def test_velocity_right_in_every_marginal_is_refuted_by_waves_across_them(
    fit: str, draw: Draw, faulty: Draw, rng: np.random.Generator
) -> None:
    """What a test of single coordinates accepts, as a test through Beta does, ours refutes."""
    finer = on()._replace(effect=0.05)
    for sampler, alone, verdict in (
        (faulty, True, Verdict.ESTABLISHED),
        (faulty, False, Verdict.REFUTED),
        (draw, False, Verdict.ESTABLISHED),
    ):
        check = claims.softmax_transport(sampler, THREE, fit, finer, by=BY, alone=alone)
        assert check(rng).verdict is verdict


@pytest.mark.parametrize(
    "faulty",
    [case("jacobian-taken-as-diagonal", shipped.diagonal_jacobian, kind="monte carlo")],
)
def test_jacobian_taken_as_diagonal_is_refuted(faulty: Draw, rng: np.random.Generator) -> None:
    """A concentration moves every coordinate: the law is right, the velocity is not."""
    for draw, verdict in ((softmax, Verdict.ESTABLISHED), (faulty, Verdict.REFUTED)):
        velocity = claims.softmax_transport(draw, ALPHA, "laplace", on(), by=BY)
        gradient = claims.softmax_gradient(draw, THREE, "laplace", on())
        assert velocity(rng).verdict is verdict
        assert gradient(rng).verdict is verdict
    assert claims.softmax_law(faulty, ALPHA, "laplace", on())(rng).verdict is Verdict.ESTABLISHED


LOG_2PI = math.log(2 * math.pi)
BETA = np.array([2.2, 3.0, 0.9, 1.4])
VALUES: dict[str, Callable[[float, float], float]] = {
    "kl-averaged-over-latents": lambda value, _: value / 4,
    "kl-sign-flipped": lambda value, _: -value,
    "kl-constant-lacks-latent-size": lambda value, _: value + 0.5 * LOG_2PI,
    "arguments swapped": lambda _, back: back,
}


@pytest.mark.parametrize("claimed", cases(VALUES, kind="monte carlo"))
@pytest.mark.parametrize("pair", ["dirichlet", "softmax-gaussian"])
def test_shipped_errors_of_divergences_are_refuted(
    claimed: Callable[[float, float], float], pair: str, rng: np.random.Generator
) -> None:
    """The divergence from a Dirichlet, or between stand-ins, is ours and not theirs."""
    p, q = (SoftmaxGaussian.from_dirichlet(on().tensor(v)) for v in (ALPHA, BETA))
    first, second = (premises.fitted(v, "laplace") for v in (ALPHA, BETA))
    if pair == "dirichlet":
        law = Dirichlet(on().tensor(ALPHA))
        value, back = float(kl_divergence(law, q)), float(kl_divergence(q, law))

        def check(stated: float) -> SampledCheck:
            return divergences.from_dirichlet(ALPHA, *second, stated, on())
    else:
        value, back = float(kl_divergence(p, q)), float(kl_divergence(q, p))

        def check(stated: float) -> SampledCheck:
            return divergences.from_softmax_gaussian(p, first, second, stated, on())

    assert check(value)(rng).verdict is Verdict.ESTABLISHED
    assert check(claimed(value, back))(rng).verdict is Verdict.REFUTED
