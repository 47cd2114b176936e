"""The dice model as it is declared: letters, plates, families, and the mean field.

    pi1 ~ Dirichlet(alpha1)          Z1_n ~ Categorical(pi1)
    pi2 ~ Dirichlet(alpha2)          Z2_n ~ Categorical(pi2)
    rho_k ~ Dirichlet(beta_k)        X_nj ~ Categorical(rho_k),  k = Z1_n + Z2_n - 1

All that the derivations state is derived from it. Faces run from one, as they are rolled.
"""

from __future__ import annotations

from derivations.calculus.expressions import POSITIVE, SIMPLEX, Array
from derivations.calculus.indices import Index, size
from derivations.calculus.mean_field import Factor, MeanField
from derivations.calculus.model import Model, Variable
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

SIZES = {N: (2, 3), J: (2, 3), D1: (2, 3), D2: (2, 3), D3: (2, 3)}
"""Sizes at which sums over all points, rolls and faces are quick."""
SMALL = {N: (1, 2), J: (2, 3), D1: (2, 3), D2: (2, 3), D3: (2, 3, 4)}
"""Sizes at which all dice can be integrated out and all states summed over."""
