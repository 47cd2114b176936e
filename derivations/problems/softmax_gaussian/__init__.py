"""The softmax-Gaussian, by which Dirichlet is reparameterized: assignment 1B (2024), 1.3.5."""

MODULES = (
    "basis",
    "laplace",
    "gradient",
    "matching",
)
