"""What the samplers' Monte Carlo evidence assumes: variances and derivatives, by other routes."""

import mpmath as mp
import numpy as np
import pytest
from oracles import kumaraswamy as oracle
from oracles import sampler_premises as premises
from scipy.special import digamma, gammaln, polygamma

SHAPES = [(2.0, 3.0), (0.6, 0.7), (0.1, 0.1), (5.0, 40.0)]
ALPHA = np.array([1.3, 0.8, 4.0])


@pytest.mark.parametrize(("a", "b"), SHAPES)
def test_quantiles_and_their_derivatives_are_those_of_mpmath(a: float, b: float) -> None:
    """Logs and derivatives at a grid of u equal the distribution function's, and weights add up."""
    found = premises.quantiles(a, b)
    assert float(found.weights.sum()) == pytest.approx(1, abs=1e-12)
    for place in (1500, 2700, 3000, 3600, 4500):
        with mp.workdps(60):
            u = 1 / (1 + mp.exp(60 - mp.mpf(120) * place / 6000))
            exact = (oracle.log_x, oracle.log1m_x, oracle.log_x_by_a, oracle.log_x_by_b)
            for got, wanted in zip(found, exact, strict=False):
                assert float(got[place]) == pytest.approx(float(wanted(u, a, b)), rel=1e-10, abs=0)


@pytest.mark.parametrize(("a", "b"), SHAPES)
def test_moments_and_their_derivatives_are_those_of_the_quantiles(a: float, b: float) -> None:
    """Closed forms of E[x^n] and E[log x] by a and b equal averages of pathwise derivatives."""
    q = premises.quantiles(a, b)
    for n in (1, 2, 4):
        power = np.exp(n * q.log_x)
        moment, slopes = premises.kumaraswamy_moment(n, a, b)
        assert moment == pytest.approx(float(q.weights @ power), rel=1e-9, abs=0)
        averages = [float(q.weights @ (n * power * by)) for by in (q.by_a, q.by_b)]
        assert slopes.tolist() == pytest.approx(averages, rel=1e-9, abs=0)
    averages = [float(q.weights @ by) for by in (q.by_a, q.by_b)]
    assert premises.kumaraswamy_mean_log(a, b).tolist() == pytest.approx(averages, rel=1e-9, abs=0)


def test_variance_of_a_log_ratio_is_that_of_logarithms() -> None:
    """Under Kumaraswamy(a, 1) = x^(1/a) of a uniform, log x has the variance 1 / a^2."""
    found = premises.variance_of_log_ratio(lambda log_x, _: 3 * log_x, 0.4, 1.0)
    assert found == pytest.approx(premises.MARGIN * (3 / 0.4) ** 2, rel=1e-9, abs=0)


@pytest.mark.parametrize("fit", ["laplace", "moments"])
def test_derivatives_of_a_fit_are_its_differences(fit: str) -> None:
    """Mean and standard deviations by alpha_j, against central differences of 1e-5."""
    step = 1e-5
    for j in range(3):
        ends = [premises.fitted(ALPHA + s * step * np.eye(3)[j], fit) for s in (1, -1)]
        by, deviation_by = premises.fitted_by(ALPHA, fit, j)
        np.testing.assert_allclose(by, (ends[0][0] - ends[1][0]) / (2 * step), atol=1e-8)
        spreads = [np.sqrt(end[1]) for end in ends]
        np.testing.assert_allclose(deviation_by, (spreads[0] - spreads[1]) / (2 * step), atol=1e-8)


def test_mean_of_softmax_is_that_of_the_logistic_in_two_dimensions() -> None:
    """With two coordinates the mean is that of a logistic normal, by a rule of its own."""
    loc, variance = np.array([0.4, -0.3]), np.array([0.5, 1.2])
    nodes, weights = np.polynomial.hermite_e.hermegauss(120)
    ratio = loc[0] - loc[1] + np.sqrt(variance.sum()) * nodes
    exact = weights @ (1 / (1 + np.exp(-ratio))) / weights.sum()
    found = premises.mean_of_softmax(loc, variance)
    assert found.tolist() == pytest.approx([exact, 1 - exact], abs=1e-9)


def test_variance_of_a_quadratic_form_of_log_gammas_is_that_of_a_grid() -> None:
    """The formula by cumulants equals sums over a grid of two independent log Gammas."""
    alpha, linear = np.array([1.3, 2.7]), np.array([0.6, -1.1])
    matrix = np.array([[0.9, -0.4], [-0.4, 0.3]])
    axis = np.linspace(-30.0, 8.0, 1501)
    logs = [c * axis - np.exp(axis) - gammaln(c) for c in alpha]
    weights = np.outer(*(np.exp(log) * (axis[1] - axis[0]) for log in logs))
    assert float(weights.sum()) == pytest.approx(1, abs=1e-10)
    z = [axis[:, None] - digamma(alpha[0]), axis[None, :] - digamma(alpha[1])]
    squares = matrix[0, 0] * z[0] ** 2 + matrix[1, 1] * z[1] ** 2
    form = linear[0] * z[0] + linear[1] * z[1] + squares / 2 + matrix[0, 1] * z[0] * z[1]
    mean = np.sum(weights * form)
    exact = np.sum(weights * (form - mean) ** 2)
    cumulants = [polygamma(n, alpha) for n in (1, 2, 3)]
    found = premises.variance_of_quadratic(linear, matrix, cumulants)
    assert found == pytest.approx(premises.MARGIN * exact, rel=1e-8, abs=0)
