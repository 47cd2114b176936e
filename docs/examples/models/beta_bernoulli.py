"""A coin: zeros and ones with an unknown probability."""

import varproof as vp

m = vp.Model("beta_bernoulli")
N = m.sizes("N")
a, b = m.given("a"), m.given("b")
theta = m.beta("theta", a, b)
with m.plate(n=N):
    x = m.bernoulli("x", theta, observed=True)
