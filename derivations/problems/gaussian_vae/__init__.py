"""The variational autoencoder with a normal encoder: assignment 1B (2024), the first notebook."""

MODULES = ("divergence",)
"""The modules in the order of reading."""
