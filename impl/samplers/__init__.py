"""Reparameterized draws for Beta and Dirichlet: the Kumaraswamy and softmax-Gaussian distributions.

Both are `torch.distributions.Distribution` classes. Kumaraswamy(a, b) stands in for Beta(a, b)
because its distribution function inverts in closed form; the softmax of a Gaussian stands in for
a Dirichlet because a Gaussian is a shifted and scaled one. Their divergences are registered with
`torch.distributions.kl_divergence` here, whichever module is imported. The command's arguments are
in `impl.samplers_command`, which does without torch.
"""

from impl.samplers import kl

__all__ = ["kl"]
