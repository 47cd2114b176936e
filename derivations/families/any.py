"""An arbitrary distribution, represented by random probabilities on a few points of any space.

A statement about any distribution is checked at such distributions. Means are then sums, and no
formula of a family is used.
"""

from __future__ import annotations

from typing import ClassVar

from derivations.families.categorical import Categorical
from derivations.families.registry import register


@register
class AnyDistribution(Categorical):
    """``Any(table)``: the table gives the probability of each point."""

    name: ClassVar[str] = "Any"
