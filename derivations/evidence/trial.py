"""Checks that remember the formulas they try, so that the same evidence can be run on others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from inspect import signature
from types import MappingProxyType
from typing import Any, ParamSpec

import numpy as np
from sympy import Expr

from derivations.calculus.steps import Check, Finding
from derivations.families import Vector

Parameters = ParamSpec("Parameters")
LOWER, UPPER, UP_TO_A_CONSTANT = "lower", "upper", "up to a constant"


@dataclass(frozen=True, eq=False)
class Trial:
    """A check, what made it, and the names of the arguments in which a statement can stand.

    ``bounds`` names the arguments that the check does not claim to be equal to the rest: those
    that are a `LOWER` or `UPPER` bound, or equal `UP_TO_A_CONSTANT`.
    """

    make: Callable[..., Check]
    arguments: Mapping[str, Any]
    about: tuple[str, ...]
    bounds: Mapping[str, str]
    run: Check

    def __call__(self, rng: np.random.Generator) -> Finding:
        """Run the check."""
        return self.run(rng)

    @property
    def claim(self) -> str:
        """What it claims, in words."""
        return str(self.arguments.get("claim", ""))

    @property
    def formulas(self) -> dict[str, Expr]:
        """The formulas that can be exchanged, each vector's entry by its place."""
        found: dict[str, Expr] = {}
        for name in self.about:
            value = self.arguments.get(name, ())
            if isinstance(value, Expr):
                found[name] = value
            else:
                found |= {f"{name} {place}": v.entry for place, v in enumerate(value, 1)}
        return found

    def having(self, place: str, formula: Expr) -> Check:
        """Return the same check with another formula in one of its places."""
        name, _, entry = place.partition(" ")
        value: Expr | tuple[Vector, ...] = formula
        if entry:
            vectors = list(self.arguments[name])
            vectors[int(entry) - 1] = Vector(formula, vectors[int(entry) - 1].index)
            value = tuple(vectors)
        return self.make(**{**self.arguments, name: value})


def about(
    *names: str, bounds: Mapping[str, str] = MappingProxyType({})
) -> Callable[[Callable[Parameters, Check]], Callable[Parameters, Trial]]:
    """Make the checks of an evidence function trials; a statement can stand in these arguments.

    What a claim is derived from is no such argument: a formula broken there and not in what was
    derived from it would be refuted whatever the evidence.
    """

    def decorate(make: Callable[Parameters, Check]) -> Callable[Parameters, Trial]:
        signed = signature(make)

        @wraps(make)
        def build(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Trial:
            arguments = signed.bind(*args, **kwargs).arguments
            return Trial(make, arguments, names, bounds, make(*args, **kwargs))

        return build

    return decorate
