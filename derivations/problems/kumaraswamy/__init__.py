"""The Kumaraswamy distribution, by which Beta is reparameterized: assignment 1B (2024), 1.3.4."""

MODULES = ("inverse", "moments", "divergence")
"""The modules in the order of reading."""

INTRODUCTION = (
    "A draw from a Beta distribution is no simple function of uniform noise. The Kumaraswamy "
    "distribution is close to it, and equal to it where one of the parameters is one. Its "
    "distribution function can be inverted in closed form, so its draws have gradients.",
)
"""What opens its pages, before the assumptions that all its derivations make."""
