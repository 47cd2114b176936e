"""Real numbers with unknown mean and precision, factorised."""

import varproof as vp

m = vp.Model("normal")
N = m.sizes("N")
m0, t0 = m.given("m0", notation="m_0"), m.given("t0", notation="t_0")
a, b = m.given("a"), m.given("b")
mu = m.normal("mu", m0, precision=t0)
tau = m.gamma("tau", a, b)
with m.plate(n=N):
    x = m.normal("x", mu, precision=tau, observed=True)
