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


JUDGED_BY = ("tests/derivations/test_*.py", "tests/test_*_formulas.py")
"""Tests that judge derivations, true and broken, or evaluate what they print."""
GROUPS = (
    Group(
        "impl.vae",
        ("objectives", "estimators", "mmd", "discrepancy", "linear"),
        (
            "tests/test_vae_batches.py",
            "tests/test_vae_derivatives.py",
            "tests/test_vae_discrepancy.py",
            "tests/test_vae_evaluation.py",
            "tests/test_vae_formulas.py",
            "tests/test_vae_gradients.py",
            "tests/test_vae_importance.py",
            "tests/test_vae_linear_gaussian.py",
            "tests/test_vae_linear_slopes.py",
            "tests/test_vae_mmd.py",
            "tests/test_vae_objectives.py",
            "tests/test_vae_refusals.py",
            "tests/test_vae_reparameterization.py",
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
            "tests/test_dice_ascent_rules.py",
            "tests/test_dice_bound.py",
            "tests/test_dice_command.py",
            "tests/test_dice_counting.py",
            "tests/test_dice_credible_intervals.py",
            "tests/test_dice_priors.py",
            "tests/test_dice_exact.py",
            "tests/test_dice_fit.py",
            "tests/test_dice_formulas.py",
            "tests/test_dice_large_concentrations.py",
            "tests/test_dice_predictive.py",
            "tests/test_dice_recovery.py",
            "tests/test_dice_refusals.py",
            "tests/test_dice_rounding_scale.py",
            "tests/test_dice_summary.py",
            "tests/test_dice_symmetries.py",
            "tests/test_dice_truth.py",
            "tests/test_dice_updates.py",
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
            "tests/test_samplers_accuracy.py",
            "tests/test_samplers_divergence_batches.py",
            "tests/test_samplers_divergence_extremes.py",
            "tests/test_samplers_divergences.py",
            "tests/test_samplers_expected_log1m.py",
            "tests/test_samplers_formulas.py",
            "tests/test_samplers_gradient_paths.py",
            "tests/test_samplers_kumaraswamy.py",
            "tests/test_samplers_kumaraswamy_extremes.py",
            "tests/test_samplers_kumaraswamy_interface.py",
            "tests/test_samplers_log_density.py",
            "tests/test_samplers_softmax_covariance.py",
            "tests/test_samplers_softmax_divergences.py",
            "tests/test_samplers_softmax_gaussian.py",
            "tests/test_samplers_softmax_gaussian_interface.py",
            "tests/test_samplers_softmax_tiny_variance.py",
            "tests/test_samplers_special_functions.py",
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
        ("tests/derivations/test_*.py", "tests/symbolic/test_monte_carlo_*.py"),
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
        (*JUDGED_BY, "tests/symbolic/test_families*.py"),
    ),
    Group(
        "derivations.rules",
        ("ascent", "bound", "evidence", "joint", "predictive", "setting", "update"),
        JUDGED_BY,
    ),
)
