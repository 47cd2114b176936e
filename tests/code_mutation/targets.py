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
            "tests/impl/test_mmd.py",
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
        (
            "tests/impl/dice/test_ascent_rules.py",
            "tests/impl/dice/test_bound.py",
            "tests/impl/dice/test_command.py",
            "tests/impl/dice/test_counting.py",
            "tests/impl/dice/test_credible_intervals.py",
            "tests/impl/dice/test_priors.py",
            "tests/impl/dice/test_exact.py",
            "tests/impl/dice/test_fit.py",
            "tests/impl/dice/test_formulas.py",
            "tests/impl/dice/test_large_concentrations.py",
            "tests/impl/dice/test_predictive.py",
            "tests/impl/dice/test_recovery.py",
            "tests/impl/dice/test_refusals.py",
            "tests/impl/dice/test_rounding_scale.py",
            "tests/impl/dice/test_summary.py",
            "tests/impl/dice/test_symmetries.py",
            "tests/impl/dice/test_truth.py",
            "tests/impl/dice/test_updates.py",
        ),
    ),
    Group(
        "impl.samplers",
        (
            "density",
            "pathwise",
            "special",
            "divergences",
            "expectations",
            "log_ratios",
            "double_double",
            "draws",
            "kumaraswamy",
            "softmax_gaussian",
            "dirichlet_fits",
        ),
        (
            "tests/impl/samplers/test_accuracy.py",
            "tests/impl/samplers/test_divergence_batches.py",
            "tests/impl/samplers/test_divergence_extremes.py",
            "tests/impl/samplers/test_divergences.py",
            "tests/impl/samplers/test_expected_log1m.py",
            "tests/impl/samplers/test_formulas.py",
            "tests/impl/samplers/test_gradient_paths.py",
            "tests/impl/samplers/test_kumaraswamy.py",
            "tests/impl/samplers/test_kumaraswamy_extremes.py",
            "tests/impl/samplers/test_kumaraswamy_interface.py",
            "tests/impl/samplers/test_log_density.py",
            "tests/impl/samplers/test_softmax_covariance.py",
            "tests/impl/samplers/test_softmax_divergences.py",
            "tests/impl/samplers/test_softmax_gaussian.py",
            "tests/impl/samplers/test_softmax_gaussian_interface.py",
            "tests/impl/samplers/test_softmax_tiny_variance.py",
            "tests/impl/samplers/test_special_functions.py",
        ),
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
