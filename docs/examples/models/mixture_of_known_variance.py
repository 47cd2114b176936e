"""A mixture of normal distributions of one known variance."""

import varproof as vp

m = vp.Model("mixture_of_known_variance")
N, K = m.sizes("N K")
alpha, v = m.given("alpha", K), m.given("v")
m0, v0 = m.given("m0", notation="m_0"), m.given("v0", notation="v_0")
pi = m.dirichlet("pi", alpha)
with m.plate(k=K):
    mu = m.normal("mu", m0, v0)
with m.plate(n=N):
    z = m.categorical("z", pi)
    x = m.normal("x", mu[z], v, observed=True)
