"""Declarations that describe no model, or none that a mean field can be derived for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from oracles.second_models import K, Mixture, N, k, n
from sympy import Expr, exp

import derivations.calculus
from derivations.calculus.expressions import POSITIVE, SIMPLEX, Array, IndexSum
from derivations.calculus.indices import Index
from derivations.calculus.mean_field import Factor, MeanField, NotConjugateError
from derivations.calculus.model import Model, ModelError, Variable
from derivations.families import Categorical, Dirichlet, Gaussian, Vector

p = Array("p", (K,), domain=SIMPLEX)
k2 = Index("l", 1, K)


def a_model(*variables: Variable) -> Model:
    """A Dirichlet vector and what hangs on it."""
    prior = Variable(p, Dirichlet(), (Vector(Array("a", (K,), domain=POSITIVE)[k], k),))
    return Model("refused", (prior, *variables))


def with_factors(model: Model) -> MeanField:
    """A mean field over every latent variable, parameters named after it."""
    factors = []
    for variable in model.latent:
        extents = [plate.upper for plate in variable.plates]
        if not isinstance(variable.family, Gaussian):
            extents.append(variable.parameters[0].index.upper)
        names = variable.family.parameter_names
        domain = SIMPLEX if isinstance(variable.family, Categorical) else POSITIVE
        arrays = (Array(f"{variable.name}_{b}", extents, domain=domain) for b in names)
        factors.append(Factor(variable, tuple(arrays)))
    return MeanField(model, tuple(factors))


y = Array("y", (N,))
ONE = Vector(Array("one", (), domain=POSITIVE)[()])
MU = Variable(Array("mu", (K,)), Gaussian(), (Vector(Array("m0", (K,))[k]), ONE), plates=(k,))
mu = MU.array


def observed(mean: Expr, variance: Vector = ONE) -> Variable:
    """Gaussian data with a given mean."""
    return Variable(y, Gaussian(), (Vector(mean), variance), plates=(n,), observed=True)


REFUSED: dict[str, tuple[Model, str]] = {
    "the same variable twice: an Ising-like pair": (
        a_model(MU, observed(IndexSum(mu[k] * mu[k2], k, k2))),
        "mu",
    ),
    "two cells of one variable": (a_model(MU, observed(IndexSum(mu[k], k))), "mu"),
    "a statistic squared": (a_model(MU, observed(mu[1] ** 2)), "mu[1]**4"),
    "a log of a sum of entries": (
        a_model(
            Variable(
                Array("z", (N,), states=K),
                Categorical(),
                (Vector((p[k] + p[K + 1 - k]) / 2, k),),
                plates=(n,),
                observed=True,
            )
        ),
        "log(sum_{k} (p[K - k + 1])/2 + 1/2)",
    ),
    "an exponential of a latent variable": (a_model(MU, observed(exp(mu[1]))), "exp(mu[1])"),
    "a latent variance": (a_model(observed(ONE.entry, Vector(p[1]))), "p[1]"),
    "a probability itself, not its log": (a_model(observed(p[1])), "p[1]"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_model_that_is_not_conjugate_is_refused_by_its_term(name: str) -> None:
    """The refusal names a term of the log joint that is not multilinear in the statistics."""
    model, term = REFUSED[name]
    with pytest.raises(NotConjugateError, match="multilinear") as refusal:
        with_factors(model).update(p)
    assert term in str(refusal.value).split("got the term")[1]


def test_a_mean_field_without_a_factor_for_a_latent_variable_is_refused() -> None:
    """A forgotten factor, or one for data, is an error and not a conditional on the truth."""
    case = Mixture
    with pytest.raises(ModelError, match=r"\['mu', 'w', 'z'\], got factors for \['mu', 'z'\]"):
        MeanField(case.model, case.mean_field.factors[1:])
    parameters = (Array("mean_of_x", (N,)), Array("spread_of_x", (N,), domain=POSITIVE))
    data = Factor(case.model.variable(case.x), parameters)
    with pytest.raises(ModelError, match="one factor for each latent variable"):
        MeanField(case.model, (*case.mean_field.factors, data))


def test_a_child_before_its_parent_is_refused() -> None:
    """A model is declared with parents first."""
    with pytest.raises(ModelError, match="declared before"):
        Model("backwards", (Mixture.model.variables[2], Mixture.model.variables[0]))


def test_the_calculus_knows_no_model() -> None:
    """Nothing in the calculus mentions dice, faces or rolls."""
    (folder,) = derivations.calculus.__path__
    for module in Path(folder).glob("*.py"):
        text = module.read_text("utf-8").lower()
        assert not re.search(r"\b(dice|die|face|roll)s?\b", text), module.name
        imported = re.findall(r"^(?:from|import) (derivations\S*|impl\S*)", text, re.MULTILINE)
        known = ("derivations.calculus.", "derivations.families")
        assert all(name.startswith(known) for name in imported), module.name
