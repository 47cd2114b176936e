"""Reparameterized draws for Beta and Dirichlet: Kumaraswamy and softmax-Gaussian laws.

Both are `torch.distributions.Distribution` classes. Kumaraswamy(a, b) stands in for Beta(a, b)
because its distribution function inverts in closed form; the softmax of a Gaussian stands in for
a Dirichlet because a Gaussian is a shifted and scaled one.
"""
