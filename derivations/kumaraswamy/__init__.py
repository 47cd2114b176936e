"""The Kumaraswamy distribution, by which Beta is reparameterized: assignment 1B (2024), 1.3.4."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from derivations.calculus.steps import Derivation, Prose
from derivations.catalogue import Entry
from derivations.derive.brief import Brief
from derivations.kumaraswamy.divergence import kl_beta_derivation
from derivations.kumaraswamy.equal_laws import equals_beta_derivation
from derivations.kumaraswamy.inverse import (
    density_derivation,
    inverse_cdf_derivation,
    pathwise_gradient_derivation,
)
from derivations.kumaraswamy.law import law_derivation
from derivations.kumaraswamy.moments import (
    entropy_derivation,
    log_density_derivation,
    mode_derivation,
    moments_derivation,
)
from derivations.kumaraswamy.symbols import ASSUMPTIONS, INSIDE, ORDER, OTHER

BUILDERS: dict[str, Callable[[Brief], Derivation]] = {
    "kumaraswamy.density": density_derivation,
    "kumaraswamy.inverse_cdf": inverse_cdf_derivation,
    "kumaraswamy.law": law_derivation,
    "kumaraswamy.pathwise_gradient": pathwise_gradient_derivation,
    "kumaraswamy.log_density": log_density_derivation,
    "kumaraswamy.moments": moments_derivation,
    "kumaraswamy.entropy": entropy_derivation,
    "kumaraswamy.mode": mode_derivation,
    "kumaraswamy.kl_beta": kl_beta_derivation,
    "kumaraswamy.equals_beta": equals_beta_derivation,
}

MORE: dict[str, tuple[Prose, ...]] = {
    "kumaraswamy.moments": (ORDER,),
    "kumaraswamy.mode": (INSIDE,),
    "kumaraswamy.kl_beta": (ORDER, OTHER),
}
"""What some assume besides."""

LAW = "impl.samplers.kumaraswamy.Kumaraswamy"
TWINS: dict[str, tuple[str, ...]] = {
    "kumaraswamy.density": (LAW,),
    "kumaraswamy.inverse_cdf": (f"{LAW}.icdf", f"{LAW}.rsample"),
    "kumaraswamy.law": (f"{LAW}.cdf",),
    "kumaraswamy.pathwise_gradient": (f"{LAW}.rsample", f"{LAW}.rsample_log"),
    "kumaraswamy.log_density": (f"{LAW}.log_prob", f"{LAW}.log_prob_from_logs"),
    "kumaraswamy.moments": (f"{LAW}.mean", f"{LAW}.variance"),
    "kumaraswamy.entropy": (f"{LAW}.entropy",),
    "kumaraswamy.mode": (f"{LAW}.mode",),
    "kumaraswamy.kl_beta": ("impl.samplers.divergences.kl_kumaraswamy_beta",),
    "kumaraswamy.equals_beta": ("impl.samplers.divergences.kl_kumaraswamy_beta",),
}


@cache
def derive(entry: Entry) -> Derivation:
    """Build the derivation of one entry of the catalogue."""
    assumptions = (*ASSUMPTIONS, *MORE.get(entry.key, ()))
    brief = Brief(entry.key, entry.title, entry.question, assumptions, {}, TWINS[entry.key])
    return BUILDERS[entry.key](brief)
