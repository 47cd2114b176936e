"""Which parts of a result carry a gradient, and which are constants to it."""

import numpy as np
import torch

from impl.samplers.density import accurate_log


def test_a_logarithms_gradient_goes_through_its_rounded_part_alone(
    rng: np.random.Generator,
) -> None:
    """What rounding leaves out is a constant; the sum of both parts has the derivative 1/x."""
    x = torch.tensor(rng.uniform(0.1, 9, 7), requires_grad=True)
    found = accurate_log(x)
    assert found.high.requires_grad
    assert not found.low.requires_grad
    weight = torch.tensor(rng.uniform(0.5, 2, 7))
    (slope,) = torch.autograd.grad((weight * (found.high + found.low)).sum(), x)
    expected = weight.numpy() / x.detach().numpy()
    np.testing.assert_allclose(slope.numpy(), expected, rtol=1e-15)
