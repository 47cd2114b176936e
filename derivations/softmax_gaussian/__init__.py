"""The softmax-Gaussian, by which Dirichlet is reparameterized: assignment 1B (2024), 1.3.5."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from derivations.calculus.steps import Derivation, Prose
from derivations.catalogue import Entry
from derivations.derive.brief import Brief
from derivations.softmax_gaussian.basis import basis_derivation, laplace_derivation
from derivations.softmax_gaussian.matching import (
    back_derivation,
    gradient_derivation,
    moment_matching_derivation,
)
from derivations.softmax_gaussian.symbols import ASSUMPTIONS, AT_LEAST_TWO, ENTRIES, VARIANCES

BUILDERS: dict[str, Callable[[Brief], Derivation]] = {
    "softmax_gaussian.dirichlet_in_softmax_basis": basis_derivation,
    "softmax_gaussian.laplace": laplace_derivation,
    "softmax_gaussian.back_to_concentration": back_derivation,
    "softmax_gaussian.pathwise_gradient": gradient_derivation,
    "softmax_gaussian.moment_matching": moment_matching_derivation,
}

FITS = "impl.samplers.dirichlet_fits"
TWINS: dict[str, tuple[str, ...]] = {
    "softmax_gaussian.dirichlet_in_softmax_basis": (),
    "softmax_gaussian.laplace": (f"{FITS}.fit_dirichlet", f"{FITS}.centred_covariance"),
    "softmax_gaussian.back_to_concentration": (f"{FITS}.concentration_from_laplace",),
    "softmax_gaussian.pathwise_gradient": (
        "impl.samplers.softmax_gaussian.SoftmaxGaussian.rsample",
    ),
    "softmax_gaussian.moment_matching": (f"{FITS}.fit_dirichlet",),
}

MORE: dict[str, tuple[Prose, ...]] = {
    "softmax_gaussian.dirichlet_in_softmax_basis": (ENTRIES,),
    "softmax_gaussian.pathwise_gradient": (AT_LEAST_TWO,),
    "softmax_gaussian.back_to_concentration": (VARIANCES, AT_LEAST_TWO),
    "softmax_gaussian.moment_matching": (ENTRIES,),
}
"""What some assume besides."""


@cache
def derive(entry: Entry) -> Derivation:
    """Build the derivation of one entry of the catalogue."""
    assumptions = (*ASSUMPTIONS, *MORE.get(entry.key, ()))
    brief = Brief(entry.key, entry.title, entry.question, assumptions, {}, TWINS[entry.key])
    return BUILDERS[entry.key](brief)
