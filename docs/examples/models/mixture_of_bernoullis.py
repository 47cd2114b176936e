"""A mixture of vectors of zeros and ones."""

import varproof as vp

m = vp.Model("mixture_of_bernoullis")
N, D, K = m.sizes("N D K")
alpha, a, b = m.given("alpha", K), m.given("a"), m.given("b")
pi = m.dirichlet("pi", alpha)
with m.plate(k=K, d=D):
    theta = m.beta("theta", a, b)
with m.plate(n=N):
    z = m.categorical("z", pi)
    with m.plate(d=D):
        x = m.bernoulli("x", theta[z], observed=True)
