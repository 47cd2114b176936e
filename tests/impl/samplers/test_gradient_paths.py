"""Which parts of a result carry a gradient, and which are constants to it."""

import numpy as np
import pytest
import torch

from impl.samplers.density import accurate_log
from impl.samplers.kumaraswamy import Kumaraswamy


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


@pytest.mark.parametrize("name", ["x", "log x", "log(1-x)"])
@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("second", [0, 1])
def test_a_draws_second_derivative_is_refused_by_name(name: str, first: int, second: int) -> None:
    """Whichever parameters come first and second, no wrong zero and no bare error is returned."""
    torch.manual_seed(4)
    given = [torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in (1.3, 0.7)]
    law = Kumaraswamy(*given)
    if name == "x":
        drawn = law.rsample((5,))
    else:
        logs = law.rsample_log((5,))
        drawn = logs.log_x if name == "log x" else logs.log1m_x
    (slope,) = torch.autograd.grad(drawn.sum(), given[first], create_graph=True)
    with pytest.raises(RuntimeError, match="got a request for a second one"):
        torch.autograd.grad(slope, given[second])
