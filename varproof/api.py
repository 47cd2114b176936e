"""The public names of `varproof`, which loads this module when one of them is first used."""

from collections.abc import Callable

from derivations import families, rules
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
    "Index",
    "IndexProduct",
    "IndexSum",
    "Iverson",
    "Joint",
    "Judgement",
    "Line",
    "Model",
    "NotationError",
    "PartialDerivative",
    "Random",
    "Remark",
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
    "follows",
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


def check(
    what: str | Derivation | Callable[[], Derivation], *, seed: int = 0, limit: float = LIMIT
) -> Judgement:
    """Judge every claim of a derivation, as the command `varproof check` does.

    Parameters
    ----------
    what
        A key, a derivation, or a function decorated with `derivation`.
    seed
        Of the random points at which claims are evaluated.
    limit
        Seconds that each check may take; one that takes longer leaves its claim unknown.

    Returns
    -------
    Judgement
        Its ``verdict`` is established, refuted or unknown; its ``findings`` are the evidence.

    Raises
    ------
    UnknownKeyError
        If no derivation has the key.
    """
    return judge(_derivation(what), seed, limit=limit)


def show(what: str | Derivation | Callable[[], Derivation], form: str = "text") -> str:
    """Return a derivation to read or to paste, in one of ``text latex typst json``.

    Raises
    ------
    UnknownKeyError
        If no derivation has the key.
    """
    return shown(_derivation(what), form)


def _derivation(what: str | Derivation | Callable[[], Derivation]) -> Derivation:
    if isinstance(what, str):
        return derive(what)
    return what if isinstance(what, Derivation) else what()
