"""A mixture of normal distributions with unknown means and precisions."""

import varproof as vp

m = vp.Model("mixture_of_normals")
N, K = m.sizes("N K")
alpha, a, b = m.given("alpha", K), m.given("a"), m.given("b")
m0, t0 = m.given("m0", notation="m_0"), m.given("t0", notation="t_0")
pi = m.dirichlet("pi", alpha)
with m.plate(k=K):
    mu = m.normal("mu", m0, precision=t0)
    tau = m.gamma("tau", a, b)
with m.plate(n=N):
    z = m.categorical("z", pi)
    x = m.normal("x", mu[z], precision=tau[z], observed=True)
