"""What one case says of a claim: right, wrong or declined, and what a script has to print.

A judge asks the program about one case and returns a `Ruling`. A wrong one says what a script has
to print, and judges that again: an error on the grid that its script does not show refutes nothing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import mpmath as mp
import numpy as np
from oracles.excess_bits import DIGITS, EVERYTHING, forced_error, half_ulp

from audit.programs import Case

Number = mp.mpf
Truth = Callable[..., Any]
"""A value, or a list of them, from a case's parameters by name."""
Ask = Callable[[Case], Any]
"""Runs a program on a case; raises `Refused` where the program raises."""
TOLERANCE = {"float64": 1e-6, "float32": 1e-3}
"""What is asked of a value, relative to its own size or to one nat, beyond what is forced."""
Judge = Callable[[Ask, Case, str], "Ruling"]


class Answer(Enum):
    """How a library does in one case."""

    RIGHT = "right"
    WRONG = "wrong"
    DECLINED = "declined"
    """It raised: an answer of its own, and no wrong one."""
    ABSENT = "not offered"
    UNKNOWN = "unknown"
    """A check that drew too little to tell."""


@dataclass(frozen=True)
class Ruling:
    """One case: the answer, what came out and what should have, the bits lost, how to show it."""

    answer: Answer
    case: Case
    got: str = ""
    wanted: str = ""
    excess: float = 0.0
    shown: str = ""
    refutes: Callable[[Any], bool] = lambda _: False


class Refused(Exception):  # noqa: N818 - the answer of a library, and no error of ours
    """A program raised; its ruling is the argument."""


def numbers_in(text: str) -> Any:  # noqa: ANN401 - an array, or nothing
    """Read a printed number or list of numbers, nan and inf included; None if it is none."""
    try:
        return np.array(json.loads(text.replace("nan", "NaN").replace("inf", "Infinity")), float)
    except (ValueError, TypeError):
        return None


number = "{:.8g}".format
"""Print a number for a reader."""


def _flat(case: Case) -> list[float]:
    return [v for part in case.values() for v in (part if isinstance(part, list) else [part])]


def _shaped(case: Case, numbers: Sequence[Any]) -> dict[str, Any]:
    rest = iter(numbers)
    return {
        name: [next(rest) for _ in part] if isinstance(part, list) else next(rest)
        for name, part in case.items()
    }


@dataclass(frozen=True)
class Value:
    """Judge numbers against the truth, to a tolerance beyond what rounding the inputs forces.

    ``in_nats`` measures against max(1, |truth|) as log densities and entropies want, otherwise
    against |truth|. ``exact`` takes the inputs to be exact, for points at the end of a support.
    ``tolerance`` takes the place of the type's. An infinite truth wants the same infinity.
    """

    truth: Truth
    in_nats: bool = True
    exact: bool = False
    tolerance: float | None = None

    def __call__(self, ask: Ask, case: Case, dtype: str) -> Ruling:
        """Judge one case."""
        return self.rule(case, ask(case), dtype)

    def rule(self, case: Case, result: Any, dtype: str) -> Ruling:  # noqa: ANN401
        """Judge a result, or numbers that a script printed."""
        kind = np.dtype(dtype).type
        inputs = [float(kind(v)) for v in _flat(case)]
        got = np.atleast_1d(np.asarray(result, dtype=float)).tolist()

        def listed(*numbers: Number) -> list[Number]:
            value = self.truth(**_shaped(case, numbers))
            return value if isinstance(value, list) else [value]

        # Whether a number is near enough, and the bits lost beyond those forced.
        def excess(place: int, got: float, wanted: Number) -> tuple[bool, float]:
            if not math.isfinite(got) or not mp.isfinite(wanted):
                same = not math.isnan(got) and bool(mp.mpf(got) == wanted)
                return same, 0.0 if same else EVERYTHING
            scale = max(mp.mpf(1), abs(wanted)) if self.in_nats else abs(wanted)
            error, forced = abs(mp.mpf(got) - wanted), half_ulp(scale, kind)
            if error <= forced:
                return True, 0.0
            if not self.exact:
                forced = max(forced, forced_error(lambda *n: listed(*n)[place], inputs, kind)[1])
            allowed = (self.tolerance or TOLERANCE[dtype]) * scale
            return bool(error <= allowed + forced), max(0.0, float(mp.log(error / forced, 2)))

        with mp.workdps(DIGITS):
            wanted = listed(*map(mp.mpf, inputs))
            judged = [excess(k, *pair) for k, pair in enumerate(zip(got, wanted, strict=True))]
        return Ruling(
            Answer.RIGHT if all(near for near, _ in judged) else Answer.WRONG,
            case,
            ", ".join(map(number, got)),
            ", ".join(number(float(w)) for w in wanted),
            max(bits for _, bits in judged),
            refutes=lambda printed: self.rule(case, printed, dtype).answer is Answer.WRONG,
        )


def outside(low: float, high: float) -> Callable[[Any], bool]:
    """Return what tells whether a single number is printed, and is outside an interval."""
    return lambda printed: printed.ndim == 0 and not low <= printed <= high


@dataclass(frozen=True)
class NoneOf:
    """Judge a share that has to be 0: of draws whose log density is NaN, or gradients infinite."""

    what: str
    draws: int

    def __call__(self, ask: Ask, case: Case, dtype: str) -> Ruling:  # noqa: ARG002
        """Judge one case."""
        asking = {**case, "n": self.draws, "seed": 0}
        return self.rule(asking, float(ask(asking)))

    def rule(self, case: Case, share: float, shown: str = "") -> Ruling:
        """Judge a share."""
        answer = Answer.RIGHT if share == 0 else Answer.WRONG
        wanted = f"0, the share of {self.what}"
        return Ruling(answer, case, number(share), wanted, shown=shown, refutes=outside(0, 0))
