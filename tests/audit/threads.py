"""Threads upstream about what the audit tries, with their state when read, and remarks.

Every thread here was read on the day named in a stored copy; its state is that copy's. A claim
without one has none that was found. A thread about a claim that holds was answered, or is open
although the version at hand is right.
"""

from __future__ import annotations

READ = "2026-11-24"
TORCH, NUMPYRO, JAX = "pytorch/pytorch", "pyro-ppl/numpyro", "jax-ml/jax"
Thread = dict[str, str]


def _thread(repository: str, number: int, state: str, title: str, kind: str = "issues") -> Thread:
    address = f"https://github.com/{repository}/{kind}/{number}"
    return {"address": address, "state": state, "title": title, "read": READ}


MODE = (
    _thread(TORCH, 173912, "open", "Wrong mode in torch.distributions.Kumaraswamy"),
    _thread(TORCH, 198186, "open", "Weibull.mode ..., Kumaraswamy.mode is always nan"),
    _thread(TORCH, 184745, "open", "distributions: fix Kumaraswamy mode formula", "pull"),
)
OUTSIDE = _thread(TORCH, 95548, "open", "Kumaraswamy generates samples outside its support (0,1)")
UNSTABLE = _thread(TORCH, 139019, "open", "Stabilizing the Kumaraswamy Distribution")
BETA_ENDS = (
    _thread(TORCH, 92260, "open", "distributions.Beta returning incorrect results at 0 and 1"),
    _thread(TORCH, 65811, "open", "Beta distribution yields wrong results for x=0 or x=1"),
)
SMALL_BETA = (
    _thread(TORCH, 84625, "open", "Beta distribution behaves incorrectly for small parameters"),
    _thread(TORCH, 15738, "open", "Beta Distribution values wrong for a=b---> 0"),
)
UNIFORM = _thread(TORCH, 144279, "closed", "kl_divergence can produce incorrect results")
SMALL = _thread(TORCH, 76030, "open", "Dirichlet with small concentration")
FACE = "Fix Dirichlet.log_prob() when x=0 and alpha=1"
AT_FACE = _thread(TORCH, 103605, "closed", FACE, "pull")
RSAMPLE = _thread(TORCH, 4602, "merged", "Fix bug in Dirichlet.rsample(); add tests", "pull")
AT_ONE = "Beta with concentration1=1 gives nan log_prob at value=0"
NUMPYRO_ENDS = _thread(NUMPYRO, 2088, "closed", AT_ONE)
AVOID = _thread(NUMPYRO, 1681, "merged", "Avoid Kumaraswamy numerical issues", "pull")
FINITE = "keep Categorical entropy finite when a category has ..."
ENTROPY = _thread(NUMPYRO, 2276, "merged", FINITE, "pull")
TINY_GRADIENT = _thread(JAX, 18129, "open", "Gradient of Dirichlet with small alpha gives nan")
TINY_DRAWS = _thread(JAX, 9896, "closed", "jax.random.dirichlet incorrect for small concentrations")
LARGE = "BUG: entropy calculations failing for large ..."
LEFT_TAIL = "Inaccurate left tail of dirichlet at small alpha"
NUMPY_NAN = "np.random.dirichlet returns np.nan for small alpha"
SCIPY_ENTROPY = _thread("scipy/scipy", 18093, "closed", LARGE)
SCIPY_DRAWS = (
    _thread("numpy/numpy", 24475, "closed", LEFT_TAIL),
    _thread("numpy/numpy", 19637, "open", NUMPY_NAN),
)
OF_TORCH = {
    "Kumaraswamy, mode": MODE,
    "Kumaraswamy, log density": (UNSTABLE,),
    "Kumaraswamy, log density at the ends": (OUTSIDE, UNSTABLE),
    "Kumaraswamy, own draws can be scored": (OUTSIDE,),
    "Kumaraswamy, quantile": (UNSTABLE,),
    "Kumaraswamy, law of draws": (UNSTABLE,),
    "Kumaraswamy, finite gradients": (UNSTABLE,),
    "Beta, log density at the ends": BETA_ENDS,
    "Beta, law of draws": SMALL_BETA,
    "Beta, divergence from uniform": (UNIFORM,),
    "Dirichlet, law of draws": (SMALL,),
    "Dirichlet, log density at the ends": (AT_FACE,),
    "Dirichlet, flow of gradients": (RSAMPLE,),
}
OF_NUMPYRO = {
    "Beta, log density at the ends": (NUMPYRO_ENDS,),
    "Kumaraswamy, log density at the ends": (AVOID,),
    "Categorical, entropy": (ENTROPY,),
    "Beta, finite gradients": (TINY_GRADIENT,),
    "Dirichlet, finite gradients": (TINY_GRADIENT,),
    "Beta, law of draws": (TINY_DRAWS,),
    "Dirichlet, law of draws": (TINY_DRAWS,),
}
OF_SCIPY = {"Beta, entropy": (SCIPY_ENTROPY,), "Dirichlet, law of draws": SCIPY_DRAWS}
THREADS = {"torch.distributions": OF_TORCH, "Pyro": OF_TORCH}
THREADS |= {"NumPyro": OF_NUMPYRO, "SciPy": OF_SCIPY}
CLAMPED = (
    "Probabilities are clamped to eps before their logarithm is taken; the helper that does it "
    "(clamp_probs) says so in its own documentation."
)
STICKS = (
    "Density and draws agree with each other: the code adds log(K - k) to Y, as the transform it "
    "uses does. The documentation's formula for Y leaves that out."
)
ON_TORCH = {
    "Categorical, log density": CLAMPED,
    "Categorical, log density at the ends": CLAMPED,
    "Categorical, divergence": CLAMPED,
    "logistic normal, log density": STICKS,
    "logistic normal, law of draws": STICKS,
}
ON_NUMPYRO = {
    "Kumaraswamy, divergence from Beta": (
        "A convention: the divergence is a series cut after ten terms, as a comment in the class "
        "says, and a class attribute moves the cut. The documentation of the law does not mention "
        "it."
    ),
    "Kumaraswamy, log density at the ends": (
        "x^a is clipped to 1 - eps before its logarithm is taken, so the value at 1 is finite."
    ),
    "Dirichlet, log density at the ends": (
        "The thread about Beta (numpyro 2088) is closed, and Beta is right; Dirichlet was not part "
        "of it."
    ),
}
REMARKS = {"torch.distributions": ON_TORCH, "Pyro": ON_TORCH, "NumPyro": ON_NUMPYRO}
"""What a fair reader should know of a refuted claim besides."""
