"""Ways to write a check that public suites shipped, written anew: each accepts what is wrong."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

Floats = np.ndarray
WIDENED = (1e-5, 1e-3, 1e-2, 0.1, 0.5)
"""Tolerances by hand, each put in when the one before failed."""


def accepts_after_widening(got: Floats, wanted: Floats) -> bool:
    """Widen the tolerance until it passes."""
    return any(np.allclose(got, wanted, rtol=0, atol=tolerance) for tolerance in WIDENED)


def accepts_within(got: Floats, wanted: Floats, tolerance: float) -> bool:
    """Compare to a tolerance far wider than the bug (torch entropy 0.2, pyro gradient 0.06)."""
    return bool(np.all(np.abs(np.subtract(got, wanted)) < tolerance))


def accepts_signed_relative_error(got: Floats, wanted: Floats) -> bool:
    """Divide by the expected value without abs: where it is negative any error passes."""
    relative = np.abs(got - wanted) / (wanted + 1e-30)
    return bool(np.max(relative) < 5e-4)


def accepts_from_the_same_draws(quantile: Callable, distribution: Callable, u: Floats) -> bool:
    """Compute both sides from one draw: the level of the quantile, by the same wrong law."""
    return bool(np.allclose(distribution(quantile(u)), u, rtol=1e-9))


def accepts_once_it_agrees(
    ratios: Callable[[int], Floats], claimed: float, batch: int = 100, most: int = 2000
) -> bool:
    """Add batches, drop NaN, and stop as soon as a tenth is not exceeded (torch test suite).

    It goes on for so long that a claim whose tolerance holds the true mean is accepted in the end.
    """
    total, number = 0.0, 0
    for _ in range(most):
        drawn = ratios(batch)
        total += float(np.nansum(drawn))
        number += int(np.sum(~np.isnan(drawn)))
        average = total / number
        if abs(average - claimed) / (1 + average) < 0.1:
            return True
    return False


def accepts_by_gradcheck(draw: Callable[..., Tensor], *parameters: float) -> bool:
    """Compare a draw's gradient with differences of draws at a fixed seed."""
    leaves = [torch.tensor([p], dtype=torch.float64, requires_grad=True) for p in parameters]

    def fixed(*inputs: Tensor) -> Tensor:
        torch.manual_seed(3)
        return draw(*inputs, torch.Size((50,)))

    return torch.autograd.gradcheck(fixed, leaves, raise_exception=False)
