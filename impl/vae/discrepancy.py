"""Squared MMD of known Gaussians and of latents: closed forms beside what batches give."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Generator, Tensor

from impl.mmd import (
    expected_kernel,
    expected_v_statistic,
    gaussian_squared_mmd,
    rbf_kernel,
    squared_mmd,
)
from impl.vae.discrepancy_points import BANDWIDTHS, SHIFT, VARIANCE, Point
from impl.vae.evaluation import Floats

__all__ = ["by_dimension", "distance_to_prior"]

_AT_ONCE = 4_000_000  # numbers drawn in one go


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
