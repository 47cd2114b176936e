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


GROUPS = (
    Group(
        "impl.vae",
        ("objectives", "estimators", "mmd", "discrepancy", "linear"),
        (
            "tests/test_vae_batches.py",
            "tests/test_vae_derivatives.py",
            "tests/test_vae_discrepancy.py",
            "tests/test_vae_evaluation.py",
            "tests/test_vae_gradients.py",
            "tests/test_vae_importance.py",
            "tests/test_vae_linear_gaussian.py",
            "tests/test_vae_linear_slopes.py",
            "tests/test_vae_mmd.py",
            "tests/test_vae_objectives.py",
            "tests/test_vae_refusals.py",
            "tests/test_vae_reparameterization.py",
            "tests/test_vae_twins.py",
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
            "tests/test_dice_large_concentrations.py",
            "tests/test_dice_predictive.py",
            "tests/test_dice_recovery.py",
            "tests/test_dice_refusals.py",
            "tests/test_dice_rounding_scale.py",
            "tests/test_dice_summary.py",
            "tests/test_dice_symmetries.py",
            "tests/test_dice_truth.py",
            "tests/test_dice_twins.py",
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
            "tests/test_samplers_twins.py",
        ),
    ),
    Group(
        "derivations.evidence",
        (
            "agreement",
            "equality",
            "checking",
            "points",
            "finite_difference",
            "monte_carlo.budget",
            "monte_carlo.calibration",
            "monte_carlo.counts",
            "monte_carlo.gradients",
            "monte_carlo.laws",
            "monte_carlo.means",
            "monte_carlo.sampling",
            "monte_carlo.wealth",
        ),
        ("tests/symbolic/test_evidence_*.py", "tests/symbolic/test_monte_carlo_*.py"),
    ),
    Group(
        "derivations.evidence",
        ("enumeration", "expectation", "integration"),
        (
            "tests/symbolic/test_dice_derivations.py",
            "tests/symbolic/test_dice_mutants.py",
            "tests/symbolic/test_evidence_checks.py",
            "tests/symbolic/test_evidence_figures.py",
            "tests/symbolic/test_evidence_quadrature.py",
            "tests/symbolic/test_evidence_spread.py",
            "tests/symbolic/test_every_derivation.py",
            "tests/symbolic/test_sampler_derivations.py",
            "tests/symbolic/test_second_models.py",
        ),
    ),
)
