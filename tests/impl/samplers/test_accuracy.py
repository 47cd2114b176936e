"""Kumaraswamy draws, densities and gradients lose at most two bits beyond what rounding forces.

Concentrations from 1e-3 to 1e8, uniform numbers at every value a generator can return; the truth
is mpmath's, from the distribution function alone.
"""

from collections.abc import Callable

import mpmath as mp
import numpy as np
import pytest
import torch
from harness.historical import cases
from oracles import excess_bits
from oracles import kumaraswamy as oracle
from oracles.excess_bits import EVERYTHING, excess_wrong_bits
from oracles.kumaraswamy_points import Points, draw_points, transform, worst
from torch import Tensor

from impl.samplers import pathwise
from impl.samplers.kumaraswamy import Kumaraswamy, LogDraw

ALLOWED = 2.0
ALLOWED_LOG_DENSITY = 1.0
"""The target is two bits; the terms of a log density are summed to twice the digits."""
DTYPES = [np.float32, np.float64]


def quantities(points: Points) -> dict[str, tuple[Tensor, Callable[..., mp.mpf]]]:
    """What is computed, with its truth as a function of (u, a, b)."""
    plain, logs = transform(points)
    _, a, b = points.tensors()
    density = Kumaraswamy(a, b).log_prob_of_draw(LogDraw(*logs[:3]))
    return {
        "x": (plain.x, oracle.quantile),
        "dx/da": (plain.by_a, oracle.by_a),
        "dx/db": (plain.by_b, oracle.by_b),
        "log x": (logs.log_x, oracle.log_x),
        "log(1-x)": (logs.log1m_x, oracle.log1m_x),
        "d log x/da": (logs.log_x_by_a, oracle.log_x_by_a),
        "d log x/db": (logs.log_x_by_b, oracle.log_x_by_b),
        "d log(1-x)/da": (logs.log1m_x_by_a, oracle.log1m_x_by_a),
        "d log(1-x)/db": (logs.log1m_x_by_b, oracle.log1m_x_by_b),
        "log density": (density, oracle.log_density_of_draw),
    }


KEYS = ("kumaraswamy.inverse_cdf", "kumaraswamy.pathwise_gradient", "kumaraswamy.log_density")
COUNTS = [40, pytest.param(2000, marks=pytest.mark.slow)]


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_draws_gradients_and_log_densities_lose_two_bits_at_most(
    count: int, dtype: type[np.floating], rng: np.random.Generator, ledger: object
) -> None:
    """Quantile and pathwise gradients lose at most two bits, the log density one, everywhere."""
    limits = {key: ALLOWED_LOG_DENSITY if "density" in key else ALLOWED for key in KEYS}
    entries = [
        ledger.record(
            key=key,
            claim=f"at most {limit:g} excess wrong bits in {np.dtype(dtype)}, a and b to 1e8",
            kind="enumeration",
        )
        for key, limit in limits.items()
    ]
    points = draw_points(rng, count, dtype)
    table = {
        name: worst(computed, truth, *points, dtype=dtype)
        for name, (computed, truth) in quantities(points).items()
    }
    for entry in entries:
        entry.figures |= {f"excess bits of {name}": bits for name, (bits, _) in table.items()}
    allowed = dict.fromkeys(table, ALLOWED) | {"log density": ALLOWED_LOG_DENSITY}
    assert {name: found for name, found in table.items() if found[0] > allowed[name]} == {}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(
    ("a", "b"),
    [
        (0.7, 1.3),
        (1e-3, 0.9),
        (0.9, 1e-3),
        (1e-3, 1e8),
        (1e-3, 1e-3),
        (0.01, 0.02),
        (0.02, 3.0),
        (0.01, 1.0),
        (1e-15, 0.05),
    ],
)
def test_fast_way_is_taken_only_where_it_is_as_good(a: float, b: float, dtype: torch.dtype) -> None:
    """Draws and derivatives are those of the careful transform, down to subnormal numbers."""
    info = torch.finfo(dtype)
    first, second = (torch.tensor(value, dtype=dtype) for value in (a, b))
    torch.manual_seed(9)
    found = pathwise.quantile_draws(first, second, torch.Size((20_000,)), derivatives=True)
    torch.manual_seed(9)
    u = torch.rand(20_000, dtype=dtype).clamp(min=info.eps / 4)
    exact = pathwise.quantile(-torch.log1p(-u), first, second)
    least = 4 * info.smallest_normal * info.eps
    for here, there in zip(found[:3], exact[:3], strict=True):
        torch.testing.assert_close(here, there, rtol=16 * info.eps, atol=least)
    torch.manual_seed(9)
    alone = pathwise.quantile_draws(first, second, torch.Size((20_000,)), derivatives=False)
    torch.testing.assert_close(alone.x, exact.x, rtol=16 * info.eps, atol=least)


@pytest.mark.parametrize("a", [1e-12, 1e-15, 1e-18])
@pytest.mark.parametrize("dtype", DTYPES)
def test_far_below_the_stated_range_a_draw_is_still_the_quantile(
    a: float, dtype: type[np.floating]
) -> None:
    """Where x is still below 1 although exp(-t) is tiny, no more bits are lost than elsewhere."""
    u = np.array([0.7, 0.8, 0.85, 0.87, 0.88, 0.9, 0.95, 0.99])
    points = Points(*(np.asarray(part, dtype) for part in (u, np.full(8, a), np.full(8, 0.05))))
    table = {
        name: worst(computed, truth, *points, dtype=dtype)
        for name, (computed, truth) in quantities(points).items()
    }
    assert {name: found for name, found in table.items() if found[0] > ALLOWED} == {}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_nothing_is_nan_or_infinite_in_the_whole_range(
    dtype: torch.dtype, device: torch.device
) -> None:
    """No value, log density or gradient of a draw is NaN or infinite, for a, b in [1e-3, 1e8]."""
    torch.manual_seed(1)
    ends = torch.logspace(-3, 8, 23, dtype=torch.float64).to(dtype).to(device)
    a, b = (part.clone().requires_grad_() for part in torch.meshgrid(ends, ends, indexing="ij"))
    found = Kumaraswamy(a, b)
    x = found.rsample((200,))
    assert bool(((x >= 0) & (x <= 1)).all())
    draw = found.rsample_log((200,))
    density = found.log_prob_of_draw(draw)
    parts = [x, *draw, density, found.log_prob_from_logs(draw.log_x, draw.log1m_x)]
    for part in parts:
        assert bool(part.isfinite().all())
        for slope in torch.autograd.grad(part.sum(), (a, b), retain_graph=True, allow_unused=True):
            assert slope is None or bool(slope.isfinite().all())


@pytest.mark.establishes("kumaraswamy.pathwise_gradient", kind="finite difference")
def test_gradients_of_the_quantile_agree_with_differences() -> None:
    """The quantile's gradients by u, a and b agree with central differences."""
    u, a, b = (
        torch.tensor(values, dtype=torch.float64, requires_grad=True)
        for values in ([0.1, 0.5, 0.9, 0.99], [0.5, 2.0, 3.0, 0.9], [2.0, 0.4, 30.0, 1.0])
    )
    assert torch.autograd.gradcheck(lambda u, a, b: Kumaraswamy(a, b).icdf(u), (u, a, b))


@pytest.mark.establishes("kumaraswamy.pathwise_gradient", kind="finite difference")
def test_gradients_of_log_draws_agree_with_differences() -> None:
    """Gradients of log x, log(1-x) and log(1 - x^a) agree with differences at the same seed.

    The inverse transform is smooth in its parameters at a fixed seed, unlike a rejection sampler.
    """

    def logs(a: Tensor, b: Tensor) -> tuple[Tensor, ...]:
        torch.manual_seed(8)
        return tuple(Kumaraswamy(a, b).rsample_log((3,)))

    a = torch.tensor([0.5, 2.0, 30.0], dtype=torch.float64, requires_grad=True)
    b = torch.tensor([2.0, 0.4, 3.0], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(logs, (a, b))


def naive_quantile(points: Points) -> Tensor:
    """Subtract from 1, as the formula is written."""
    u, a, b = points.tensors()
    return (1 - (1 - u) ** (1 / b)) ** (1 / a)


def check_quantile(quantile: Callable[[Points], Tensor], dtype: type[np.floating]) -> None:
    """A quantile loses at most two bits at large b."""
    points = Points(*(np.array(x, dtype) for x in ([0.3, 0.9], [1.0, 0.5], [1e6, 1e8])))
    bits, where = worst(quantile(points), oracle.quantile, *points, dtype=dtype)
    assert bits <= ALLOWED, where


def check_by_b(by_b: Callable[[Points], Tensor]) -> None:
    """A gradient by b loses at most two bits at ordinary parameters."""
    lists = ([0.3, 0.9, 0.5], [1.0, 0.5, 4.0], [2.0, 3.0, 0.7])
    points = Points(*(np.array(x) for x in lists))
    bits, where = worst(by_b(points), oracle.by_b, *points, dtype=np.float64)
    assert bits <= ALLOWED, where


@pytest.mark.historical("inverse-cancels-at-large-b", kind="enumeration")
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_shipped_inverse_cancels_at_large_b_and_ours_does_not(dtype: type[np.floating]) -> None:
    """The inverse that subtracts from 1 fails the check that ours passes."""
    check_quantile(lambda points: transform(points)[0].x, dtype)
    with pytest.raises(AssertionError):
        check_quantile(naive_quantile, dtype)


FAULTY = {
    "sign of the gradient flipped": lambda by_b: -by_b,
    "jacobian-summed-over-batch": lambda by_b: by_b + by_b.sum(),
    "gradient off by a thousandth": lambda by_b: by_b * 1.001,
    "gradient NaN": lambda by_b: by_b * torch.nan,
}


@pytest.mark.parametrize("fault", cases(FAULTY, kind="enumeration"))
def test_published_errors_of_gradients_are_rejected(fault: Callable[[Tensor], Tensor]) -> None:
    """A sign-flipped, mixed, slightly wrong or NaN gradient fails the check ours passes."""
    check_by_b(lambda points: transform(points)[0].by_b)
    with pytest.raises(AssertionError):
        check_by_b(lambda points: fault(transform(points)[0].by_b))


def test_measure_of_excess_bits_is_right_where_it_is_known() -> None:
    """A rounded result has no excess; one off by 2^k forced errors has k bits; NaN has all."""
    assert excess_wrong_bits(float(np.sqrt(2.0)), mp.sqrt, [2.0], np.float64) == 0
    # sqrt halves a relative error: half an ulp of 2 is 2^-52, which moves sqrt(2) by 2^-53.5.
    forced = 2.0**-53 + 2.0**-52 / (2 * np.sqrt(2.0))
    off = float(np.sqrt(2.0)) + 8 * forced
    assert excess_wrong_bits(off, mp.sqrt, [2.0], np.float64) == pytest.approx(3, abs=0.2)
    assert excess_wrong_bits(float("nan"), mp.sqrt, [2.0], np.float64) == EVERYTHING
    assert excess_wrong_bits(float("inf"), mp.sqrt, [2.0], np.float32) == EVERYTHING
    # 1 - x at x next to 1: rounding x alone costs every bit, so a result with none is no worse.
    near = 1 - 2.0**-53
    assert excess_wrong_bits(2.0**-52, lambda x: 1 - x, [near], np.float64) < 2


def test_measure_of_excess_bits_has_digits_to_spare(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice the digits give the same excess, for every quantity."""
    points = draw_points(rng, 10, np.float64)
    found = quantities(points)

    def measured() -> list[float]:
        return [
            excess_wrong_bits(1.25 * float(value), truth, point, np.float64)
            for computed, truth in found.values()
            for value, *point in zip(computed.tolist(), *points, strict=True)
        ]

    before = measured()
    monkeypatch.setattr(excess_bits, "DIGITS", 2 * excess_bits.DIGITS)
    monkeypatch.setattr(oracle, "DIGITS", 2 * oracle.DIGITS)
    # A truth within 1e-60 of a power of two may fall to either side of it: one bit of its ulp.
    assert measured() == pytest.approx(before, abs=1 + 1e-9)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_draws_of_a_batch_are_each_of_its_own_law(dtype: torch.dtype) -> None:
    """Draws at the edge of the normal range belong to the concentrations of their place."""
    info = torch.finfo(dtype)
    a, b = torch.tensor([[1e-3, 0.02, 0.7], [0.5, 3.0, 2e-3]], dtype=dtype)
    shape = torch.Size((70_000, 3))  # in pieces
    torch.manual_seed(3)
    found = pathwise.quantile_draws(a, b, shape, derivatives=True)
    torch.manual_seed(3)
    u = torch.rand(shape, dtype=dtype).clamp(min=info.eps / 4)
    exact = pathwise.quantile(-torch.log1p(-u), a, b)
    least = 4 * info.smallest_normal * info.eps
    for here, there in zip(found[:3], exact[:3], strict=True):
        torch.testing.assert_close(here, there, rtol=16 * info.eps, atol=least)
