"""A check by draws: it states their number, spends from the budget, draws, and judges."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from derivations.calculus.steps import Finding, Verdict
from derivations.evidence.limits import OutOfTimeError, described, limited
from derivations.evidence.monte_carlo.budget import KIND, STANDARD, BudgetExceededError, Plan

Floats = NDArray[np.float64]
Sampler = Callable[[np.random.Generator, int], Any]
"""Independent draws from one distribution by a generator: shape ``(draws,)`` or ``(draws, k)``.

They are NumPy's arrays or PyTorch's tensors, which `varproof.from_torch` makes samplers of.
"""

Outcome = tuple[Verdict, dict[str, float | int | str], str]
"""Verdict, figures and, unless established, the reason."""

FIRST, LARGEST = 32, 65_536
"""Rows of the first and of the largest batch."""
DISTINCT = 8
"""If two batches begin with this many equal, distinct draws, they were not drawn independently."""


SINGLE_PRECISION = (1e-4, 1e-4)
"""The tolerance, relative and absolute, for a function that is evaluated at fewer rows at once."""


class Rows(Protocol):
    """The argument of a function: an array or a tensor, with one row for each draw."""

    def __len__(self) -> int:
        """Return how many rows there are."""

    def __getitem__(self, part: slice, /) -> object:
        """Return some of them."""


class UnfitDrawsError(ValueError):
    """Draws are not numbers, not of the requested shape, or not random."""


@dataclass(frozen=True)
class SampledCheck:
    """A Monte Carlo check. ``draws_needed`` is known before anything is drawn.

    Where sampling may stop early, ``draws_needed`` is the most it can take. A comparison of two
    samplers takes that many from each.
    """

    claim: str
    detects: float
    draws_needed: int
    judge: Callable[[np.random.Generator], Outcome] = field(repr=False)
    plan: Plan = STANDARD

    def __call__(self, rng: np.random.Generator) -> Finding:
        """Run the check: refuse above the cap, spend, draw, judge, all within the time limit."""
        planned: dict[str, float | int | str] = {
            "draws_needed": self.draws_needed,
            "miss": self.plan.miss,
            "detects": self.detects,
        }
        try:
            if self.draws_needed > self.plan.cap:
                reason = f"needs {self.draws_needed} draws, more than its cap of {self.plan.cap}"
                return Finding(KIND, self.claim, Verdict.UNKNOWN, planned, reason)
            self.plan.budget.spend(self.claim, self.plan.alpha)
        except BudgetExceededError as error:
            return Finding(KIND, self.claim, Verdict.UNKNOWN, planned, str(error))
        planned["alpha"] = self.plan.alpha
        try:
            verdict, figures, reason = limited(partial(self.judge, rng), self.plan.limit)
        except (UnfitDrawsError, OutOfTimeError) as error:
            return Finding(KIND, self.claim, Verdict.UNKNOWN, planned, str(error))
        except Exception as error:  # noqa: BLE001 - the claim and what it spent must be reported
            reason = f"the check raised {described(error)}"
            return Finding(KIND, self.claim, Verdict.UNKNOWN, planned, reason)
        return Finding(KIND, self.claim, verdict, planned | figures, reason)


def batch_sizes(draws: int) -> Iterator[int]:
    """Return increasing batch sizes that add up to ``draws``, and do not depend on the draws."""
    size, done = min(max(FIRST, draws // 64), LARGEST), 0
    while done < draws:
        taken = min(size, draws - done)
        yield taken
        done += taken
        size = min(size + size // 2, LARGEST)


def batches(
    sampler: Sampler, rng: np.random.Generator, draws: int, columns: int
) -> Iterator[Floats]:
    """Draw in batches of shape ``(size, columns)``; raise if the draws are unfit.

    A sampler is refused if it raises, does not use its generator, repeats its draws, or gives
    other draws from the same state. So are draws of another shape or type, NaN and infinity.
    """
    before: Floats | None = None
    for size in batch_sizes(draws):
        state = rng.bit_generator.state
        batch = _draw(sampler, rng, size, columns)
        if before is None:
            rng.bit_generator.state = state
            if not np.array_equal(_draw(sampler, rng, size, columns), batch):
                msg = "the sampler gave other draws from the same state of the generator"
                raise UnfitDrawsError(msg)
        elif _repeats(before, batch):
            msg = "the sampler returned the same draws twice"
            raise UnfitDrawsError(msg)
        before = batch
        yield batch


def _draw(sampler: Sampler, rng: np.random.Generator, size: int, columns: int) -> Floats:
    state = repr(rng.bit_generator.state)
    try:
        drawn = real_numbers(sampler(rng, size), "draws")
    except UnfitDrawsError:
        raise
    except Exception as error:
        msg = f"the sampler raised {described(error)}"
        raise UnfitDrawsError(msg) from error
    if drawn.shape != (size, columns) and not (columns == 1 and drawn.shape == (size,)):
        msg = f"draws want shape ({size}, {columns}); got {drawn.shape}"
        raise UnfitDrawsError(msg)
    if repr(rng.bit_generator.state) == state:
        msg = "the sampler drew nothing from the generator it was given"
        raise UnfitDrawsError(msg)
    batch = drawn.reshape(size, columns)
    unfit = ~np.isfinite(batch)
    if unfit.any():
        row = int(np.argmax(unfit.any(axis=1)))
        msg = f"{int(unfit.any(axis=1).sum())} of {size} draws are not finite: {batch[row]!r}"
        raise UnfitDrawsError(msg)
    return batch


def real_numbers(values: object, name: str) -> Floats:
    """Return real numbers in float64; text, complex and masked ones are refused, not converted.

    A tensor of PyTorch may be on a GPU, need a gradient, or have half precision.
    """
    if hasattr(values, "detach"):
        tensor: Any = values.detach().cpu()
        values = tensor.double() if tensor.is_floating_point() else tensor
    array = np.asarray(values)
    if array.dtype.kind not in "fiub" or np.ma.isMaskedArray(values):
        got = "a masked array" if np.ma.isMaskedArray(values) else array.dtype
        msg = f"{name} want real numbers; got {got}"
        raise UnfitDrawsError(msg)
    return array.astype(np.float64)


def refuse_coupled(function: Callable[[Any], Any], rows: Rows, values: Floats, name: str) -> None:
    """Raise if a function of each row gives other values when it is given fewer rows.

    A function that ranks or centres its arguments, or draws itself, could agree with any claim.
    """
    part = slice(len(rows) // 3, 2 * len(rows) // 3 + 1)
    again = real_numbers(function(rows[part]), name)
    if again.shape != values[part].shape or not np.allclose(
        again, values[part], *SINGLE_PRECISION, equal_nan=True
    ):
        msg = f"{name} want to depend on each row alone; a part of the rows gives other values"
        raise UnfitDrawsError(msg)


def _repeats(before: Floats, batch: Floats) -> bool:
    shared = min(len(before), len(batch))
    if not np.array_equal(before[:shared], batch[:shared]):
        return False
    return len(np.unique(batch[:shared, 0])) >= DISTINCT


def collect(sampler: Sampler, rng: np.random.Generator, draws: int, columns: int) -> Floats:
    """Draw all ``batches`` as one array; raise if a column has a single value."""
    drawn = np.concatenate(list(batches(sampler, rng, draws, columns)))
    refuse_constant(drawn.min(axis=0), drawn.max(axis=0), draws)
    return drawn


def refuse_constant(smallest: Floats, largest: Floats, draws: int) -> None:
    """Raise if a column has the same value in every draw: a constant needs no Monte Carlo check."""
    constant = np.flatnonzero(smallest == largest)
    if constant.size:
        column = int(constant[0])
        msg = f"column {column} is {smallest[column]!r} in each of {draws} draws"
        raise UnfitDrawsError(msg)
