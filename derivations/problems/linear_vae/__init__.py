"""The linear Gaussian VAE, or probabilistic PCA: all of it in closed form, to test a VAE by."""

MODULES = ("evidence", "posterior", "elbo", "gradients")
"""The modules in the order of reading."""
