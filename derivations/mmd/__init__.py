"""Maximum mean discrepancy in place of a VAE's divergence: assignment 1B (2024), 10.1 to 10.4."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from derivations.calculus.steps import Derivation, Prose
from derivations.catalogue import Entry
from derivations.derive.brief import Brief
from derivations.mmd.gaussian import gaussian_kernel_derivation
from derivations.mmd.high_dimension import ASSUMPTIONS as HIGH_DIMENSION
from derivations.mmd.high_dimension import high_dimension_derivation
from derivations.mmd.kernel_form import kernel_form_derivation
from derivations.mmd.normals import ASSUMPTIONS as GAUSSIANS
from derivations.mmd.statistics import u_statistic_derivation, v_statistic_derivation
from derivations.mmd.symbols import AT_LEAST_TWO, COPIES, DIAGONAL, FEATURES, SAMPLES

BUILDERS: dict[str, Callable[[Brief], Derivation]] = {
    "mmd.kernel_form": kernel_form_derivation,
    "mmd.v_statistic": v_statistic_derivation,
    "mmd.u_statistic": u_statistic_derivation,
    "mmd.gaussian_kernel_expectation": gaussian_kernel_derivation,
    "mmd.inert_in_high_dimension": high_dimension_derivation,
}

ASSUMPTIONS: dict[str, tuple[Prose, ...]] = {
    "mmd.kernel_form": (FEATURES, COPIES),
    "mmd.v_statistic": (FEATURES, COPIES, SAMPLES, DIAGONAL),
    "mmd.u_statistic": (FEATURES, COPIES, SAMPLES, DIAGONAL, AT_LEAST_TWO),
    "mmd.gaussian_kernel_expectation": GAUSSIANS,
    "mmd.inert_in_high_dimension": HIGH_DIMENSION,
}

MODULE = "impl.vae.mmd"
TWINS: dict[str, tuple[str, ...]] = {
    "mmd.kernel_form": (f"{MODULE}.squared_mmd", f"{MODULE}.rbf_kernel"),
    "mmd.v_statistic": (f"{MODULE}.squared_mmd", f"{MODULE}.expected_v_statistic"),
    "mmd.u_statistic": (f"{MODULE}.squared_mmd",),
    "mmd.gaussian_kernel_expectation": (
        f"{MODULE}.expected_kernel",
        f"{MODULE}.gaussian_squared_mmd",
    ),
    "mmd.inert_in_high_dimension": (f"{MODULE}.expected_kernel",),
}


@cache
def derive(entry: Entry) -> Derivation:
    """Build the derivation of one entry of the catalogue."""
    key = entry.key
    brief = Brief(key, entry.title, entry.question, ASSUMPTIONS[key], {}, TWINS[key])
    return BUILDERS[key](brief)
