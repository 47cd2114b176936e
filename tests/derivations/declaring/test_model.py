"""A declaration: the shapes, domains and parents that it infers."""

from __future__ import annotations

import numpy as np
import pytest
from harness import gallery
from sympy import Float, Rational

import varproof as vp
from derivations.calculus.expressions import COUNTS, POSITIVE, REAL, SIMPLEX, UNIT, Array
from derivations.calculus.indices import Index, size
from derivations.calculus.model import Model, Variable
from derivations.declaring import DeclaredModel
from derivations.families import Categorical, Dirichlet, Vector


def test_the_declared_topics_are_those_written_out() -> None:
    """The model of `topics.py` equals the same model written with the calculus' own classes."""
    d_count, n_count, k_count, v_count = (size(s) for s in ("D", "N", "K", "V"))
    d, n = Index("d", 1, d_count), Index("n", 1, n_count)
    k, v = Index("k", 1, k_count), Index("v", 1, v_count)
    alpha = Array("alpha", (k_count,), "alpha", POSITIVE)
    eta = Array("eta", (v_count,), "eta", POSITIVE)
    phi = Array("phi", (k_count, v_count), "phi", SIMPLEX)
    theta = Array("theta", (d_count, k_count), "theta", SIMPLEX)
    z = Array("z", (d_count, n_count), "z", states=k_count)
    w = Array("w", (d_count, n_count), "w", states=v_count)
    written = Model(
        "topics",
        (
            Variable(phi, Dirichlet(), (Vector(eta[v], v),), (k,)),
            Variable(theta, Dirichlet(), (Vector(alpha[k], k),), (d,)),
            Variable(z, Categorical(), (Vector(theta[d, k], k),), (d, n)),
            Variable(w, Categorical(), (Vector(phi[z[d, n], v], v),), (d, n), observed=True),
        ),
    )
    declared = gallery.model("topics").model
    assert declared == written
    assert declared.inserted_log_joint() == written.inserted_log_joint()


def test_shapes_and_parents_of_the_dice_are_inferred() -> None:
    """A sum of two states selects; sizes may be formulas."""
    model = gallery.model("dice").model
    by_name = {v.name: v for v in model.variables}
    d1, d2 = size("D1"), size("D2")
    assert by_name["rho"].array.sizes == (d1 + d2 - 1, size("D3"))
    assert by_name["x"].array.states == size("D3")
    assert [p.name for p in model.parents(by_name["x"])] == ["rho", "z1", "z2"]
    assert [v.name for v in model.latent] == ["pi1", "pi2", "rho", "z1", "z2"]


def test_domains_of_fixed_numbers_follow_from_their_use() -> None:
    """A parameter by itself has its domain; in formulas it is real, unless given."""
    m = DeclaredModel("m")
    faces, points = m.sizes("K N")
    shape, rate, prob, p, mean, half = (
        *(m.given(s) for s in ("shape", "rate", "prob")),
        m.given("p", faces),
        m.given("mean"),
        m.given("half", domain="positive"),
    )
    m.gamma("g", shape, rate)
    m.bernoulli("b", prob)
    with m.plate(n=points):
        m.categorical("z", p)
    m.normal("x", 2 * mean, half + 1, observed=True)
    domains = {a.name: a.domain for v in m.model.variables for a in m.model.hyperparameters(v)}
    wanted = {"shape": POSITIVE, "rate": POSITIVE, "prob": UNIT, "p": SIMPLEX}
    assert domains == {**wanted, "mean": REAL, "half": POSITIVE}


def test_supports_of_variables_are_those_of_their_families() -> None:
    """Also of counts with a number of trials."""
    m = DeclaredModel("m")
    t = m.beta("t", 1, 1)
    m.variable("x", "Binomial", 5, t, observed=True)
    m.poisson("y", m.gamma("g", 1, 2), observed=True)
    assert [v.array.domain for v in m.model.variables] == [UNIT, COUNTS, POSITIVE, COUNTS]


def test_plates_are_left_also_by_an_error() -> None:
    """What is declared after it stands outside."""
    m = DeclaredModel("m")
    with pytest.raises(RuntimeError), m.plate(n=m.sizes("N")):
        raise RuntimeError
    assert m.gamma("g", 1, 1).own == ()


def test_several_plates_are_opened_at_once_and_give_their_indices() -> None:
    """An entry can be named at an index."""
    m = DeclaredModel("m")
    rows, columns = m.sizes("N, D")
    x = m.given("x", rows, columns)
    with m.plate(n=rows, d=columns) as (n, d):
        m.normal("y", x[n, d] ** 2, 1, observed=True)
        m.normal("y_again", x**2, 1, observed=True)
    first, second = m.model.variables
    assert first.parameters == second.parameters


def test_numbers_of_numpy_enter_formulas_on_either_side() -> None:
    """NumPy leaves the product to the declaration."""
    m = DeclaredModel("m")
    a = m.given("a")
    assert np.float64(2) * a == a * np.float64(2) == 2.0 * a == 2 * a
    assert (2**a).args == (2, a.number())
    assert -a == 0 - a


def test_decimal_numbers_are_the_fractions_they_are_written_as() -> None:
    """Alone, and in formulas; so that the checks compute with exact numbers."""
    m = DeclaredModel("m")
    w = m.normal("w", 0, 0.1)
    m.normal("x", 0.25 * w + 1e-3, 3, observed=True)
    entries = [p.entry for v in m.model.variables for p in v.parameters]
    assert entries[1] == Rational(1, 10)
    assert entries[2] == w.number() / 4 + Rational(1, 1000)
    assert not any(e.has(Float) for e in entries)
    assert {j.verdict.value for j in vp.check(m).values()} == {"established"}
