"""The public names of `varproof`, which loads this module when one of them is first used."""

from collections.abc import Callable
from functools import cache
from typing import overload

from derivations import families, rules
from derivations.calculus.declaration import ModelError
from derivations.calculus.exact import RoundedNumberError
from derivations.calculus.expressions import (
    ABOVE_ONE,
    BITS,
    COUNTS,
    POSITIVE,
    REAL,
    SIMPLEX,
    UNIT,
    Array,
    IndexProduct,
    IndexSum,
    Iverson,
)
from derivations.calculus.indices import Index, size
from derivations.calculus.steps import Finding, Verdict
from derivations.claims.judgements import Judgement
from derivations.claims.judging import judge
from derivations.claims.registry import Line, Remark, derivation
from derivations.claims.statements import (
    AnyFunction,
    AtLeast,
    Claim,
    Condition,
    Definition,
    Derivation,
    Domain,
    Random,
    Rule,
    StatementError,
    Step,
    Text,
    at_most,
    define,
    equal,
    follows,
    less,
    result,
    step,
    up_to_constant,
)
from derivations.declaring import DeclaredModel as Model
from derivations.declaring.derived import Derived, derivations_of
from derivations.evidence.limits import LIMIT
from derivations.index import Entry, UnknownKeyError, derive, entries, keys_of
from derivations.meaning.notation import (
    Density,
    Divergence,
    Entropy,
    Expectation,
    FamilyAt,
    Joint,
    NotationError,
    PartialDerivative,
    Variance,
    part,
)
from derivations.printing.show import shown
from varproof.fitting import Fit, fit
from varproof.fitting_data import DataError
from varproof.torch_draws import from_torch

__all__ = [
    "ABOVE_ONE",
    "BITS",
    "COUNTS",
    "POSITIVE",
    "REAL",
    "SIMPLEX",
    "UNIT",
    "AnyFunction",
    "Array",
    "AtLeast",
    "Claim",
    "Condition",
    "DataError",
    "Definition",
    "Density",
    "Derivation",
    "Divergence",
    "Domain",
    "Entropy",
    "Entry",
    "Expectation",
    "FamilyAt",
    "Finding",
    "Fit",
    "Index",
    "IndexProduct",
    "IndexSum",
    "Iverson",
    "Joint",
    "Judgement",
    "Line",
    "Model",
    "ModelError",
    "NotationError",
    "PartialDerivative",
    "Random",
    "Remark",
    "RoundedNumberError",
    "Rule",
    "StatementError",
    "Step",
    "Text",
    "UnknownKeyError",
    "Variance",
    "Verdict",
    "at_most",
    "check",
    "define",
    "derivation",
    "derive",
    "entries",
    "equal",
    "families",
    "fit",
    "follows",
    "from_torch",
    "keys_of",
    "less",
    "part",
    "result",
    "rules",
    "show",
    "size",
    "step",
    "up_to_constant",
]


Checkable = str | Derivation | Model | Callable[[], Derivation]


@overload
def check(what: Model, name: str, *, seed: int = 0, limit: float = LIMIT) -> Judgement: ...


@overload
def check(what: Model, *, seed: int = 0, limit: float = LIMIT) -> dict[str, Judgement]: ...


@overload
def check(
    what: str | Derivation | Callable[[], Derivation], *, seed: int = 0, limit: float = LIMIT
) -> Judgement: ...


def check(
    what: Checkable, name: str = "", *, seed: int = 0, limit: float = LIMIT
) -> Judgement | dict[str, Judgement]:
    """Judge every claim of a derivation, as the command `varproof check` does.

    Parameters
    ----------
    what
        A key, a derivation, a function decorated with `derivation`, or a declared model.
    name
        Of one derivation of a model, such as ``q_phi``; without it, all are judged.
    seed
        Of the random points at which claims are evaluated.
    limit
        Seconds that each check may take; one that takes longer leaves its claim unknown.

    Returns
    -------
    Judgement or dict
        The ``verdict`` is established, refuted or unknown; ``findings`` are the evidence. Of a
        model without a name, there is one for each key.

    Raises
    ------
    UnknownKeyError
        If no derivation has the key, or the name.
    """
    if isinstance(what, Model) and not name:
        every = _derived(what).builders
        return {key: judge(build(), seed, limit=limit) for key, build in every.items()}
    return judge(_derivation(what, name), seed, limit=limit)


def show(what: Checkable, name: str = "", *, form: str = "text") -> str:
    """Return a derivation to read or to paste, in one of ``text latex typst json``.

    ``name`` picks one derivation of a model, such as ``q_phi``; without it, all are returned.

    Raises
    ------
    UnknownKeyError
        If no derivation has the key, or the name.
    """
    if isinstance(what, Model) and not name:
        every = _derived(what).builders
        return "\n\n".join(shown(build(), form) for build in every.values())
    return shown(_derivation(what, name), form)


@cache
def _derived(model: Model) -> Derived:
    """Return the derivations of a model, each of which is then built once."""
    return derivations_of(model)


def _derivation(what: Checkable, name: str) -> Derivation:
    if isinstance(what, str):
        return derive(what)
    if isinstance(what, Model):
        derived = _derived(what)
        key = f"{what.name}.{name}"
        if key in derived.builders:
            return derived.builders[key]()
        known = ", ".join(k.partition(".")[2] for k in derived.builders)
        why = derived.without.get(key, f"wanted one of {known}; got {name!r}")
        raise UnknownKeyError(why)
    return what if isinstance(what, Derivation) else what()
