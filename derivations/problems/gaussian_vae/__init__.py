"""The variational autoencoder with a normal encoder: assignment 1B (2024), the first notebook."""

MODULES = (
    "draws",
    "bound",
    "divergence",
    "likelihood",
    "pathwise",
    "variances",
    "sampled",
    "importance",
)
"""The modules in the order of reading."""

INTRODUCTION = (
    "An image has latent variables with a normal prior. A decoder gives the distribution of its "
    "pixels, and an encoder an approximate distribution of the latent variables. The evidence "
    "lower bound, its parts in closed form, the reparameterized draw and the gradient estimators "
    "are derived for any numbers of latent variables and pixels.",
)
"""What opens its pages, before the assumptions that all its derivations make."""

REMARKS = (
    "The networks give the log variance λ. The letter σ² is always the variance, and its root the "
    "standard deviation.",
)
"""What follows those assumptions."""
