"""SoftmaxGaussian as an object of torch: shapes, dtypes, devices, errors."""

import math

import pytest
import torch
from torch import Tensor

from impl.errors import InputError
from impl.samplers.softmax_gaussian import SoftmaxGaussian

LOC = torch.tensor([0.3, -1.0, 0.4], dtype=torch.float64)
VARIANCE = torch.tensor([0.5, 2.0, 0.7], dtype=torch.float64)


def vector(values: list[float]) -> Tensor:
    """Make a float64 vector."""
    return torch.tensor(values, dtype=torch.float64)


def test_shapes_are_those_of_torch() -> None:
    """Batch, event, sample and expanded shapes follow torch.distributions."""
    alpha = torch.rand(4, 1, 3, dtype=torch.float64) + 0.5
    law = SoftmaxGaussian.from_dirichlet(alpha)
    assert law.batch_shape == (4, 1)
    assert law.event_shape == (3,)
    x = law.rsample((5,))
    assert x.shape == (5, 4, 1, 3)
    torch.testing.assert_close(x.sum(-1), torch.ones(5, 4, 1, dtype=torch.float64))
    assert law.log_prob(x).shape == (5, 4, 1)
    assert law.mean.shape == law.variance.shape == (4, 1, 3)
    assert law.entropy().shape == (4, 1)
    wide = law.expand((2, 4, 6))
    assert wide.batch_shape == (2, 4, 6)
    assert wide.sample((7,)).shape == (7, 2, 4, 6, 3)
    assert wide.log_prob(wide.sample()).shape == (2, 4, 6)
    torch.testing.assert_close(wide.expand((2, 4, 6)).loc[0, :, :1], law.loc)
    assert SoftmaxGaussian(torch.zeros(3), torch.ones(1)).sample().dtype == torch.float32


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((LOC, -VARIANCE), r"gaussian_variance: .* above 0, got -0.5 at index \[0\]"),
        ((LOC * math.nan, VARIANCE), r"loc: wanted finite numbers, got nan at index \[0\]"),
        ((LOC, VARIANCE[:2]), r"gaussian_variance: .*\(3,\) of loc, got \(2,\)"),
        ((LOC[:1], VARIANCE), r"loc: wanted a shape .*K >= 2, got shape \(1,\)"),
        ((LOC, VARIANCE.to("meta")), "gaussian_variance: wanted a tensor on cpu"),
        ((LOC, 1.0), "gaussian_variance: wanted a tensor"),
    ],
)
def test_bad_parameters_are_named(arguments: tuple[Tensor, Tensor], message: str) -> None:
    """A bad parameter gives its name, its value and where it stands."""
    with pytest.raises(InputError, match=message):
        SoftmaxGaussian(*arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((vector([1.0, 0.0, 2.0]),), r"concentration: .* above 0, got 0.0 at index \[1\]"),
        ((vector([1.0]),), r"concentration: wanted a shape \(..., K\), K >= 2"),
        (([1.0, 2.0],), "concentration: wanted a tensor"),
        ((torch.ones(3, dtype=torch.int64),), "concentration: wanted a floating type"),
        ((vector([1.0, 2.0]), "mode"), "fit: wanted 'laplace' or 'moments', got 'mode'"),
        ((vector([1.0, 2.0]), "laplace", "half"), "covariance: wanted 'diagonal' or 'full'"),
    ],
)
def test_bad_concentrations_are_named(arguments: tuple[object, ...], message: str) -> None:
    """A bad concentration or an unknown fit is named."""
    with pytest.raises(InputError, match=message):
        SoftmaxGaussian.from_dirichlet(*arguments)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([0.2, 0.8], r"value: wanted a shape that ends in 3, got \(2,\)"),
        ([0.2, 0.9, -0.1], r"value: .* from 0 up, got -0.1 at index \[2\]"),
        ([0.2, 0.2, 0.2], "value, its sum: wanted rows that sum to 1"),
    ],
)
def test_bad_arguments_are_named(value: list[float], message: str) -> None:
    """A value off the simplex is named."""
    with pytest.raises(InputError, match=message):
        SoftmaxGaussian(LOC, VARIANCE).log_prob(vector(value))


@pytest.mark.cuda
def test_cuda_agrees_with_the_cpu(device: torch.device) -> None:
    """Densities and moments on the device are those of the CPU; draws are on the simplex."""
    alpha = torch.tensor([1.0, 10.0, 2.0], dtype=torch.float64)
    here, there = (SoftmaxGaussian.from_dirichlet(alpha.to(place)) for place in ("cpu", device))
    x = here.sample((50,))
    torch.testing.assert_close(there.log_prob(x.to(device)).cpu(), here.log_prob(x))
    torch.testing.assert_close(there.mean.cpu(), here.mean)
    assert bool((there.rsample((1000,)).sum(-1) - 1).abs().max() < 1e-12)
