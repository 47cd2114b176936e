"""Every derivation by its permanent key, as plain text: listing them needs no SymPy."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from derivations.calculus.steps import Derivation


@dataclass(frozen=True)
class Entry:
    """A key, the question of the sheet it answers, a title, the module that derives it."""

    key: str
    question: str
    title: str
    module: str

    @property
    def model(self) -> str:
        """The first part of its key."""
        return self.key.partition(".")[0]


BEYOND = "beyond the sheet"
LISTING = "python -m derivations list"
DICE = "derivations.dice"
KUMARASWAMY = "derivations.kumaraswamy"
SOFTMAX = "derivations.softmax_gaussian"
VAE = "derivations.gaussian_vae"
MMD = "derivations.mmd"
LINEAR_VAE = "derivations.linear_vae"

MODELS = {
    "dice": "Two dice whose sum picks a third",
    "kumaraswamy": "Reparameterizing Beta by Kumaraswamy",
    "softmax_gaussian": "Reparameterizing Dirichlet by a softmax of Gaussians",
    "gaussian_vae": "The variational autoencoder",
    "mmd": "Maximum mean discrepancy in place of the divergence",
    "linear_vae": "The linear VAE, where everything is known",
}
"""The first part of keys, and the title of all that is derived under it."""

ENTRIES = (
    Entry("dice.graph", "1.1.1", "The directed graph with plates", DICE),
    Entry("dice.log_joint", "1.1.2", "The log joint", DICE),
    Entry("dice.q_z1", "1.1.3", "The optimal factor of the first class variable", DICE),
    Entry("dice.q_z2", "1.1.3", "The optimal factor of the second class variable", DICE),
    Entry("dice.q_pi1", "1.1.3", "The optimal factor of the first die", DICE),
    Entry("dice.q_pi2", "1.1.3", "The optimal factor of the second die", DICE),
    Entry("dice.q_rho", "1.1.3", "The optimal factor of each rolled die", DICE),
    Entry("dice.elbo", BEYOND, "The evidence lower bound in closed form", DICE),
    Entry("dice.coordinate_ascent", BEYOND, "Every update maximises the bound", DICE),
    Entry("dice.log_evidence", BEYOND, "The exact log evidence of small data", DICE),
    Entry("dice.predictive", BEYOND, "The predictive distribution of a new point", DICE),
    Entry(
        "kumaraswamy.density", "1.3.4", "The density from the distribution function", KUMARASWAMY
    ),
    Entry("kumaraswamy.inverse_cdf", "1.3.4", "The inverse transform", KUMARASWAMY),
    Entry("kumaraswamy.law", "1.3.4", "The transformed uniform has the claimed law", KUMARASWAMY),
    Entry("kumaraswamy.pathwise_gradient", "1.3.4", "The pathwise gradients", KUMARASWAMY),
    Entry("kumaraswamy.log_density", BEYOND, "The log density and its gradients", KUMARASWAMY),
    Entry("kumaraswamy.moments", BEYOND, "Raw and log moments", KUMARASWAMY),
    Entry("kumaraswamy.entropy", BEYOND, "The entropy", KUMARASWAMY),
    Entry("kumaraswamy.mode", BEYOND, "The mode and where it is interior", KUMARASWAMY),
    Entry("kumaraswamy.kl_beta", BEYOND, "The divergence from Beta, its tail bounded", KUMARASWAMY),
    Entry("kumaraswamy.equals_beta", BEYOND, "Where Kumaraswamy and Beta are one", KUMARASWAMY),
    Entry(
        "softmax_gaussian.dirichlet_in_softmax_basis",
        "1.3.5",
        "The Dirichlet in the softmax basis",
        SOFTMAX,
    ),
    Entry("softmax_gaussian.laplace", "1.3.5", "The Laplace approximation, for any K", SOFTMAX),
    Entry("softmax_gaussian.pathwise_gradient", "1.3.5", "The pathwise gradients", SOFTMAX),
    Entry(
        "softmax_gaussian.back_to_concentration",
        BEYOND,
        "From mode and variances back to concentrations",
        SOFTMAX,
    ),
    Entry("softmax_gaussian.moment_matching", BEYOND, "The choice by moments", SOFTMAX),
    Entry("gaussian_vae.reparameterization", "3.1", "The reparameterized draw and its law", VAE),
    Entry("gaussian_vae.elbo", "5.1", "The evidence lower bound, rewritten twice", VAE),
    Entry("gaussian_vae.gaussian_kl", "5.2", "The divergence of diagonal normal laws", VAE),
    Entry("gaussian_vae.bernoulli_logits", "5.3", "The Bernoulli likelihood and the loss", VAE),
    Entry("gaussian_vae.pathwise_gradient", BEYOND, "The gradient through the draw", VAE),
    Entry(
        "gaussian_vae.gradient_variance",
        BEYOND,
        "Variances of pathwise and score-function gradients",
        VAE,
    ),
    Entry(
        "gaussian_vae.sampled_kl_gradient",
        BEYOND,
        "The gradient with the divergence closed and sampled",
        VAE,
    ),
    Entry("gaussian_vae.importance_weighted_bound", BEYOND, "The importance-weighted bound", VAE),
    Entry("mmd.kernel_form", "10.1", "The squared discrepancy in means of a kernel", MMD),
    Entry("mmd.v_statistic", "10.1", "The estimator with its diagonal, and its bias", MMD),
    Entry("mmd.u_statistic", "10.1", "The estimator without bias", MMD),
    Entry(
        "mmd.gaussian_kernel_expectation",
        "10.2",
        "The Gaussian kernel between two normal laws",
        MMD,
    ),
    Entry("mmd.inert_in_high_dimension", "10.4", "Why the kernel is inert in many dimensions", MMD),
    Entry("linear_vae.evidence", BEYOND, "The evidence of a linear VAE", LINEAR_VAE),
    Entry("linear_vae.posterior", BEYOND, "The posterior of a linear VAE", LINEAR_VAE),
    Entry("linear_vae.elbo", BEYOND, "The evidence lower bound of a linear VAE", LINEAR_VAE),
    Entry("linear_vae.gradients", BEYOND, "All gradients of a linear VAE's bound", LINEAR_VAE),
)


class UnknownKeyError(KeyError):
    """A key that no derivation has."""


def entry(key: str) -> Entry:
    """Return the entry of a key, or raise naming those like it."""
    for candidate in ENTRIES:
        if candidate.key == key:
            return candidate
    known = [e.key for e in ENTRIES]
    near = get_close_matches(key, [*known, *MODELS]) or [
        k for k in known if k.partition(".")[2] == key
    ]
    asked = f"did you mean {' or '.join(near)}? " if near else ""
    message = f"wanted the key of a derivation, got {key!r}; {asked}{LISTING} prints all"
    raise UnknownKeyError(message)


def keys_of(name: str) -> list[str]:
    """Return the keys that a name stands for: all those of a model, or itself."""
    return [e.key for e in ENTRIES if e.model == name] or [entry(name).key]


def derive(key: str) -> Derivation:
    """Build one derivation."""
    found = entry(key)
    derivation: Derivation = import_module(found.module).derive(found)
    return derivation
