"""Squared MMD of known Gaussians by dimension, and of latents from the prior; and the images'."""

import numpy as np
import pytest
import torch

from impl.vae import measuring, rounding
from impl.vae.digits import Digits
from impl.vae.discrepancy import by_dimension, distance_to_prior
from impl.vae.discrepancy_points import SHIFT, VARIANCE
from impl.vae.experiments import Plan


@pytest.mark.parametrize("bandwidth", [0.7, 2.0, 5.0])
def test_distance_to_the_prior_is_its_definition_with_the_prior_integrated(
    rng: np.random.Generator, bandwidth: float
) -> None:
    """In two dimensions every mean over the prior is a Gauss-Hermite sum, and pairs are loops."""
    z = rng.normal(size=(6, 2)) * 0.8 + 0.3
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    weights = weights / weights.sum()
    grid = np.array([(a, b) for a in nodes for b in nodes])
    mass = np.array([a * b for a in weights for b in weights])

    def kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.exp(-((x - y) ** 2).sum(axis=-1) / (2 * bandwidth))

    pairs = [kernel(z[i], z[j]) for i in range(6) for j in range(6) if i != j]
    across = np.mean([mass @ kernel(point, grid) for point in z])
    # the difference of two prior draws is sqrt(2) of one
    within_prior = mass @ kernel(np.sqrt(2) * grid, np.zeros(2))
    expected = np.mean(pairs) - 2 * across + within_prior
    np.testing.assert_allclose(distance_to_prior(z, bandwidth), expected, rtol=0, atol=1e-12)


def test_distance_to_the_prior_tells_the_prior_from_another_law(rng: np.random.Generator) -> None:
    """Over many sets of prior draws it is zero on average, and it is not for a shifted law."""
    found = {
        shift: np.array([distance_to_prior(z + shift, 5.0) for z in rng.normal(size=(300, 40, 5))])
        for shift in (0.0, 0.4)
    }
    means = {shift: values.mean() for shift, values in found.items()}
    errors = {shift: values.std() / np.sqrt(values.size) for shift, values in found.items()}
    # Six standard errors: a false alarm of 2e-9.
    assert abs(means[0.0]) < 6 * errors[0.0]
    assert means[0.4] > 6 * errors[0.4] + 6 * errors[0.0]


def test_by_dimension_holds_the_closed_forms_of_one_coordinate() -> None:
    """In one dimension kernels are integrals over a line; in D their products."""
    x = np.linspace(-9, 9, 1801)

    def density(mean: float, variance: float) -> np.ndarray:
        values = np.exp(-((x - mean) ** 2) / (2 * variance))
        return values / values.sum()

    prior, other = density(0, 1), density(SHIFT, VARIANCE)
    points = by_dimension((1, 3), batch=7, batches=5, seed=2)
    assert [(p.bandwidth, p.dimension) for p in points] == [("2", 1), ("2", 3), ("D", 1), ("D", 3)]
    for point in points:
        bandwidth = 2.0 if point.bandwidth == "2" else float(point.dimension)
        kernel = np.exp(-((x[:, None] - x) ** 2) / (2 * bandwidth))
        pp, qq, pq = (
            float(a @ kernel @ b) ** point.dimension
            for a, b in ((prior, prior), (other, other), (prior, other))
        )
        np.testing.assert_allclose(point.expected_kernel, pp, rtol=1e-9)
        np.testing.assert_allclose(point.closed_form, pp + qq - 2 * pq, rtol=1e-9)
        bias = (1 - pp) / 7 + (1 - qq) / 7
        np.testing.assert_allclose(point.expected_v, pp + qq - 2 * pq + bias, rtol=1e-9)


def test_measured_statistics_are_means_over_batches_with_their_standard_errors() -> None:
    """Unbiased over thousands of batches: no closer look at one point than six errors."""
    for point in by_dimension((2, 4), batch=5, batches=4_000, seed=3):
        assert abs(point.u - point.closed_form) < 6 * point.u_error
        assert abs(point.v - point.expected_v) < 6 * point.v_error
        # The two statistics of a batch differ by nearly a constant, so they spread alike.
        assert 0.5 < point.v_error / point.u_error < 1
        assert point.u_error < 0.01
    one, two = (by_dimension((2,), batch=5, batches=40, seed=seed) for seed in (1, 2))
    assert by_dimension((2,), batch=5, batches=40, seed=1) == one
    assert one != two


def test_image_bandwidth_is_half_the_median_squared_distance() -> None:
    """Three points of a line: squared distances 1, 4 and 9."""
    points = torch.tensor([[0.0], [1.0], [3.0]])
    assert measuring.image_bandwidth(points) == 2.0


def test_baseline_tells_alike_images_from_others(rng: np.random.Generator) -> None:
    """Training images of the same law are near the test images, darker ones are not."""
    grey = rng.integers(0, 200, size=(2, 60, 9)).astype(np.uint8)
    labels = np.zeros(60, dtype=np.uint8)
    plan = Plan((), 60, 50, 1, 1, 1, (1,))
    alike, darker = (
        measuring.baseline(Digits(grey[0] + shift, labels, grey[1], labels, "noise"), plan)
        for shift in (np.uint8(0), np.uint8(50))
    )
    assert abs(alike["image_mmd_training"]) < darker["image_mmd_training"] / 5
    assert alike["image_bandwidth"] == darker["image_bandwidth"] > 0


def test_a_number_that_is_not_finite_is_no_measurement() -> None:
    """NaN and infinity stop the answers; other numbers keep five digits."""
    for value in (float("nan"), float("inf")):
        with pytest.raises(ArithmeticError, match="wanted a finite measurement"):
            rounding.rounded(value)
    assert rounding.rounded(-123456.789) == -123460.0
    assert rounding.rounded(1.234567e-30) == 1.2346e-30
