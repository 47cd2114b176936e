"""The uniform distribution on the unit interval, which has no parameter."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from sympy import Expr, Integer

from derivations.calculus.expressions import UNIT
from derivations.families.base import Family, Parameter, Parameters, Vector
from derivations.families.registry import register


@register
class Uniform(Family):
    """``Uniform()`` on (0, 1)."""

    name: ClassVar[str] = "Uniform"
    parameters: ClassVar[tuple[Parameter, ...]] = ()
    support: ClassVar[str] = UNIT

    def log_density(self, value: Vector, parameters: Parameters) -> Expr:
        del value, parameters
        return Integer(0)

    def literal_log_density(self, value: Any, *parameters: Any) -> float:
        del parameters
        return 0.0 if 0 < value < 1 else -np.inf

    def draw(self, rng: np.random.Generator, parameters: tuple[Any, ...]) -> Any:
        del parameters
        return float(rng.random())

    def typical(self, parameters: tuple[Any, ...]) -> tuple[float, float]:
        del parameters
        return 0.5, 12**-0.5
