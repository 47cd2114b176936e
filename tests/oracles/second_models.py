"""Two models the calculus was not written for: a mixture of Gaussians, and topics."""

from typing import ClassVar

from derivations.calculus.expressions import POSITIVE, SIMPLEX, Array
from derivations.calculus.indices import Index, size
from derivations.calculus.mean_field import Factor, MeanField
from derivations.calculus.model import Model, Variable
from derivations.evidence.drawing import Sizes
from derivations.families import Categorical, Dirichlet, Gaussian, Vector

N, K, D, V = (size(letter) for letter in "NKDV")
n, k, d, v = Index("n", 1, N), Index("k", 1, K), Index("d", 1, D), Index("v", 1, V)


class Mixture:
    """A mixture of Gaussians: weights and means unknown, one known variance."""

    alpha = Array("alpha", (K,), domain=POSITIVE)
    prior_mean, prior_variance = Array("m0", (K,)), Array("v0", (K,), domain=POSITIVE)
    variance = Array("variance", (), domain=POSITIVE)
    weights, means = Array("w", (K,), domain=SIMPLEX), Array("mu", (K,))
    z, x = Array("z", (N,), states=K), Array("x", (N,))
    alpha_hat, r = Array("alpha_hat", (K,), domain=POSITIVE), Array("r", (N, K), domain=SIMPLEX)
    mean, spread = Array("m", (K,)), Array("s", (K,), domain=POSITIVE)
    model = Model(
        "mixture",
        (
            Variable(weights, Dirichlet(), (Vector(alpha[k], k),)),
            Variable(
                means, Gaussian(), (Vector(prior_mean[k]), Vector(prior_variance[k])), plates=(k,)
            ),
            Variable(z, Categorical(), (Vector(weights[k], k),), plates=(n,)),
            Variable(
                x,
                Gaussian(),
                (Vector(means[z[n]]), Vector(variance[()])),
                plates=(n,),
                observed=True,
            ),
        ),
    )
    mean_field = MeanField(
        model,
        (
            Factor(model.variable(weights), (alpha_hat,)),
            Factor(model.variable(means), (mean, spread)),
            Factor(model.variable(z), (r,)),
        ),
    )
    sizes: ClassVar[Sizes] = {N: (3,), K: (2,)}


class Topics:
    """Latent Dirichlet allocation: D documents of N words, K topics over V words."""

    alpha, eta = Array("alpha", (K,), domain=POSITIVE), Array("eta", (V,), domain=POSITIVE)
    theta, phi = Array("theta", (D, K), domain=SIMPLEX), Array("phi", (K, V), domain=SIMPLEX)
    z, w = Array("z", (D, N), states=K), Array("w", (D, N), states=V)
    gamma, lam = Array("gamma", (D, K), domain=POSITIVE), Array("lam", (K, V), domain=POSITIVE)
    r = Array("r", (D, N, K), domain=SIMPLEX)
    model = Model(
        "topics",
        (
            Variable(theta, Dirichlet(), (Vector(alpha[k], k),), plates=(d,)),
            Variable(phi, Dirichlet(), (Vector(eta[v], v),), plates=(k,)),
            Variable(z, Categorical(), (Vector(theta[d, k], k),), plates=(d, n)),
            Variable(w, Categorical(), (Vector(phi[z[d, n], v], v),), plates=(d, n), observed=True),
        ),
    )
    mean_field = MeanField(
        model,
        (
            Factor(model.variable(theta), (gamma,)),
            Factor(model.variable(phi), (lam,)),
            Factor(model.variable(z), (r,)),
        ),
    )
    sizes: ClassVar[Sizes] = {D: (2,), N: (3,), K: (2,), V: (4,)}
