"""Draws of PyTorch for the checks, which hand a sampler NumPy's generator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from derivations.evidence.monte_carlo.sampling import Sampler

__all__ = ["from_torch"]

LARGEST_SEED = 2**63 - 1
"""The seeds of PyTorch are smaller than this."""


class Distribution(Protocol):
    """A distribution of PyTorch, or any object with its method ``sample``."""

    def sample(self, sample_shape: tuple[int, ...], /) -> object:
        """Draw as many as the shape says."""


def from_torch(source: Distribution | Callable[[int], object]) -> Sampler:
    """Make a sampler for the checks from one that draws by PyTorch's own generator.

    Parameters
    ----------
    source
        A distribution, of which ``sample((draws,))`` is taken, or a function of the number of
        draws, such as ``lambda draws: model(torch.randn(draws, 3))``.

    Returns
    -------
    Sampler
        It seeds PyTorch from the generator that the check passes. What it returns is that of
        ``source``, tensors included, so that a log ratio may be written in PyTorch as well.
        PyTorch's own generators, on the CPU and on every GPU, are afterwards as they were.

    Raises
    ------
    TypeError
        If ``source`` is neither.

    Examples
    --------
    >>> import numpy as np, torch
    >>> from varproof import from_torch
    >>> from derivations.evidence.monte_carlo import kl_matches, mean_equals
    >>> q, p = torch.distributions.Normal(0.5, 1.0), torch.distributions.Normal(0.0, 1.0)
    >>> rng = np.random.default_rng(0)
    >>> check = mean_equals("E q", from_torch(q), 0.5, detects=0.1, variance_bound=1.0)
    >>> check(rng).verdict.value
    'established'
    >>> check = kl_matches(
    ...     "KL(q, p)",
    ...     from_torch(q),
    ...     lambda x: q.log_prob(x) - p.log_prob(x),
    ...     0.125,
    ...     detects=0.1,
    ...     variance_bound=0.25,
    ... )
    >>> check(rng).verdict.value
    'established'
    """
    draw: Any = getattr(source, "sample", source)
    if not callable(draw):
        msg = f"wanted a distribution of PyTorch or a function of the number of draws; got {source}"
        raise TypeError(msg)

    def sampler(rng: np.random.Generator, draws: int) -> object:
        import torch  # noqa: PLC0415 - the derivations do not need PyTorch

        with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
            torch.manual_seed(int(rng.integers(LARGEST_SEED)))
            found: object = draw(draws if draw is source else (draws,))
            return found

    return sampler
