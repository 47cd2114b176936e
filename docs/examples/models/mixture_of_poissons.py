"""A mixture of Poisson distributions."""

import varproof as vp

m = vp.Model("mixture_of_poissons")
N, K = m.sizes("N K")
alpha, a, b = m.given("alpha", K), m.given("a"), m.given("b")
pi = m.dirichlet("pi", alpha)
with m.plate(k=K):
    rate = m.gamma("rate", a, b, notation="lambda")
with m.plate(n=N):
    z = m.categorical("z", pi)
    x = m.poisson("x", rate[z], observed=True)
