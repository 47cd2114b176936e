"""The Kumaraswamy distribution, by which Beta is reparameterized: assignment 1B (2024), 1.3.4."""

MODULES = ("inverse", "moments", "divergence")
"""The modules in the order of reading."""
