"""The problems the report is about: their titles, and what is said before any formula."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """A problem by the first part of its keys, and the prose that opens its pages."""

    name: str
    title: str
    introduction: tuple[str, ...]
    remarks: tuple[str, ...] = ()


PROBLEMS = (
    Problem(
        "dice",
        "Two dice whose sum picks a third",
        (
            "Two dice are thrown for every point; the sum of their faces picks a third die, which "
            "is rolled several times, and only those rolls are seen. All dice are unknown and have "
            "Dirichlet priors. The model is declared once; its graph, its log joint, the five "
            "mean-field updates, the bound and the predictive law follow from that declaration by "
            "named rules, and every line says how it is known.",
        ),
        (
            "Faces are numbered from one here, as they are on dice and in the files that the "
            "program reads; inside the numerical code they are numbered from zero, so that the die "
            "rolled has the number of the sum itself.",
        ),
    ),
    Problem(
        "kumaraswamy",
        "Reparameterizing Beta by Kumaraswamy",
        (
            "A draw from Beta is no simple function of uniform noise. The Kumaraswamy "
            "distribution is close to it, is the same where a parameter is one, and has a "
            "distribution function that can be inverted by hand; so its draws have gradients.",
        ),
    ),
    Problem(
        "softmax_gaussian",
        "Reparameterizing Dirichlet by a softmax of Gaussians",
        (
            "In the softmax basis a Dirichlet has an interior mode whatever its concentrations; a "
            "Gaussian can be fitted to it there: at the mode and its curvature, or by moments. "
            "Everything is derived for any number of entries.",
        ),
    ),
)
