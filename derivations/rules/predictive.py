"""The distribution of a new point under the factors, in closed form.

A new point has latent states of its own, drawn as the model draws them; the posterior of all other
variables is replaced by q. Given the new states, the log density of the new values is affine in
the statistics of each continuous factor, ``h + <c, T>``, and the mean of its exponential is
``exp(h + A(eta + c) - A(eta))`` with the natural parameter eta of the factor.
"""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Integer, Mul

from derivations.calculus.binding import product_over, sum_over
from derivations.calculus.expressions import Array, Slice
from derivations.calculus.mean_field import MeanField
from derivations.claims.registry import Line
from derivations.claims.statements import Random, Rule, define, equal, result, step
from derivations.meaning.notation import At, Density, Expectation
from derivations.rules.new_point import NewPoint
from derivations.rules.setting import joint_of

MIXTURE = Rule(
    "sum rule over the new point's states",
    "A new point has latent states of its own; its density is the sum over them, and the posterior "
    "of all other variables is replaced by q.",
    "bishop2006, sec. 10.2.3",
)
INDEPENDENT = Rule(
    "independent factors",
    "The expectation of a product of different factors is the product of the expectations.",
)
MOMENT = Rule(
    "moments from the log normalizer",
    "Multiplying the density of a factor by the exponential of its statistics adds to its natural "
    "parameter: the mean is the exponential of the difference of two log normalizers.",
)
COUNT = Rule("counts", "How often the new point shows each value: all that its density depends on.")
INSERT_MOMENTS = Rule("insert the moments", "Each expectation is replaced by its closed form.")
ONE = Rule("one value", "The density of one of the new point's values, whatever the others are.")
NORMALIZED = Rule("normalized", "The probabilities of all values sum to one.")


def predictive(mean_field: MeanField, observed: Array) -> Iterator[Line]:
    """Yield the density of a new point of an observed variable, then that of one of its values.

    Raises
    ------
    ModelError
        If the new values depend on two continuous factors in one term, or on two entries of one,
        or the states that select their parents depend on the same factor as they do.
    """
    point = NewPoint(mean_field, mean_field.model.variable(observed))
    q = joint_of(mean_field)
    density = Density(point.joint, (point.values,))
    yield Random(point.joint)
    likelihood = product_over(point.density_of_one, *point.inner)
    mixture = sum_over(Mul(*point.probabilities, likelihood), *point.states.values())
    if point.states:
        means = [Expectation(q, w) for w in (*point.probabilities, likelihood)]
        yield step(MIXTURE, equal(density, Expectation(q, mixture)))
        yield step(INDEPENDENT, equal(density, sum_over(Mul(*means), *point.states.values())))
    else:
        yield step(MIXTURE, equal(density, Expectation(q, mixture)))
    for probability, mean in zip(point.probabilities, point.weights, strict=True):
        yield step(MOMENT, equal(Expectation(q, probability), mean))
    if point.counts is not None:
        yield step(COUNT, define(*point.counts))
    yield step(MOMENT, equal(Expectation(q, likelihood), point.mean_of_all))
    yield result(INSERT_MOMENTS, equal(density, point.summed(point.mean_of_all)))
    yield from _one_value(point)


def _one_value(point: NewPoint) -> Iterator[Line]:
    """Yield the density of one value, and that it is normalized where values are states."""
    if point.counts is None and not point.is_of_states:
        return
    one = Slice(point.values.array, *point.value.subscripts)
    index = point.variable.value.axis
    at = Density(point.joint, (At(one, index),))
    closed = point.summed(point.mean_of_one)
    yield result(ONE, equal(at, closed))
    yield step(NORMALIZED, equal(sum_over(closed, index), Integer(1)))
