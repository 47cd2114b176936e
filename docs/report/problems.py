"""The problems the report is about, and what is said before any formula."""

from __future__ import annotations

from dataclasses import dataclass

from derivations.catalogue import MODELS


@dataclass(frozen=True)
class Problem:
    """A problem by the first part of its keys, and the prose that opens its pages."""

    name: str
    introduction: tuple[str, ...]
    remarks: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The title that its keys are listed under."""
        return MODELS[self.name]


PROBLEMS = (
    Problem(
        "dice",
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
        (
            "A draw from Beta is no simple function of uniform noise. The Kumaraswamy "
            "distribution is close to it, is the same where a parameter is one, and has a "
            "distribution function that can be inverted by hand; so its draws have gradients.",
        ),
    ),
    Problem(
        "softmax_gaussian",
        (
            "In the softmax basis a Dirichlet has an interior mode whatever its concentrations; a "
            "Gaussian can be fitted to it there: at the mode and its curvature, or by moments. "
            "Everything is derived for any number of entries.",
        ),
    ),
    Problem(
        "gaussian_vae",
        (
            "An image has latent variables with a normal prior; a decoder gives the law of its "
            "pixels, an encoder an approximate law of the latent variables. The bound that is "
            "maximised, its closed parts, the draw that lets gradients through and the estimators "
            "of those gradients are derived for any numbers of latent variables and pixels.",
        ),
        (
            "The networks give the log variance λ; σ² is always the variance, its root the "
            "standard deviation.",
        ),
    ),
    Problem(
        "mmd",
        (
            "The second model of the notebook compares samples of the latents with samples of the "
            "prior by a kernel, instead of each latent's law with the prior. What the estimators "
            "estimate, with which bias, and what a Gaussian kernel can see between normal laws in "
            "many dimensions is derived here for any sample sizes and any number of dimensions.",
        ),
    ),
    Problem(
        "linear_vae",
        (
            "With a linear decoder and normal pixels the VAE is probabilistic PCA: evidence, "
            "posterior, bound and all gradients have closed forms. It serves as the oracle for "
            "the code that also runs where nothing is closed.",
        ),
    ),
)
