"""Kumaraswamy parameters at which intermediate values leave the range of the dtype."""

import mpmath as mp
import pytest
import torch
from torch import Tensor

from impl.samplers.kumaraswamy import Kumaraswamy

SHAPES = [1e-3, 0.7, 1.0, 15.9, 16.0, 1e3, 1e8]


def law(a: float, b: float, dtype: torch.dtype = torch.float64) -> Kumaraswamy:
    """The law at two numbers."""
    return Kumaraswamy(torch.tensor(a, dtype=dtype), torch.tensor(b, dtype=dtype))


@pytest.mark.parametrize("a", SHAPES)
@pytest.mark.parametrize("b", [1e-30, 1e-15, 1e-8, 1e-3, 0.0625, 0.07, 2.5])
def test_variance_does_not_cancel_at_small_b(a: float, b: float) -> None:
    """Against the difference of two moments in 400 digits."""
    with mp.workdps(400):
        power, rest = 1 / mp.mpf(a), mp.mpf(b)
        exact = rest * mp.beta(1 + 2 * power, rest) - (rest * mp.beta(1 + power, rest)) ** 2
    assert float(law(a, b).variance) == pytest.approx(float(exact), rel=3e-12, abs=0)


@pytest.mark.parametrize(
    ("dtype", "a", "b"), [(torch.float32, 1e4, 1e20), (torch.float64, 1e4, 1e300)], ids=str
)
def test_quantile_where_the_exponential_underflows(
    dtype: torch.dtype, a: float, b: float, device: torch.device
) -> None:
    """x, dx/da, dx/db and dx/du at u = 1e-30, against mpmath."""
    leaves = [
        torch.tensor(v, dtype=dtype, device=device, requires_grad=True) for v in (a, b, 1e-30)
    ]
    x = Kumaraswamy(leaves[0], leaves[1]).icdf(leaves[2])
    x.backward()

    def exact(*values: mp.mpf) -> mp.mpf:
        shape, rest, u = values
        return (-mp.expm1(mp.log1p(-u) / rest)) ** (1 / shape)

    with mp.workdps(60):
        at = [mp.mpf(float(leaf.detach())) for leaf in leaves]
        wanted = [exact(*at)]
        for place in range(3):
            rise = at[place] * mp.mpf(10) ** -20
            moved = [v + rise * (i == place) for i, v in enumerate(at)]
            wanted.append((exact(*moved) - wanted[0]) / rise)
    found = [x, *(leaf.grad for leaf in leaves)]
    for got, exactly in zip(found, wanted, strict=True):
        assert isinstance(got, Tensor)

        assert float(got.detach()) == pytest.approx(
            float(torch.tensor(float(exactly), dtype=dtype)), rel=200 * torch.finfo(dtype).eps
        )


def test_distribution_function_and_entropy_where_a_product_leaves_the_range() -> None:
    """B x^a = 1e-100 of x^a = 1e-400; log(ab) of ab = 1e320."""
    value = torch.tensor(1e-8, dtype=torch.float64)
    assert float(law(50.0, 1e300).cdf(value)) == pytest.approx(1e-100, rel=1e-11)
    a, b = mp.mpf(1e20), mp.mpf(1e300)
    exact = 1 - 1 / b + (1 - 1 / a) * (mp.digamma(b + 1) + mp.euler) - mp.log(a * b)
    assert float(law(1e20, 1e300).entropy()) == pytest.approx(float(exact), rel=1e-13)


@pytest.mark.parametrize(("dtype", "tiny"), [(torch.float64, 1e-200), (torch.float32, 1e-30)])
def test_draws_at_tiny_parameters_have_the_gradients_of_a_constant(
    dtype: torch.dtype, tiny: float, device: torch.device
) -> None:
    """Almost every draw rounds to one, whatever the parameters: both gradients are zero."""
    a, b = (torch.tensor(tiny, dtype=dtype, device=device, requires_grad=True) for _ in "ab")
    x = Kumaraswamy(a, b).rsample((500,))
    x.sum().backward()
    assert bool((x == 1).all())
    assert (a.grad, b.grad) == (0, 0)
