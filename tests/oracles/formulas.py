"""Printed formulas of the dice problem, evaluated by literal loops at a problem's numbers."""

import numpy as np

from derivations import dice
from derivations.calculus.evaluate import evaluate
from derivations.calculus.expressions import Element
from derivations.calculus.point import Point
from derivations.calculus.steps import Relation
from derivations.catalogue import derive
from impl.dice.data import count
from impl.dice.model import Posterior
from oracles.dice_problems import Problem, draw_problem


def relation(key: str, left: str) -> Relation:
    """Return the result of a derivation that states an element of the named array."""
    results = derive(key).results
    return next(r for r in results if isinstance(r.left, Element) and r.left.array.name == left)


def draw(rng: np.random.Generator, sizes: tuple[int, ...]) -> Problem:
    """Draw a problem in which no roll is missing, as the formulas have it."""
    problem = draw_problem(rng, sizes)
    points, rolls = sizes[3], sizes[4]
    table = rng.integers(sizes[2], size=(points, rolls))
    counts = count(table, sizes[2])
    first = rng.dirichlet(np.ones(sizes[0]), size=len(counts.rows))
    second = rng.dirichlet(np.ones(sizes[1]), size=len(counts.rows))
    old = problem.posterior
    posterior = Posterior(
        old.first_concentration, old.second_concentration, old.roll_concentration, first, second
    )
    return Problem(table.tolist(), counts, problem.priors, posterior)


def point_of(problem: Problem) -> Point:
    """Return a problem as the point at which formulas are evaluated; faces from one."""
    d1, d2, d3 = problem.priors.faces
    rolls = np.array(problem.rolls)
    index = problem.counts.index
    hats = [f.parameters[0] for f in dice.MEAN_FIELD.factors]
    posterior = problem.posterior
    values = [
        posterior.first_concentration,
        posterior.second_concentration,
        posterior.roll_concentration,
        posterior.first_responsibilities[index],
        posterior.second_responsibilities[index],
    ]
    sizes = {dice.N: rolls.shape[0], dice.J: rolls.shape[1], dice.D1: d1, dice.D2: d2, dice.D3: d3}
    arrays = {
        dice.alpha1: problem.priors.first_concentration,
        dice.alpha2: problem.priors.second_concentration,
        dice.beta: problem.priors.roll_concentration,
        dice.x: rolls + 1,
        **dict(zip(hats, values, strict=True)),
    }
    return Point(sizes, arrays)


def table_of(formula: Relation, point: Point) -> np.ndarray:
    """Evaluate the right-hand side at every subscript of the left-hand side."""
    element = formula.left
    shape = [point.index_values(i) for i in element.subscripts]
    values = np.empty([len(s) for s in shape])
    for place in np.ndindex(*values.shape):
        indices = {i: s[p] for i, s, p in zip(element.subscripts, shape, place, strict=True)}
        values[place] = evaluate(formula.right, point.at(indices))
    return values


def responsibilities(key: str, name: str, problem: Problem) -> np.ndarray:
    """Evaluate a printed softmax with the printed natural parameter put in."""
    point = point_of(problem)
    natural = next(
        r for r in derive(key).results if isinstance(r.left, Element) and "eta" in r.left.array.name
    )
    values = table_of(natural, point)
    return table_of(relation(key, name), point.having({natural.left.array: values}))


def worst(got: object, wanted: object) -> float:
    """Return the largest error relative to the magnitude compared; NaN stays NaN."""
    got, wanted = np.asarray(got, dtype=float), np.asarray(wanted, dtype=float)
    assert got.shape == wanted.shape
    return float(np.max(np.abs(got - wanted) / np.maximum(1.0, np.abs(wanted))))
