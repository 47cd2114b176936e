"""Two hidden dice whose sum picks the die that is rolled."""

import varproof as vp

m = vp.Model("dice_again")
N, J, D1, D2, D3 = m.sizes("N J D1 D2 D3")
alpha1, alpha2 = m.given("alpha1", D1), m.given("alpha2", D2)
beta = m.given("beta", D1 + D2 - 1, D3)
pi1, pi2 = m.dirichlet("pi1", alpha1), m.dirichlet("pi2", alpha2)
with m.plate(k=D1 + D2 - 1):
    rho = m.dirichlet("rho", beta)
with m.plate(n=N):
    z1, z2 = m.categorical("z1", pi1), m.categorical("z2", pi2)
    with m.plate(j=J):
        x = m.categorical("x", rho[z1 + z2 - 1], observed=True)
