"""Kumaraswamy as an object of torch: draws, seeds, shapes, dtypes, devices, errors."""

import math

import pytest
import torch
from torch.distributions import constraints

from impl.errors import InputError
from impl.samplers.kumaraswamy import Kumaraswamy


def law(a: float, b: float, dtype: torch.dtype = torch.float64) -> Kumaraswamy:
    """Return one law."""
    return Kumaraswamy(torch.tensor(a, dtype=dtype), torch.tensor(b, dtype=dtype))


@pytest.mark.establishes("kumaraswamy.pathwise_gradient", kind="enumeration")
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(
    ("a", "b"),
    [([0.7, 2.0], [1.3]), ([0.8], [1.3]), ([0.05, 1.0], [0.05, 2.0])],
    ids=["batch", "single", "small, with care"],
)
def test_draws_are_the_quantiles_of_the_generators_uniform_numbers(
    a: list[float], b: list[float], dtype: torch.dtype, device: torch.device
) -> None:
    """A draw and its gradients are those of the quantile at the same seed's uniform numbers."""
    first, second = (
        torch.tensor(values, dtype=dtype, device=device, requires_grad=True) for values in (a, b)
    )
    these = Kumaraswamy(first, second)
    count = 300_000 // len(a)  # more than one piece of work, and no whole number of them
    torch.manual_seed(3)
    x = these.rsample((count,))
    torch.manual_seed(3)
    u = torch.rand(x.shape, dtype=dtype, device=device).clamp(min=torch.finfo(dtype).eps / 4)
    exact = these.icdf(u)
    torch.testing.assert_close(x, exact, rtol=16 * torch.finfo(dtype).eps, atol=0)
    weight = torch.linspace(-1, 2, count, dtype=dtype, device=device)[:, None]
    slopes, others = (
        torch.autograd.grad((weight * draws).sum(), (first, second)) for draws in (x, exact)
    )
    for found, other in zip(slopes, others, strict=True):
        # Rounding errors of the terms add up as a random walk; the sum does not cancel.
        torch.testing.assert_close(found, other, rtol=100 * torch.finfo(dtype).eps, atol=0)


@pytest.mark.parametrize("b", [1.3, 0.05])
def test_generator_that_returns_zero_gives_a_draw_inside(
    b: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A uniform number of exactly 0 stands for the middle of its cell: nothing is infinite."""
    monkeypatch.setattr(torch.Tensor, "uniform_", lambda given: given.zero_())
    monkeypatch.setattr(torch, "rand", torch.zeros)
    a = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    these = Kumaraswamy(a, b)
    x = these.rsample((2,))
    u = torch.tensor(2.0**-54, dtype=torch.float64)
    torch.testing.assert_close(x, these.icdf(u).expand(2), rtol=1e-14, atol=0)
    draw = these.rsample_log((2,))
    for value in (x, *draw[:2], these.log_prob_of_draw(draw)):
        assert bool(value.isfinite().all())
        (slope,) = torch.autograd.grad(value.sum(), a, retain_graph=True)
        assert bool(slope.isfinite())


def test_draws_repeat_with_the_seed_and_are_independent_of_gradients() -> None:
    """A seed gives the same bits, whether gradients are recorded or not, and in log space too."""
    a = torch.tensor(0.7, dtype=torch.float64)
    draws = []
    for wanted in (False, True, True):
        torch.manual_seed(11)
        draws.append(Kumaraswamy(a.clone().requires_grad_(wanted), 1.3).rsample((100_000,)))
    assert torch.equal(draws[0], draws[1])
    assert torch.equal(draws[1], draws[2])
    torch.manual_seed(11)
    logs = Kumaraswamy(a, 1.3).rsample_log((100_000,))
    torch.testing.assert_close(logs.log_x.exp(), draws[0], rtol=1e-14, atol=0)


def test_shapes_are_those_of_torch() -> None:
    """Batch, sample and expanded shapes follow torch.distributions; gradients have the inputs'."""
    a = torch.ones(3, 1, dtype=torch.float64, requires_grad=True)
    b = torch.full((2,), 2.0, dtype=torch.float64, requires_grad=True)
    found = Kumaraswamy(a, b)
    assert found.batch_shape == (3, 2)
    assert found.event_shape == ()
    assert found.rsample().shape == (3, 2)
    x = found.rsample((5, 4))
    assert x.shape == (5, 4, 3, 2)
    assert found.log_prob(x).shape == (5, 4, 3, 2)
    x.sum().backward()
    assert a.grad.shape == (3, 1)
    assert b.grad.shape == (2,)
    wider = found.expand((7, 3, 2))
    assert wider.batch_shape == (7, 3, 2)
    assert wider.rsample((2,)).shape == (2, 7, 3, 2)
    assert wider.mean.shape == wider.variance.shape == wider.mode.shape == (7, 3, 2)
    assert wider.entropy().shape == (7, 3, 2)
    assert found.rsample((0,)).shape == (0, 3, 2)
    assert Kumaraswamy(torch.empty(0), 1.0).rsample((2,)).shape == (2, 0)
    assert Kumaraswamy(2, 3).rsample().dtype == torch.get_default_dtype()
    assert all(part.shape == (4, 3, 2) for part in found.rsample_log((4,)))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_draws_and_results_have_the_dtype_of_the_parameters(dtype: torch.dtype) -> None:
    """Results come back in the parameters' dtype; gradients too."""
    a = torch.tensor(0.7, dtype=dtype, requires_grad=True)
    found = Kumaraswamy(a, 2.0)
    x = found.rsample((3,))
    results = (x, found.log_prob(x), found.cdf(x), found.icdf(x), found.mean, found.variance)
    assert {part.dtype for part in (*results, found.mode, found.entropy())} == {dtype}
    x.sum().backward()
    assert a.grad.dtype == dtype


def test_batch_of_draws_does_not_mix() -> None:
    """The log density and the gradient of an element do not depend on its neighbours."""
    a = torch.tensor([0.3, 2.0, 9.0], dtype=torch.float64, requires_grad=True)
    torch.manual_seed(0)
    x = Kumaraswamy(a, 2.0).rsample((50,))
    (together,) = torch.autograd.grad(x[:, 1].sum(), a)
    assert together[0] == together[2] == 0
    alone = Kumaraswamy(a[1], 2.0).log_prob(x[:, 1])
    torch.testing.assert_close(Kumaraswamy(a, 2.0).log_prob(x)[:, 1], alone, rtol=0, atol=0)


def test_interface_is_that_of_torchs_own_class() -> None:
    """Support, constraints, arguments and has_rsample are those of torch's Kumaraswamy."""
    theirs = torch.distributions.Kumaraswamy
    assert Kumaraswamy.arg_constraints == theirs.arg_constraints
    assert Kumaraswamy.has_rsample
    assert Kumaraswamy.support is constraints.unit_interval
    assert repr(law(1, 2)).startswith("Kumaraswamy(concentration1: 1.0")


NAN = float("nan")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((torch.tensor([1.0, -2.0]), 1.0), r"concentration1: .* above 0, got -2.0 at index \[1\]"),
        ((1.0, torch.tensor([[1.0, NAN]])), r"concentration0: .* got nan at index \[0, 1\]"),
        ((math.inf, 1.0), "concentration1: .* got inf"),
        ((0, 1.0), "concentration1: .* got 0.0"),
        ((torch.ones(2), torch.ones(3)), r"concentration0: .* broadcasts with \(2,\).* got \(3,\)"),
        ((torch.ones(2, dtype=torch.int64), 1.0), "concentration1: wanted a floating type"),
        ((torch.ones(2), torch.ones(2, device="meta")), "concentration0: wanted a tensor on cpu"),
        (("one", 1.0), "concentration1: wanted a number or a tensor, got 'one'"),
    ],
)
def test_bad_parameters_are_named(arguments: tuple[object, object], message: str) -> None:
    """A bad parameter gives its name, its value and where it stands."""
    with pytest.raises(InputError, match=message):
        Kumaraswamy(*arguments)


@pytest.mark.parametrize(
    ("method", "value", "message"),
    [
        ("icdf", [0.5, 1.1], r"value: wanted numbers from 0 to 1, got 1.1.* at index \[1\]"),
        ("icdf", [NAN, 0.5], r"got nan at index \[0\]"),
        ("log_prob", [0.5, 1.5], r"value: wanted numbers from 0 to 1, got 1.5 at index \[1\]"),
        ("cdf", [-0.1, 0.5], r"got -0.1.* at index \[0\]"),
        ("log_prob", [0.1, 0.2, 0.3], r"value: wanted a shape that broadcasts.*\(2,\), got \(3,\)"),
    ],
)
def test_bad_arguments_are_named(method: str, value: list[float], message: str) -> None:
    """A bad argument gives its name, its value and where it stands."""
    found = Kumaraswamy(torch.ones(2), 2.0)
    with pytest.raises(InputError, match=message):
        getattr(found, method)(torch.tensor(value))
    with pytest.raises(InputError, match=r"wanted a tensor, got 0\.5"):
        getattr(found, method)(0.5)


def test_validation_can_be_turned_off() -> None:
    """Without validate_args nothing is checked, as in torch."""
    found = Kumaraswamy(torch.tensor(-1.0), 1.0, validate_args=False)
    assert found.concentration1.item() == -1
    assert not found.expand((2,))._validate_args  # noqa: SLF001 - PyTorch's own name
    assert Kumaraswamy(1.0, 1.0, validate_args=False).log_prob(torch.tensor(2.0)).shape == ()


@pytest.mark.cuda
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_cuda_agrees_with_the_cpu(dtype: torch.dtype, device: torch.device) -> None:
    """Quantiles, densities and gradients on the device are those of the CPU."""
    u = torch.linspace(0.01, 0.99, 99, dtype=dtype)
    found = []
    for place in ("cpu", device):
        a = torch.tensor([0.1, 1.0, 2e3], dtype=dtype, device=place, requires_grad=True)
        b = torch.tensor([0.1, 3.0, 1e6], dtype=dtype, device=place, requires_grad=True)
        these = Kumaraswamy(a, b)
        x = these.icdf(u[:, None].to(place))
        log = these.log_prob(x.detach().clamp(1e-6, 1 - 1e-6))
        gradients = torch.autograd.grad(x.sum(), (a, b))
        found.append([part.detach().cpu() for part in (x, log, *gradients)])
    for here, there in zip(*found, strict=True):
        torch.testing.assert_close(there, here, rtol=50 * torch.finfo(dtype).eps, atol=0)
    assert law(2, 3).rsample((1000,)).isfinite().all()
