"""Two dice whose sum picks a third: assignment 1B (2024), problem 1.1, and its updates.

    pi1 ~ Dirichlet(alpha1)          Z1_n ~ Categorical(pi1)
    pi2 ~ Dirichlet(alpha2)          Z2_n ~ Categorical(pi2)
    rho_k ~ Dirichlet(beta_k)        X_nj ~ Categorical(rho_k),  k = Z1_n + Z2_n - 1

Everything below the declaration is derived from it. Faces run from one, as they are rolled.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

from derivations.calculus.expressions import POSITIVE, SIMPLEX, Array, Density, Slice
from derivations.calculus.indices import Index, size
from derivations.calculus.mean_field import Factor, MeanField
from derivations.calculus.model import Model, Variable
from derivations.calculus.steps import Derivation, Prose, Relation
from derivations.catalogue import Entry
from derivations.derive.bound import coordinate_ascent, evidence_lower_bound
from derivations.derive.brief import Brief
from derivations.derive.joint import graph, log_joint
from derivations.derive.marginal import log_evidence
from derivations.derive.predictive import predictive
from derivations.derive.updates import mean_field_density, update
from derivations.evidence.drawing import Sizes
from derivations.families import Categorical, Dirichlet, Vector

N, J, D1, D2, D3 = (size(name) for name in ("N", "J", "D1", "D2", "D3"))
K = D1 + D2 - 1
n, j = Index("n", 1, N), Index("j", 1, J)
i, l = Index("i", 1, D1), Index("l", 1, D2)  # noqa: E741 - the faces of the two dice, as printed
k, d = Index("k", 1, K), Index("d", 1, D3)

alpha1 = Array("alpha1", (D1,), "alpha^1", POSITIVE)
alpha2 = Array("alpha2", (D2,), "alpha^2", POSITIVE)
beta = Array("beta", (K, D3), "beta", POSITIVE)
pi1 = Array("pi1", (D1,), "pi^1", SIMPLEX)
pi2 = Array("pi2", (D2,), "pi^2", SIMPLEX)
rho = Array("rho", (K, D3), "rho", SIMPLEX)
z1 = Array("z1", (N,), "Z^1", states=D1)
z2 = Array("z2", (N,), "Z^2", states=D2)
x = Array("x", (N, J), "X", states=D3)

MODEL = Model(
    "dice",
    (
        Variable(pi1, Dirichlet(), (Vector(alpha1[i], i),)),
        Variable(pi2, Dirichlet(), (Vector(alpha2[l], l),)),
        Variable(rho, Dirichlet(), (Vector(beta[k, d], d),), plates=(k,)),
        Variable(z1, Categorical(), (Vector(pi1[i], i),), plates=(n,)),
        Variable(z2, Categorical(), (Vector(pi2[l], l),), plates=(n,)),
        Variable(
            x, Categorical(), (Vector(rho[z1[n] + z2[n] - 1, d], d),), plates=(n, j), observed=True
        ),
    ),
)

MEAN_FIELD = MeanField(
    MODEL,
    (
        Factor(MODEL.variable(pi1), (Array("alpha1_hat", (D1,), "hat(alpha)^1", POSITIVE),)),
        Factor(MODEL.variable(pi2), (Array("alpha2_hat", (D2,), "hat(alpha)^2", POSITIVE),)),
        Factor(MODEL.variable(rho), (Array("beta_hat", (K, D3), "hat(beta)", POSITIVE),)),
        Factor(MODEL.variable(z1), (Array("phi1", (N, D1), "phi^1", SIMPLEX),)),
        Factor(MODEL.variable(z2), (Array("phi2", (N, D2), "phi^2", SIMPLEX),)),
    ),
)

ASSUMPTIONS: tuple[Prose, ...] = (
    (
        "The faces ",
        i,
        " of the first die run from 1 to ",
        D1,
        " and the faces ",
        l,
        " of the second from 1 to ",
        D2,
        "; their sum takes ",
        K,
        " values. The sheet does not give K; it can only be ",
        Relation(size("K"), K),
        ", and the die rolled is ",
        Relation(k, z1[n] + z2[n] - 1),
        ".",
    ),
    (
        "One point is the ",
        J,
        " rolls ",
        x[n, j],
        " of the same die, independent given the die. A roll that is missing contributes no "
        "term: the rolls enter through their counts alone.",
    ),
    (
        "The factor that the sheet calls ",
        Density("q", Slice(beta, k)),
        " is read as ",
        Density("q", Slice(rho, k)),
        ": the ",
        beta[k, d],
        " are fixed numbers, the ",
        rho[k, d],
        " are random.",
    ),
    ("All concentrations are positive; entries of one Dirichlet may differ.",),
    ("The approximation factorizes: ", mean_field_density(MEAN_FIELD), "."),
)

SMALL: Sizes = {N: (1, 2), J: (5, 6), D1: (3, 4), D2: (3, 4), D3: (5, 6)}
"""Sizes whose joint states can be enumerated while a claim is checked."""
FOR_QUADRATURE: Sizes = {N: (1, 2), J: (2, 3), D1: (2, 3, 4), D2: (2, 3, 4), D3: (2, 3)}
"""Sizes small enough for a tensor rule over every die."""
FOR_ALL_DATA: Sizes = {N: (1, 2), J: (1, 2), D1: (2, 3), D2: (2, 3), D3: (1, 2)}
"""Sizes at which every possible data set can be gone through."""

TWINS = {
    "dice.graph": ("impl.dice.simulation.simulate",),
    "dice.log_joint": ("impl.dice.exact.log_joint",),
    "dice.q_z1": ("impl.dice.updates.first_responsibilities",),
    "dice.q_z2": ("impl.dice.updates.second_responsibilities",),
    "dice.q_pi1": ("impl.dice.updates.first_concentration",),
    "dice.q_pi2": ("impl.dice.updates.second_concentration",),
    "dice.q_rho": ("impl.dice.updates.roll_concentration",),
    "dice.elbo": ("impl.dice.bound.evidence_lower_bound",),
    "dice.coordinate_ascent": ("impl.dice.coordinate_ascent.fit",),
    "dice.log_evidence": ("impl.dice.exact.log_evidence",),
    "dice.predictive": (
        "impl.dice.predictive.log_predictive",
        "impl.dice.predictive.roll_probabilities",
    ),
}


def _log_evidence(brief: Brief) -> Derivation:
    return log_evidence(brief, MEAN_FIELD, FOR_ALL_DATA, MEAN_FIELD.evidence_lower_bound)


BUILDERS: dict[str, tuple[Callable[[Brief], Derivation], Sizes]] = {
    "dice.graph": (partial(graph, model=MODEL), SMALL),
    "dice.log_joint": (partial(log_joint, model=MODEL), SMALL),
    "dice.q_z1": (partial(update, mean_field=MEAN_FIELD, array=z1), SMALL),
    "dice.q_z2": (partial(update, mean_field=MEAN_FIELD, array=z2), SMALL),
    "dice.q_pi1": (partial(update, mean_field=MEAN_FIELD, array=pi1), SMALL),
    "dice.q_pi2": (partial(update, mean_field=MEAN_FIELD, array=pi2), SMALL),
    "dice.q_rho": (partial(update, mean_field=MEAN_FIELD, array=rho), SMALL),
    "dice.elbo": (partial(evidence_lower_bound, mean_field=MEAN_FIELD), SMALL),
    "dice.coordinate_ascent": (partial(coordinate_ascent, mean_field=MEAN_FIELD), SMALL),
    "dice.log_evidence": (_log_evidence, FOR_QUADRATURE),
    "dice.predictive": (partial(predictive, mean_field=MEAN_FIELD, observed=x), FOR_QUADRATURE),
}


@cache
def derive(entry: Entry) -> Derivation:
    """Build the derivation of one entry of the catalogue."""
    build, sizes = BUILDERS[entry.key]
    return build(
        Brief(entry.key, entry.title, entry.question, ASSUMPTIONS, sizes, TWINS[entry.key])
    )
