"""What every derivation of the dice problem assumes."""

from __future__ import annotations

from collections.abc import Iterator

from derivations.calculus.expressions import Slice
from derivations.claims.registry import Line
from derivations.claims.statements import Text
from derivations.problems.dice.sheet import log_density
from derivations.problems.dice.symbols import (
    MEAN_FIELD,
    MODEL,
    J,
    K,
    beta,
    k,
    n,
    rho,
    x,
    z1,
    z2,
)
from derivations.rules.setting import setting


def sheet() -> Iterator[Line]:
    """Yield the assumptions: the model and how its sheet is read."""
    yield from setting(MODEL, log_density)
    yield from _interpretations()


def sheet_and_mean_field() -> Iterator[Line]:
    """Yield the assumptions, the mean field among them."""
    yield from setting(MEAN_FIELD, log_density)
    yield from _interpretations()


def _interpretations() -> Iterator[Line]:
    yield Text(
        (
            "The sheet does not give K. The faces run from 1, so that the sum of the two takes ",
            K,
            " values: K is that, and the die rolled is number ",
            z1[n] + z2[n] - 1,
            ".",
        )
    )
    yield Text(
        (
            "One point is the ",
            J,
            " rolls ",
            Slice(x, n),
            " of the same die. A roll that is missing contributes no term.",
        )
    )
    yield Text(
        (
            "The factor that the sheet calls q(",
            Slice(beta, k),
            ") is that of ",
            Slice(rho, k),
            ": the concentrations are fixed numbers, the dice are random.",
        )
    )
