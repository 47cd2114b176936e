"""The edges of a graph against numbers: a conditional moves with its parents alone."""

from __future__ import annotations

import math

import numpy as np

from derivations.calculus.expressions import Array
from derivations.calculus.model import Model, Variable
from derivations.calculus.point import Point
from derivations.calculus.steps import Check, Finding, Verdict
from derivations.evidence.drawing import Sizes
from derivations.evidence.literal import cells, log_conditional
from derivations.evidence.points import draw_model_point

REDRAWS = 5
"""A parent that never matters in this many redraws is reported as no parent."""


def edges_are_dependences(claim: str, model: Model, sizes: Sizes) -> Check:
    """Claim that each variable's density depends on its parents, and on nothing else."""

    def run(rng: np.random.Generator) -> Finding:
        edges = 0
        for variable in model.variables:
            declared = set(model.parents(variable)) | set(model.hyperparameters(variable))
            for array in _others(model, variable):
                moves = _moves(model, variable, array, sizes, rng)
                if moves is None:
                    reason = f"the density of {variable.name} is not finite"
                    return Finding("enumeration", claim, Verdict.UNKNOWN, reason=reason)
                if moves != (array in declared):
                    said = "an edge" if array in declared else "no edge"
                    seen = "moves" if moves else "does not move"
                    reason = f"{array.name} to {variable.name}: {said} declared, yet it {seen}"
                    return Finding("enumeration", claim, Verdict.REFUTED, reason=reason)
                edges += moves
        return Finding("enumeration", claim, Verdict.ESTABLISHED, {"edges": edges})

    return run


def _others(model: Model, variable: Variable) -> list[Array]:
    arrays = {v.array for v in model.variables} - {variable.array}
    arrays |= {a for v in model.variables for a in model.hyperparameters(v)}
    return sorted(arrays, key=str)


def _moves(
    model: Model, variable: Variable, array: Array, sizes: Sizes, rng: np.random.Generator
) -> bool | None:
    """Whether redrawing an array changes the log density of some cell of a variable.

    None where one is not finite: NaN differs from itself, and would always seem to move.
    """
    for _ in range(REDRAWS):
        point = draw_model_point(model, rng, sizes)
        redrawn = draw_model_point(model, rng, {s: (v,) for s, v in point.sizes.items()})
        moved = point.having({array: redrawn.arrays[array]})
        before, after = _densities(variable, point), _densities(variable, moved)
        if not all(map(math.isfinite, (*before, *after))):
            return None
        if before != after:
            return True
    return False


def _densities(variable: Variable, point: Point) -> list[float]:
    return [
        log_conditional(variable, variable.parameters, point.at(cell))
        for cell in cells(variable.plates, point)
    ]
