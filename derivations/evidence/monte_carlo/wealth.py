"""Tests of a mean by betting: nonnegative supermartingales, which allow a verdict at any time.

A nonnegative supermartingale that starts at 1 reaches ``1/level`` at any time with probability at
most ``level`` (Ville). A check may therefore stop after any batch. For the claim ``mean = value``
with ``detects = d``, four such processes run for each component:

- ``over``, ``under`` bet at ``value`` that the mean is larger, or smaller. If the claim is true,
  their average (with a third, below, where the variance is only bounded) reaches ``1/alpha`` with
  probability at most ``alpha``: the claim is then *refuted*;
- ``below`` bets at ``value + d`` that the mean is smaller, ``above`` at ``value - d`` that it is
  larger. If the mean is off by d or more, one of them is not expected to grow: both reach
  ``1/miss`` with probability at most ``miss``. Then the claim is *established*.

A claim that is off, but by less than d, may get either verdict. The number of draws until a verdict
is given in ``Bounded`` and ``VarianceBounded``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from derivations.evidence.monte_carlo.budget import Plan
from derivations.evidence.monte_carlo.sampling import Floats

SIGNS = np.array([1.0, -1.0, -1.0, 1.0])
"""The direction in which each process bets: over, under, below, above."""
SHIFTS = np.array([0.0, 0.0, 1.0, -1.0])
"""Where each process bets, in units of ``detects`` from the value."""
LARGEST_BET = 0.5
"""The largest share of its wealth that a process may lose at a single draw."""
SHARES = 0.25 ** np.arange(1, 11)
"""Stakes of bets against the bound on the variance, each with a tenth of the wealth."""
FARTHEST = 1e150
"""Distances are truncated at this, which weakens a bet but keeps its square finite."""


@dataclass(frozen=True)
class Target:
    """``mean = value`` for every component, up to less than ``detects``; all of one shape."""

    value: Floats
    detects: Floats

    @property
    def points(self) -> Floats:
        """Where the four processes bet, shape ``(4, components)``."""
        return self.value + SHIFTS[:, None] * self.detects


class Bounded:
    """Wealth against the mean of draws between ``low`` and ``high``.

    Half of it plays a fixed stake: ``exp(s (x - m) - s^2 w^2 / 8)`` with ``w = high - low`` is not
    expected to grow, by Hoeffding's lemma. The other half bets a share that
    follows the mean and variance of earlier batches, ``1 + s (x - m)`` [waudbysmith2024], and
    wins early where the variance is small.

    With stakes ``sqrt(8 log(1/level) / n) / w`` the first half alone is conclusive after n draws,
    *always*: a claim not refuted has ``|average - value| < r_alpha``, and is established once
    ``|average - value| <= d - r_miss``, where ``r = w sqrt(log(1/level) / 2n)`` at the levels
    ``alpha / 4`` (two sides, two halves; shared by the components) and ``miss / 2`` (two halves).
    """

    def __init__(self, target: Target, plan: Plan, low: Floats, high: Floats) -> None:
        self.low, self.high = low, high
        width, components = high - low, len(target.value)
        logs = np.array([math.log(4 * components / plan.alpha)] * 2 + [math.log(2 / plan.miss)] * 2)
        needed = (width / target.detects) ** 2 * (math.sqrt(logs[0]) + math.sqrt(logs[2])) ** 2 / 2
        self.draws_needed = math.floor(float(needed.max())) + 1
        self.bound = "betting and Hoeffding, at any time"
        self.goal = math.log(1 / plan.miss)
        self._points = target.points
        self._stakes = np.sqrt(8 * logs[:, None] / self.draws_needed) / width
        self._cost = self._stakes**2 * width**2 / 8
        self._fixed = np.zeros_like(self._points)
        self._bets = np.zeros_like(self._points)
        # The prior guess for the first batch: one draw at the value, with the largest variance.
        self._number, self._sum = 1.0, target.value.copy()
        self._squares = target.value**2 + width**2 / 4

    def add(self, batch: Floats) -> None:
        """Bet on a batch, shape ``(size, components)``, with stakes set before it."""
        mean = self._sum / self._number
        variance = np.maximum(self._squares / self._number - mean**2, 0.0)
        edge = SIGNS[:, None] * (mean - self._points)
        most = LARGEST_BET / np.maximum(self.high - self._points, self._points - self.low)
        adaptive = np.clip(edge / np.maximum(variance + edge**2, 1e-300), 0.0, most)
        for k, (sign, point) in enumerate(zip(SIGNS, self._points, strict=True)):
            gain = sign * (batch - point)
            self._fixed[k] += self._stakes[k] * gain.sum(axis=0) - len(batch) * self._cost[k]
            self._bets[k] += np.log1p(adaptive[k] * gain).sum(axis=0)
        self._number += len(batch)
        self._sum += batch.sum(axis=0)
        self._squares += (batch**2).sum(axis=0)

    def unfit(self, batch: Floats) -> str:
        """Return the reason if a draw is outside the bounds."""
        outside = (batch < self.low) | (batch > self.high)
        if not outside.any():
            return ""
        row, column = np.argwhere(outside)[0]
        bounds = f"[{self.low[column]!r}, {self.high[column]!r}]"
        return f"a draw of {batch[row, column]!r} is outside the stated bounds {bounds}"

    def logs(self) -> tuple[Floats, Floats, Floats]:
        """Return log wealth against the claim, and of ``below`` and ``above``."""
        wealth = np.logaddexp(self._fixed, self._bets) - math.log(2)
        return np.logaddexp(wealth[0], wealth[1]) - math.log(2), wealth[2], wealth[3]


def influence(x: Floats) -> Floats:
    """Return Catoni's function: sign(x) log(1 + |x| + x^2/2), odd and increasing."""
    near = np.minimum(np.abs(x), FARTHEST)
    return np.copysign(np.log1p(near + near**2 / 2), x)


class VarianceBounded:
    """Wealth against the mean of draws with a variance of at most ``variance``.

    With Catoni's psi, ``-log(1 - x + x^2/2) <= psi(x) <= log(1 + x + x^2/2)`` [catoni2012], so for
    draws of mean m and variance at most v

        E exp(+-psi(a (x - m))) <= 1 + a^2 v / 2,

    and ``exp(sum +-psi(a (x - m)) - n log(1 + a^2 v / 2))`` is not expected to grow
    [wang2023]; psi increases, so the bet that the mean is larger does not grow either if the
    mean is smaller than m. A third process bets against the premise: under the claim
    ``E (x - value)^2 / v <= 1``, so that ``1 + s ((x - value)^2 / v - 1)`` is not expected to grow.
    Each has a third of the wealth. It sees many false bounds, not all: the variance is a premise.

    Power, by the same inequality at a point that is off by d: the expected inverse wealth after n
    draws is at most ``exp(-n g)``, ``g = -log(1 - a d + a^2 (v + d^2) / 2) - log(1 + a^2 v / 2)``.
    The stake is the a that makes g largest, and ``n = (log(3/alpha) + log(2/miss)) / g``. Then a
    claim off by d or more is refuted with probability at least ``1 - miss``: half is for wealth too
    small at the end, half for an early end, so the goal of ``below`` and ``above`` is ``2/miss``.
    A true claim is left unknown with probability at most ``alpha``.
    """

    def __init__(self, target: Target, plan: Plan, variance: Floats) -> None:
        components = len(target.value)
        self._variance, self._value = variance, target.value
        self._points = target.points
        self._scale, gain = _stake(target.detects, variance)
        needed = (math.log(3 * components / plan.alpha) + math.log(2 / plan.miss)) / gain
        self.draws_needed = math.floor(float(needed.max())) + 1
        self.bound = "Catoni, at any time"
        self.goal = math.log(2 / plan.miss)
        self._wealth = np.zeros_like(self._points)
        self._premise = np.zeros((len(SHARES), components))

    def add(self, batch: Floats) -> None:
        """Bet on a batch, shape ``(size, components)``."""
        cost = len(batch) * np.log1p(self._scale**2 * self._variance / 2)
        value, larger, smaller = (
            influence(self._scale * (batch - point)).sum(axis=0) for point in self._points[1:]
        )
        self._wealth += np.array([value, -value, -larger, smaller]) - cost
        off = np.minimum(np.abs(batch - self._value), FARTHEST)
        ratio = np.minimum(off**2 / self._variance, FARTHEST)
        for k, share in enumerate(SHARES):
            self._premise[k] += np.log1p(share * (ratio - 1)).sum(axis=0)

    def unfit(self, batch: Floats) -> str:  # noqa: ARG002 - every number is admitted
        """Accept any draw."""
        return ""

    def logs(self) -> tuple[Floats, Floats, Floats]:
        """Return log wealth against the claim, and of ``below`` and ``above``."""
        premise = np.logaddexp.reduce(self._premise, axis=0) - math.log(len(SHARES))
        against = np.logaddexp.reduce([self._wealth[0], self._wealth[1], premise])
        return against - math.log(3), self._wealth[2], self._wealth[3]


def _stake(detects: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """Return Catoni's scale and the guaranteed gain of log wealth per draw it yields."""
    # Any scale is valid; the best one is near its limit for small effects.
    best = detects / (2 * variance + detects**2)
    scales = best * np.geomspace(0.5, 2.0, 201)[:, None]
    loss = np.log1p(-scales * detects + scales**2 * (variance + detects**2) / 2)
    gains = -loss - np.log1p(scales**2 * variance / 2)
    rows = np.argmax(gains, axis=0)
    columns = np.arange(len(detects))
    return scales[rows, columns], gains[rows, columns]
