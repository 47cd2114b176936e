"""The dice problem's code beside its printed formulas; rolls are faces from one in these."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy import stats

from derivations.problems.dice import symbols
from impl.dice import bound, coordinate_ascent, exact, predictive, simulation, updates
from impl.dice.data import Counts, count
from impl.dice.model import Posterior, Priors
from oracles.dice_problems import Problem, draw_problem
from oracles.formulas import Floats, Formula, Pair, Printed, of_order_one

Comparison = Callable[[Printed, Problem], list[Pair]]
SWEEP = {
    "first_responsibilities": "phi1",
    "second_responsibilities": "phi2",
    "first_concentration": "alpha1_hat",
    "second_concentration": "alpha2_hat",
    "roll_concentration": "beta_hat",
}
"""The fields of a posterior in the order in which a sweep updates them, and their letters."""
RESULTS = ("alpha1_hat", "alpha2_hat", "beta_hat", "phi1", "phi2")
"""Of which letter each result on coordinate ascent is."""


def draw(rng: np.random.Generator, sizes: tuple[int, ...]) -> Problem:
    """Draw a problem in which no roll is missing, as the formulas have it."""
    problem = draw_problem(rng, sizes)
    table = rng.integers(sizes[2], size=sizes[3:])
    counts = count(table, sizes[2])
    first = rng.dirichlet(np.ones(sizes[0]), size=len(counts.rows))
    second = rng.dirichlet(np.ones(sizes[1]), size=len(counts.rows))
    posterior = replace(
        problem.posterior, first_responsibilities=first, second_responsibilities=second
    )
    return Problem(table.tolist(), counts, problem.priors, posterior)


def numbers(problem: Problem) -> dict[str, object]:
    """Return a problem's numbers by the names of the formulas' arrays."""
    rolls, priors = np.array(problem.rolls), problem.priors
    names = ("alpha1", "alpha2", "beta")
    given = (priors.first_concentration, priors.second_concentration, priors.roll_concentration)
    sizes = dict(zip(("N", "J"), rolls.shape, strict=True))
    sizes |= dict(zip(("D1", "D2", "D3"), priors.faces, strict=True))
    approximation = {letter: by_point(problem, field) for field, letter in SWEEP.items()}
    return {**sizes, **dict(zip(names, given, strict=True)), **approximation, "x": rolls + 1}


def by_point(problem: Problem, field: str) -> Floats:
    """Return a part of the posterior; responsibilities have a row for each point."""
    value = getattr(problem.posterior, field)
    return value[problem.counts.index] if "responsibilities" in field else value


def drawn(problem: Problem) -> dict[str, Floats]:
    """Return dice and faces drawn from the factors, faces from zero."""
    rng = np.random.default_rng(problem.counts.rows.sum())
    posterior, points = problem.posterior, len(problem.rolls)
    first = rng.dirichlet(posterior.first_concentration)
    second = rng.dirichlet(posterior.second_concentration)
    roll = np.array([rng.dirichlet(row) for row in posterior.roll_concentration])
    z1, z2 = rng.integers(len(first), size=points), rng.integers(len(second), size=points)
    return {
        "first": first, "second": second, "roll": roll, "first_faces": z1, "second_faces": z2
    }  # fmt: skip


def as_printed(values: dict[str, Floats]) -> dict[str, Floats]:
    """Return dice and faces by the names of the formulas' arrays, faces from one."""
    names = dict(zip(values, ("pi1", "pi2", "rho", "z1", "z2"), strict=True))
    return {names[n]: v + 1 if "faces" in n else v for n, v in values.items()}


def updated(problem: Problem, field: str) -> Floats:
    """Return what the code updates one factor to; responsibilities have a row for each point."""
    rows, weights = problem.counts.weighted()
    priors, now = problem.priors, problem.posterior
    first, second = now.first_responsibilities, now.second_responsibilities
    scores = updates.roll_scores(rows, now.roll_concentration)
    arguments = {
        "first_responsibilities": (scores, second, now.first_concentration),
        "second_responsibilities": (scores, first, now.second_concentration),
        "first_concentration": (priors.first_concentration, weights, first),
        "second_concentration": (priors.second_concentration, weights, second),
        "roll_concentration": (priors.roll_concentration, rows, weights, first, second),
    }
    got = getattr(updates, field)(*arguments[field])
    return got[problem.counts.index] if "responsibilities" in field else got


def update(field: str, variable: str) -> Comparison:
    """Compare an update: its letter, its natural parameter, and the factor at a random value."""

    def compare(printed: Printed, problem: Problem) -> list[Pair]:
        got, given = updated(problem, field), numbers(problem)
        values = as_printed(drawn(problem))
        natural, factor = printed.right(0)(**given), printed.right(1)(**given, **values)
        if "responsibilities" in field:
            ratios = np.log(got / got[:, :1])
            pair = of_order_one(ratios, natural - natural[:, :1])
            at_value = np.take_along_axis(got, values[variable][:, None] - 1, axis=1)[:, 0]
        else:
            pair = of_order_one(got - 1, natural)
            rows = zip(np.atleast_2d(values[variable]), np.atleast_2d(got), strict=True)
            at_value = np.reshape([stats.dirichlet.logpdf(v, c) for v, c in rows], factor.shape)
            factor = np.log(factor)
        star = printed.defined(f"{SWEEP[field]}_star")(**given)
        return [Pair(got, star), pair, of_order_one(at_value, factor)]

    return compare


def elbo(printed: Printed, problem: Problem) -> list[Pair]:
    """Compare the bound."""
    got = bound.evidence_lower_bound(problem.counts, problem.priors, problem.posterior)
    return [Pair(got, printed.right(0)(**numbers(problem)))]


def ascent(printed: Printed, problem: Problem) -> list[Pair]:
    """Compare a sweep with the printed updates in its order, and what each adds to the bound."""
    rows, weights = problem.counts.weighted()
    got = coordinate_ascent.sweep(rows, weights, problem.priors, problem.posterior)
    pairs, state = [], problem
    for field, letter in SWEEP.items():
        given = numbers(state)
        value = printed.defined(f"{letter}_star")(**given)
        gap = printed.right(RESULTS.index(letter))(**given)
        pairs.append(Pair(by_point(replace(problem, posterior=got), field), value))
        before = bound.evidence_lower_bound(state.counts, state.priors, state.posterior)
        if "responsibilities" in field:
            by_row = np.empty_like(getattr(got, field))
            by_row[problem.counts.index] = value
            value = by_row
        posterior = Posterior(**{**vars(state.posterior), field: value})
        state = replace(state, posterior=posterior)
        after = bound.evidence_lower_bound(state.counts, state.priors, state.posterior)
        pairs.append(Pair(after - before, gap, max(1.0, abs(before))))
    return pairs


def log_evidence(printed: Printed, problem: Problem) -> list[Pair]:
    """Compare the exact log evidence, and of a state of the class variables its part."""
    given = numbers(problem)
    states = exact.enumerate_states(problem.counts, problem.priors)
    got = exact.log_evidence(problem.counts, problem.priors)
    pairs = [Pair(got, printed.right(1)(**given))]
    for number in (0, 5, len(states.log_joint) - 1):
        z1, z2 = states.first_faces[number] + 1, states.second_faces[number] + 1
        pairs.append(Pair(states.log_joint[number], printed.right(0)(**given, z1=z1, z2=z2)))
    return pairs


def new_point(printed: Printed, problem: Problem) -> list[Pair]:
    """Compare the rolls of a new point, those of every row, and a single new roll."""
    given = numbers(problem)
    one = printed(printed.claims[1].right)(**given)
    pairs = [Pair(predictive.roll_probabilities(problem.posterior), one)]
    for row in problem.counts.rows:
        alone = Counts(row[None], np.ones(1, dtype=int), np.zeros(1, dtype=int))
        got = predictive.log_predictive(alone, problem.posterior)
        rolls = np.repeat(np.arange(len(row)), row.astype(int)) + 1
        pairs.append(of_order_one(got, np.log(printed.right(0)(**given, x_new=rolls))))
    return pairs


def log_joint(printed: Printed, problem: Problem) -> list[Pair]:
    """Compare the log joint, or the joint, at values drawn from the factors."""
    values = drawn(problem)
    got = exact.log_joint(problem.counts, problem.priors, **values)
    found = [f(**numbers(problem), **as_printed(values)) for f in map(printed.right, range(2))]
    return [Pair(got, wanted) for wanted in found]


def graph(printed: Printed, problem: Problem) -> list[Pair]:
    """Compare the joint, and the code's ancestral order with the graph's arrows into the rolls.

    Dice this lopsided show one face each, neighbours not the same: every roll is then determined
    by the die its parents pick, and the rolls that differ from that face are counted.
    """
    values = drawn(problem)
    got = exact.log_joint(problem.counts, problem.priors, **values)
    joint = printed.right(0)(**numbers(problem), **as_printed(values))
    (selected,) = symbols.MODEL.variable(symbols.x).selections
    d1, d2, d3 = problem.priors.faces
    lopsided = np.full((d1 + d2 - 1, d3), 1e-9)
    lopsided[np.arange(d1 + d2 - 1), np.arange(d1 + d2 - 1) % d3] = 1e3
    priors = Priors(np.full(d1, 9.0), np.full(d2, 9.0), lopsided)
    shown = simulation.simulate(priors, points=300, rolls=3, seed=len(problem.rolls))
    truth = shown.truth
    faces = {"z1": truth.first_faces + 1, "z2": truth.second_faces + 1, "D1": d1, "D2": d2}
    picked = Formula(selected.subscripts[0], (symbols.n,))(**faces, N=300)
    face = truth.roll.argmax(axis=1)[picked.astype(int) - 1]
    assert len(set(face)) > 1
    different = int((shown.rolls != face[:, None]).sum())
    return [of_order_one(got, np.log(joint)), Pair(different, 0, 1.0)]


COMPARISONS: dict[str, Comparison] = {
    "dice.graph": graph,
    "dice.log_joint": log_joint,
    "dice.q_z1": update("first_responsibilities", "z1"),
    "dice.q_z2": update("second_responsibilities", "z2"),
    "dice.q_pi1": update("first_concentration", "pi1"),
    "dice.q_pi2": update("second_concentration", "pi2"),
    "dice.q_rho": update("roll_concentration", "rho"),
    "dice.elbo": elbo,
    "dice.coordinate_ascent": ascent,
    "dice.log_evidence": log_evidence,
    "dice.predictive": new_point,
}
