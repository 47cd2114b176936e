"""What is measured of latents: active units, divergence, information, neighbours, clusters."""

import numpy as np

from impl.vae import evaluation
from impl.vae.evaluation import Latents


def test_active_units_are_counted_by_the_variance_of_their_means(rng: np.random.Generator) -> None:
    """Standard deviations just above and below 0.1 fall on either side, wherever the means lie."""
    wave = np.where(np.arange(10) % 2, 1.0, -1.0)  # population variance 1
    deviations = np.array([0.101, 0.0, 0.099, 2.0, 0.05])
    mean = wave[:, None] * deviations + np.array([0.0, 3.0, -2.0, 1.0, 50.0])
    assert evaluation.active_units(mean).tolist() == [True, False, False, True, False]
    assert evaluation.active_units(mean, threshold=0.002).sum() == 4
    shuffled = rng.permutation(mean)
    assert evaluation.active_units(shuffled).tolist() == [True, False, False, True, False]


def test_divergence_of_each_unit_is_the_mean_over_images(rng: np.random.Generator) -> None:
    """Each unit's mean KL, from the definition with standard deviations, sums to the whole."""
    mean, log_variance = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    found = evaluation.divergence_per_unit(mean, log_variance)
    for unit in range(3):
        each = [
            -np.log(s) + (s**2 + m**2) / 2 - 0.5
            for m, s in zip(mean[:, unit], np.exp(log_variance[:, unit] / 2), strict=True)
        ]
        np.testing.assert_allclose(found[unit], np.mean(each), rtol=1e-12)


def test_information_is_zero_for_one_posterior_and_log_n_for_posteriors_apart(
    rng: np.random.Generator,
) -> None:
    """The two ends: z says nothing about the image, or everything."""
    same = np.zeros((5, 3))
    noise = rng.normal(size=(5, 3))
    collapsed = Latents(same + 0.7, same - 0.4, 0.7 + np.exp(-0.2) * noise)
    assert abs(evaluation.mutual_information(collapsed)) < 1e-12
    apart = Latents(50.0 * np.arange(15).reshape(5, 3), same - 2, np.zeros((5, 3)))
    apart = apart._replace(z=apart.mean + np.exp(-1) * noise)
    np.testing.assert_allclose(evaluation.mutual_information(apart), np.log(5), rtol=1e-12)


def test_information_between_the_ends_is_literal_arithmetic(
    rng: np.random.Generator,
) -> None:
    """Overlapping posteriors of unequal variances, by densities one at a time."""
    found = Latents(*rng.normal(size=(3, 4, 2)))
    densities = np.empty((4, 4))
    for n in range(4):
        for m in range(4):
            scale = np.exp(found.log_variance[m] / 2)
            t = (found.z[n] - found.mean[m]) / scale
            densities[n, m] = np.prod(np.exp(-(t**2) / 2) / (scale * np.sqrt(2 * np.pi)))
    expected = np.mean(np.log(np.diag(densities) / densities.mean(axis=1)))
    np.testing.assert_allclose(evaluation.mutual_information(found), expected, rtol=1e-10)


def test_neighbours_vote_without_the_point_itself() -> None:
    """On a line the nearest other point decides: three of five are right."""
    z = np.array([[0.0], [1.0], [2.5], [6.0], [7.0]])
    labels = np.array([3, 3, 8, 8, 8])
    # nearest others: 1, 0, 1 (at 1.5), 4, 3 -> labels 3, 3, 3, 8, 8
    assert evaluation.knn_accuracy(z, labels, neighbours=1) == 4 / 5
    # of three: 0 sees 3,8,8; 1 sees 3,8,8; 2.5 sees 3,3,8; 6 sees 8,8,3; 7 sees 8,8,3
    assert evaluation.knn_accuracy(z, labels, neighbours=3) == 2 / 5


def test_silhouette_is_that_of_its_definition(rng: np.random.Generator) -> None:
    """Mean of (b - a) / max(a, b), by loops over points of three unequal clusters."""
    z, labels = rng.normal(size=(9, 2)), np.array([0, 0, 0, 0, 1, 1, 5, 5, 5])
    each = []
    for n, point in enumerate(z):
        distance = np.sqrt(((z - point) ** 2).sum(axis=1))
        own = [distance[m] for m in range(9) if m != n and labels[m] == labels[n]]
        others = [distance[labels == label].mean() for label in {0, 1, 5} - {int(labels[n])}]
        a, b = np.mean(own), min(others)
        each.append((b - a) / max(a, b))
    np.testing.assert_allclose(evaluation.silhouette(z, labels), np.mean(each), rtol=1e-10)
