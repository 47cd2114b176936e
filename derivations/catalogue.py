"""Every derivation by its permanent key, as plain text: listing them needs no SymPy."""

from __future__ import annotations

from dataclasses import dataclass
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


BEYOND = "beyond the sheet"
DICE = "derivations.dice"
KUMARASWAMY = "derivations.kumaraswamy"
SOFTMAX = "derivations.softmax_gaussian"

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
)


class UnknownKeyError(KeyError):
    """A key that no derivation has."""


def entry(key: str) -> Entry:
    """Return the entry of a key, or raise naming the keys there are."""
    for candidate in ENTRIES:
        if candidate.key == key:
            return candidate
    known = ", ".join(e.key for e in ENTRIES)
    message = f"wanted the key of a derivation, got {key!r}; there are {known}"
    raise UnknownKeyError(message)


def derive(key: str) -> Derivation:
    """Build one derivation."""
    found = entry(key)
    derivation: Derivation = import_module(found.module).derive(found)
    return derivation
