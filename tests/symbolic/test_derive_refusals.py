"""Builders that refuse: continuous variables that do not come apart, a family read off wrongly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from oracles.second_models import K, Mixture, Topics, k
from sympy import Expr

from derivations.calculus.expressions import POSITIVE, Array
from derivations.calculus.mean_field import Factor, MeanField
from derivations.calculus.model import Model, ModelError, Variable
from derivations.calculus.normal_form import collect
from derivations.calculus.steps import Verdict
from derivations.derive.brief import Brief
from derivations.derive.marginal import log_joint_of_discrete
from derivations.derive.updates import READ_OFF, update
from derivations.families import Dirichlet, Gaussian, Vector

if TYPE_CHECKING:
    import numpy as np

mean, variance = Array("m0", ()), Array("v0", (), domain=POSITIVE)
mu, y, x = (Array(name, ()) for name in ("mu", "y", "x"))


def chain() -> MeanField:
    """Declare x given y given mu, all Gaussian, with a factor for each of the two latent ones."""
    spread = Vector(variance[()])
    variables = (
        Variable(mu, Gaussian(), (Vector(mean[()]), spread)),
        Variable(y, Gaussian(), (Vector(mu[()]), spread)),
        Variable(x, Gaussian(), (Vector(y[()]), spread), observed=True),
    )
    factors = tuple(
        Factor(v, (Array(f"m_{v.name}", ()), Array(f"s_{v.name}", (), domain=POSITIVE)))
        for v in variables[:2]
    )
    return MeanField(Model("chain", variables), factors)


def test_continuous_variables_joined_by_a_term_are_refused() -> None:
    """Integrated one by one with the other held, mu and y would leave y in the result."""
    assert chain().update(mu)  # the model is conjugate: a mean field there is
    with pytest.raises(ModelError, match=r"chain: .*joins mu and y: .*mu.*y"):
        log_joint_of_discrete(chain())


@pytest.mark.parametrize("case", [Mixture, Topics])
def test_continuous_variables_that_come_apart_are_integrated(case: type) -> None:
    """What only discrete variables join is not refused, and no continuous one is left."""
    found = log_joint_of_discrete(case.mean_field)
    continuous = {v.array for v in case.model.latent if v.array.states == 0}
    assert not found.atoms(Array) & continuous


@dataclass(frozen=True)
class OffByOne(Dirichlet):
    """A Dirichlet whose concentrations are read off one too large."""

    def standard_parameters(self, naturals: tuple[Vector, ...]) -> tuple[Vector, ...]:
        """Add 2 for 1."""
        (natural,) = naturals
        return (Vector(collect(natural.entry + 2), natural.index),)

    def log_normalizer(self, naturals: tuple[Vector, ...]) -> Expr:
        """Return the right one, so that nothing but the reading is wrong."""
        return Dirichlet().log_normalizer(naturals)


def verdicts(family: Dirichlet, rng: np.random.Generator) -> list[Verdict]:
    """Read a Dirichlet's optimal factor off and run the checks of that step."""
    alpha, weights = Array("alpha", (K,), domain=POSITIVE), Mixture.weights
    prior = Variable(weights, family, (Vector(alpha[k], k),))
    z = Mixture.model.variable(Mixture.z)
    mean_field = MeanField(
        Model("read off", (prior, z)),
        (Factor(prior, (Mixture.alpha_hat,)), Factor(z, (Mixture.r,))),
    )
    brief = Brief("a.key", "", "", (), Mixture.sizes, ())
    derived = update(brief, mean_field, weights)
    (step,) = (s for s in derived.steps if s.rule == READ_OFF)
    return [check(rng).verdict for check in step.checks]


def test_a_constant_added_to_every_concentration_does_not_pass(rng: np.random.Generator) -> None:
    """Only where statistics sum to one, as indicators do, does a constant go into the normalizer.

    The logs of a Dirichlet do not: its natural parameter has to come back exactly.
    """
    assert set(verdicts(Dirichlet(), rng)) == {Verdict.ESTABLISHED}
    assert verdicts(OffByOne(), rng)[0] is not Verdict.ESTABLISHED
