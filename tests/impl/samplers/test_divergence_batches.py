"""Divergences of a batch are those of its laws one by one; their gradients are the integrals'."""

import mpmath as mp
import numpy as np
import pytest
import torch
from torch import Tensor
from torch.distributions import Beta, Dirichlet, Distribution, kl_divergence

from impl.errors import InputError
from impl.samplers.dirichlet_fits import concentration_from_laplace, fit_dirichlet
from impl.samplers.kumaraswamy import Kumaraswamy
from impl.samplers.softmax_gaussian import SoftmaxGaussian


def test_divergences_of_a_batch_are_those_of_each_pair(rng: np.random.Generator) -> None:
    """Laws of one row know nothing of the next; rows and entries differ in number."""
    loc, other = (torch.tensor(part) for part in rng.normal(size=(2, 2, 3)))
    variance, wide = (torch.tensor(part) for part in rng.uniform(0.3, 2, (2, 2, 3)))
    alpha = torch.tensor(rng.uniform(0.5, 3, (2, 3)))

    def laws(place: slice | int) -> tuple[SoftmaxGaussian, SoftmaxGaussian, Dirichlet]:
        return (
            SoftmaxGaussian(loc[place], gaussian_variance=variance[place]),
            SoftmaxGaussian(other[place], gaussian_variance=wide[place]),
            Dirichlet(alpha[place]),
        )

    p, q, dirichlet = laws(slice(None))
    for one, two in ((p, q), (dirichlet, q), (p, dirichlet)):
        left, right = ([p, q, dirichlet].index(law) for law in (one, two))
        each = [kl_divergence(laws(row)[left], laws(row)[right]) for row in (0, 1)]
        # Rows of a batch share the nodes of a quadrature, which is good to 1e-13 by itself.
        torch.testing.assert_close(
            kl_divergence(one, two), torch.stack(each), rtol=1e-12, atol=3e-13
        )


def test_a_divergences_gradients_are_those_of_its_integral(rng: np.random.Generator) -> None:
    """KL between Kumaraswamy laws, differentiated by all four parameters under the integral."""
    given = rng.uniform(0.7, 2.5, 4)
    tensors = [torch.tensor(value, requires_grad=True) for value in given]
    kl = kl_divergence(Kumaraswamy(*tensors[:2]), Kumaraswamy(*tensors[2:]))
    found = torch.autograd.grad(kl, tensors)

    def integral(a: mp.mpf, b: mp.mpf, c: mp.mpf, d: mp.mpf) -> mp.mpf:
        def log(x: mp.mpf, p: mp.mpf, q: mp.mpf) -> mp.mpf:
            return mp.log(p * q) + (p - 1) * mp.log(x) + (q - 1) * mp.log(1 - x**p)

        return mp.quad(lambda x: mp.exp(log(x, a, b)) * (log(x, a, b) - log(x, c, d)), [0, 0.5, 1])

    with mp.workdps(25):
        point = [mp.mpf(float(value)) for value in given]
        step = mp.mpf(10) ** -6
        for place, slope in enumerate(found):
            up, down = (
                integral(*(v + sign * step * (k == place) for k, v in enumerate(point)))
                for sign in (1, -1)
            )
            # The difference's own error is the step's square.
            assert float(slope) == pytest.approx(float((up - down) / (2 * step)), abs=1e-9)


def test_gradients_of_a_divergence_between_softmax_gaussians_are_differences(
    rng: np.random.Generator,
) -> None:
    """By both locations and both variances, which all take part."""

    def divergence(loc: Tensor, variance: Tensor, other: Tensor, wide: Tensor) -> Tensor:
        p = SoftmaxGaussian(loc, gaussian_variance=variance)
        return kl_divergence(p, SoftmaxGaussian(other, gaussian_variance=wide))

    given = [
        torch.tensor(part, requires_grad=True)
        for part in (
            rng.normal(size=3),
            rng.uniform(0.3, 2, 3),
            rng.normal(size=3),
            rng.uniform(1, 3, 3),
        )
    ]
    assert torch.autograd.gradcheck(divergence, given)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_divergences_have_the_dtype_of_their_laws(dtype: torch.dtype) -> None:
    """Computed in float64 and rounded once: for every pair that is registered."""
    one = torch.tensor(1.5, dtype=dtype)
    vector = torch.tensor([0.5, 1.5, 2.0], dtype=dtype)
    kumaraswamy, dirichlet = Kumaraswamy(one, one), Dirichlet(vector)
    gaussians = (
        SoftmaxGaussian(vector, gaussian_variance=vector),
        SoftmaxGaussian(vector, covariance_matrix=torch.diag(vector)),
    )
    pairs: list[tuple[Distribution, Distribution]] = [
        (kumaraswamy, Beta(one, one)),
        (kumaraswamy, kumaraswamy),
        *((p, q) for p in gaussians for q in gaussians),
        *((dirichlet, q) for q in gaussians),
        *((p, dirichlet) for p in gaussians),
    ]
    for p, q in pairs:
        assert kl_divergence(p, q).dtype == dtype


def test_softmax_gaussians_of_other_sizes_have_no_divergence() -> None:
    """Laws on two simplices are refused by name, not by a failure to broadcast."""
    p, q = (
        SoftmaxGaussian(torch.zeros(size), gaussian_variance=torch.ones(size)) for size in (3, 4)
    )
    with pytest.raises(InputError, match="distributions on one simplex, of 3 entries"):
        kl_divergence(p, q)
    for one, two in ((Dirichlet(torch.ones(3)), q), (p, Dirichlet(torch.ones(4)))):
        with pytest.raises(InputError, match="distributions on one simplex"):
            kl_divergence(one, two)


def test_fits_of_a_batch_are_those_of_each_law(rng: np.random.Generator) -> None:
    """By Laplace's method and by moments, diagonal or full, a row's fit is the row's alone."""
    alpha = torch.tensor(rng.uniform(0.5, 4, (2, 3)))
    for fit in ("laplace", "moments"):
        for kept in ("diagonal", "full"):
            whole = fit_dirichlet(alpha, fit, kept)
            each = [fit_dirichlet(row, fit, kept) for row in alpha]
            for part, rows in zip(whole, zip(*each, strict=True), strict=True):
                torch.testing.assert_close(part, torch.stack(rows), rtol=1e-14, atol=0)


def test_a_concentration_is_found_across_dtypes() -> None:
    """A mean and a variance of different precision are promoted, as torch does."""
    found = concentration_from_laplace(torch.zeros(3, dtype=torch.float64), torch.ones(3))
    assert found.dtype == torch.float64


@pytest.mark.parametrize("larger", [(0, 1), (1, 0)])
def test_a_covariance_that_is_not_symmetric_is_refused_at_its_first_bad_entry(
    larger: tuple[int, int],
) -> None:
    """In reading order, whichever of the two entries is the larger."""
    covariance = torch.eye(3, dtype=torch.float64)
    covariance[larger] = 0.2
    with pytest.raises(InputError, match=r"symmetric matrices.*at index \[0, 1\]"):
        SoftmaxGaussian(torch.zeros(3, dtype=torch.float64), covariance_matrix=covariance)
