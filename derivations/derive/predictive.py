"""The predictive distribution of a new point: moments of the factors, summed over its states."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Add, Expr, Integer, Mul, exp

from derivations.calculus.binding import (
    legible,
    product_over,
    replace_elements,
    rewrite,
    substitute,
    sum_over,
)
from derivations.calculus.expressions import (
    POSITIVE,
    SIMPLEX,
    Array,
    Density,
    Element,
    IndexProduct,
    IndexSum,
    Iverson,
    Slice,
)
from derivations.calculus.indices import Index
from derivations.calculus.mean_field import MeanField
from derivations.calculus.normal_form import collect
from derivations.calculus.notation import Expectation
from derivations.calculus.steps import Check, Derivation, Relation, Rule, Step
from derivations.derive.brief import Brief
from derivations.derive.new_value import recurred, refuse_unless_state_is_shared
from derivations.evidence.equality import enclosure, proof
from derivations.evidence.predictive import equals_moment, equals_predictive
from derivations.families import Vector

MIXTURE = Rule(
    "sum rule over the new point's states",
    "A new point has latent states of its own; its probability is the sum over them, and the "
    "posterior of the parameters is replaced by q.",
    "bishop2006, sec. 10.2.3",
)
INDEPENDENT = Rule(
    "independent factors",
    "The expectation of a product of different factors is the product of the expectations.",
)
MOMENT = Rule(
    "moments from the log normalizer",
    "Multiplying a Dirichlet density by a product of powers adds the powers to its natural "
    "parameter, so the expectation of the product is exp(A(η + c) - A(η)).",
)
RECURRENCE = Rule(
    "recurrence of the Gamma function",
    "log Γ(x + 1) = log Γ(x) + log x; an indicator inside splits into its two cases.",
)
INSERT_MOMENTS = Rule("insert the moments", "Each expectation is replaced by its closed form.")
ONE_ROLL = Rule("one roll", "The counts of a single roll are the indicator of its face.")


@dataclass(frozen=True)
class Monomials:
    """The expectation under the factors of what is a sum of products of powers of their entries."""

    mean_field: MeanField

    def __call__(self, form: Expr) -> Expr:
        """Put closed forms in the place of the expectations."""
        return rewrite(form, self._expectation)

    def _expectation(self, node: Expr) -> Expr | None:
        return self._mean(node.body) if isinstance(node, Expectation) else None

    def _mean(self, body: Expr) -> Expr:
        if isinstance(body, Add):
            return Add(*(self._mean(term) for term in body.args))
        if isinstance(body, IndexSum):
            return IndexSum(self._mean(body.body), *body.indices)
        taken: set[Array] = set()
        factors = []
        for factor in Mul.make_args(body):
            arrays = {a for a in factor.atoms(Array) if self.mean_field.model.is_variable(a)}
            if arrays & taken:
                message = f"wanted one power of each factor's entries, got {body}"
                raise ValueError(message)
            taken |= arrays
            factors.append(self._moment(factor) if arrays else factor)
        return Mul(*factors)

    def _moment(self, factor: Expr) -> Expr:
        """Return the mean of a power of one entry, or of a product of powers over a vector."""
        if isinstance(factor, IndexProduct) and len(factor.indices) == 1:
            base, power = factor.body.as_base_exp()
            if isinstance(base, Element) and base.subscripts[-1] == factor.indices[0]:
                return moment(self.mean_field, base, Vector(power, factor.indices[0]))
        base, power = factor.as_base_exp()
        if isinstance(base, Element) and power.is_Integer:
            one = unit(base)
            return moment(self.mean_field, base, Vector(power * one.entry, one.index))
        message = f"wanted a power of an entry, or their product over a vector, got {factor}"
        raise ValueError(message)


@dataclass(frozen=True)
class NewPoint:
    """A new observation: its states' probabilities, the die they select, counts of its faces."""

    weights: tuple[Element, ...]
    cell: Element
    counts: Array

    @property
    def states(self) -> tuple[Index, ...]:
        """The indices of the new point's states."""
        return tuple(w.subscripts[-1] for w in self.weights)

    @property
    def face(self) -> Index:
        """The index of the faces."""
        return self.cell.subscripts[-1]


def new_point(mean_field: MeanField, observed: Array) -> NewPoint:
    """Return a new point of a variable whose rolls share the states that select their parent.

    A model in which each roll has states of its own is refused; `new_value.predictive` has its
    predictive distribution of one roll.
    """
    refuse_unless_state_is_shared(mean_field, observed)
    variable = mean_field.model.variable(observed)
    (selected,) = variable.selections
    named = {}
    weights = []
    for element in sorted(selected.subscripts[0].atoms(Element), key=str):
        (probabilities,) = mean_field.model.variable(element.array).parameters
        named[element] = probabilities.index
        weights.append(probabilities.entry)
    (own,) = variable.parameters
    cell = Element(selected.array, selected.subscripts[0].xreplace(named), own.index)
    return NewPoint(tuple(weights), cell, Array("c", (own.axis.upper,), "c", POSITIVE))


def moment(mean_field: MeanField, element: Element, powers: Vector) -> Expr:
    """Return ``E_q[prod_d x_d ** powers_d]`` of the Dirichlet copy an element belongs to."""
    factor = mean_field.factor(element.array)
    family = factor.family
    place = dict(zip(factor.variable.plates, element.subscripts[:-1], strict=True))
    (own,) = factor.vectors
    (natural,) = family.natural_parameters((Vector(substitute(own.entry, place), own.index),))
    moved = Vector(natural.at(powers.index) + powers.entry, powers.index)
    difference = family.log_normalizer((moved,)) - family.log_normalizer((natural,))
    return exp(collect(difference))


def unit(element: Element) -> Vector:
    """Return the powers that leave one entry of a vector: the indicator of its place."""
    last = element.subscripts[-1]
    moving = last.renamed(last.name + "'")
    return Vector(Iverson(moving, last), moving)


def predictive(brief: Brief, mean_field: MeanField, observed: Array) -> Derivation:
    """Derive the probability of a new point's rolls, by counts, then of a single roll."""
    brief.refuse_without_sizes(mean_field)
    point = new_point(mean_field, observed)
    likelihood = product_over(point.cell ** point.counts[point.face], point.face)
    raw = [moment(mean_field, w, unit(w)) for w in point.weights]
    simple = [recurred(r) for r in raw]
    many = moment(mean_field, point.cell, Vector(point.counts[point.face], point.face))
    single = moment(mean_field, point.cell, unit(point.cell))
    closed = legible(sum_over(Mul(*simple, many), *point.states))
    roll = legible(sum_over(Mul(*simple, recurred(single)), *point.states))
    left = Density("p", Slice(point.counts), (Slice(observed),))
    one_left = Array("predictive", (point.face.upper,), "hat(p)", SIMPLEX)[point.face]
    by_quadrature = equals_predictive(
        "the integrand averaged by quadrature", mean_field, point, closed, brief.sizes
    )
    shown = Array("shown", (), states=point.face.upper)[()]
    counted = replace_elements(closed, {point.counts: lambda face: Iverson(shown, face)})
    at_one_roll = substitute(counted, {shown: point.face})

    def over_faces(form: Expr) -> Expr:
        return sum_over(form, point.face)

    in_moments = Monomials(mean_field)
    product_apart = Mul(*(Expectation(w) for w in point.weights), Expectation(likelihood))
    means = zip(point.weights, raw, simple, strict=True)
    mixture = Expectation(sum_over(Mul(*point.weights, likelihood), *point.states))
    apart = sum_over(product_apart, *point.states)

    def by_moments(line: Expr) -> Check:
        claim = "each expectation by the moments, against the integrand averaged by quadrature"
        return equals_predictive(claim, mean_field, point, in_moments(line), brief.sizes)

    result = Relation(left, closed)
    one_result = Relation(one_left, roll)
    return brief.derivation(
        steps=(
            Step(
                MIXTURE,
                Relation(left, mixture),
                (by_moments(mixture),),
                (
                    "Here ",
                    point.counts[point.face],
                    " is how often the new point shows face ",
                    point.face,
                    "; its rolls are taken in their order, so no multinomial coefficient enters.",
                ),
            ),
            Step(
                INDEPENDENT,
                Relation(left, apart),
                (by_moments(apart),),
            ),
            *(s for w, r, e in means for s in _mean_steps(brief, mean_field, w, r, e)),
            Step(INSERT_MOMENTS, result, (by_quadrature,)),
            Step(
                ONE_ROLL,
                one_result,
                (
                    enclosure("the moment at a single roll", single, recurred(single)),
                    enclosure("the line before at the counts of one roll", at_one_roll, roll),
                ),
            ),
        ),
        results=(result, one_result),
        checks=(
            by_quadrature,
            proof("the probabilities of all faces sum to one", over_faces(roll), Integer(1)),
        ),
        sources=("bishop2006",),
        readings=(over_faces, in_moments),
        names=(Relation(left, closed), Relation(one_left, at_one_roll)),
    )


def _mean_steps(
    brief: Brief, mean_field: MeanField, element: Element, raw: Expr, simple: Expr
) -> tuple[Step, Step]:
    """Return the mean of one state's probability, by the log normalizer and then simplified."""
    left = Expectation(element)
    by_rule = equals_moment("the mean by quadrature", mean_field, element, raw, brief.sizes)
    same = enclosure("equal to the line before", raw, simple)
    return Step(MOMENT, Relation(left, raw), (by_rule,)), Step(
        RECURRENCE, Relation(left, simple), (same,)
    )
