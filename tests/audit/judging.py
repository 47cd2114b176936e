"""What one case says of a claim: right, wrong, or declined, and what a script has to print.

A judge runs the program on one case and returns a `Ruling`. A wrong one carries the parameters and
the expression of a script that shows it, and a way to tell from what the script prints whether it
does: an error on the grid that its script does not show refutes nothing.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import mpmath as mp
import numpy as np
from oracles.excess_bits import EVERYTHING, forced_error, half_ulp

from audit.program import Case, Program

Number = mp.mpf
Truth = Callable[..., Any]
"""A value, or a list of them, from a case's parameters by name."""
DIGITS = 60
TOLERANCE = {"float64": 1e-6, "float32": 1e-3}
"""What is asked of a value, relative to its own size or to one nat, beyond what is forced."""


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
    shown: str | None = None
    shows: Callable[[str], bool] = field(default=lambda _: False, repr=False)


Judge = Callable[[Program, Case, str], Ruling]


def asked(program: Program, case: Case) -> tuple[Any, Ruling | None]:
    """Run a program; return its result, or the ruling on its exception."""
    try:
        return program.run(case), None
    except (NotImplementedError, AttributeError) as error:
        return None, Ruling(Answer.ABSENT, case, type(error).__name__)
    except Exception as error:  # noqa: BLE001 - whatever a library raises is its answer
        said = f"{type(error).__name__}: {error}".splitlines()[0]
        return None, Ruling(Answer.DECLINED, case, said[:120])


def printed_numbers(text: str) -> Any:  # noqa: ANN401 - a number or lists of them
    """Read a printed number or list of numbers, nan and inf included; None if it is none."""
    plain = re.sub(r"\bnan\b", "1e999j", text).replace("inf", "1e999")
    try:
        return _with_nan(ast.literal_eval(plain))
    except (ValueError, SyntaxError):
        return None


def _with_nan(value: Any) -> Any:  # noqa: ANN401 - the same
    if isinstance(value, list):
        return [_with_nan(part) for part in value]
    return math.nan if isinstance(value, complex) else float(value)


def rounded(case: Case, dtype: str) -> dict[str, Any]:
    """Return the parameters as the type holds them."""
    kind = np.dtype(dtype).type

    def one(value: Any) -> Any:  # noqa: ANN401 - a number or a list of them
        return [one(v) for v in value] if isinstance(value, list) else float(kind(value))

    return {name: one(value) for name, value in case.items()}


def _flat(case: Case) -> list[float]:
    return [v for part in case.values() for v in (part if isinstance(part, list) else [part])]


def _shaped(case: Case, numbers: Sequence[Number]) -> dict[str, Any]:
    rest = iter(numbers)
    return {
        name: [next(rest) for _ in part] if isinstance(part, list) else next(rest)
        for name, part in case.items()
    }


@dataclass(frozen=True)
class Value:
    """Judge numbers against the truth, to a tolerance beyond what rounding the inputs forces.

    ``in_nats`` measures against max(1, |truth|) as log densities and entropies want, otherwise
    against |truth|. ``at_limits`` compares infinities and takes the inputs to be exact, for points
    at the end of a support. ``tolerance`` takes the place of the type's.
    """

    truth: Truth
    in_nats: bool = True
    at_limits: bool = False
    tolerance: float | None = None

    def __call__(self, program: Program, case: Case, dtype: str) -> Ruling:
        """Judge one case."""
        result, ruling = asked(program, case)
        return ruling or self.rule(case, result, dtype)

    def rule(self, case: Case, result: Any, dtype: str) -> Ruling:  # noqa: ANN401 - as printed
        """Judge a result."""
        exact = rounded(case, dtype)
        got = np.atleast_1d(np.asarray(result, dtype=float)).tolist()
        with mp.workdps(DIGITS):
            wanted = self._listed(exact, [mp.mpf(v) for v in _flat(exact)])
            judged = [
                self._judge(exact, place, g, w, dtype)
                for place, (g, w) in enumerate(zip(got, wanted, strict=True))
            ]
        wrong = not all(near for near, _ in judged)
        return Ruling(
            Answer.WRONG if wrong else Answer.RIGHT,
            case,
            ", ".join(map(number, got)),
            ", ".join(number(float(w)) for w in wanted),
            max(bits for _, bits in judged),
            shows=lambda text: self._shows(text, case, dtype),
        )

    def _shows(self, text: str, case: Case, dtype: str) -> bool:
        numbers = printed_numbers(text)
        return numbers is not None and self.rule(case, numbers, dtype).answer is Answer.WRONG

    def _listed(self, exact: Case, numbers: Sequence[Number]) -> list[Number]:
        value = self.truth(**_shaped(exact, numbers))
        return value if isinstance(value, list) else [value]

    def _scale(self, wanted: Number) -> Number:
        return max(mp.mpf(1), abs(wanted)) if self.in_nats else abs(wanted)

    def _forced(self, exact: Case, place: int, wanted: Number, dtype: str) -> Number:
        kind = np.dtype(dtype).type
        least = half_ulp(self._scale(wanted), kind)
        if self.at_limits:
            return least
        inputs = _flat(exact)
        _, forced = forced_error(lambda *n: self._listed(exact, n)[place], inputs, kind)
        return max(forced, least)

    def _judge(
        self, exact: Case, place: int, got: float, wanted: Number, dtype: str
    ) -> tuple[bool, float]:
        """Tell whether a number is near enough, and the bits lost beyond those forced."""
        if not math.isfinite(got) or not mp.isfinite(wanted):
            same = not math.isnan(got) and bool(mp.mpf(got) == wanted)
            return same, 0.0 if same else EVERYTHING
        error = abs(mp.mpf(got) - wanted)
        if error <= half_ulp(self._scale(wanted), np.dtype(dtype).type):
            return True, 0.0
        forced = self._forced(exact, place, wanted, dtype)
        allowed = (self.tolerance or TOLERANCE[dtype]) * self._scale(wanted)
        return bool(error <= allowed + forced), max(0.0, float(mp.log(error / forced, 2)))


@dataclass(frozen=True)
class NoneOf:
    """Judge a share that has to be 0: of draws whose log density is NaN, or gradients infinite."""

    what: str

    def __call__(self, program: Program, case: Case, dtype: str) -> Ruling:  # noqa: ARG002
        """Judge one case."""
        result, ruling = asked(program, case)
        if ruling:
            return ruling
        share = float(result)
        answer = Answer.RIGHT if share == 0 else Answer.WRONG
        wanted = f"0, the share of {self.what}"
        return Ruling(answer, case, number(share), wanted, shows=self._shows)

    @staticmethod
    def _shows(text: str) -> bool:
        share = printed_numbers(text)
        return isinstance(share, float) and share > 0


def number(value: float) -> str:
    """Print a number for a reader."""
    return f"{value:.8g}"
