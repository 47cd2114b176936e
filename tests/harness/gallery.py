"""The models of the gallery, and random points at which their formulas are evaluated."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from derivations.calculus.point import Point
from derivations.declaring.files import models
from harness.project import ROOT

if TYPE_CHECKING:
    from sympy import Symbol

    from derivations.calculus.expressions import Array
    from derivations.declaring import DeclaredModel

FOLDER = ROOT / "docs" / "examples" / "models"
NAMES = sorted(path.stem for path in FOLDER.glob("*.py"))
SMALL = ("beta_bernoulli", "gamma_poisson")
"""Two models whose derivations take a second to check."""

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
"""Given numbers and sizes of each model, and data of it at random."""


def path(name: str) -> str:
    """Return the file of a model."""
    return str(FOLDER / f"{name}.py")


def model(name: str) -> DeclaredModel:
    """Return the model that a file declares."""
    (found,) = models(path(name)).values()
    return found


def observed(name: str) -> str:
    """Return the name of the one variable that a model observes."""
    (found,) = (v.name for v in model(name).model.variables if v.observed)
    return found


def random_sizes(symbols: Iterable[Symbol], rng: np.random.Generator) -> dict[Symbol, int]:
    """Return sizes from two up that all differ."""
    ordered = sorted(symbols, key=str)
    drawn = rng.permutation(len(ordered)) + 2
    return {symbol: int(n) for symbol, n in zip(ordered, drawn, strict=True)}


def random_values(
    arrays: Iterable[Array], sizes: Mapping[Symbol, int], rng: np.random.Generator
) -> dict[Array, NDArray[Any]]:
    """Return values of every array's domain."""
    point = Point(sizes, {})
    return {a: _drawn(a, point, rng) for a in sorted(arrays, key=str)}


def _drawn(array: Array, point: Point, rng: np.random.Generator) -> NDArray[Any]:
    shape = point.shape(array)
    if array.states != 0:
        return rng.integers(1, point.count(array.states) + 1, shape)
    draws: dict[str, Any] = {
        "simplex": lambda: rng.dirichlet(np.ones(shape[-1]), shape[:-1]),
        "positive": lambda: rng.uniform(0.5, 2.0, shape),
        "unit": lambda: rng.uniform(0.1, 0.9, shape),
        "bits": lambda: rng.integers(0, 2, shape),
        "counts": lambda: rng.integers(0, 6, shape),
        "real": lambda: rng.normal(size=shape),
    }
    return np.asarray(draws[array.domain]())
