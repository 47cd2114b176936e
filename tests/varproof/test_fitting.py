"""Fits of declared models: exact posteriors, bounds, seeds, and the dice written by hand."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from harness import gallery
from oracles import conjugate
from scipy.special import betaln, logsumexp

import varproof as vp
from derivations.programs.of_models import compiled
from impl.dice import bound as dice_bound
from impl.dice import coordinate_ascent as dice_ascent
from impl.dice.data import count
from impl.dice.model import Priors
from impl.engine.ascent import Rule, ascend
from impl.engine.machine import Machine
from varproof.fitting import _plan

if TYPE_CHECKING:
    from collections.abc import Callable

Floats = np.ndarray


def test_a_coin_has_its_exact_posterior_and_evidence(rng: np.random.Generator) -> None:
    """The factor is the posterior, and the bound the log evidence, after one sweep."""
    x, a, b = rng.integers(0, 2, 11), 1.7, 0.6
    fit = vp.fit(gallery.model("beta_bernoulli"), {"x": x}, a=a, b=b, restarts=1)
    heads = x.sum()
    assert fit["theta"].first == pytest.approx(a + heads, rel=1e-13, abs=0)
    assert fit["theta"].second == pytest.approx(b + len(x) - heads, rel=1e-13, abs=0)
    evidence = betaln(a + heads, b + len(x) - heads) - betaln(a, b)
    assert fit.trace[0] == pytest.approx(evidence, rel=1e-12, abs=0)
    assert fit.elbo == pytest.approx(evidence, rel=1e-12, abs=0)
    assert fit.converged
    assert len(fit.trace) == 2


def test_a_die_has_its_exact_posterior_and_evidence(rng: np.random.Generator) -> None:
    """The factor is the posterior, and the bound the log evidence, after one sweep."""
    alpha = rng.uniform(0.3, 2.0, 4)
    x = rng.integers(1, 5, 9)
    fit = vp.fit(gallery.model("dirichlet_categorical"), {"x": x}, K=4, alpha=alpha, restarts=1)
    counts = np.bincount(x - 1, minlength=4)
    assert fit["pi"].concentration == pytest.approx(alpha + counts, rel=1e-13, abs=0)
    assert fit.trace[0] == pytest.approx(
        conjugate.log_beta(alpha + counts) - conjugate.log_beta(alpha), rel=1e-12, abs=0
    )


def test_counts_have_their_exact_posterior_and_evidence(rng: np.random.Generator) -> None:
    """The factor is the posterior, and the bound the log evidence, after one sweep."""
    x, a, b = rng.poisson(3.0, 7), 1.3, 0.4
    fit = vp.fit(gallery.model("gamma_poisson"), {"x": x}, a=a, b=b, restarts=1)
    assert fit["rate"].parameters["shape"] == pytest.approx(a + x.sum(), rel=1e-13, abs=0)
    assert fit["rate"].parameters["rate"] == pytest.approx(b + len(x), rel=1e-13, abs=0)
    assert fit.trace[0] == pytest.approx(
        conjugate.log_evidence_of_counts(x, a, b), rel=1e-12, abs=0
    )


MIXTURES: dict[str, tuple[dict[str, float], Callable[..., Any], Callable[[Floats], float]]] = {
    "mixture_of_poissons": (
        {"a": 1.3, "b": 0.4},
        lambda rng: rng.poisson([1, 1, 9, 8, 2]),
        lambda x: conjugate.log_evidence_of_counts(x, 1.3, 0.4),
    ),
    "mixture_of_bernoullis": (
        {"a": 1.3, "b": 0.7},
        lambda rng: rng.integers(0, 2, (5, 3)),
        conjugate.bits_evidence,
    ),
    "mixture_of_known_variance": (
        {"m0": 0.5, "v0": 2.0, "v": 0.8},
        lambda rng: rng.normal([-2, 3, -2, 3, 3], 1.0),
        conjugate.normal_evidence,
    ),
}
"""Given numbers, data of five rows, and the log evidence of the rows of one component."""


ALPHA = np.array([0.6, 1.1])


@pytest.mark.parametrize("name", MIXTURES)
def test_the_bound_of_a_mixture_is_below_its_exact_evidence(
    name: str, rng: np.random.Generator
) -> None:
    """Every assignment of five rows to two components is summed, by code of its own."""
    settings, draw, evidence_of = MIXTURES[name]
    x = draw(rng)
    terms = []
    for states in itertools.product(range(2), repeat=len(x)):
        counts = np.bincount(states, minlength=2)
        parts = [evidence_of(x[np.array(states) == k]) for k in range(2) if counts[k]]
        terms.append(conjugate.log_beta(ALPHA + counts) - conjugate.log_beta(ALPHA) + sum(parts))
    exact = logsumexp(terms)
    fit = vp.fit(gallery.model(name), {"x": x}, K=2, alpha=ALPHA, **settings, restarts=4)
    for bound in fit.elbos:
        assert bound <= exact + 1e-9
    assert exact - fit.elbo < 3.0  # the bound is of this evidence, and not far below
    one = vp.fit(gallery.model(name), {"x": x}, K=1, alpha=0.7, **settings, restarts=1)
    assert one.elbo == pytest.approx(evidence_of(x), rel=1e-10, abs=0)


@pytest.mark.slow
@pytest.mark.parametrize("name", gallery.PROBLEMS)
def test_the_bound_never_falls(name: str, rng: np.random.Generator) -> None:
    """Over twenty random problems of each model, beyond rounding; a fall would also be refused."""
    settings, draw = gallery.PROBLEMS[name]
    for seed in range(20):
        data = {gallery.observed(name): draw(rng)}
        fit = vp.fit(gallery.model(name), data, seed=seed, restarts=1, **settings)
        trace = np.array(fit.trace)
        assert np.all(np.diff(trace) >= -1e-11 * (1 + np.abs(trace[1:])))
        assert fit.elbo == fit.trace[-1] == fit.elbos[0]


def test_every_model_of_the_gallery_is_fitted_here() -> None:
    """None is forgotten when one is added."""
    assert sorted(gallery.PROBLEMS) == gallery.NAMES


@pytest.mark.parametrize("name", ["mixture_of_poissons", "topics"])
def test_a_seed_gives_the_same_bits_and_restarts_extend(
    name: str, rng: np.random.Generator
) -> None:
    """More starts begin with the same ones; the best of all is returned."""
    settings, draw = gallery.PROBLEMS[name]
    model, data = gallery.model(name), {gallery.observed(name): draw(rng)}
    first, again, more, other = (
        vp.fit(model, data, seed=seed, restarts=restarts, **settings)
        for seed, restarts in ((5, 3), (5, 3), (5, 5), (6, 3))
    )
    assert first.trace == again.trace
    for variable in first:
        for parameter, array in first[variable].parameters.items():
            assert np.array_equal(array, again[variable].parameters[parameter])
    assert more.elbos[:3] == first.elbos
    assert more.elbo == max(more.elbos) >= first.elbo
    assert other.elbos != first.elbos


def test_sizes_are_read_from_given_vectors_too() -> None:
    """A vector of three concentrations has three states."""
    fit = vp.fit(gallery.model("dirichlet_categorical"), {"x": [1, 2]}, alpha=[1, 2, 3])
    assert fit.sizes == {"N": 2, "K": 3}


def test_states_count_from_one_or_zero(rng: np.random.Generator) -> None:
    """The same fit, to the bit."""
    settings, draw = gallery.PROBLEMS["topics"]
    w = draw(rng)
    model = gallery.model("topics")
    one = vp.fit(model, {"w": w}, restarts=1, **settings)
    zero = vp.fit(model, {"w": w - 1}, restarts=1, states_from=0, **settings)
    assert one.trace == zero.trace


def test_the_dice_agree_with_the_implementation_written_by_hand(rng: np.random.Generator) -> None:
    """From the same start, the bound and all parameters after each of six sweeps."""
    rolls = rng.integers(1, 5, (7, 5))
    priors = Priors(rng.uniform(0.4, 2, 2), rng.uniform(0.4, 2, 3), rng.uniform(0.4, 2, (4, 4)))
    counts = count(rolls - 1, 4)
    by_hand = dice_ascent.start(counts, priors, rng)
    made = compiled(gallery.model("dice").mean_field, frozenset())
    sizes = {"N": 7, "J": 5, "D1": 2, "D2": 3, "D3": 4}
    plans = [_plan(made, n, sizes) for n in range(5)]
    hidden_first = [plans[3], plans[4], *plans[:3]]
    assert [p.variable for p in hidden_first] == ["z1", "z2", "pi1", "pi2", "rho"]
    start = {
        "pi1.concentration": by_hand.first_concentration,
        "pi2.concentration": by_hand.second_concentration,
        "rho.concentration": by_hand.roll_concentration,
        "z1.probabilities": np.tile(by_hand.first_responsibilities[0], (7, 1)),
        "z2.probabilities": np.tile(by_hand.second_responsibilities[0], (7, 1)),
    }
    arrays = {
        "x": rolls,
        "alpha1": priors.first_concentration,
        "alpha2": priors.second_concentration,
        "beta": priors.roll_concentration,
    }
    rows, weights = counts.weighted()
    for sweeps in range(1, 7):
        by_hand = dice_ascent.sweep(rows, weights, priors, by_hand)
        machine = Machine(made.program, sizes, {**arrays, **start})
        run = ascend(machine, hidden_first, start, Rule(0.0, sweeps))
        wanted = dice_bound.evidence_lower_bound(counts, priors, by_hand)
        assert run.trace[-1] == pytest.approx(wanted, rel=1e-12, abs=0)
        for name, array in (
            ("pi1.concentration", by_hand.first_concentration),
            ("pi2.concentration", by_hand.second_concentration),
            ("rho.concentration", by_hand.roll_concentration),
        ):
            assert run.parameters[name] == pytest.approx(array, rel=1e-10, abs=0)


def test_progress_is_told_after_each_sweep() -> None:
    """Start, sweep and bound; the last of each start is its bound."""
    told: list[tuple[int, int, float]] = []
    fit = vp.fit(
        gallery.model("normal"),
        {"x": [1.0, 2.0, 4.0]},
        **gallery.PROBLEMS["normal"][0],
        restarts=3,
        progress=lambda *now: told.append(now),
    )
    ends = {start: bound for start, _, bound in told}
    assert tuple(ends.values()) == fit.elbos
    assert [start for start, sweep, _ in told if sweep == 1] == [1, 2, 3]


def test_a_fit_lists_its_variables() -> None:
    """One that is not latent is refused."""
    fit = vp.fit(gallery.model("beta_bernoulli"), {"x": [0, 1]}, a=1, b=1)
    assert list(fit) == ["theta"]
    with pytest.raises(KeyError, match=r"wanted a latent variable of beta_bernoulli \(theta\)"):
        _ = fit["x"]
