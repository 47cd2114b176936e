"""The verdict of a method on a claim, and a relation between two formulas as it is printed."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from sympy import Expr

EQUAL, PROPORTIONAL, CONSTANT, DISTRIBUTED, AT_MOST = "=", "∝", "= const +", "~", "<="

KINDS = (
    "proof",
    "enclosure",
    "quadrature",
    "finite difference",
    "transcription",
    "enumeration",
    "monte carlo",
)
"""The kinds of evidence there are; the last two are those of tests of the code."""


class Verdict(Enum):
    """The verdict of a method. Only ESTABLISHED passes."""

    ESTABLISHED = "established"
    REFUTED = "refuted"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """The outcome of one method: its kind of evidence, the claim, the verdict, the figures.

    ``reason`` explains a verdict that is not ESTABLISHED.
    """

    kind: str
    claim: str
    verdict: Verdict
    figures: dict[str, float | int | str] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True)
class Relation:
    """``left symbol right``; the symbol is one of the constants of this module."""

    left: Expr
    right: Expr
    symbol: str = EQUAL
