"""Coordinate ascent: the bound never falls, and updates that are not those of it are refused."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from derivations.calculus.expressions import POSITIVE, REAL, Array
from derivations.programs.compiling import compile_expressions
from impl.engine.ascent import (
    FactorPlan,
    FallingError,
    Parameter,
    Rule,
    ascend,
    ordered,
    starts,
)
from impl.engine.machine import Machine

x, y = Array("x", (), "x", REAL)[()], Array("y", (), "y", REAL)[()]
BOUND = -(x**2) - y**2 + x * y + x - 3
"""A concave function of two numbers; each update is its maximum in one of them."""
PLANS = [FactorPlan(n, "Gaussian", (Parameter(n, (), "real"),)) for n in "xy"]
MAXIMUM = np.array([2 / 3, 1 / 3])


def machine(best_of_x: object, bound: object = BOUND) -> Machine:
    """Return a machine of two updates and a bound."""
    program = compile_expressions({"x": (best_of_x, ()), "y": (x / 2, ()), "elbo": (bound, ())})
    return Machine(program, {}, {"x": np.zeros(()), "y": np.zeros(())})


def test_an_ascent_reaches_the_maximum_and_never_falls() -> None:
    """Of a quadratic function, whose maximum linear algebra gives."""
    start = {"x": np.asarray(5.0), "y": np.asarray(-7.0)}
    run = ascend(machine((1 + y) / 2), PLANS, start, Rule(1e-15, 100))
    assert run.converged
    assert all(a <= b for a, b in itertools.pairwise(run.trace))
    assert np.allclose([run.parameters["x"], run.parameters["y"]], MAXIMUM, rtol=0, atol=1e-7)
    assert run.elbo == run.trace[-1] == pytest.approx(-8 / 3, abs=1e-13)


def test_a_wrong_update_is_refused_when_the_bound_falls() -> None:
    """The update of x has its sign changed: the error says both bounds."""
    start = {"x": np.asarray(0.6), "y": np.asarray(0.3)}
    with pytest.raises(FallingError, match="wanted a bound that never falls, got -"):
        ascend(machine(-(1 + 3 * y) / 2 * 3), PLANS, start, Rule(1e-15, 100))


def test_a_bound_that_is_no_number_is_refused() -> None:
    """The error names the sweep."""
    from sympy import log  # noqa: PLC0415 - used once

    start = {"x": np.asarray(0.6), "y": np.asarray(0.3)}
    with pytest.raises(FallingError, match="wanted a finite bound, got nan after sweep 1"):
        ascend(machine((1 + y) / 2, log(-1 - x**2)), PLANS, start, Rule(1e-15, 100))


def test_an_ascent_ends_after_the_most_sweeps() -> None:
    """It has not converged then, and told of each sweep."""
    told: list[tuple[int, float]] = []
    start = {"x": np.asarray(5.0), "y": np.asarray(-7.0)}
    run = ascend(
        machine((1 + y) / 2),
        PLANS,
        start,
        Rule(0.0, 3),
        lambda number, bound: told.append((number, bound)),
    )
    assert not run.converged
    assert told == list(enumerate(run.trace, 1))
    assert len(told) == 3


def test_the_rule_is_met_by_a_small_gain() -> None:
    """Relative to one and the bound; never by one sweep."""
    rule = Rule(0.01, 10)
    assert not rule.is_met([5.0])
    assert rule.is_met([-100.0, -99.5])
    assert not rule.is_met([-100.0, -98.0])


def test_states_become_probabilities_of_their_natural_parameters() -> None:
    """Normalised in logs, so that numbers of any size are taken, and none is zero."""
    naturals = np.array([[-1e5, 0.0, 1.0], [700.0, 710.0, -800.0]])
    from derivations.calculus.indices import Index, size  # noqa: PLC0415 - used once

    n, k = Index("n", 1, size("N")), Index("k", 1, size("K"))
    t = Array("t", (n.upper, k.upper), "t", REAL)
    program = compile_expressions({"p": (t[n, k], (n, k))})
    plan = FactorPlan("z", "Categorical", (Parameter("p", (2, 3), "simplex"),))
    got = plan.updated(Machine(program, {"N": 2, "K": 3}, {"t": naturals}))["p"]
    weights = np.exp(naturals - naturals.max(axis=1, keepdims=True))
    assert np.allclose(got, weights / weights.sum(axis=1, keepdims=True), rtol=1e-14, atol=1e-300)
    assert np.all(got > 0)
    plan = FactorPlan("z", "Bernoulli", (Parameter("p", (2, 3), "unit"),))
    got = plan.updated(Machine(program, {"N": 2, "K": 3}, {"t": naturals}))["p"]
    assert np.all((got > 0) & (got < 1))
    assert got[0, 1:] == pytest.approx([0.5, 1 / (1 + np.exp(-1.0))], rel=1e-14, abs=0)


def test_random_starts_are_of_each_domain_and_repeat() -> None:
    """One seed, one start; more starts begin with the same ones."""
    domains = {
        "simplex": "Categorical",
        "unit": "Bernoulli",
        "positive": "Gamma",
        "real": "Gaussian",
    }
    plans = [FactorPlan(d, family, (Parameter(d, (2, 3, 4), d),)) for d, family in domains.items()]
    three, five = list(starts(plans, 7, 3)), list(starts(plans, 7, 5))
    for one, same in zip(three, five, strict=False):
        assert all(np.array_equal(one[d], same[d]) for d in domains)
    assert not np.array_equal(five[0]["real"], five[1]["real"])
    assert np.allclose(three[0]["simplex"].sum(axis=-1), 1, rtol=0, atol=1e-12)
    assert np.all(three[0]["positive"] > 0)
    assert np.all((three[0]["unit"] > 0) & (three[0]["unit"] < 1))
    assert {p.variable for p in ordered(plans)[-2:]} == {"simplex", "unit"}


def test_positive_is_a_domain_of_the_calculus() -> None:
    """The words of the engine, which imports nothing of the calculus, are those of it."""
    assert (POSITIVE, REAL) == ("positive", "real")
