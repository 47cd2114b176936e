"""Fits of declared models: exact posteriors, bounds, missing data, seeds, refusals."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from harness import gallery
from scipy import stats
from scipy.special import betaln, gammaln, logsumexp

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


def log_beta(concentration: Floats) -> float:
    """Return the logarithm of the multivariate Beta function."""
    return float(gammaln(concentration).sum() - gammaln(concentration.sum()))


def log_evidence_of_counts(x: Floats, a: float, b: float) -> float:
    """Return the log evidence of Poisson counts whose rate is Gamma(a, b)."""
    total = a * np.log(b) - (a + x.sum()) * np.log(b + len(x))
    return float(total + gammaln(a + x.sum()) - gammaln(a) - gammaln(x + 1).sum())


def test_a_coin_has_its_exact_posterior_and_evidence(rng: np.random.Generator) -> None:
    """The factor is the posterior, and the bound the log evidence, after one sweep."""
    x, a, b = rng.integers(0, 2, 11), 1.7, 0.6
    fit = vp.fit(gallery.model("beta_bernoulli"), {"x": x}, a=a, b=b, restarts=1)
    heads = x.sum()
    assert fit["theta"].first == pytest.approx(a + heads, rel=1e-13)
    assert fit["theta"].second == pytest.approx(b + len(x) - heads, rel=1e-13)
    evidence = betaln(a + heads, b + len(x) - heads) - betaln(a, b)
    assert fit.trace[0] == pytest.approx(evidence, rel=1e-12)
    assert fit.elbo == pytest.approx(evidence, rel=1e-12)
    assert fit.converged
    assert len(fit.trace) == 2


def test_a_die_has_its_exact_posterior_and_evidence(rng: np.random.Generator) -> None:
    """The factor is the posterior, and the bound the log evidence, after one sweep."""
    alpha = rng.uniform(0.3, 2.0, 4)
    x = rng.integers(1, 5, 9)
    fit = vp.fit(gallery.model("dirichlet_categorical"), {"x": x}, K=4, alpha=alpha, restarts=1)
    counts = np.bincount(x - 1, minlength=4)
    assert fit["pi"].concentration == pytest.approx(alpha + counts, rel=1e-13)
    assert fit.trace[0] == pytest.approx(log_beta(alpha + counts) - log_beta(alpha), rel=1e-12)


def test_counts_have_their_exact_posterior_and_evidence(rng: np.random.Generator) -> None:
    """The factor is the posterior, and the bound the log evidence, after one sweep."""
    x, a, b = rng.poisson(3.0, 7), 1.3, 0.4
    fit = vp.fit(gallery.model("gamma_poisson"), {"x": x}, a=a, b=b, restarts=1)
    assert fit["rate"].parameters["shape"] == pytest.approx(a + x.sum(), rel=1e-13)
    assert fit["rate"].parameters["rate"] == pytest.approx(b + len(x), rel=1e-13)
    assert fit.trace[0] == pytest.approx(log_evidence_of_counts(x, a, b), rel=1e-12)


def bits_evidence(x: Floats) -> float:
    """Return the log evidence of rows of bits, each column with a Beta(1.3, 0.7) prior."""
    heads = x.sum(axis=0)
    each = betaln(1.3 + heads, 0.7 + len(x) - heads) - betaln(1.3, 0.7)
    return float(np.sum(each))


def normal_evidence(x: Floats) -> float:
    """Return the log evidence of numbers of variance 0.8 whose mean is N(0.5, 2)."""
    covariance = 0.8 * np.eye(len(x)) + 2.0
    return float(stats.multivariate_normal(np.full(len(x), 0.5), covariance).logpdf(x))


MIXTURES: dict[str, tuple[dict[str, float], Callable[..., Any], Callable[[Floats], float]]] = {
    "mixture_of_poissons": (
        {"a": 1.3, "b": 0.4},
        lambda rng: rng.poisson([1, 1, 9, 8, 2]),
        lambda x: log_evidence_of_counts(x, 1.3, 0.4),
    ),
    "mixture_of_bernoullis": (
        {"a": 1.3, "b": 0.7},
        lambda rng: rng.integers(0, 2, (5, 3)),
        bits_evidence,
    ),
    "mixture_of_known_variance": (
        {"m0": 0.5, "v0": 2.0, "v": 0.8},
        lambda rng: rng.normal([-2, 3, -2, 3, 3], 1.0),
        normal_evidence,
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
        terms.append(log_beta(ALPHA + counts) - log_beta(ALPHA) + sum(parts))
    exact = logsumexp(terms)
    fit = vp.fit(gallery.model(name), {"x": x}, K=2, alpha=ALPHA, **settings, restarts=4)
    for bound in fit.elbos:
        assert bound <= exact + 1e-9
    assert exact - fit.elbo < 3.0  # the bound is of this evidence, and not far below
    one = vp.fit(gallery.model(name), {"x": x}, K=1, alpha=0.7, **settings, restarts=1)
    assert one.elbo == pytest.approx(evidence_of(x), rel=1e-10)


PROBLEMS: dict[str, tuple[dict[str, Any], Callable[..., Any]]] = {
    "beta_bernoulli": ({"a": 1.0, "b": 2.0}, lambda rng: rng.integers(0, 2, 9)),
    "dice": (
        {"D1": 2, "D2": 3, "D3": 4, "alpha1": 0.5, "alpha2": 1.5, "beta": 0.7},
        lambda rng: rng.integers(1, 5, (7, 5)),
    ),
    "dirichlet_categorical": ({"K": 3, "alpha": 0.5}, lambda rng: rng.integers(1, 4, 9)),
    "gamma_poisson": ({"a": 1.0, "b": 2.0}, lambda rng: rng.poisson(3, 9)),
    "mixture_of_bernoullis": (
        {"K": 2, "alpha": 0.5, "a": 1.0, "b": 2.0},
        lambda rng: rng.integers(0, 2, (8, 3)),
    ),
    "mixture_of_known_variance": (
        {"K": 3, "alpha": 0.5, "v": 0.5, "m0": 0.0, "v0": 4.0},
        lambda rng: rng.normal(size=8) * 3,
    ),
    "mixture_of_normals": (
        {"K": 3, "alpha": 0.5, "a": 1.0, "b": 2.0, "m0": 0.0, "t0": 0.3},
        lambda rng: rng.normal(size=8) * 3,
    ),
    "mixture_of_poissons": (
        {"K": 2, "alpha": 0.5, "a": 1.0, "b": 2.0},
        lambda rng: rng.poisson(4, 8),
    ),
    "normal": (
        {"a": 1.0, "b": 2.0, "m0": 0.0, "t0": 0.3},
        lambda rng: rng.normal(size=8) * 3 + 1,
    ),
    "topics": (
        {"K": 2, "V": 4, "alpha": 0.5, "eta": 0.3},
        lambda rng: rng.integers(1, 5, (3, 6)),
    ),
}


def observed(name: str) -> str:
    """Return the name of the one variable that a model observes."""
    (found,) = (v.name for v in gallery.model(name).model.variables if v.observed)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", PROBLEMS)
def test_the_bound_never_falls(name: str, rng: np.random.Generator) -> None:
    """Over twenty random problems of each model, beyond rounding; a fall would also be refused."""
    settings, draw = PROBLEMS[name]
    for seed in range(20):
        data = {observed(name): draw(rng)}
        fit = vp.fit(gallery.model(name), data, seed=seed, restarts=1, **settings)
        trace = np.array(fit.trace)
        assert np.all(np.diff(trace) >= -1e-11 * (1 + np.abs(trace[1:])))
        assert fit.elbo == fit.trace[-1] == fit.elbos[0]


def test_every_model_of_the_gallery_is_fitted_here() -> None:
    """None is forgotten when one is added."""
    assert sorted(PROBLEMS) == gallery.NAMES


@pytest.mark.parametrize("name", ["mixture_of_poissons", "topics"])
def test_a_seed_gives_the_same_bits_and_restarts_extend(
    name: str, rng: np.random.Generator
) -> None:
    """More starts begin with the same ones; the best of all is returned."""
    settings, draw = PROBLEMS[name]
    model, data = gallery.model(name), {observed(name): draw(rng)}
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


@pytest.mark.parametrize("name", ["mixture_of_poissons", "mixture_of_bernoullis", "normal"])
def test_missing_rows_are_rows_dropped(name: str, rng: np.random.Generator) -> None:
    """NaN, None and masks alike: the other factors and the bound are those without these rows."""
    settings, draw = PROBLEMS[name]
    model = gallery.model(name)
    x = draw(rng).astype(float)
    holes = x.copy()
    holes[[1, 4]] = np.nan
    there = np.delete(x, [1, 4], axis=0)
    # Long ascents from other starts end at the same maximum of one component.
    settings = {**settings, **({"K": 1} if "K" in settings else {})}
    dropped = vp.fit(model, {"x": there}, restarts=1, tolerance=1e-14, **settings)
    nones = [None if np.isnan(row).any() else row for row in holes] if x.ndim == 1 else holes
    for given in (holes, nones, np.ma.masked_invalid(holes)):
        fit = vp.fit(model, {"x": given}, restarts=1, tolerance=1e-14, **settings)
        assert fit.elbo == pytest.approx(dropped.elbo, rel=1e-11)
        for variable in set(fit) - {"z"}:
            for parameter, array in fit[variable].parameters.items():
                assert array == pytest.approx(dropped[variable].parameters[parameter], rel=1e-6)


def test_all_starts_of_a_mixture_with_missing_rows_reach_bounds_of_the_rows_there(
    rng: np.random.Generator,
) -> None:
    """With two components, the best of many starts is that without the rows."""
    settings, draw = PROBLEMS["mixture_of_poissons"]
    model, x = gallery.model("mixture_of_poissons"), draw(rng).astype(float)
    holes = x.copy()
    holes[2] = np.nan
    best = [
        vp.fit(model, {"x": given}, restarts=12, tolerance=1e-13, **settings).elbo
        for given in (holes, np.delete(x, 2))
    ]
    assert best[0] == pytest.approx(best[1], rel=1e-8)


def test_a_missing_cell_of_a_row_leaves_the_row(rng: np.random.Generator) -> None:
    """The bound of one component is the evidence of the cells that are there."""
    x = rng.integers(0, 2, (5, 3)).astype(float)
    x[1, 2] = x[3, 0] = np.nan
    settings = {"K": 1, "alpha": 0.7, "a": 1.3, "b": 0.7}
    fit = vp.fit(gallery.model("mixture_of_bernoullis"), {"x": x}, restarts=1, **settings)
    columns = [column[~np.isnan(column)][:, None] for column in x.T]
    assert fit.elbo == pytest.approx(sum(map(bits_evidence, columns)), rel=1e-11)


def test_documents_of_different_lengths_are_a_ragged_list() -> None:
    """Filled up with NaN it is the same fit; an empty document keeps its prior."""
    words = [[1, 2, 2], [3], [], [1, 3, 3, 4, 4]]
    filled = np.full((4, 5), np.nan)
    for row, own in zip(filled, words, strict=True):
        row[: len(own)] = own
    settings = {"K": 2, "V": 4, "alpha": 0.5, "eta": 0.3}
    ragged, full = (
        vp.fit(gallery.model("topics"), {"w": w}, restarts=2, **settings) for w in (words, filled)
    )
    assert ragged.trace == full.trace
    assert ragged.sizes == {"D": 4, "N": 5, "K": 2, "V": 4}
    assert ragged["theta"].concentration[2] == pytest.approx([0.5, 0.5], rel=1e-12)
    assert ragged["theta"].concentration.sum() == pytest.approx(4 * 1.0 + 9, rel=1e-12)
    assert ragged["phi"].concentration.sum() == pytest.approx(2 * 4 * 0.3 + 9, rel=1e-12)


def test_a_copy_without_data_keeps_its_prior() -> None:
    """A rate of its own for each count, one of which is missing."""
    m = vp.Model("m")
    with m.plate(n=m.sizes("N")):
        m.poisson("x", m.gamma("g", 2, 1), observed=True)
    fit = vp.fit(m, {"x": [1, None, 4]})
    assert np.array_equal(fit["g"].parameters["shape"], [3, 2, 6])
    assert np.array_equal(fit["g"].parameters["rate"], [2, 1, 2])
    each = [log_evidence_of_counts(np.array([x]), 2, 1) for x in (1, 4)]
    assert fit.elbo == pytest.approx(sum(each), rel=1e-12)


def test_plates_of_a_latent_variable_may_come_last_in_the_data() -> None:
    """A state for each column, all of which is missing: the same as without the column."""
    m = vp.Model("m")
    rows, columns, kinds = m.sizes("N D K")
    pi = m.dirichlet("pi", m.given("alpha", kinds))
    with m.plate(k=kinds):
        rate = m.gamma("rate", 1, 1)
    with m.plate(d=columns):
        z = m.categorical("z", pi)
    with m.plate(n=rows, d=columns):
        m.poisson("x", rate[z], observed=True)
    x = np.array([[1, 2, np.nan], [9, 3, np.nan]])
    one, other = (
        vp.fit(m, {"x": given}, alpha=1, K=2, restarts=5, tolerance=1e-13)
        for given in (x, x[:, :2])
    )
    assert one.elbo == pytest.approx(other.elbo, rel=1e-9)


def test_states_count_from_one_or_zero(rng: np.random.Generator) -> None:
    """The same fit, to the bit."""
    settings, draw = PROBLEMS["topics"]
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
        assert run.trace[-1] == pytest.approx(wanted, rel=1e-12)
        for name, array in (
            ("pi1.concentration", by_hand.first_concentration),
            ("pi2.concentration", by_hand.second_concentration),
            ("rho.concentration", by_hand.roll_concentration),
        ):
            assert run.parameters[name] == pytest.approx(array, rel=1e-10)


def test_progress_is_told_after_each_sweep() -> None:
    """Start, sweep and bound; the last of each start is its bound."""
    told: list[tuple[int, int, float]] = []
    fit = vp.fit(
        gallery.model("normal"),
        {"x": [1.0, 2.0, 4.0]},
        **PROBLEMS["normal"][0],
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


POISSONS = {"a": 1, "b": 2.0}
TABLE: dict[str, tuple[str, Any, dict[str, Any], str]] = {
    "a negative count": (
        "gamma_poisson",
        [3, -1],
        POISSONS,
        "x: wanted counts 0, 1, 2, ..., got -1 at 1",
    ),
    "half a count": (
        "gamma_poisson",
        [1.5],
        POISSONS,
        "x: wanted counts 0, 1, 2, ..., got 1.5 at 0",
    ),
    "a bit of two": ("beta_bernoulli", [0, 2], POISSONS, "x: wanted zeros and ones, got 2 at 1"),
    "digits as text": (
        "gamma_poisson",
        ["1", "2"],
        POISSONS,
        "x: wanted real numbers, got list of something else",
    ),
    "text": (
        "gamma_poisson",
        ["a"],
        POISSONS,
        "x: wanted real numbers, got list of something else",
    ),
    "a table of objects": (
        "gamma_poisson",
        {1: 2},
        POISSONS,
        "x: wanted real numbers, got dict of",
    ),
    "complex": (
        "gamma_poisson",
        [1j],
        POISSONS,
        "x: wanted real numbers, got list of something else",
    ),
    "infinite": ("normal", [np.inf], {}, "x: wanted finite numbers, got an infinite one"),
    "no rows": ("gamma_poisson", [], POISSONS, "x: wanted one row or more, got the shape (0,)"),
    "a single number": ("gamma_poisson", 3, POISSONS, "x: wanted the shape (N), got ()"),
    "two axes": ("gamma_poisson", [[1, 2]], POISSONS, "x: wanted the shape (N), got (1, 2)"),
    "another size": (
        "gamma_poisson",
        [1, 2],
        {**POISSONS, "N": 5},
        "x: wanted the shape (N) = (5,), got (2,)",
    ),
    "an unknown setting": (
        "gamma_poisson",
        [1],
        {**POISSONS, "c": 1},
        "gamma_poisson has the sizes and given numbers a, b, N; got 'c'",
    ),
    "a lacking number": ("gamma_poisson", [1], {"a": 1}, "wanted values of b, as in b=1.0"),
    "a lacking size": ("dirichlet_categorical", [1], {"alpha": 1}, "wanted the size K, as in K=3"),
    "a given number below zero": (
        "gamma_poisson",
        [1],
        {"a": -1, "b": 1},
        "a: wanted positive numbers, got -1",
    ),
    "a given number that is text": (
        "gamma_poisson",
        [1],
        {"a": "x", "b": 1},
        "a: wanted real numbers, got str of",
    ),
    "a given number that is NaN": (
        "gamma_poisson",
        [1],
        {"a": np.nan, "b": 1},
        "a: wanted given numbers, got one that is missing",
    ),
    "a given vector too short": (
        "dirichlet_categorical",
        [1],
        {"K": 3, "alpha": [1, 2]},
        "alpha: wanted one number or the shape (3,), got (2,)",
    ),
    "half a size": (
        "dirichlet_categorical",
        [1],
        {"K": 2.5, "alpha": 1},
        "K: wanted a whole number, one or more, got 2.5",
    ),
    "a size of zero": (
        "dirichlet_categorical",
        [1],
        {"K": 0, "alpha": 1},
        "K: wanted a whole number",
    ),
    "a negative size": (
        "dirichlet_categorical",
        [1],
        {"K": -3, "alpha": 1},
        "K: wanted a whole number",
    ),
    "an infinite size": (
        "dirichlet_categorical",
        [1],
        {"K": np.inf, "alpha": 1},
        "K: wanted a whole",
    ),
    "a size that is text": (
        "dirichlet_categorical",
        [1],
        {"K": "3", "alpha": 1},
        "K: wanted a whole",
    ),
    "a list as a size": ("dirichlet_categorical", [1], {"K": [3], "alpha": 1}, "K: wanted a whole"),
    "a state of zero": (
        "dirichlet_categorical",
        [1, 0],
        {"K": 2, "alpha": 1},
        "x: wanted states 1 to 2, got 0 at 1; states_from=0 counts from zero",
    ),
    "a state too large": (
        "dirichlet_categorical",
        [3],
        {"K": 2, "alpha": 1},
        "x: wanted states 1 to 2, got 3 at 0",
    ),
    "no start": (
        "gamma_poisson",
        [1],
        {**POISSONS, "restarts": 0},
        "restarts: wanted a whole number from 1, got 0",
    ),
    "half a start": (
        "gamma_poisson",
        [1],
        {**POISSONS, "restarts": 1.5},
        "restarts: wanted a whole",
    ),
    "no sweep": (
        "gamma_poisson",
        [1],
        {**POISSONS, "sweeps": 0},
        "sweeps: wanted a whole number from 1",
    ),
    "a negative seed": (
        "gamma_poisson",
        [1],
        {**POISSONS, "seed": -1},
        "seed: wanted a whole number from 0",
    ),
    "a negative tolerance": (
        "gamma_poisson",
        [1],
        {**POISSONS, "tolerance": -1},
        "tolerance: wanted a number from 0, got -1",
    ),
    "a tolerance that is NaN": (
        "gamma_poisson",
        [1],
        {**POISSONS, "tolerance": np.nan},
        "tolerance: wanted",
    ),
    "states from two": (
        "gamma_poisson",
        [1],
        {**POISSONS, "states_from": 2},
        "states_from: wanted 0 or 1",
    ),
}


@pytest.mark.parametrize("name", TABLE)
def test_data_and_settings_that_do_not_fit_are_refused_in_one_sentence(name: str) -> None:
    """It names the variable or the setting, and the first place of a wrong value."""
    model, x, settings, sentence = TABLE[name]
    if model == "normal":
        settings = PROBLEMS["normal"][0]
    with pytest.raises(vp.DataError, match=re.escape(sentence)) as raised:
        vp.fit(gallery.model(model), {"x": x}, **settings)
    assert "\n" not in str(raised.value)


def test_names_of_data_are_compared_with_the_declaration() -> None:
    """Unknown ones and lacking ones; what is no table of names is refused too."""
    model = gallery.model("gamma_poisson")
    for data, sentence in (
        ({"x": [1], "y": [1]}, "gamma_poisson observes x; got data for 'y'"),
        ({}, "gamma_poisson: wanted data for x, got none"),
        ([1, 2], "gamma_poisson: wanted data by name, as in {'x': ...}, got [1, 2]"),
        (None, "gamma_poisson: wanted data by name"),
    ):
        with pytest.raises(vp.DataError, match=re.escape(sentence)):
            vp.fit(model, data, **POISSONS)


def test_what_cannot_be_fitted_is_refused() -> None:
    """Something that is no model; one without a latent variable; a name that is an option."""
    with pytest.raises(vp.DataError, match="wanted a model, as in m = varproof"):
        vp.fit("lda", {})
    m = vp.Model("m")
    m.poisson("x", m.given("a"), observed=True)
    with pytest.raises(vp.DataError, match="m: wanted a latent variable to fit, got none"):
        vp.fit(m, {"x": 1}, a=1)
    m = vp.Model("m")
    m.poisson("x", m.gamma("g", m.given("seed"), 1), observed=True)
    with pytest.raises(vp.DataError, match="seed: wanted another name in m, got that of an option"):
        vp.fit(m, {"x": 1}, seed=1)


def test_a_missing_value_on_which_others_depend_is_refused() -> None:
    """No value of it can be left out."""
    m = vp.Model("m")
    g = m.gamma("g", 1, 1)
    with m.plate(n=m.sizes("N")):
        y = m.gamma("y", 1, g, observed=True)
        m.poisson("x", y, observed=True)
    with pytest.raises(vp.DataError, match="y: wanted every value, because x depends on it"):
        vp.fit(m, {"x": [1, 3], "y": [1.0, None]})
    assert vp.fit(m, {"x": [1, None], "y": [1.0, 2.0]}).converged
