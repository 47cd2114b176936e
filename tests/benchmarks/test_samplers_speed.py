"""Nanoseconds a draw, forward and backward, ours and torch's in one run; nothing is asserted."""

from collections.abc import Callable

import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture
from torch.distributions import Beta, Distribution
from torch.distributions import Kumaraswamy as TorchKumaraswamy

from impl.samplers.kumaraswamy import Kumaraswamy

DRAWS = 2_000_000
LAWS = {"varproof": Kumaraswamy, "torch": TorchKumaraswamy, "torch Beta": Beta}


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS.keys())
def test_draw_forward_and_backward(
    law: Callable[..., Distribution],
    dtype: torch.dtype,
    benchmark: BenchmarkFixture,
    device: torch.device,
) -> None:
    """Draw two million numbers, sum them, and take the gradient by both parameters."""
    a = torch.tensor(0.7, dtype=dtype, device=device, requires_grad=True)
    b = torch.tensor(1.3, dtype=dtype, device=device, requires_grad=True)

    def work() -> None:
        x = law(a, b).rsample((DRAWS,))
        torch.autograd.grad(x.sum(), (a, b))
        if device.type == "cuda":
            torch.cuda.synchronize()

    benchmark.group = f"{DRAWS:,} draws, {dtype}"
    benchmark.pedantic(work, rounds=7, warmup_rounds=2)
    if benchmark.stats is not None:  # None where benchmarks are switched off
        median = benchmark.stats.stats.median
        benchmark.extra_info["nanoseconds a draw"] = median / DRAWS * 1e9
