"""Squared MMD of known Gaussians and of latents: closed forms beside what batches give."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Generator, Tensor

from impl.vae.evaluation import Floats
from impl.vae.mmd import (
    expected_kernel,
    expected_v_statistic,
    gaussian_squared_mmd,
    rbf_kernel,
    squared_mmd,
)

__all__ = ["BANDWIDTHS", "SHIFT", "VARIANCE", "Point", "by_dimension", "distance_to_prior"]

SHIFT, VARIANCE = 0.5, 0.25
"""Mean and variance of every coordinate of the Gaussian that is held against N(0, I)."""

BANDWIDTHS: dict[str, Callable[[int], float]] = {"2": lambda _: 2.0, "D": float}
"""Bandwidths by name: the notebook's, and one that grows with the dimension D.

Of two standard normal draws half the squared distance is D on average, so that the kernel of
bandwidth D is near exp(-1) between them: the median heuristic, without the data.
"""

_AT_ONCE = 4_000_000  # numbers drawn in one go


class Point(NamedTuple):
    """Squared MMD between N(0, I) and N(0.5, 0.25 I) in one dimension D under one bandwidth.

    Attributes
    ----------
    expected_kernel
        Of two independent draws of N(0, I).
    closed_form, expected_v
        Population squared MMD, and expected V-statistic of a batch.
    v, v_error, u, u_error
        Mean over batches of the two statistics, and its standard error.
    """

    bandwidth: str
    dimension: int
    expected_kernel: float
    closed_form: float
    expected_v: float
    v: float
    v_error: float
    u: float
    u_error: float


def by_dimension(dimensions: Sequence[int], *, batch: int, batches: int, seed: int) -> list[Point]:
    """Hold the closed form against both statistics of batches of draws, float64.

    Derivation: mmd.gaussian_kernel_expectation
    Derivation: mmd.v_statistic
    Derivation: mmd.u_statistic
    """
    generator = Generator().manual_seed(seed)
    return [
        _point(name, size, batch, batches, generator) for name in BANDWIDTHS for size in dimensions
    ]


def _point(name: str, size: int, batch: int, batches: int, generator: Generator) -> Point:
    bandwidth = BANDWIDTHS[name](size)
    zero, one = torch.zeros(size, dtype=torch.float64), torch.ones(size, dtype=torch.float64)
    first, second = (zero, one), (SHIFT * one, VARIANCE * one)
    kinds: dict[str, list[Tensor]] = {"v": [], "u": []}
    left = batches
    while left:
        part = min(left, max(1, _AT_ONCE // (2 * batch * size)))
        left -= part
        drawn = torch.randn((2, part, batch, size), generator=generator, dtype=torch.float64)
        other = SHIFT + VARIANCE**0.5 * drawn[1]
        for kind, values in kinds.items():
            values.append(squared_mmd(drawn[0], other, bandwidth, kind))
    found = {kind: torch.cat(values) for kind, values in kinds.items()}
    errors = {kind: float(values.std()) / batches**0.5 for kind, values in found.items()}
    return Point(
        bandwidth=name,
        dimension=size,
        expected_kernel=float(expected_kernel(*first, *first, bandwidth)),
        closed_form=float(gaussian_squared_mmd(*first, *second, bandwidth)),
        expected_v=float(expected_v_statistic(*first, *second, bandwidth, counts=(batch, batch))),
        v=float(found["v"].mean()),
        v_error=errors["v"],
        u=float(found["u"].mean()),
        u_error=errors["u"],
    )


def distance_to_prior(z: Floats, bandwidth: float) -> float:
    """Squared MMD between the law of latents and N(0, I), without bias, the prior integrated.

        mean over i != j of k(z_i, z_j)  -  2 mean_i E k(z_i, p)  +  E k(p, p')

    where p and p' are standard normal: no noise of prior draws is left. It may be below 0.

    Derivation: mmd.gaussian_kernel_expectation
    Derivation: mmd.u_statistic
    """
    points = torch.from_numpy(z)
    count, size = points.shape
    zero, one = torch.zeros(size, dtype=torch.float64), torch.ones(size, dtype=torch.float64)
    kernel = rbf_kernel(points, points, bandwidth)
    within = (kernel.sum() - kernel.diagonal().sum()) / (count * (count - 1))
    across = expected_kernel(points, zero, zero, one, bandwidth).mean()
    return float(within - 2 * across + expected_kernel(zero, one, zero, one, bandwidth))


def points_of(records: Sequence[dict[str, Any]]) -> list[Point]:
    """Take points back from what `Point._asdict` wrote to JSON."""
    return [Point(**record) for record in records]
