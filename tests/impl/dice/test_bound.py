"""The dice model's evidence lower bound: its value, its growth, its stationary points."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from harness.historical import cases
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracles import dice as oracle
from oracles.dice_problems import SIZES, Problem, draw_problem
from scipy import stats

from impl.dice import updates
from impl.dice.bound import (
    bound_and_magnitude,
    categorical_entropy,
    dirichlet_divergence,
    evidence_lower_bound,
)
from impl.dice.coordinate_ascent import ascend
from impl.dice.data import Counts
from impl.dice.exact import log_evidence
from impl.dice.model import Floats, Posterior, Priors

BY_SIZE = pytest.mark.parametrize("sizes", SIZES, ids=str)
Bound = Callable[[Counts, Priors, Posterior], float]
FACTORS = ("q(Z1)", "q(Z2)", "q(pi1)", "q(pi2)", "q(rho)")


def check_value(bound: Bound, problem: Problem) -> None:
    """A bound equals E[log p] - E[log q] by enumeration, away from any optimum."""
    expected = oracle.evidence_lower_bound(problem.rolls, problem.factors, problem.literal_priors)
    actual = bound(problem.counts, problem.priors, problem.posterior)
    assert actual == pytest.approx(expected, rel=1e-10, abs=0)


@pytest.mark.establishes("dice.elbo", kind="enumeration")
@BY_SIZE
def test_elbo_equals_literal_enumeration_with_every_constant(
    rng: np.random.Generator, sizes: tuple[int, ...]
) -> None:
    """The closed form equals E[log p] - E[log q] by enumeration, away from any optimum."""
    check_value(evidence_lower_bound, draw_problem(rng, sizes))


def test_dirichlet_divergence_is_cross_entropy_minus_entropy(rng: np.random.Generator) -> None:
    """KL of two Dirichlets is the quadrature of -log density minus scipy's entropy."""
    p, r = rng.uniform(0.3, 4, size=(2, 5))
    cross = -oracle.log_constant(r) - (r - 1) @ oracle.mean_log(p)
    expected = cross - stats.dirichlet(p).entropy()
    assert dirichlet_divergence(p, r) == pytest.approx(expected, rel=1e-10, abs=0)


def one_coordinate_updates(
    counts: Counts, priors: Priors, q: Posterior
) -> dict[str, dict[str, Floats]]:
    """Every posterior that differs from q by the update of one factor, named."""
    rows, weights = counts.weighted()
    scores = updates.roll_scores(rows, q.roll_concentration)
    first, second = q.first_responsibilities, q.second_responsibilities
    return {
        "q(Z1)": {
            "first_responsibilities": updates.first_responsibilities(
                scores, second, q.first_concentration
            )
        },
        "q(Z2)": {
            "second_responsibilities": updates.second_responsibilities(
                scores, first, q.second_concentration
            )
        },
        "q(pi1)": {
            "first_concentration": updates.first_concentration(
                priors.first_concentration, weights, first
            )
        },
        "q(pi2)": {
            "second_concentration": updates.second_concentration(
                priors.second_concentration, weights, second
            )
        },
        "q(rho)": {
            "roll_concentration": updates.roll_concentration(
                priors.roll_concentration, rows, weights, first, second
            )
        },
    }


@st.composite
def extreme_problems(draw: Callable[[Any], Any]) -> tuple[Problem, np.random.Generator]:
    """Problems from one point and one roll up, concentrations from 0.001 to 10^20."""
    faces = [draw(st.integers(1, 5)) for _ in range(3)]
    points, rolls = draw(st.integers(1, 9)), draw(st.integers(1, 12))
    low = 10.0 ** draw(st.floats(-3, 20))
    high = min(1e20, low * 10.0 ** draw(st.floats(0, 3)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    sizes = (*faces, points, rolls)
    return draw_problem(rng, sizes, low=low, high=high, ragged=draw(st.booleans())), rng


def check_growth(bound: Bound, problem: Problem, order: Sequence[str] = FACTORS) -> None:
    """Updating the factors in some order never lowers a bound by more than its rounding.

    The bound is a sum of terms whose sizes add up to `magnitude`; summing them rounds by a few
    units in the last place of that, so 64 machine epsilons of it is what cannot be told from 0.
    """
    q, priors, rounding = problem.posterior, problem.priors, 64 * np.finfo(float).eps

    def at(q: Posterior) -> tuple[float, float]:
        magnitude = bound_and_magnitude(*problem.counts.weighted(), priors, q)[1]
        return bound(problem.counts, priors, q), magnitude

    value, magnitude = at(q)
    for name in order:
        q = replace(q, **one_coordinate_updates(problem.counts, priors, q)[name])
        after, size = at(q)
        assert after >= value - rounding * max(magnitude, size), name
        value, magnitude = after, size


# No shrinking deadline: the first call pays for imports.
@pytest.mark.establishes("dice.coordinate_ascent", kind="enumeration")
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(drawn=extreme_problems())
def test_elbo_never_decreases_at_any_coordinate_update(
    drawn: tuple[Problem, np.random.Generator],
) -> None:
    """Updating any factor, in any order, never lowers the bound by more than its rounding."""
    problem, rng = drawn
    order = [*rng.permutation(FACTORS), *rng.permutation(FACTORS)]
    check_growth(evidence_lower_bound, problem, order)


@pytest.mark.establishes("dice.coordinate_ascent", kind="enumeration")
@BY_SIZE
def test_each_update_is_the_maximum_of_the_bound_in_its_own_coordinate(
    rng: np.random.Generator, sizes: tuple[int, ...]
) -> None:
    """No other value of a factor, near or far, has a higher bound than its update."""
    problem = draw_problem(rng, sizes)
    for change in one_coordinate_updates(
        problem.counts, problem.priors, problem.posterior
    ).values():
        best = replace(problem.posterior, **change)
        bound = evidence_lower_bound(problem.counts, problem.priors, best)
        ((name, value),) = change.items()
        for scale in (1e-3, 1e-2, 0.1, 1.0):
            other = value * np.exp(scale * rng.normal(size=value.shape))
            if "responsibilities" in name:
                other /= other.sum(axis=1, keepdims=True)
            moved = replace(best, **{name: other})
            assert evidence_lower_bound(problem.counts, problem.priors, moved) < bound, name


def check_below_evidence(bound: Bound, problem: Problem) -> None:
    """A bound is below log p(X) for a distribution away from the optimum, and at the optimum."""
    evidence = log_evidence(problem.counts, problem.priors)
    best = ascend(problem.counts, problem.priors, problem.posterior).posterior
    start = bound(problem.counts, problem.priors, problem.posterior)
    assert start < bound(problem.counts, problem.priors, best) < evidence


@pytest.mark.establishes("dice.elbo", "dice.log_evidence", kind="enumeration")
@BY_SIZE
def test_elbo_is_at_most_the_exact_log_evidence(
    rng: np.random.Generator, sizes: tuple[int, ...]
) -> None:
    """The bound is below log p(X) for a distribution away from the optimum, and at the optimum."""
    problem = draw_problem(rng, sizes)
    check_below_evidence(evidence_lower_bound, problem)
    run = ascend(problem.counts, problem.priors, problem.posterior)
    assert run.trace[-1] < log_evidence(problem.counts, problem.priors)


def plus(extra: Callable[[Floats, Floats, Priors, Posterior], float]) -> Bound:
    """The bound with something added."""

    def bound(counts: Counts, priors: Priors, q: Posterior) -> float:
        return evidence_lower_bound(counts, priors, q) + extra(*counts.weighted(), priors, q)

    return bound


def less_entropy_of_faces(_: Floats, weights: Floats, _priors: Priors, q: Posterior) -> float:
    """Minus the entropy of q(Z1)."""
    return -float(weights @ categorical_entropy(q.first_responsibilities))


def less_entropy_of_die(_: Floats, _weights: Floats, _priors: Priors, q: Posterior) -> float:
    """Minus the entropy of q(pi1)."""
    return -float(stats.dirichlet(q.first_concentration).entropy())


def less_law_of_faces(_: Floats, weights: Floats, _priors: Priors, q: Posterior) -> float:
    """Minus E[log p(Z1 | pi1)]."""
    logs = updates.expected_log_probabilities(q.first_concentration)
    return -float(weights @ q.first_responsibilities @ logs)


def twice_divergence(_: Floats, _weights: Floats, priors: Priors, q: Posterior) -> float:
    """Twice the divergence of all dice, so that it is added, not subtracted."""
    pairs = (
        (q.first_concentration, priors.first_concentration),
        (q.second_concentration, priors.second_concentration),
        (q.roll_concentration, priors.roll_concentration),
    )
    return 2 * sum(float(dirichlet_divergence(*pair).sum()) for pair in pairs)


FAULTY = {
    "entropy-omitted, of the hidden faces": (check_value, plus(less_entropy_of_faces)),
    "entropy-omitted, of a die": (check_value, plus(less_entropy_of_die)),
    "log-p-term-omitted": (check_value, plus(less_law_of_faces)),
    "bound-above-evidence": (check_below_evidence, plus(twice_divergence)),
    "bound-above-evidence, falling": (check_growth, plus(twice_divergence)),
    "bound-above-evidence, by its value": (check_value, plus(twice_divergence)),
}


@pytest.mark.parametrize(("check", "faulty"), cases(FAULTY, kind="enumeration"))
@BY_SIZE
def test_faulty_bounds_are_rejected(
    check: Callable[[Bound, Problem], None], faulty: Bound, sizes: tuple[int, ...]
) -> None:
    """Each error fails the very check that the bound passes.

    One problem for all seeds: on it every error is large enough to be seen.
    """
    problem = draw_problem(np.random.default_rng(7), sizes)
    check(evidence_lower_bound, problem)
    with pytest.raises(AssertionError):
        check(faulty, problem)


def directions(q: Posterior) -> Iterator[tuple[str, Floats]]:
    """Directions of every free parameter: each concentration, each pair of faces of each point."""
    for name in ("first_concentration", "second_concentration", "roll_concentration"):
        value = getattr(q, name)
        for place in np.ndindex(value.shape):
            step = np.zeros_like(value)
            step[place] = value[place]
            yield name, step
    for name in ("first_responsibilities", "second_responsibilities"):
        value = getattr(q, name)
        for row in range(value.shape[0]):
            for face in range(value.shape[1] - 1):  # the simplex: what one gains another loses
                step = np.zeros_like(value)
                step[row, face] = value[row].min()
                step[row, -1] = -value[row].min()
                yield name, step


def taylor_orders(problem: Problem, q: Posterior) -> Floats:
    """Order of |ELBO(q + t v) - ELBO(q)| in t, for every direction v; only measurable ones."""
    start = evidence_lower_bound(problem.counts, problem.priors, q)
    orders = []
    for name, step in directions(q):
        change = []
        for t in (0.02, 0.01):
            moved = replace(q, **{name: getattr(q, name) + t * step})
            change.append(abs(evidence_lower_bound(problem.counts, problem.priors, moved) - start))
        if change[1] > 1e-11 * abs(start):  # a thousand times the rounding of the bound
            orders.append(np.log2(change[0] / change[1]))
        else:
            orders.append(np.nan)
    return np.array(orders)


GRADIENT_SIZES = [(2, 3, 4, 6, 5), (3, 2, 5, 7, 4)]


@pytest.mark.establishes("dice.coordinate_ascent", kind="finite difference")
@pytest.mark.parametrize("sizes", GRADIENT_SIZES, ids=str)
def test_gradient_of_the_elbo_vanishes_in_every_free_parameter_at_a_fixed_point(
    rng: np.random.Generator, sizes: tuple[int, ...]
) -> None:
    """At a fixed point the bound changes by the square of a step: Taylor order 2, not 1."""
    problem = draw_problem(rng, sizes, low=1.0, high=4.0)
    run = ascend(problem.counts, problem.priors, problem.posterior, tolerance=0, max_sweeps=5000)
    orders = taylor_orders(problem, run.posterior)
    # Third-order terms move a measured order by about t = 0.02 times their ratio to the second.
    measured = orders[np.isfinite(orders)]
    assert measured.size > 0.9 * orders.size
    assert (np.abs(measured - 2) < 0.2).all()


@pytest.mark.parametrize("sizes", GRADIENT_SIZES, ids=str)
def test_gradient_of_the_elbo_does_not_vanish_away_from_a_fixed_point(
    rng: np.random.Generator, sizes: tuple[int, ...]
) -> None:
    """Away from the optimum, the same measurement says order 1 for nearly all parameters."""
    problem = draw_problem(rng, sizes, low=1.0, high=4.0)
    orders = taylor_orders(problem, problem.posterior)
    assert np.mean(np.abs(orders - 1) < 0.2) > 0.8
