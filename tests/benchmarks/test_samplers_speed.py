"""Nanoseconds a draw, ours and torch's in turn; nothing is asserted.

Each round of a contender follows a round of the reference at the same settings, so that the ratio
is one of neighbours in time: it stands where the machine's pace does not. The laws of two entries
are measured against our Kumaraswamy, those of three against our softmax-Gaussian.
"""

import statistics
import time
from collections.abc import Callable

import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture
from torch import Tensor
from torch.distributions import Beta, Dirichlet, Distribution
from torch.distributions import Kumaraswamy as TorchKumaraswamy

from impl.samplers.kumaraswamy import Kumaraswamy
from impl.samplers.softmax_gaussian import SoftmaxGaussian

DRAWS = 2_000_000
ROUNDS, WARMUP = 15, 2
Law = Callable[[Tensor, Tensor], Distribution]


def concentration(a: Tensor, b: Tensor) -> Tensor:
    """Concentrations of a Dirichlet of three."""
    return torch.stack((a, b, a + b))


def softmax_gaussian(a: Tensor, b: Tensor) -> Distribution:
    """Stand in for the Dirichlet of three."""
    return SoftmaxGaussian.from_dirichlet(concentration(a, b))


LAWS: dict[str, tuple[Law, Law]] = {
    "varproof Kumaraswamy": (Kumaraswamy, Kumaraswamy),
    "torch Kumaraswamy": (TorchKumaraswamy, Kumaraswamy),
    "torch Beta": (Beta, Kumaraswamy),
    "varproof SoftmaxGaussian, K = 3": (softmax_gaussian, softmax_gaussian),
    "torch Dirichlet, K = 3": (lambda a, b: Dirichlet(concentration(a, b)), softmax_gaussian),
}
CONCENTRATIONS = {"moderate": (0.7, 1.3), "small": (0.01, 0.01)}


def work_of(law: Law, a: Tensor, b: Tensor, *, backward: bool) -> Callable[[], None]:
    """Draw; and backward, differentiate the sum of the first entries by both parameters."""

    def work() -> None:
        if backward:
            x = law(a, b).rsample((DRAWS,))
            entries = x if x.dim() == 1 else x[:, 0]
            torch.autograd.grad(entries.sum(), (a, b))
        else:
            with torch.no_grad():
                law(a, b).rsample((DRAWS,))
        if a.device.type == "cuda":
            torch.cuda.synchronize()

    return work


@pytest.mark.slow
@pytest.mark.parametrize("backward", [True, False], ids=["forward and backward", "forward"])
@pytest.mark.parametrize("size", CONCENTRATIONS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
@pytest.mark.parametrize("name", LAWS)
def test_draw(
    name: str,
    dtype: torch.dtype,
    size: str,
    benchmark: BenchmarkFixture,
    device: torch.device,
    *,
    backward: bool,
) -> None:
    """Draw two million, forward alone or with the gradient."""
    a, b = (
        torch.tensor(value, dtype=dtype, device=device, requires_grad=True)
        for value in CONCENTRATIONS[size]
    )
    law, reference = LAWS[name]
    beside = work_of(reference, a, b, backward=backward)
    taken: list[float] = []

    def before() -> None:
        started = time.perf_counter()
        beside()
        taken.append(time.perf_counter() - started)

    mode = "forward and backward" if backward else "forward"
    first, second = CONCENTRATIONS[size]
    benchmark.group = f"Samplers, {mode}, concentrations {first:g} and {second:g}"
    work = work_of(law, a, b, backward=backward)
    benchmark.pedantic(work, setup=before, rounds=ROUNDS, warmup_rounds=WARMUP)
    if benchmark.stats is None:  # benchmarks are switched off
        return
    rounds = benchmark.stats.stats.data
    ratios = [there / here for there, here in zip(rounds, taken[-len(rounds) :], strict=True)]
    benchmark.extra_info |= {
        "name": f"{name}, {str(dtype).removeprefix('torch.')}",
        "unit": "draw",
        "count": DRAWS,
        "ratio": statistics.median(ratios),
        "threads": torch.get_num_threads(),
        "device": str(device),
        "versions": {"torch": torch.__version__},
    }
