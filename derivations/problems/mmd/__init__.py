"""Maximum mean discrepancy in place of a VAE's divergence: assignment 1B (2024), 10.1 to 10.4."""

MODULES = (
    "kernel_form",
    "statistics",
    "gaussian",
    "high_dimension",
)
