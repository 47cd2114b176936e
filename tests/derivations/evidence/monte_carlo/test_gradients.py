"""Pathwise gradients by the transport equation: right, wrong, and right in marginals only."""

import math
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from harness.historical import cases
from scipy.integrate import quad
from scipy.special import betainc, digamma, gammainc
from scipy.stats import beta, gamma

from derivations.calculus.steps import Verdict
from derivations.evidence.monte_carlo import (
    Budget,
    Plan,
    Probe,
    SampledCheck,
    dirichlet_monomials,
    gradient_unbiased,
    transport_equation,
)
from derivations.evidence.monte_carlo.sampling import Floats

PLAN = Plan(budget=Budget(1.0))
Generator = np.random.Generator
Velocity = Callable[[Floats, int], Floats]
CONCENTRATION = np.array([1.5, 0.8, 2.4])


def beta_velocity(x: Floats, a: float, b: float) -> Floats:
    """Return dx/da = -(dF/da)/f for Beta(a, b), with a central difference of F (error 1e-9)."""
    h = 1e-5
    slope = (betainc(a + h, b, x) - betainc(a - h, b, x)) / (2 * h)
    return -slope / beta.pdf(x, a, b)


@cache
def beta_velocity_square(a: float, b: float) -> float:
    """Return E[(dx/da)^2] under Beta(a, b) by quadrature."""
    square, _ = quad(lambda x: beta_velocity(x, a, b) ** 2 * beta.pdf(x, a, b), 1e-12, 1 - 1e-9)
    return float(square)


def right(x: Floats, j: int) -> Floats:
    """Move x_j as its Beta marginal asks and scale the others so that they keep their ratios."""
    a, b = CONCENTRATION[j], CONCENTRATION.sum() - CONCENTRATION[j]
    own = beta_velocity(x[:, j], a, b)[:, None]
    velocity = -own * x / (1 - x[:, [j]])
    velocity[:, [j]] = own
    return velocity


def even(x: Floats, j: int) -> Floats:
    """Take what x_j gains from the others in equal parts: right in two dimensions, not in three."""
    velocity = right(x, j)
    own = velocity[:, [j]]
    others = np.repeat(-own / (x.shape[1] - 1), x.shape[1], axis=1)
    others[:, [j]] = own
    return others


def flipped(x: Floats, j: int) -> Floats:
    """Flip the sign."""
    return -right(x, j)


def alone(x: Floats, j: int) -> Floats:
    """Treat the Jacobian as diagonal: the others stand still."""
    velocity = np.zeros_like(x)
    velocity[:, j] = right(x, j)[:, j]
    return velocity


def probes(j: int, degree: int = 2) -> tuple[Probe, ...]:
    """Return monomials with a bound on |v|^2 <= 2 (dx_j)^2, since the others' shares add to 1."""
    b = float(CONCENTRATION.sum() - CONCENTRATION[j])
    square = 2 * beta_velocity_square(float(CONCENTRATION[j]), b)
    return dirichlet_monomials(CONCENTRATION, j, degree=degree, velocity_square=square)


def dirichlet_check(velocity: Velocity, j: int, tested: tuple[Probe, ...]) -> SampledCheck:
    """Claim the transport equation for draws of NumPy's Dirichlet, which uses rejection."""

    def path(rng: Generator, draws: int) -> tuple[Floats, Floats]:
        x = rng.dirichlet(CONCENTRATION, draws)
        return x, velocity(x, j)

    return transport_equation("transport", path, tested, dimension=3, detects=0.01, plan=PLAN)


@pytest.mark.parametrize("j", [0, 1])
def test_dirichlet_velocity_satisfies_the_transport_equation(j: int, rng: Generator) -> None:
    """Every monomial of the first two coordinates up to degree 2 moves as its closed form says."""
    found = dirichlet_check(right, j, probes(j))(rng)
    assert found.verdict is Verdict.ESTABLISHED, found


MARGINALLY_RIGHT = {
    "gradient-wrong-above-two-dimensions": even,
    "jacobian-taken-as-diagonal": alone,
}


@pytest.mark.parametrize(
    "wrong", cases({**MARGINALLY_RIGHT, "sign flipped": flipped}, kind="monte carlo")
)
def test_wrong_dirichlet_velocity_is_refuted(wrong: Velocity, rng: Generator) -> None:
    """An error that appears above two dimensions, a flipped sign, a diagonal Jacobian."""
    assert dirichlet_check(wrong, 0, probes(0))(rng).verdict is Verdict.REFUTED


@pytest.mark.parametrize("wrong", MARGINALLY_RIGHT.values(), ids=MARGINALLY_RIGHT.keys())
def test_marginal_alone_does_not_see_what_mixed_monomials_see(
    wrong: Velocity, rng: Generator
) -> None:
    """Powers of one coordinate are moved rightly by a velocity that is wrong in the others."""
    tested = tuple(probe for probe in probes(0) if "x2" not in probe.name)
    assert len(tested) == 2
    assert dirichlet_check(wrong, 0, tested)(rng).verdict is Verdict.ESTABLISHED


def test_monomial_derivatives_are_those_of_the_moments() -> None:
    """At degree 1 and 2 the moments are c_i / c_0 and c_i c_k / (c_0 (c_0 + 1)), differenced."""
    whole, h = CONCENTRATION.sum(), 1e-6
    first, second = CONCENTRATION[:2]
    expected = {
        "x1^1": lambda c, _, w: c / w,
        "x2^1": lambda _, d, w: d / w,
        "x1^1 x2^1": lambda c, d, w: c * d / (w * (w + 1)),
        "x2^2": lambda _, d, w: d * (d + 1) / (w * (w + 1)),
    }
    found = {probe.name: probe.derivative for probe in probes(0)}
    for name, moment in expected.items():
        rise = moment(first + h, second, whole + h) - moment(first - h, second, whole - h)
        assert found[name] == pytest.approx(rise / (2 * h), rel=1e-7, abs=0), name


def test_gradients_of_probes_are_those_of_their_monomials(rng: Generator) -> None:
    """Against central differences at random points of the simplex."""
    x, h = rng.dirichlet(CONCENTRATION, 6), 1e-6
    for probe in probes(0, degree=3):
        powers = [(int(p[1]) - 1, int(p[3])) for p in probe.name.split()]
        for i in range(3):
            step = h * np.eye(3)[i]
            ends = [math.prod((x + s * step)[:, k] ** p for k, p in powers) for s in (1, -1)]
            slope = (ends[0] - ends[1]) / (2 * h)
            np.testing.assert_allclose(probe.gradient(x)[:, i], slope, rtol=0, atol=1e-8)


def implicit_gamma(rng: Generator, draws: int, shape: float = 1.7, sign: float = 1) -> Floats:
    """Differentiate x - log x along implicit paths of NumPy's Gamma, which uses rejection."""
    x, h = rng.gamma(shape, size=draws), 1e-5
    slope = (gammainc(shape + h, x) - gammainc(shape - h, x)) / (2 * h)
    return sign * (1 - 1 / x) * -slope / gamma.pdf(x, shape)


def test_implicit_gradient_of_a_rejection_sampler_is_unbiased(rng: Generator) -> None:
    """d/da E[x - log x] = 1 - psi'(a), though no draw is smooth in a at a fixed seed."""
    shape, h = 1.7, 1e-5
    value = 1 - (digamma(shape + h) - digamma(shape - h)) / (2 * h)
    for wanted, sign, verdict in (
        (value, 1, Verdict.ESTABLISHED),
        (value + 0.05, 1, Verdict.REFUTED),
        (value, -1, Verdict.REFUTED),
    ):
        check = gradient_unbiased(
            "gradient",
            lambda r, n, sign=sign: implicit_gamma(r, n, shape, sign),
            wanted,
            detects=0.05,
            variance_bound=4.0,
            plan=PLAN,
        )
        assert check(rng).verdict is verdict


def test_velocity_of_a_normal_law_is_tested_by_waves(rng: Generator) -> None:
    """E cos(t x) = cos(t m) exp(-t^2 s^2 / 2): its derivative by the scale s, for three waves."""
    mean, scale = 0.3, 1.2

    def wave(t: float) -> Probe:
        slope = -(t**2) * scale * math.cos(t * mean) * math.exp(-((t * scale) ** 2) / 2)
        return Probe(f"cos {t} x", lambda x: -t * np.sin(t * x), slope, t**2)

    def path(rng: Generator, draws: int, factor: float) -> tuple[Floats, Floats]:
        noise = rng.standard_normal((draws, 1))
        return mean + scale * noise, factor * noise

    waves = tuple(wave(t) for t in (0.5, 1.0, 2.0))
    for factor, verdict in ((1.0, Verdict.ESTABLISHED), (scale, Verdict.REFUTED)):
        check = transport_equation(
            "scale",
            lambda r, n, factor=factor: path(r, n, factor),
            waves,
            dimension=1,
            detects=0.05,
            plan=PLAN,
        )
        assert check(rng).verdict is verdict


def test_velocities_of_another_shape_establish_nothing(rng: Generator) -> None:
    """Rows that would broadcast are refused by shape."""
    probe = Probe("x", np.ones_like, 1.0, 1.0)
    check = transport_equation(
        "shape",
        lambda r, n: (r.standard_normal((n, 1)), np.ones((1, 1))),
        (probe,),
        dimension=1,
        detects=0.1,
        plan=PLAN,
    )
    found = check(rng)
    assert found.verdict is Verdict.UNKNOWN
    assert "velocities want shape" in found.reason
