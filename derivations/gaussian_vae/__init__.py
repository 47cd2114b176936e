"""The variational autoencoder with a normal encoder: assignment 1B (2024), the first notebook."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from derivations.calculus.steps import Derivation, Prose
from derivations.catalogue import Entry
from derivations.derive.brief import Brief
from derivations.gaussian_vae import (
    bound,
    divergence,
    draws,
    importance,
    likelihood,
    pathwise,
    sampled,
    variances,
)

Builder = Callable[[Brief], Derivation]

BUILDERS: dict[str, tuple[Builder, tuple[Prose, ...]]] = {
    "gaussian_vae.elbo": (bound.elbo_derivation, bound.ASSUMPTIONS),
    "gaussian_vae.gaussian_kl": (divergence.gaussian_kl_derivation, divergence.ASSUMPTIONS),
    "gaussian_vae.bernoulli_logits": (
        likelihood.bernoulli_logits_derivation,
        likelihood.ASSUMPTIONS,
    ),
    "gaussian_vae.reparameterization": (draws.reparameterization_derivation, draws.ASSUMPTIONS),
    "gaussian_vae.pathwise_gradient": (
        pathwise.pathwise_gradient_derivation,
        pathwise.ASSUMPTIONS,
    ),
    "gaussian_vae.gradient_variance": (
        variances.gradient_variance_derivation,
        variances.ASSUMPTIONS,
    ),
    "gaussian_vae.sampled_kl_gradient": (
        sampled.sampled_kl_gradient_derivation,
        sampled.ASSUMPTIONS,
    ),
    "gaussian_vae.importance_weighted_bound": (
        importance.importance_weighted_bound_derivation,
        importance.ASSUMPTIONS,
    ),
}

OBJECTIVES = "impl.vae.objectives"
ESTIMATORS = "impl.vae.estimators"
TWINS: dict[str, tuple[str, ...]] = {
    "gaussian_vae.elbo": (f"{OBJECTIVES}.loss", "impl.vae.notebook.loss_function"),
    "gaussian_vae.gaussian_kl": (
        f"{OBJECTIVES}.gaussian_divergence",
        f"{OBJECTIVES}.divergence_between",
    ),
    "gaussian_vae.bernoulli_logits": (f"{OBJECTIVES}.bernoulli_log_likelihood",),
    "gaussian_vae.reparameterization": (
        f"{OBJECTIVES}.reparameterize",
        f"{OBJECTIVES}.draw_latents",
        "impl.vae.notebook.reparameterization",
    ),
    "gaussian_vae.pathwise_gradient": (
        f"{ESTIMATORS}.pathwise_gradients",
        f"{OBJECTIVES}.draw_latents",
    ),
    "gaussian_vae.gradient_variance": (
        f"{ESTIMATORS}.pathwise_gradients",
        f"{ESTIMATORS}.score_function_gradients",
    ),
    "gaussian_vae.sampled_kl_gradient": (f"{OBJECTIVES}.log_importance_weights",),
    "gaussian_vae.importance_weighted_bound": (
        f"{OBJECTIVES}.importance_weighted_bound",
        "impl.vae.evaluation.importance_sampled_log_likelihood",
    ),
}


@cache
def derive(entry: Entry) -> Derivation:
    """Build the derivation of one entry of the catalogue."""
    build, assumptions = BUILDERS[entry.key]
    return build(Brief(entry.key, entry.title, entry.question, assumptions, {}, TWINS[entry.key]))
