"""Any distribution whatever: its values stand for points of any space, its probabilities for a law.

A statement about any distribution is tried at distributions on a few points with random
probabilities. Means are then sums, and no formula of a family enters.
"""

from __future__ import annotations

from typing import ClassVar

from derivations.families.categorical import Categorical
from derivations.families.registry import register


@register
class AnyDistribution(Categorical):
    """``Any(table)``: the table gives the probability of each point."""

    name: ClassVar[str] = "Any"
