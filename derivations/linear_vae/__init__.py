"""The linear Gaussian VAE, or probabilistic PCA: everything in closed form, to test a VAE by."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from derivations.calculus.steps import Derivation, Prose
from derivations.catalogue import Entry
from derivations.derive.brief import Brief
from derivations.linear_vae.elbo import elbo_derivation
from derivations.linear_vae.evidence import evidence_derivation
from derivations.linear_vae.gradients import gradients_derivation
from derivations.linear_vae.posterior import posterior_derivation
from derivations.linear_vae.symbols import APPROXIMATION, ENCODER, LARGE, MODEL, POSTERIOR, SMALL

BUILDERS: dict[str, Callable[[Brief], Derivation]] = {
    "linear_vae.evidence": evidence_derivation,
    "linear_vae.posterior": posterior_derivation,
    "linear_vae.elbo": elbo_derivation,
    "linear_vae.gradients": gradients_derivation,
}

ASSUMPTIONS: dict[str, tuple[Prose, ...]] = {
    "linear_vae.evidence": (MODEL, SMALL, LARGE),
    "linear_vae.posterior": (MODEL, SMALL),
    "linear_vae.elbo": (MODEL, APPROXIMATION, SMALL, POSTERIOR),
    "linear_vae.gradients": (MODEL, APPROXIMATION, SMALL, POSTERIOR, ENCODER),
}

MODULE = "impl.vae.linear"
TWINS: dict[str, tuple[str, ...]] = {
    "linear_vae.evidence": (f"{MODULE}.log_evidence",),
    "linear_vae.posterior": (f"{MODULE}.posterior",),
    "linear_vae.elbo": (f"{MODULE}.evidence_lower_bound",),
    "linear_vae.gradients": (f"{MODULE}.evidence_lower_bound_gradients",),
}


@cache
def derive(entry: Entry) -> Derivation:
    """Build the derivation of one entry of the catalogue."""
    key = entry.key
    brief = Brief(key, entry.title, entry.question, ASSUMPTIONS[key], {}, TWINS[key])
    return BUILDERS[key](brief)
