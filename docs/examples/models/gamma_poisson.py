"""Counts with an unknown rate."""

import varproof as vp

m = vp.Model("gamma_poisson")
N = m.sizes("N")
a, b = m.given("a"), m.given("b")
rate = m.gamma("rate", a, b, notation="lambda")
with m.plate(n=N):
    x = m.poisson("x", rate, observed=True)
