"""Maximum mean discrepancy in place of a VAE's divergence: assignment 1B (2024), 10.1 to 10.4."""

MODULES = (
    "kernel_form",
    "statistics",
    "gaussian",
    "high_dimension",
)

INTRODUCTION = (
    "The second model of the notebook replaces the divergence of each latent's distribution from "
    "the prior. It compares samples of the latents with samples of the prior by a kernel. Derived "
    "here are what the estimators estimate, their bias, and how well a Gaussian kernel can tell "
    "normal distributions apart in many dimensions, for any sample sizes and any dimension.",
)
"""What opens its pages, before the assumptions that all its derivations make."""
