"""Comparison of a declared distribution with a second transcription of its source.

If a declaration has a wrong plate, parent or family, its claims may be true, but of another model.
So a plain function of numbers, typed from the source alone, gives the log density of all variables.
At random points of small size it must equal the log density of the declaration.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Symbol, log

from derivations.calculus.evaluate import evaluate
from derivations.calculus.expressions import Array, Slice
from derivations.calculus.number_fields import BALLS
from derivations.calculus.steps import Finding, Verdict
from derivations.claims.drawing import draw
from derivations.claims.scope import Scope
from derivations.claims.statements import Random
from derivations.evidence.limits import LIMIT, OutOfTimeError, described, limited
from derivations.meaning.expansion import expand

KIND = "transcription"
POINTS = 6
SIZES = (2, 3, 4, 5, 6)
"""Enough values for the sizes of a model to be all different."""
TOLERANCE = 1e-9
"""Relative; the transcription is computed in floats."""


def transcribed(random: Random, rng: np.random.Generator, *, limit: float = LIMIT) -> Finding:
    """Compare a declared distribution with its transcription at random points, in limited time."""
    try:
        return limited(partial(_transcribed, random, rng), limit)
    except OutOfTimeError as error:
        return Finding(KIND, "", Verdict.UNKNOWN, reason=str(error))


def _transcribed(random: Random, rng: np.random.Generator) -> Finding:
    joint, transcription = random.joint, random.transcription
    if transcription is None:
        return Finding(KIND, "", Verdict.UNKNOWN, reason="there is no transcription")
    every = tuple(Slice(a) for a in joint.variables)
    form: Expr = expand(log(joint(*every, given=joint.given)))
    sizes: dict[Symbol, tuple[int, ...]] = dict.fromkeys(_symbols(form), SIZES)
    for _ in range(POINTS):
        point = draw((form,), Scope(), rng, sizes, moderate=True)
        numbers = {a.name: _plain(a, point.arrays[a]) for a in point.arrays}
        declared = float(evaluate(form, point, BALLS).mid())
        try:
            typed = transcription(**numbers)
        except (ArithmeticError, AttributeError, IndexError, TypeError, ValueError) as error:
            reason = f"at {point.place()}: the transcription fails: {described(error)}"
            return Finding(KIND, "", Verdict.REFUTED, reason=reason)
        if not math.isclose(declared, typed, rel_tol=TOLERANCE, abs_tol=TOLERANCE):
            reason = (
                f"at {point.place()}: {declared:.12g} declared against {typed:.12g} in the source"
            )
            return Finding(KIND, "", Verdict.REFUTED, reason=reason)
    return Finding(KIND, "", Verdict.ESTABLISHED, {"points": POINTS})


def _symbols(form: Expr) -> list[Symbol]:
    found = {s for a in form.atoms(Array) for s in a.args[1].free_symbols | a.states.free_symbols}
    return sorted(found, key=str)


def _plain(array: Array, values: NDArray[Any]) -> Any:
    """Return an array's numbers as nested lists, states as integers."""
    kind = int if array.states != 0 else float
    return np.vectorize(kind, otypes=[object])(values).tolist()
