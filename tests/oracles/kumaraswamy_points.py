"""Points at which Kumaraswamy quantities are judged, and the worst that is found there."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import mpmath as mp
import numpy as np
import torch
from torch import Tensor

from impl.samplers import pathwise
from impl.samplers.pathwise import LogDerivatives
from oracles.excess_bits import excess_wrong_bits


class Points(NamedTuple):
    """Uniform numbers and concentrations, one of each a point."""

    u: np.ndarray
    a: np.ndarray
    b: np.ndarray

    def tensors(self) -> Iterator[Tensor]:
        """Give the three as tensors."""
        return (torch.tensor(part) for part in self)


def draw_points(rng: np.random.Generator, count: int, dtype: type[np.floating]) -> Points:
    """Draw concentrations over the whole range and uniform numbers on the generator's lattice.

    A third of the uniform numbers lie anywhere, a third near 0 and a third near 1, on all scales;
    the first and last numbers of the lattice, and the stand-in for 0, are always among them.
    """
    step = 2.0 ** -(np.finfo(dtype).nmant + 1)
    a, b = np.exp(rng.uniform(np.log(1e-3), np.log(1e8), (2, count)))
    low = np.exp(rng.uniform(np.log(step), 0, count))
    u = np.choose(rng.integers(0, 3, count), [rng.uniform(size=count), low, 1 - low])
    u = np.clip(np.round(u / step), 1, 1 / step - 1) * step
    u[:3] = [step / 2, step, 1 - step]
    ends = [(x, y) for x in (1e-3, 0.1, 1.0, 1e8) for y in (1e-3, 0.1, 1.0, 1e8)]
    corners = [(x, y, z) for x, y in ends for z in (step / 2, 0.3, 1 - step)]
    u, a, b = np.concatenate(
        (np.array([u, a, b]).T, np.array([(z, x, y) for x, y, z in corners]))
    ).T
    return Points(u.astype(dtype), a.astype(dtype), b.astype(dtype))


def worst(
    computed: Tensor,
    truth: Callable[..., mp.mpf],
    *inputs: np.ndarray,
    dtype: type[np.floating],
) -> tuple[float, list[float]]:
    """Largest excess in bits, and the inputs it is found at."""
    excess = [
        excess_wrong_bits(float(value), truth, point, dtype)
        for value, *point in zip(computed.tolist(), *inputs, strict=True)
    ]
    place = int(np.argmax(excess))
    return excess[place], [float(values[place]) for values in inputs]


def transform(points: Points) -> tuple[pathwise.PathDerivatives, LogDerivatives]:
    """Transform uniform numbers as a draw does."""
    u, a, b = points.tensors()
    exponential = -torch.log1p(-u)
    return pathwise.quantile(exponential, a, b), pathwise.log_pair(exponential, a, b)
