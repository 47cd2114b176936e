"""Values that are missing: their terms are left out, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from harness import gallery
from oracles import conjugate
from scipy import stats

import varproof as vp

Floats = np.ndarray


@pytest.mark.parametrize("name", ["mixture_of_poissons", "mixture_of_bernoullis", "normal"])
def test_missing_rows_are_rows_dropped(name: str, rng: np.random.Generator) -> None:
    """NaN, None and masks alike: the other factors and the bound are those without these rows."""
    settings, draw = gallery.PROBLEMS[name]
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
        assert fit.elbo == pytest.approx(dropped.elbo, rel=1e-11, abs=0)
        for variable in set(fit) - {"z"}:
            for parameter, array in fit[variable].parameters.items():
                assert array == pytest.approx(
                    dropped[variable].parameters[parameter], rel=1e-6, abs=0
                )


def test_all_starts_of_a_mixture_with_missing_rows_reach_bounds_of_the_rows_there(
    rng: np.random.Generator,
) -> None:
    """With two components, the best of many starts is that without the rows."""
    settings, draw = gallery.PROBLEMS["mixture_of_poissons"]
    model, x = gallery.model("mixture_of_poissons"), draw(rng).astype(float)
    holes = x.copy()
    holes[2] = np.nan
    best = [
        vp.fit(model, {"x": given}, restarts=12, tolerance=1e-13, **settings).elbo
        for given in (holes, np.delete(x, 2))
    ]
    assert best[0] == pytest.approx(best[1], rel=1e-8, abs=0)


def test_a_missing_cell_of_a_row_leaves_the_row(rng: np.random.Generator) -> None:
    """The bound of one component is the evidence of the cells that are there."""
    x = rng.integers(0, 2, (5, 3)).astype(float)
    x[1, 2] = x[3, 0] = np.nan
    settings = {"K": 1, "alpha": 0.7, "a": 1.3, "b": 0.7}
    fit = vp.fit(gallery.model("mixture_of_bernoullis"), {"x": x}, restarts=1, **settings)
    columns = [column[~np.isnan(column)][:, None] for column in x.T]
    assert fit.elbo == pytest.approx(sum(map(conjugate.bits_evidence, columns)), rel=1e-11, abs=0)


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
    assert ragged["theta"].concentration[2] == pytest.approx([0.5, 0.5], rel=1e-12, abs=0)
    assert ragged["theta"].concentration.sum() == pytest.approx(4 * 1.0 + 9, rel=1e-12, abs=0)
    assert ragged["phi"].concentration.sum() == pytest.approx(2 * 4 * 0.3 + 9, rel=1e-12, abs=0)


def test_a_copy_without_data_keeps_its_prior() -> None:
    """A rate of its own for each count, one of which is missing."""
    m = vp.Model("m")
    with m.plate(n=m.sizes("N")):
        m.poisson("x", m.gamma("g", 2, 1), observed=True)
    fit = vp.fit(m, {"x": [1, None, 4]})
    assert np.array_equal(fit["g"].parameters["shape"], [3, 2, 6])
    assert np.array_equal(fit["g"].parameters["rate"], [2, 1, 2])
    each = [conjugate.log_evidence_of_counts(np.array([x]), 2, 1) for x in (1, 4)]
    assert fit.elbo == pytest.approx(sum(each), rel=1e-12, abs=0)


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
    assert one.elbo == pytest.approx(other.elbo, rel=1e-9, abs=0)


def test_two_observations_of_one_state_may_each_be_missing() -> None:
    """A row that lacks both is a row dropped; one that lacks one of them is not."""
    m = vp.Model("m")
    rows, kinds = m.sizes("N K")
    pi = m.dirichlet("pi", 1, size=kinds)
    with m.plate(k=kinds):
        rate, mean = m.gamma("rate", 1, 1), m.normal("mean", 0, 10)
    with m.plate(n=rows):
        z = m.categorical("z", pi)
        m.poisson("x", rate[z], observed=True)
        m.normal("y", mean[z], 1, observed=True)
    both = vp.fit(m, {"x": [1, None, 9, 8], "y": [1, None, 3, 5]}, K=1)
    dropped = vp.fit(m, {"x": [1, 9, 8], "y": [1, 3, 5]}, K=1)
    assert both.elbo == pytest.approx(dropped.elbo, rel=1e-12, abs=0)
    one = vp.fit(m, {"x": [1, None, 9, 8], "y": [1, 2, None, 5]}, K=1)
    assert one["pi"].concentration == pytest.approx([5], rel=1e-12, abs=0)


def test_states_above_states_are_left_out_with_them() -> None:
    """Of a chain of two states and a word that is missing, both are."""
    m = vp.Model("m")
    rows, kinds, parts = m.sizes("N K L")
    pi = m.dirichlet("pi", 1, size=kinds)
    with m.plate(k=kinds):
        a = m.dirichlet("a", 1, size=parts)
    with m.plate(l=parts):
        b = m.dirichlet("b", 1, size=3)
    with m.plate(n=rows):
        z = m.categorical("z", pi)
        u = m.categorical("u", a[z])
        m.categorical("w", b[u], observed=True)
    given = ([1, None, 2, 1], [1, 2, 1])
    one, other = (vp.fit(m, {"w": w}, K=1, L=1, tolerance=1e-14) for w in given)
    assert one.elbo == pytest.approx(other.elbo, rel=1e-12, abs=0)
    assert one["pi"].concentration == pytest.approx([4], rel=1e-12, abs=0)


def test_missing_points_of_the_simplex_and_of_the_unit_interval_are_left_out() -> None:
    """Observed with fixed parameters, so that the bound is exact."""
    m = vp.Model("m")
    g, alpha = m.gamma("g", 1, 1), m.given("alpha", m.sizes("K"))
    with m.plate(n=m.sizes("N")):
        m.dirichlet("x", alpha, observed=True)
        m.beta("y", 2, 1, observed=True)
        m.poisson("c", g, observed=True)
    points = [[0.2, 0.8], [None, None], [0.5, 0.5]]
    fit = vp.fit(m, {"x": points, "y": [0.1, None, 0.3], "c": [1, 2, None]}, alpha=[1.5, 2])
    exact = conjugate.log_evidence_of_counts(np.array([1, 2]), 1, 1)
    exact += stats.beta(2, 1).logpdf([0.1, 0.3]).sum()
    exact += sum(stats.dirichlet([1.5, 2]).logpdf(points[n]) for n in (0, 2))
    assert fit.elbo == pytest.approx(exact, rel=1e-12, abs=0)
    with pytest.raises(vp.DataError, match=r"x: wanted positive numbers that sum to one, got 0.3"):
        vp.fit(m, {"x": [[0.3, None]], "y": [0.1], "c": [1]}, alpha=1)
