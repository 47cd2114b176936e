"""Latent Dirichlet allocation: words of documents from a mixture of topics."""

import varproof as vp

m = vp.Model("topics")
D, N, K, V = m.sizes("D N K V")
alpha, eta = m.given("alpha", K), m.given("eta", V)
with m.plate(k=K):
    phi = m.dirichlet("phi", eta)
with m.plate(d=D):
    theta = m.dirichlet("theta", alpha)
    with m.plate(n=N):
        z = m.categorical("z", theta)
        w = m.categorical("w", phi[z], observed=True)
