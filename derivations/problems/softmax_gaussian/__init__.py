"""The softmax-Gaussian, by which Dirichlet is reparameterized: assignment 1B (2024), 1.3.5."""

MODULES = (
    "derivations.problems.softmax_gaussian.basis",
    "derivations.problems.softmax_gaussian.laplace",
    "derivations.problems.softmax_gaussian.gradient",
    "derivations.problems.softmax_gaussian.matching",
)
