"""The softmax-Gaussian, by which Dirichlet is reparameterized: assignment 1B (2024), 1.3.5."""

MODULES = (
    "basis",
    "laplace",
    "gradient",
    "matching",
)

INTRODUCTION = (
    "In the softmax basis a Dirichlet distribution has an interior mode, whatever its "
    "concentrations are. A Gaussian can be fitted to it there: at the mode, with the curvature, or "
    "by its moments. Everything is derived for any number of entries.",
)
"""What opens its pages, before the assumptions that all its derivations make."""
