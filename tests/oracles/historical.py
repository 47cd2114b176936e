"""Errors that public code shipped, by permanent names; the tests recreate and reject each.

A test that rejects one carries its name, see ``harness.historical``.
"""

import re
from typing import NamedTuple


class Error(NamedTuple):
    """What was wrong, in our words, and the project and thread where it was shipped."""

    family: str
    wrong: str
    shipped: str


REPOSITORIES = {
    "TFP": "tensorflow/probability",
    "aemcmc": "aesara-devs/aemcmc",
    "deepchem": "deepchem/deepchem",
    "ericjang/draw": "ericjang/draw",
    "grammarVAE": "mkusner/grammarVAE",
    "jax": "jax-ml/jax",
    "keras-molecules": "maxhodak/keras-molecules",
    "numpyro": "pyro-ppl/numpyro",
    "pymc": "pymc-devs/pymc",
    "pyro": "pyro-ppl/pyro",
    "sklearn": "scikit-learn/scikit-learn",
    "sympy": "sympy/sympy",
    "torch": "pytorch/pytorch",
}
"""Where the projects are whose threads are numbered on GitHub, as far as that is known."""


def threads(shipped: str) -> list[tuple[str, str]]:
    """Return the parts of where an error was shipped, each with its thread's address or nothing.

    A number without a name is of the project before it; GitHub leads from an issue's address to
    the pull request of that number.
    """
    parts, repository = [], ""
    for part in shipped.split(", "):
        name, number = re.fullmatch(r"(.*?)(?: PR)? ?(\d+)?", part).groups()
        repository = REPOSITORIES.get(name, "") if name else repository
        known = number and repository
        address = f"https://github.com/{repository}/issues/{number}" if known else ""
        parts.append((part, address))
    return parts


ERRORS: dict[str, Error] = {
    "kumaraswamy-entropy-swapped": Error(
        "law",
        "entropy with a and b swapped and the sign of the logarithm wrong: "
        "3.514 for -0.208 at a = 2, b = 3",
        "TFP PR 358",
    ),
    "kumaraswamy-mode-nan": Error(
        "law",
        "mode always NaN, and a test that reads NaN as undefined",
        "torch 173912, 198186",
    ),
    "log-density-nan-at-boundary": Error(
        "law",
        "log density NaN at 0 and 1, where 0 meets an infinite log",
        "torch 92260, numpyro 2088",
    ),
    "float32-draws-of-zero-or-one": Error(
        "sampler",
        "float32 draws round to exactly 0 or 1, where the log density is not finite",
        "torch 95548",
    ),
    "inverse-cancels-at-large-b": Error(
        "sampler", "inverse distribution function that subtracts from 1, at b = 1e6", "torch 139019"
    ),
    "dirichlet-draws-of-zero": Error(
        "sampler", "draws underflow to 0 at tiny concentrations, the gradient is NaN", "jax 18129"
    ),
    "noise-scaled-by-variance": Error(
        "sampler",
        "noise scaled by the variance, not the standard deviation; variance 1 hides it",
        "student notebooks",
    ),
    "softmax-scale-from-alpha": Error(
        "sampler", "softmax-Gaussian with the scale 1/sqrt(alpha)", "student notebooks"
    ),
    "softmax-alpha-ignored": Error(
        "sampler", "softmax-Gaussian whose scale ignores alpha", "student notebooks"
    ),
    "gradient-wrong-above-two-dimensions": Error(
        "gradient",
        "Dirichlet pathwise gradient, tested through Beta only: wrong from three entries on",
        "torch PR 4602",
    ),
    "jacobian-taken-as-diagonal": Error(
        "gradient",
        "Jacobian of a Dirichlet's natural gradient treated as diagonal",
        "bayespy dirichlet.py",
    ),
    "relative-error-without-abs": Error(
        "gradient",
        "a test that divides by the expected value without abs: a flipped gradient passes",
        "torch test suite",
    ),
    "kl-test-stops-when-it-agrees": Error(
        "KL",
        "a Monte Carlo test that stops as soon as it agrees: 0.33 and 0.573 pass for 0.443",
        "torch test suite",
    ),
    "kl-test-drops-nan": Error(
        "KL", "the same test leaves out draws that are NaN", "torch test suite"
    ),
    "kl-nan-at-uniform": Error(
        "KL", "divergence of U(0, 1) from Beta(1, 1) NaN, by x log x at 0", "torch 144279"
    ),
    "kl-negative-by-clamping": Error(
        "KL", "negative divergence: probabilities are clamped, logits are not", "torch 72525"
    ),
    "kl-averaged-over-latents": Error(
        "KL",
        "Gaussian divergence averaged, not summed, over the latent dimensions",
        "grammarVAE 2, keras-molecules 59",
    ),
    "log-variance-as-deviation": Error(
        "KL",
        "log variance read as standard deviation; a probe at log variance 0 can hide it",
        "deepchem PR 4888",
    ),
    "kl-constant-lacks-latent-size": Error(
        "KL", "constant not times the number of latents: KL(p, p) is not 0", "ericjang/draw 2"
    ),
    "kl-sign-flipped": Error("KL", "divergence with its sign flipped", "VAE_gumble_softmax 1"),
    "sum-without-dim": Error(
        "shape", "a sum over everything mixes batch and latents", "GNTPP 4, nvae 3"
    ),
    "jacobian-summed-over-batch": Error(
        "shape", "an elementwise Jacobian summed, then added to every element", "pymc PR 800"
    ),
    "bound-above-evidence": Error(
        "ELBO", "a published bound lies above the evidence, or falls in an update", "sklearn 4335"
    ),
    "entropy-omitted": Error("ELBO", "the entropy of a factor omitted", "autoconj mixture example"),
    "log-p-term-omitted": Error(
        "ELBO", "a whole term of log p omitted", "autoconj mixture example"
    ),
    "sign-differs-between-paths": Error(
        "ELBO", "a sign differs between two ways to the same loss", "pyro 1982, 2798"
    ),
    "samples-not-averaged": Error("ELBO", "several samples added, not averaged", "numpyro 1724"),
    "minibatch-scale-twice": Error("ELBO", "a minibatch's scale applied twice", "pyro 531"),
    "conjugate-parameters-swapped": Error(
        "update",
        "conjugate rule with two parameters swapped: posterior mean 0.579 for 0.368",
        "aemcmc PR 105",
    ),
    "test-encodes-the-swap": Error(
        "update", "a test whose expected value swaps the same two parameters", "aemcmc PR 105"
    ),
    "index-capture": Error(
        "update", "differentiating a sum captures the index of the point", "sympy 21891"
    ),
    "sum-index-off-by-one": Error(
        "update", "the index of a sum of two latents off by one", "a sketch of this project"
    ),
    "kernel-elementwise": Error(
        "MMD",
        "kernel applied elementwise, not over pairs: near 2 whatever the shift",
        "student notebooks",
    ),
    "tolerance-widened": Error("check", "a tolerance by hand, widened when it fails", "several"),
    "tolerance-wider-than-the-bug": Error(
        "check",
        "a tolerance far wider than the error: 0.2 for an entropy, 0.06 for a gradient",
        "torch, pyro",
    ),
    "same-draw-on-both-sides": Error("check", "one draw used to compute both sides", "several"),
    "gradcheck-accepts-wrong-law": Error(
        "check", "gradcheck on a sampler passes a sampler of the wrong law", "several"
    ),
    "gradcheck-rejects-right-law": Error(
        "check", "gradcheck at a fixed seed fails a correct Gamma, which jumps", "several"
    ),
}
