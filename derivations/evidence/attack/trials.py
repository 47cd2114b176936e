"""The checks of a derivation as they are tried at hostile points."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sympy import Expr, Integer

from derivations.calculus.binding import substitute
from derivations.calculus.steps import Check, Derivation
from derivations.evidence.equality import at_most, constant_in, enclosure, proof
from derivations.evidence.finite_difference import finite_difference
from derivations.evidence.trial import Trial
from derivations.families import Vector

HALVINGS = (400, 408)
"""Of a step for differences: a function may move by many decades more than its argument does."""


@dataclass(frozen=True)
class Attacked:
    """A check by name, in the form in which it is tried, and every expression that it looks at."""

    name: str
    trial: Trial
    expressions: tuple[Expr, ...]

    @property
    def gap(self) -> Expr | None:
        """What an inequality claims to be zero or more, if it is one."""
        if self.trial.make is not at_most.__wrapped__:  # type: ignore[attr-defined]
            return None
        return self.trial.arguments["right"] - self.trial.arguments["left"]


def attacked(derivation: Derivation) -> tuple[list[Attacked], list[str]]:
    """Return the checks to be tried at hostile points, and the names of those that cannot be.

    What is stated twice, or proved and enclosed, is tried once.
    """
    found: dict[tuple[object, ...], Attacked] = {}
    others: list[str] = []
    for name, check in _named(derivation):
        trial = _at_corners(check)
        if trial is None:
            others.append(name)
        else:
            found.setdefault(_identity(trial), Attacked(name, trial, _expressions(trial)))
    return list(found.values()), list(dict.fromkeys(others))


def _named(derivation: Derivation) -> Iterator[tuple[str, Check]]:
    seen: list[Check] = []
    places = [
        *((f"step {n}: {s.rule.name}", s.checks) for n, s in enumerate(derivation.steps, 1)),
        ("result", derivation.checks),
    ]
    for place, checks in places:
        for check in checks:
            if not any(check is other for other in seen):
                seen.append(check)
                yield f"{place}: {_claim(check)}", check


def _claim(check: Check) -> str:
    if isinstance(check, Trial):
        return str(check.arguments["claim"])
    return str(getattr(check, "claim", "a check by no formula"))


def _at_corners(check: Check) -> Trial | None:
    """Return a check as it can be tried where it matters; None where it states no formula.

    A proof draws no points, and so does not see where its two sides have no value: what it claims
    is tried by balls.
    """
    if not isinstance(check, Trial):
        return None
    given = check.arguments
    if check.make is proof.__wrapped__:  # type: ignore[attr-defined]
        return enclosure(given["claim"], given["left"], given["right"])
    if check.make is constant_in.__wrapped__:  # type: ignore[attr-defined]
        index, expression = given["index"], given["expression"]
        first = substitute(expression, {index: index.lower}) if index else Integer(0)
        return enclosure(given["claim"], expression, first)
    if check.make is at_most.__wrapped__:  # type: ignore[attr-defined]
        return at_most(**{**given, "strict": False})
    if check.make is finite_difference.__wrapped__:  # type: ignore[attr-defined]
        return finite_difference(**{**given, "halvings": HALVINGS})
    return check


def _identity(trial: Trial) -> tuple[object, ...]:
    """Return what two trials of the same have in common: all but the words of the claim."""
    given = {k: v for k, v in trial.arguments.items() if k not in {"claim", "points"}}
    return (trial.make, *(f"{name}={value!r}" for name, value in sorted(given.items())))


def _expressions(trial: Trial) -> tuple[Expr, ...]:
    """Return the formulas among a trial's arguments."""
    found: list[Expr] = []
    for value in trial.arguments.values():
        if isinstance(value, Expr):
            found.append(value)
        elif isinstance(value, tuple):
            found += [v.entry for v in value if isinstance(v, Vector)]
    return tuple(found)
