"""Data, settings and options that do not fit a declaration are refused in one sentence."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from harness import gallery

import varproof as vp

Floats = np.ndarray

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


def test_data_that_cannot_be_under_the_model_has_no_finite_bound() -> None:
    """Seven of five trials: the error says so after the first sweep."""
    m = vp.Model("m")
    t = m.beta("t", 1, 1)
    with m.plate(n=m.sizes("N")):
        m.variable("x", "Binomial", 5, t, observed=True)
    assert vp.fit(m, {"x": [1, 3]})["t"].first == 5
    with pytest.raises(ArithmeticError, match="got -inf after sweep 1: the data cannot be"):
        vp.fit(m, {"x": [1, 7]})


@pytest.mark.parametrize("name", TABLE)
def test_data_and_settings_that_do_not_fit_are_refused_in_one_sentence(name: str) -> None:
    """It names the variable or the setting, and the first place of a wrong value."""
    model, x, settings, sentence = TABLE[name]
    if model == "normal":
        settings = gallery.PROBLEMS["normal"][0]
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
