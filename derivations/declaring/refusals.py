"""What a declaration refuses: each misuse is one sentence that says what was wanted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from numbers import Number
from typing import Any

from sympy import Basic, Expr, Float, Rational, SympifyError, sympify

from derivations.calculus.declaration import ModelError
from derivations.calculus.expressions import DOMAINS, Array
from derivations.calculus.indices import is_never_negative
from derivations.families import Family, family

Given = Any
"""Whatever a user has passed."""


def name_of(given: Given, what: str) -> str:
    """Return a name of letters, digits and underscores, or refuse it."""
    if not isinstance(given, str) or not given.isidentifier():
        message = f"wanted {what} of letters, digits and underscores, got {given!r}"
        raise ModelError(message)
    return given


def names_of_sizes(given: Given) -> list[str]:
    """Return the names in ``"N K"`` or ``"N, K"``."""
    names = given.replace(",", " ").split() if isinstance(given, str) else []
    if not names:
        message = f'wanted names of sizes, as in m.sizes("N K"), got {given!r}'
        raise ModelError(message)
    return [name_of(name, "a size's name") for name in names]


def expression(given: Given, where: str) -> Expr:
    """Return a number or a formula as an expression.

    Text is refused, since SymPy would evaluate it as a program. A decimal number is the fraction it
    is written as: 0.1 is 1/10.
    """
    if not isinstance(given, bool) and (
        isinstance(given, (Basic, Number)) or hasattr(given, "_sympy_")
    ):
        try:
            found = sympify(given)
        except SympifyError:
            found = None
        if isinstance(found, Expr):
            return found.xreplace({f: Rational(repr(float(f))) for f in found.atoms(Float)})
    message = f"{where}: wanted a number or a formula of declared names, got {given!r}"
    raise ModelError(message)


def extent(given: Given, where: str) -> Expr:
    """Return a number of things: a declared size, a whole number, or a formula of them."""
    found = sympify(given) if isinstance(given, (Expr, int)) and given is not True else None
    if (
        found is None
        or not found.is_integer
        or found.has(Array)
        or not is_never_negative(found - 1)
    ):
        message = (
            f"{where}: wanted a size from m.sizes(...) or a whole number from 1, got {given!r}"
        )
        raise ModelError(message)
    return found


def domain(given: Given, where: str) -> str:
    """Return a domain that fixed numbers can have."""
    if given not in DOMAINS:
        message = f"{where}: wanted a domain of {', '.join(DOMAINS)}, got {given!r}"
        raise ModelError(message)
    return str(given)


def family_of(of: Given, where: str, parameters: Sequence[Given]) -> Family:
    """Return a family, given by its name or itself, that has as many parameters."""
    try:
        found = family(of) if isinstance(of, str) else of
    except ValueError as error:
        message = f"{where}: {error}"
        raise ModelError(message) from None
    if not isinstance(found, Family):
        message = f"{where}: wanted a family or its name, as in 'Gamma', got {of!r}"
        raise ModelError(message)
    if len(parameters) != len(found.parameters):
        wanted = " and ".join(p.name for p in found.parameters) or "no parameter"
        got = ", ".join(map(repr, parameters)) or "nothing"
        message = f"{where}: wanted {wanted} of {found.name}, got {got}"
        raise ModelError(message)
    return found


def notation_of(given: Given, where: str) -> str | None:
    """Return a printed letter, or None for the name itself."""
    if given is None or (isinstance(given, str) and given):
        return given
    message = f"{where}: wanted the printed letter as text, as in notation='lambda', got {given!r}"
    raise ModelError(message)


def refuse_strangers(where: str, entries: Iterable[Expr], known: Iterable[Array]) -> None:
    """Refuse formulas that name what another model has declared."""
    names = set(known)
    for entry in entries:
        for array in sorted(entry.atoms(Array) - names, key=str):
            message = f"{where}: wanted names that this model declares, got {array.name} of another"
            raise ModelError(message)
