"""The categorical distribution over the states ``1..K``.

``T_i = [x = i]``, ``eta_i = log p_i``, ``A = log sum_i exp eta_i``, which is zero on the simplex.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
from sympy import Expr, exp, log

from derivations.calculus.expressions import SIMPLEX, Iverson
from derivations.families.base import STATES, Parameter, Parameters, Vector
from derivations.families.exponential import ExponentialFamily
from derivations.families.registry import register


@register
class Categorical(ExponentialFamily):
    """``Categorical(probabilities)``; a value is one integer, its index names the states."""

    name: ClassVar[str] = "Categorical"
    parameters: ClassVar = (Parameter("probabilities", SIMPLEX, is_vector=True),)
    support: ClassVar[str] = STATES
    needs_one_entry: ClassVar[bool] = True

    def statistics(self, value: Vector) -> tuple[Vector, ...]:
        return (Vector(Iverson(value.entry, value.index), value.index),)

    def natural_parameters(self, parameters: Parameters) -> tuple[Vector, ...]:
        (probabilities,) = parameters
        return (Vector(log(probabilities.entry), probabilities.index),)

    def standard_parameters(self, naturals: tuple[Vector, ...]) -> Parameters:
        (natural,) = naturals
        weights = Vector(exp(natural.entry), natural.index)
        return (Vector(weights.entry / weights.total(), natural.index),)

    def log_normalizer(self, naturals: tuple[Vector, ...]) -> Expr:
        (natural,) = naturals
        return log(Vector(exp(natural.entry), natural.index).total())

    def literal_log_density(self, value: Any, *parameters: Any) -> float:
        """Return the log probability of a state counted from one; outside ``1..K`` it is zero."""
        (probabilities,) = parameters
        if not 1 <= value <= len(probabilities) or probabilities[int(value) - 1] == 0:
            return -math.inf
        return math.log(probabilities[int(value) - 1])

    def draw(self, rng: np.random.Generator, parameters: tuple[Any, ...]) -> Any:
        (probabilities,) = parameters
        return int(rng.choice(len(probabilities), p=probabilities)) + 1

    def states(self, parameters: tuple[Any, ...]) -> list[int]:
        return list(range(1, len(parameters[0]) + 1))

    def literal_expected_statistics(self, parameters: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return the mean indicator of each state: its probability."""
        return (np.asarray(parameters[0]),)
