"""Maximum mean discrepancy in place of a VAE's divergence: assignment 1B (2024), 10.1 to 10.4."""

MODULES = (
    "derivations.problems.mmd.kernel_form",
    "derivations.problems.mmd.statistics",
    "derivations.problems.mmd.gaussian",
    "derivations.problems.mmd.high_dimension",
)
