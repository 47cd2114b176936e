"""Faulty ways to write a check that public suites shipped: what they accept, ours refutes."""

import numpy as np
import pytest
import torch
from harness.historical import case
from oracles import sampler_claims as claims
from oracles import sampler_divergences as divergences
from oracles import sampler_premises as premises
from oracles import shipped_checks as faulty
from oracles import shipped_errors_samplers as shipped
from oracles.sampler_claims import Floats, Setting
from scipy.special import gammainc, polygamma
from scipy.stats import gamma
from torch import Tensor
from torch.distributions import Beta, Gamma, kl_divergence

from derivations.calculus.steps import Verdict
from derivations.evidence.monte_carlo import STANDARD, SampledCheck, gradient_unbiased
from impl.samplers.kumaraswamy import Kumaraswamy

FOUR = (1.8, 0.9, 0.9, 1.2915)


def on() -> Setting:
    """Give float64, the CPU, the plan that spends of the run's budget, and larger effects."""
    return Setting(torch.float64, torch.device("cpu"), STANDARD, 0.1, 0.03)


def ours(a: Tensor, b: Tensor, shape: torch.Size) -> Tensor:
    """Draw by the class."""
    return Kumaraswamy(a, b).rsample(shape)


def law() -> Kumaraswamy:
    """The law whose divergence is claimed."""
    return Kumaraswamy(*(torch.tensor(p, dtype=torch.float64) for p in FOUR[:2]))


def exact() -> float:
    """Its divergence from the Beta."""
    other = Beta(*(torch.tensor(p, dtype=torch.float64) for p in FOUR[2:]))
    return float(kl_divergence(law(), other))


def divergence_is(value: float) -> SampledCheck:
    """Our check of a claimed divergence."""
    return divergences.from_kumaraswamy(law(), FOUR, value, on(), beta=True)


def log_ratios(number: int) -> Floats:
    """Draws of the log ratio, a tenth of them NaN."""
    draw = law().rsample_log(torch.Size((number,)))
    logs = (draw.log_x.numpy(), draw.log1m_x.numpy())
    ratio = premises.log_kumaraswamy(logs[0], *FOUR[:2]) - divergences.log_beta_density(
        *logs, *FOUR[2:]
    )
    return np.where(np.arange(number) % 10 == 3, np.nan, ratio)


@pytest.mark.parametrize(
    "factor",
    [
        case("kl-test-stops-when-it-agrees, at 0.33", 0.33 / 0.443, kind="monte carlo"),
        case("kl-test-stops-when-it-agrees, at 0.573", 0.573 / 0.443, kind="monte carlo"),
    ],
)
def test_the_shipped_check_that_stops_early_accepts_a_wrong_divergence_and_ours_refutes_it(
    factor: float, rng: np.random.Generator
) -> None:
    """Peeking, dropping NaN and a tolerance of a tenth accept it; an anytime bound refutes it.

    At 0.573 any average above 0.430 is accepted. The mean of the last, of 180,000 ratios, lies six
    of its standard deviations above that.
    """
    assert exact() == pytest.approx(0.443, abs=1e-3)
    torch.manual_seed(int(rng.integers(2**31)))
    assert faulty.accepts_once_it_agrees(log_ratios, factor * exact())
    assert divergence_is(factor * exact())(rng).verdict is Verdict.REFUTED
    assert divergence_is(exact())(rng).verdict is Verdict.ESTABLISHED


@pytest.mark.historical("kl-test-drops-nan", kind="monte carlo")
def test_kl_test_drops_nan_and_accepts_and_ours_never_does(rng: np.random.Generator) -> None:
    """Dropping NaN accepts the divergence; in ours NaN in places establishes nothing."""
    check = divergences.kl_matches(
        "divergence",
        lambda r, n: r.random(n) * 0 + log_ratios(n),
        lambda ratio: ratio,
        exact(),
        detects=0.05,
        variance_bound=4.0,
        plan=on().plan,
    )
    torch.manual_seed(int(rng.integers(2**31)))
    assert faulty.accepts_once_it_agrees(log_ratios, exact())
    found = check(rng)
    assert found.verdict is Verdict.UNKNOWN
    assert "not finite" in found.reason


@pytest.mark.historical("tolerance-widened", kind="monte carlo")
def test_tolerance_widened_accepts_a_wrong_divergence_and_ours_refutes_it(
    rng: np.random.Generator,
) -> None:
    """A tolerance by hand, widened until it passes, accepts a divergence averaged over 2."""
    average = float(np.nanmean(log_ratios(10_000)))
    assert faulty.accepts_after_widening(exact() / 2, average)
    assert divergence_is(exact() / 2)(rng).verdict is Verdict.REFUTED


@pytest.mark.historical("tolerance-wider-than-the-bug", kind="enumeration")
def test_tolerance_wider_than_the_bug_accepts_a_wrong_entropy_and_ours_refutes_it() -> None:
    """Within 0.2 an entropy with a term missing passes (torch), at every shape tried."""
    for a, b in [(2.0, 6.0), (1.3, 2.0), (0.9, 3.0)]:
        wrong = shipped.entropy_with_one_term_less(a, b)
        q = premises.quantiles(a, b)
        quadrature = -float(q.weights @ premises.log_kumaraswamy(q.log_x, a, b))
        assert faulty.accepts_within(wrong, quadrature, 0.2)
        assert abs(wrong - quadrature) > 1e-3
        right = Kumaraswamy(*(torch.tensor(p, dtype=torch.float64) for p in (a, b))).entropy()
        assert float(right) == pytest.approx(quadrature, rel=1e-8, abs=0)


@pytest.mark.historical("tolerance-wider-than-the-bug", kind="monte carlo")
def test_tolerance_wider_than_the_bug_accepts_a_wrong_gradient_and_ours_refutes_it(
    rng: np.random.Generator,
) -> None:
    """Within 0.06 a gradient a fifth too large passes (pyro)."""
    wrong = shipped.with_gradient_by_b(ours, lambda g: 1.2 * g)
    a, b = 2.0, 2.5
    value = premises.kumaraswamy_moment(1, a, b)[1][1]
    assert faulty.accepts_within(1.2 * value, value, 0.06)
    for draw, verdict in ((ours, Verdict.ESTABLISHED), (wrong, Verdict.REFUTED)):
        assert claims.kumaraswamy_gradient(draw, a, b, on())(rng).verdict is verdict


@pytest.mark.historical("relative-error-without-abs", kind="monte carlo")
def test_relative_error_without_abs_accepts_a_flipped_sign_and_ours_refutes_it(
    rng: np.random.Generator,
) -> None:
    """Where the expected value is negative any error passes; ours refutes the flipped sign."""
    u = torch.linspace(0.05, 0.95, 25, dtype=torch.float64)
    a = torch.full_like(u, 2.0)
    b = torch.full_like(u, 0.7).requires_grad_()
    (slope,) = torch.autograd.grad(Kumaraswamy(a, b).icdf(u).sum(), b)
    right = slope.numpy()
    assert bool((right < 0).all())
    assert faulty.accepts_signed_relative_error(-right, right)
    flipped = shipped.with_gradient_by_b(ours, torch.neg)
    for draw, verdict in ((ours, Verdict.ESTABLISHED), (flipped, Verdict.REFUTED)):
        check = claims.kumaraswamy_transport(draw, 2.0, 0.7, on(), by=1)
        assert check(rng).verdict is verdict


@pytest.mark.historical("same-draw-on-both-sides", kind="monte carlo")
def test_same_draw_on_both_sides_accepts_a_wrong_distribution_and_ours_refutes_it(
    rng: np.random.Generator,
) -> None:
    """The level of a quantile is its uniform whatever the law; draws show which it is."""
    u = rng.random(1000)
    assert faulty.accepts_from_the_same_draws(
        lambda u: (1 - (1 - u) ** (1 / 2.0)) ** (1 / 0.7),  # a and b swapped
        lambda x: 1 - (1 - x**0.7) ** 2.0,
        u,
    )
    for draw, verdict in ((ours, Verdict.ESTABLISHED), (shipped.swapped_draw, Verdict.REFUTED)):
        assert claims.kumaraswamy_law(draw, 2.0, 0.7, on())(rng).verdict is verdict


@pytest.mark.historical("gradcheck-accepts-wrong-law", kind="monte carlo")
def test_gradcheck_accepts_wrong_law_and_ours_refutes_it(
    rng: np.random.Generator,
) -> None:
    """Gradcheck on a sampler sees a smooth function of its parameters, not a law."""
    for draw, verdict in ((ours, Verdict.ESTABLISHED), (shipped.swapped_draw, Verdict.REFUTED)):
        assert faulty.accepts_by_gradcheck(draw, 2.0, 0.7)
        assert claims.kumaraswamy_law(draw, 2.0, 0.7, on())(rng).verdict is verdict


def gamma_draw(shape: Tensor, size: torch.Size) -> Tensor:
    """Draw by PyTorch's rejection sampler, with its implicit gradient."""
    return Gamma(shape, torch.ones_like(shape)).rsample(size)


@pytest.mark.historical("gradcheck-rejects-right-law", kind="monte carlo")
def test_gradcheck_rejects_right_law_and_ours_accepts_it(
    rng: np.random.Generator,
) -> None:
    """At a fixed seed a rejection sampler jumps; its gradient is unbiased all the same."""
    c, step = 0.7, 1e-5
    assert not faulty.accepts_by_gradcheck(gamma_draw, c)
    t = np.linspace(-60.0, 6.0, 6001)  # log x
    x = np.exp(t)
    velocity = -(gammainc(c + step, x) - gammainc(c - step, x)) / (2 * step) / gamma.pdf(x, c)
    square = float(np.sum((velocity / x) ** 2 * gamma.pdf(x, c) * x) * (t[1] - t[0]))

    def estimator(r: np.random.Generator, number: int, factor: float) -> Floats:
        claims.seed(r)
        leaf = on().tensor(c, number)
        (slope,) = torch.autograd.grad(gamma_draw(leaf, torch.Size()).log().sum(), leaf)
        return factor * claims.array(slope)

    for factor, verdict in ((1.0, Verdict.ESTABLISHED), (0.9, Verdict.REFUTED)):
        check = gradient_unbiased(
            "d/dc E[log x] = trigamma(c)",
            lambda r, n, factor=factor: estimator(r, n, factor),
            float(polygamma(1, c)),
            detects=on().effect * np.sqrt(square),
            variance_bound=premises.MARGIN * square,
            plan=on().plan,
        )
        assert check(rng).verdict is verdict
