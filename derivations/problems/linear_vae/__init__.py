"""The linear Gaussian VAE, or probabilistic PCA: all of it in closed form, to test a VAE by."""

MODULES = ("evidence", "posterior", "elbo", "gradients")
"""The modules in the order of reading."""

INTRODUCTION = (
    "With a linear decoder and normal pixels the VAE is probabilistic PCA. Its evidence, its "
    "posterior, its bound and all gradients have closed forms. The tests compare the code of the "
    "VAE, which uses none of these forms, with them.",
)
"""What opens its pages, before the assumptions that all its derivations make."""
