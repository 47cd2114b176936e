"""The same functions on models they were not written for: topics, a Gaussian mixture, refusals.

Latent Dirichlet allocation and a mixture of Gaussians with a
known variance go through the declaration, the mean field and the builders that the dice go
through; their updates are the textbook's, symbolically and against NumPy written by hand.
"""

from __future__ import annotations

import numpy as np
import pytest
from oracles.second_models import Mixture, Topics, d, k, n, v
from scipy.special import digamma, softmax
from sympy import Expr, Integer, exp, log, polygamma

from derivations.calculus.binding import free_indices
from derivations.calculus.evaluate import evaluate
from derivations.calculus.expressions import Array, IndexSum, Iverson
from derivations.calculus.indices import Index
from derivations.calculus.normal_form import is_proved_equal, normal_form
from derivations.calculus.point import Point
from derivations.evidence.points import draw_model_point


def psi(argument: Expr) -> Expr:
    """The digamma function."""
    return polygamma(0, argument)


def normalized(exponent: Expr, index: Index) -> Expr:
    """Exp of an exponent over its sum."""
    return exp(exponent) / IndexSum(exp(exponent), index)


PRECISION = 1 / Mixture.prior_variance[k] + IndexSum(Mixture.r[n, k], n) / Mixture.variance[()]
WEIGHTED = (
    Mixture.prior_mean[k] / Mixture.prior_variance[k]
    + IndexSum(Mixture.r[n, k] * Mixture.x[n], n) / Mixture.variance[()]
)
MISFIT = (Mixture.x[n] - Mixture.mean[k]) ** 2 + Mixture.spread[k]

TEXTBOOK: dict[str, tuple[type, Array, tuple[Expr, ...]]] = {
    "mixture.weights": (
        Mixture,
        Mixture.weights,
        (Mixture.alpha[k] + IndexSum(Mixture.r[n, k], n),),
    ),
    "mixture.means": (Mixture, Mixture.means, (WEIGHTED / PRECISION, 1 / PRECISION)),
    "mixture.z": (
        Mixture,
        Mixture.z,
        (normalized(psi(Mixture.alpha_hat[k]) - MISFIT / (2 * Mixture.variance[()]), k),),
    ),
    "topics.theta": (
        Topics,
        Topics.theta,
        (Topics.alpha[k] + IndexSum(Topics.r[d, n, k], n),),
    ),
    "topics.phi": (
        Topics,
        Topics.phi,
        (Topics.eta[v] + IndexSum(Iverson(Topics.w[d, n], v) * Topics.r[d, n, k], d, n),),
    ),
    "topics.z": (
        Topics,
        Topics.z,
        (
            normalized(
                psi(Topics.gamma[d, k])
                + IndexSum(Iverson(Topics.w[d, n], v) * psi(Topics.lam[k, v]), v)
                - psi(IndexSum(Topics.lam[k, v], v)),
                k,
            ),
        ),
    ),
}
EACH_UPDATE = pytest.mark.parametrize("name", TEXTBOOK)


@EACH_UPDATE
def test_an_update_is_proved_to_be_the_textbooks(name: str) -> None:
    """The derived parameters and the ones written by hand are equal for all sizes.

    Probabilities are, if both sum to one and their log ratio is the same at every entry.
    """
    case, array, expected = TEXTBOOK[name]
    derived = case.mean_field.update(array)
    assert len(derived) == len(expected)
    for one, entry in zip(derived, expected, strict=True):
        if case.model.variable(array).family.name == "Categorical":
            assert is_proved_equal(IndexSum(one.entry, one.index), Integer(1))
            assert is_proved_equal(IndexSum(entry, one.index), Integer(1))
            assert one.index not in free_indices(normal_form(log(one.entry) - log(entry)))
            assert one.index in free_indices(normal_form(log(one.entry) - 2 * log(entry)))
        else:
            assert is_proved_equal(one.entry, entry)
            assert not is_proved_equal(one.entry, entry + 1)


def mixture_oracle(values: dict[str, np.ndarray]) -> dict[str, tuple[np.ndarray, ...]]:
    """One coordinate step of each factor of the mixture, in NumPy alone."""
    r, x, variance = values["r"], values["x"], values["variance"]
    precision = 1 / values["v0"] + r.sum(0) / variance
    mean = (values["m0"] / values["v0"] + r.T @ x / variance) / precision
    misfit = (x[:, None] - values["m"]) ** 2 + values["s"]
    logits = digamma(values["alpha_hat"]) - misfit / (2 * variance)
    return {
        "mixture.weights": (values["alpha"] + r.sum(0),),
        "mixture.means": (mean, 1 / precision),
        "mixture.z": (softmax(logits, axis=1),),
    }


def topics_oracle(values: dict[str, np.ndarray]) -> dict[str, tuple[np.ndarray, ...]]:
    """One coordinate step of each factor of the topic model, in NumPy alone."""
    r, words = values["r"], values["w"] - 1
    counts = np.zeros_like(values["lam"])
    for place, word in np.ndenumerate(words):
        counts[:, word] += r[place]
    scores = digamma(values["lam"]) - digamma(values["lam"].sum(1, keepdims=True))
    logits = digamma(values["gamma"])[:, None, :] + scores.T[words]
    return {
        "topics.theta": (values["alpha"] + r.sum(1),),
        "topics.phi": (values["eta"] + counts,),
        "topics.z": (softmax(logits, axis=-1),),
    }


def tabulated(entry: Expr, point: Point, indices: tuple[Index, ...]) -> np.ndarray:
    """The values of an expression at every place of some indices."""
    ranges = [point.index_values(i) for i in indices]
    table = np.empty([len(r) for r in ranges])
    for place in np.ndindex(table.shape):
        table[place] = evaluate(
            entry, point.at({i: p + 1 for i, p in zip(indices, place, strict=True)})
        )
    return table


@EACH_UPDATE
def test_an_update_equals_numpy_written_by_hand(name: str, rng: np.random.Generator) -> None:
    """At random sizes, all different, the derived update evaluated slowly is NumPy's."""
    case, array, _ = TEXTBOOK[name]
    oracle = mixture_oracle if case is Mixture else topics_oracle
    for _ in range(4):
        point = draw_model_point(case.model, rng, {}, case.mean_field.factors)
        wanted = oracle({a.name: values for a, values in point.arrays.items()})[name]
        factor = case.mean_field.factor(array)
        for one, own, values in zip(
            case.mean_field.update(array), factor.vectors, wanted, strict=True
        ):
            indices = own.entry.subscripts
            np.testing.assert_allclose(
                tabulated(one.entry, point, indices), values, rtol=1e-12, atol=1e-13
            )


def variance_squared() -> tuple[Expr, ...]:
    """The update with the square of the variance where the variance belongs."""
    squared = IndexSum(Mixture.r[n, k], n) / Mixture.variance[()] ** 2
    precision = 1 / Mixture.prior_variance[k] + squared
    return (WEIGHTED / precision, 1 / precision)


GAUSSIAN_MUTANTS: dict[str, tuple[Expr, ...]] = {
    "precision for variance": (WEIGHTED / PRECISION, PRECISION),
    "variance squared": variance_squared(),
    "standard deviation for variance": (WEIGHTED / PRECISION, 1 / PRECISION**2),
    "mean not divided": (WEIGHTED, 1 / PRECISION),
    "prior mean with the wrong sign": (
        (WEIGHTED - 2 * Mixture.prior_mean[k] / Mixture.prior_variance[k]) / PRECISION,
        1 / PRECISION,
    ),
    "prior precision dropped": (
        WEIGHTED / PRECISION,
        Mixture.variance[()] / IndexSum(Mixture.r[n, k], n),
    ),
}


@pytest.mark.parametrize("mutant", GAUSSIAN_MUTANTS)
def test_a_broken_gaussian_update_is_another(mutant: str, rng: np.random.Generator) -> None:
    """Neither proved equal to the update nor equal to what NumPy finds."""
    case = Mixture
    broken = GAUSSIAN_MUTANTS[mutant]
    true = TEXTBOOK["mixture.means"][2]
    assert not all(is_proved_equal(o, t) for o, t in zip(broken, true, strict=True))
    point = draw_model_point(case.model, rng, {}, case.mean_field.factors)
    wanted = mixture_oracle({a.name: v for a, v in point.arrays.items()})["mixture.means"]
    found = [tabulated(entry, point, (k,)) for entry in broken]
    assert not all(np.allclose(f, w, rtol=1e-9) for f, w in zip(found, wanted, strict=True))
