"""From the notation of distributions to marks: densities, expectations, divergences, families."""

from __future__ import annotations

from sympy import Basic, Expr, Integer, Tuple

from derivations.calculus.expressions import Element, Slice
from derivations.calculus.indices import Index
from derivations.families import family
from derivations.meaning.notation import (
    Applied,
    At,
    Density,
    Distributed,
    Divergence,
    Entries,
    Entropy,
    Expectation,
    FamilyAt,
    FamilyDensity,
    Independent,
    Joint,
    PartialDerivative,
    Variance,
    Where,
)
from derivations.printing.algebra import Grip, marks, marks_or_fenced
from derivations.printing.layout import (
    Big,
    Fraction,
    Letter,
    Mark,
    Number,
    Row,
    Script,
    Sign,
    Word,
    fenced,
    row,
)
from derivations.printing.nodes_of_calculus import listed

_SINGLE = (Applied, Density, Element, FamilyDensity, Slice)


def _spaced(items: tuple[Basic, ...]) -> Mark:
    spread: list[Mark] = []
    for item in items:
        spread += [Sign("comma space"), marks(item)] if spread else [marks(item)]
    return spread[0] if len(spread) == 1 else Row(tuple(spread))


@marks.register(Joint)
def _(expression: Joint) -> Mark:
    name = expression.letter.removesuffix("*")
    letter: Mark = Letter(name)
    return Script(letter, above=Sign("star")) if expression.letter.endswith("*") else letter


@marks.register(At)
def _(expression: At) -> Mark:
    place = marks(expression.place)
    if isinstance(expression.place, Slice):
        return place
    return row(marks(expression.variable), Sign("equals"), place)


@marks.register(Entries)
def _(expression: Entries) -> Mark:
    if expression.is_named:
        return marks(expression.row)
    return Script(fenced(marks(expression.body)), listed(expression.indices))


@marks.register(Density)
def _(expression: Density) -> Mark:
    inside = [_spaced(expression.values)]
    if expression.given:
        inside += [Sign("given"), _spaced(expression.given)]
    return row(marks(expression.joint), fenced(Row(tuple(inside))))


def _family_name(at: FamilyAt) -> Mark:
    letter = family(at.name).letter
    return Letter(letter, ("cal",)) if letter else Word(at.name)


def _parameters(at: FamilyAt) -> tuple[Expr, ...]:
    """Return the parameters as printed: the second one of a normal is always its variance."""
    if at.name == "GaussianByPrecision":
        return at.parameters[0], 1 / at.parameters[1]
    return at.parameters


@marks.register(FamilyAt)
def _(expression: FamilyAt) -> Mark:
    parameters = _parameters(expression)
    return row(_family_name(expression), fenced(_spaced(parameters) if parameters else Number("")))


@marks.register(FamilyDensity)
def _(expression: FamilyDensity) -> Mark:
    inside = [marks(expression.value)]
    if parameters := _parameters(expression.family):
        inside += [Sign("given"), _spaced(parameters)]
    return row(_family_name(expression.family), fenced(Row(tuple(inside))))


@marks.register(Independent)
def _(expression: Independent) -> Mark:
    at, indices = expression.body, expression.indices
    if at.name == "Gaussian" and len(indices) == 1:
        rows = [_whole_row(p, indices[0]) for p in at.parameters]
        if rows[0] is not None and isinstance(rows[1], Slice):
            spread = row(Word("diag"), fenced(marks(rows[1])))
            return row(_family_name(at), fenced(row(marks(rows[0]), Sign("comma space"), spread)))
        if rows[0] is not None and rows[1] == 1:
            identity = Letter("I")
            return row(_family_name(at), fenced(row(marks(rows[0]), Sign("comma space"), identity)))
    signs = (
        Big("product", row(marks(i), Sign("equals"), marks(i.lower)), marks(i.upper))
        for i in indices
    )
    return row(*signs, marks(at))


def _whole_row(parameter: Expr, index: Index) -> Expr | None:
    """Return the row of which a parameter is an entry, or the number that all entries are."""
    if isinstance(parameter, Integer):
        return parameter
    if isinstance(parameter, Element) and parameter.subscripts == (index,):
        return Slice(parameter.array)
    return None


def _under(expression: Expectation) -> Mark:
    distribution = expression.distribution
    if isinstance(distribution, Tuple):
        return Row(tuple(marks(d) for d in distribution))
    if not expression.held:
        return marks(distribution)
    held = (m for h in expression.held for m in (Sign("comma"), Sign("negative"), marks(h)))
    return row(marks(distribution), *held)


@marks.register(Expectation)
def _(expression: Expectation) -> Mark:
    letter = Script(Letter("E", ("bb",)), _under(expression))
    return row(letter, fenced(marks(expression.body), "[]"))


@marks.register(Variance)
def _(expression: Variance) -> Mark:
    return row(Script(Word("Var"), _under(expression)), fenced(marks(expression.body), "[]"))


@marks.register(Divergence)
def _(expression: Divergence) -> Mark:
    inside = row(marks(expression.left), Sign("divides"), marks(expression.right))
    return row(Word("KL"), fenced(inside))


@marks.register(Entropy)
def _(expression: Entropy) -> Mark:
    return row(Word("H"), fenced(marks(expression.distribution), "[]"))


@marks.register(PartialDerivative)
def _(expression: PartialDerivative) -> Mark:
    by = row(Sign("partial"), marks(expression.by))
    if isinstance(expression.body, _SINGLE):
        return Fraction(row(Sign("partial"), marks(expression.body)), by)
    return row(
        Fraction(Sign("partial"), by, crowded=True), marks_or_fenced(expression.body, Grip.GREEDY)
    )


@marks.register(Where)
def _(expression: Where) -> Mark:
    variable, place = expression.variable, expression.place
    if isinstance(place, Entries):
        left = marks(variable.array[(*variable.subscripts, *place.indices)])
        right = marks(place.body)
    else:
        left, right = marks(variable), marks(place)
    return Script(fenced(marks(expression.body), "[]"), row(left, Sign("equals"), right))


@marks.register(Applied)
def _(expression: Applied) -> Mark:
    return row(marks(expression.head), fenced(_spaced(expression.arguments)))


@marks.register(Distributed)
def _(expression: Distributed) -> Mark:
    return row(marks(expression.value), Sign("distributed"), marks(expression.family))
