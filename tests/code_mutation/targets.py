"""What is mutated, and the tests that concern it; by coverage each mutant then gets its own.

Only what computes is listed: commands, figures and downloads have tests, but no formula.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Group:
    """Modules below one name, and the files of tests, as patterns below the project's root."""

    package: str
    names: tuple[str, ...]
    tests: tuple[str, ...]

    @property
    def modules(self) -> tuple[str, ...]:
        """The dotted names."""
        return tuple(f"{self.package}.{name}" for name in self.names)


JUDGED_BY = ("tests/derivations/*/test_*.py", "tests/impl/*/test_formulas.py")
"""Tests that judge derivations, true and broken, or evaluate what they print."""
GROUPS = (
    Group(
        "impl",
        ("vae.objectives", "vae.estimators", "mmd", "vae.discrepancy", "vae.linear"),
        (
            "tests/impl/vae/test_mmd.py",
            "tests/impl/vae/test_batches.py",
            "tests/impl/vae/test_derivatives.py",
            "tests/impl/vae/test_discrepancy.py",
            "tests/impl/vae/test_evaluation.py",
            "tests/impl/vae/test_formulas.py",
            "tests/impl/vae/test_gradients.py",
            "tests/impl/vae/test_importance.py",
            "tests/impl/vae/test_linear_gaussian.py",
            "tests/impl/vae/test_linear_slopes.py",
            "tests/impl/vae/test_objectives.py",
            "tests/impl/vae/test_refusals.py",
            "tests/impl/vae/test_reparameterization.py",
        ),
    ),
    Group(
        "impl.dice",
        (
            "updates",
            "bound",
            "normalizers",
            "predictive",
            "exact",
            "coordinate_ascent",
            "model",
            "summary",
        ),
        ("tests/impl/dice/test_*.py",),
    ),
    Group(
        "impl.samplers",
        (
            "density",
            "pathwise",
            "special",
            "differentiation",
            "kl",
            "expectations",
            "log1m_expectation",
            "beta_expectation",
            "log_ratios",
            "double_double",
            "draws",
            "kumaraswamy",
            "softmax_gaussian",
            "dirichlet_fits",
        ),
        ("tests/impl/samplers/test_*.py",),
    ),
    Group(
        "derivations.evidence",
        (
            "points",
            "monte_carlo.budget",
            "monte_carlo.calibration",
            "monte_carlo.counts",
            "monte_carlo.gradients",
            "monte_carlo.laws",
            "monte_carlo.means",
            "monte_carlo.sampling",
            "monte_carlo.wealth",
        ),
        ("tests/derivations/*/test_*.py", "tests/derivations/evidence/monte_carlo/test_*.py"),
    ),
    Group(
        "derivations.meaning",
        (
            "between_nodes",
            "differences",
            "expansion",
            "gaussian_means",
            "means",
            "notation",
            "random_values",
        ),
        JUDGED_BY,
    ),
    Group(
        "derivations.claims",
        ("densities", "drawing", "judging", "registry", "scope", "statements", "transcription"),
        JUDGED_BY,
    ),
    Group(
        "derivations.families",
        (
            "any",
            "base",
            "bernoulli",
            "beta",
            "binomial",
            "categorical",
            "dirichlet",
            "exponential",
            "gamma",
            "gaussian",
            "kumaraswamy",
            "multivariate_gaussian",
            "numerics",
            "poisson",
            "quadrature",
            "uniform",
        ),
        (*JUDGED_BY, "tests/derivations/families/test_*.py"),
    ),
    Group(
        "derivations.rules",
        ("ascent", "bound", "evidence", "joint", "predictive", "setting", "update"),
        JUDGED_BY,
    ),
)
