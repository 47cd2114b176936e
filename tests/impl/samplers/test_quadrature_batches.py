"""Means and entropies of softmax-Gaussians in batches of any size; the budget is one law's."""

import numpy as np
import pytest
import torch
from torch.distributions import Dirichlet, kl_divergence

from impl.samplers import simplex_quadrature
from impl.samplers.softmax_gaussian import SoftmaxGaussian


def test_a_batch_of_flat_fits_has_means_and_entropies() -> None:
    """Fifty laws of four coordinates take 72,000 points each: more than are held at once."""
    alpha = torch.ones(50, 4)
    alpha[7] = 2.0
    law = SoftmaxGaussian.from_dirichlet(alpha)
    torch.testing.assert_close(law.mean, torch.full((50, 4), 0.25), rtol=1e-6, atol=0)
    entropies = law.entropy()
    one = SoftmaxGaussian.from_dirichlet(alpha[7]).entropy()
    torch.testing.assert_close(entropies[7], one, rtol=1e-6, atol=0)
    assert bool((entropies[:7] == entropies[8]).all())


def test_a_large_batch_in_parts_is_its_rows_one_by_one(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Values and gradients, of means, entropies and divergences; parts are kept or done again."""
    given = [torch.tensor(rng.uniform(0.3, 2, (6, 2, 3))) for _ in range(3)]

    def results() -> list[torch.Tensor]:
        leaves = [part.clone().requires_grad_() for part in given]
        law, other = SoftmaxGaussian(leaves[0], leaves[1]), Dirichlet(leaves[2])
        found = [law.mean, law.variance, law.entropy(), kl_divergence(law, other)]
        weights = [torch.linspace(-1, 2, part.numel(), dtype=part.dtype) for part in found]
        total = sum((w * part.flatten()).sum() for w, part in zip(weights, found, strict=True))
        slopes = torch.autograd.grad(total, leaves)
        return [part.detach() for part in (*found, *slopes)]

    whole = results()
    monkeypatch.setattr(simplex_quadrature, "_MOST_POINTS", 20_000)
    monkeypatch.setattr(simplex_quadrature, "_KEPT_POINTS", 100)
    torch.testing.assert_close(results(), whole, rtol=1e-11, atol=1e-12)


@pytest.mark.slow  # 5,000 quadratures
def test_an_entropy_of_five_thousand_laws_is_found() -> None:
    """Three coordinates, in one call."""
    alpha = torch.ones(5000, 3)
    entropies = SoftmaxGaussian.from_dirichlet(alpha).entropy()
    one = SoftmaxGaussian.from_dirichlet(alpha[0]).entropy()
    torch.testing.assert_close(entropies, one.expand(5000), rtol=1e-6, atol=0)


def test_one_law_that_takes_too_many_points_is_refused_with_the_way_out() -> None:
    """The sentence names more points than the most, and the batch does not count."""
    wide = SoftmaxGaussian(torch.zeros(3, 6), torch.full((6,), 9.0))
    with pytest.raises(NotImplementedError, match=r"use monte_carlo_mean\(draws\)") as caught:
        _ = wide.mean
    numbers = [
        int(word.replace(",", "")) for word in str(caught.value).split() if "," in word[1:-1]
    ]
    assert max(numbers) > simplex_quadrature._MOST_POINTS  # noqa: SLF001 - the limit meant
