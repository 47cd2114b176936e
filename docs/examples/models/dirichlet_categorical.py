"""A die: faces with unknown probabilities."""

import varproof as vp

m = vp.Model("dirichlet_categorical")
N, K = m.sizes("N K")
alpha = m.given("alpha", K)
pi = m.dirichlet("pi", alpha)
with m.plate(n=N):
    x = m.categorical("x", pi, observed=True)
