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
