"""Kumaraswamy log densities lose at most one bit beyond what rounding forces; and what bears that.

Concentrations from 1e-3 to 1e8; the truth is mpmath's.
"""

import mpmath as mp
import numpy as np
import pytest
import torch
from oracles import kumaraswamy as oracle
from oracles.kumaraswamy_points import Points, draw_points, transform, worst

from impl.samplers import double_double
from impl.samplers.double_double import Pair
from impl.samplers.kumaraswamy import Kumaraswamy, LogDraw
from impl.samplers.pieces import PIECE, in_pieces, summed_product

ALLOWED = 1.0
DTYPES = [np.float32, np.float64]
COUNTS = [40, pytest.param(2000, marks=pytest.mark.slow)]


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_log_density_of_a_number_loses_few_bits(
    count: int, dtype: type[np.floating], rng: np.random.Generator
) -> None:
    """The log density at a given x, or log x, loses at most one bit; none in float32."""
    points = draw_points(rng, count, dtype)
    plain, logs = transform(points)
    _, a, b = points.tensors()
    info = np.finfo(dtype)
    allowed = ALLOWED if dtype is np.float64 else 0.1
    x = plain.x.clamp(float(info.tiny), 1 - float(info.epsneg))
    density = Kumaraswamy(a, b).log_prob(x)
    bits, where = worst(density, oracle.log_density, x.numpy(), *points[1:], dtype=dtype)
    assert bits <= allowed, where
    kept = -logs.log_x > float(info.tiny / info.eps)
    density = Kumaraswamy(a, b).log_prob_from_logs(logs.log_x, logs.log1m_x)[kept]
    inputs = [part[kept].numpy() for part in (logs.log_x, a, b)]
    bits, where = worst(density, oracle.log_density_at_log, *inputs, dtype=dtype)
    assert bits <= allowed, where


def plain_log_density(u: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Log density at a draw in float64, as it is written."""
    t = -np.log1p(-u) / b
    return np.log(a) + np.log(b) + (1 - 1 / a) * np.log(-np.expm1(-t)) - (b - 1) * t


def crossings(rng: np.random.Generator, count: int) -> Points:
    """Points at which the log density is nearly 0: its terms cancel to few bits."""
    a = np.exp(rng.uniform(np.log(1e-3), np.log(1e8), count))
    u = -np.expm1(-np.exp(rng.uniform(np.log(1e-8), np.log(30), count)))
    low, high = rng.uniform(np.log(1e-3), np.log(1e8), (2, count))
    below = plain_log_density(u, a, np.exp(low)) < 0
    differ = below != (plain_log_density(u, a, np.exp(high)) < 0)
    for _ in range(60):
        middle = (low + high) / 2
        same = below == (plain_log_density(u, a, np.exp(middle)) < 0)
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    return Points(u[differ], a[differ], np.exp(low)[differ])


@pytest.mark.parametrize("count", [1000, pytest.param(20_000, marks=pytest.mark.slow)])
def test_log_density_keeps_its_bits_where_its_terms_cancel(
    count: int, rng: np.random.Generator
) -> None:
    """Where the density is next to 1 the log density loses at most one bit; a plain sum more."""
    points = crossings(rng, count)
    assert len(points.u) > count // 40
    _, logs = transform(points)
    _, a, b = points.tensors()
    law = Kumaraswamy(a, b)
    at_draw = law.log_prob_of_draw(LogDraw(*logs[:3]))
    bits, where = worst(at_draw, oracle.log_density_of_draw, *points, dtype=np.float64)
    assert bits <= ALLOWED, where
    inputs = [part.numpy() for part in (logs.log_x, a, b)]
    from_logs = law.log_prob_from_logs(logs.log_x, logs.log1m_x)
    bits, where = worst(from_logs, oracle.log_density_at_log, *inputs, dtype=np.float64)
    assert bits <= ALLOWED, where
    plain = torch.log(a) + torch.log(b) + (a - 1) * logs.log_x
    plain = plain + (b - 1) * torch.log(-torch.expm1(a * logs.log_x))
    bits, _ = worst(plain, oracle.log_density_at_log, *inputs, dtype=np.float64)
    assert bits > ALLOWED


def exact(x: Pair, place: int) -> mp.mpf:
    """The number a pair stands for."""
    return mp.mpf(float(x.high[place])) + mp.mpf(float(x.low.expand_as(x.high)[place]))


def test_sums_products_and_quotients_of_pairs_keep_twice_the_digits(
    rng: np.random.Generator,
) -> None:
    """They are off by at most 2^-100 of the larger operand; the first terms' errors are exact."""
    size = 50
    numbers = torch.tensor(rng.uniform(-1, 1, (2, size)) * 10.0 ** rng.integers(-8, 9, (2, size)))
    lows = numbers * torch.tensor(rng.uniform(-1, 1, (2, size))) * 2.0**-54
    x, y = (Pair(high, low) for high, low in zip(numbers, lows, strict=True))
    results = {
        "sum": double_double.add(x, y),
        "product": double_double.multiply(x, y),
        "quotient": double_double.divide(x, y.high),
        "exact sum": double_double.two_sum(x.high, y.high),
    }
    with mp.workdps(60):
        for place in range(size):
            left, right = exact(x, place), exact(y, place)
            whole = mp.mpf(float(y.high[place]))
            high = mp.mpf(float(x.high[place]))
            larger = max(abs(left), abs(right))
            for name, truth, scale in (
                ("sum", left + right, larger),
                ("product", left * right, abs(left * right)),
                ("quotient", left / whole, abs(left / whole)),
                ("exact sum", high + whole, 0),
            ):
                assert abs(exact(results[name], place) - truth) <= scale * mp.mpf(2) ** -100, name


def test_logarithms_of_pairs_carry_what_rounding_leaves_out(rng: np.random.Generator) -> None:
    """Log x is off by at most 1e-16 and 2e-16 |log x|; log(1 - exp x) by 3e-16 of either."""
    x = torch.tensor(np.exp(rng.uniform(-700, 700, 200)))
    x[:3] = torch.tensor([5e-324, 1.0, 1 - 2.0**-53], dtype=torch.float64)
    found = double_double.log(x)
    with mp.workdps(60):
        for place, value in enumerate(x.tolist()):
            truth = mp.log(mp.mpf(value))
            assert abs(exact(found, place) - truth) <= min(1e-16, 2e-16 * abs(truth))
    high = torch.tensor(-np.exp(rng.uniform(-600, 6, 200)))
    given = Pair(high, high * torch.tensor(rng.uniform(-1, 1, 200)) * 2.0**-54)
    found = double_double.log1mexp(given)
    with mp.workdps(400):
        for place in range(200):
            truth = mp.log(-mp.expm1(exact(given, place)))
            assert abs(exact(found, place) - truth) <= 3e-16 * min(1, abs(truth))
    ends = double_double.log(torch.tensor([0.0, torch.inf], dtype=torch.float64))
    assert double_double.collapse(ends).tolist() == [-torch.inf, torch.inf]


@pytest.mark.parametrize("shape", [(PIECE + 5,), (3, PIECE), (1, PIECE, 2)])
def test_work_in_pieces_is_the_work(shape: tuple[int, ...]) -> None:
    """Results are those of one call on the whole, whatever broadcasts."""
    x = torch.arange(float(torch.Size(shape).numel())).reshape(shape)
    row, scalar = torch.arange(1.0, shape[-1] + 1), torch.tensor(3.0)
    calls = []

    def work(*parts: torch.Tensor) -> tuple[torch.Tensor, ...]:
        calls.append(parts[0].numel())
        return parts[0] * parts[1] + parts[2], parts[0] - parts[2]

    found = in_pieces(work, x, row, scalar)
    assert len(calls) > 1
    torch.testing.assert_close(found, work(x, row, scalar), rtol=0, atol=0)


@pytest.mark.parametrize("batch", [(), (3,), (2, 3)])
def test_summed_product_is_the_sum_of_the_product(
    batch: tuple[int, ...], rng: np.random.Generator
) -> None:
    """The sum in pieces is that of the whole product."""
    x, y = torch.tensor(rng.normal(size=(2, PIECE, *batch)))
    found = summed_product(x, y, torch.Size(batch))
    torch.testing.assert_close(found, (x * y).sum(0), rtol=1e-12, atol=1e-12)


def test_log_density_next_to_one_comes_from_the_other_logarithm() -> None:
    """Where log x has underflown the density is a b (a (1-x))^(b-1), values and derivatives."""
    a, b, log1m_x = torch.tensor([[1e-3, 0.7, 5.0], [1e-3, 3.0, 0.5], [-2e4, -800.0, -900.0]]).to(
        torch.float64
    )
    inputs = [part.requires_grad_() for part in (a, b, log1m_x)]
    found = Kumaraswamy(a, b).log_prob_from_logs(torch.zeros_like(a), log1m_x)
    truth = torch.log(a * b) + (b - 1) * (torch.log(a) + log1m_x)
    torch.testing.assert_close(found, truth, rtol=1e-14, atol=0)
    for here, there in zip(
        torch.autograd.grad(found.sum(), inputs),
        torch.autograd.grad(truth.sum(), inputs),
        strict=True,
    ):
        torch.testing.assert_close(here, there, rtol=1e-14, atol=0)


def test_gradients_of_log_densities_agree_with_differences() -> None:
    """Along a draw at a fixed seed, and by x, a and b at a fixed x; second derivatives too."""

    def along(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        torch.manual_seed(8)
        law = Kumaraswamy(a, b)
        return law.log_prob_of_draw(law.rsample_log((3,)))

    a = torch.tensor([0.5, 2.0, 30.0], dtype=torch.float64, requires_grad=True)
    b = torch.tensor([2.0, 0.4, 3.0], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(along, (a, b))
    x = torch.tensor([[0.2], [0.9]], dtype=torch.float64, requires_grad=True)

    def at(x: torch.Tensor, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return Kumaraswamy(a, b).log_prob(x)

    assert torch.autograd.gradcheck(at, (x, a, b))
    assert torch.autograd.gradgradcheck(at, (x, a, b))
