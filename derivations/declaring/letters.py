"""Letters that a declaration leaves open: indices of entries, parameters of factors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from sympy import Expr, Symbol

from derivations.calculus.expressions import SIMPLEX, Array, Element
from derivations.calculus.indices import Index
from derivations.calculus.model import Variable
from derivations.families import Parameter
from derivations.printing.letters import GREEK

OF_PARAMETERS = {
    "concentration": "alpha",
    "probabilities": "phi",
    "probability": "phi",
    "mean": "m",
    "variance": "v",
    "precision": "lambda",
    "shape": "a",
    "rate": "b",
    "first": "a",
    "second": "b",
}
"""The letter of a factor's parameter, where the prior's is no letter to put a hat on."""
RESERVED = ("eta",)
"""Letters that the rules use themselves."""
OF_INDICES = ("k", "i", "j", "l", "m", "r", "s", "t")


def index_letter(extent: Expr, known: Iterable[Index], active: Sequence[Index]) -> str:
    """Return a letter for entries: that of another index of the same size, or the size's own.

    A letter of a plate one stands in, or of another size, is not taken.
    """
    known = list(known)
    inside = {p.name for p in active}
    for index in known:
        if index.upper == extent and index.name not in inside:
            return index.name
    own = [str(extent)[0].lower()] if isinstance(extent, Symbol) else []
    taken = inside | {index.name for index in known}
    return next(name for name in (*own, *OF_INDICES) if name not in taken)


def parameters_of_factors(variables: Sequence[Variable]) -> list[tuple[Array, ...]]:
    """Return arrays for the parameters of every latent variable's factor.

    Their letter is that of the prior's parameter with a hat. Where several have the same one, they
    are told apart by a number.
    """
    wanted = [
        [_letter(p, v.entry) for p, v in zip(var.family.parameters, var.parameters, strict=True)]
        for var in variables
    ]
    often = Counter(letter for letters in wanted for letter in letters)
    used: Counter[str] = Counter()
    found = []
    for variable, letters in zip(variables, wanted, strict=True):
        own = []
        for parameter, letter in zip(variable.family.parameters, letters, strict=True):
            used[letter] += 1
            notation = f"{letter}^{used[letter]}" if often[letter] > 1 else letter
            own.append(_array(variable, parameter, notation))
        found.append(tuple(own))
    return found


def _letter(parameter: Parameter, prior: Expr) -> str:
    """Return the prior's letter with a hat, or the default one."""
    if isinstance(prior, Element) and prior.array.domain != SIMPLEX:
        letter = prior.array.notation
        if letter not in RESERVED and (letter in GREEK or len(letter) == 1):
            return f"hat({letter})"
    return f"hat({OF_PARAMETERS.get(parameter.name, parameter.name[0])})"


def _array(variable: Variable, parameter: Parameter, notation: str) -> Array:
    sizes = [p.upper for p in variable.plates]
    if parameter.is_vector and variable.index is not None:
        sizes.append(variable.index.upper)
    # A dot, so that no declared name is the same.
    return Array(f"{variable.name}.{parameter.name}", sizes, notation, parameter.domain)
