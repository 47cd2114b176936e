"""Threads upstream about what the audit tries, with their state when read, and remarks.

Every thread here was read on the day named in a stored copy; its state is that copy's. A claim
without one has none that was found. A thread about a claim that holds was answered, or is open
although the version at hand is right.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

READ = "2026-11-24"
GITHUB = "https://github.com"


@dataclass(frozen=True)
class Thread:
    """An issue or pull request: its address, its state when read, and its title."""

    address: str
    state: str
    title: str

    def record(self) -> dict[str, str]:
        """Return it as plain data."""
        return {**asdict(self), "read": READ}


def _issue(repository: str, number: int, state: str, title: str) -> Thread:
    return Thread(f"{GITHUB}/{repository}/issues/{number}", state, title)


def _pull(repository: str, number: int, state: str, title: str) -> Thread:
    return Thread(f"{GITHUB}/{repository}/pull/{number}", state, title)


TORCH, NUMPYRO, JAX = "pytorch/pytorch", "pyro-ppl/numpyro", "jax-ml/jax"
MODE = (
    _issue(TORCH, 173912, "open", "Wrong mode in torch.distributions.Kumaraswamy"),
    _issue(TORCH, 198186, "open", "Weibull.mode ..., Kumaraswamy.mode is always nan"),
    _pull(TORCH, 184745, "open", "distributions: fix Kumaraswamy mode formula"),
)
OUTSIDE = _issue(TORCH, 95548, "open", "Kumaraswamy generates samples outside its support (0,1)")
UNSTABLE = _issue(TORCH, 139019, "open", "Stabilizing the Kumaraswamy Distribution")
SMALL_BETA = (
    _issue(TORCH, 84625, "open", "Beta distribution behaves incorrectly for small parameters"),
    _issue(TORCH, 15738, "open", "Beta Distribution values wrong for a=b---> 0"),
)
SMALL_DIRICHLET = _issue(TORCH, 76030, "open", "Dirichlet with small concentration")
TINY_GRADIENT = _issue(JAX, 18129, "open", "Gradient of Dirichlet with small alpha gives nan")
TINY_DRAWS = _issue(JAX, 9896, "closed", "jax.random.dirichlet incorrect for small concentrations")

_OF_TORCH: dict[tuple[str, str], tuple[Thread, ...]] = {
    ("Kumaraswamy", "mode"): MODE,
    ("Kumaraswamy", "log density"): (UNSTABLE,),
    ("Kumaraswamy", "log density at the ends"): (OUTSIDE, UNSTABLE),
    ("Kumaraswamy", "own draws can be scored"): (OUTSIDE,),
    ("Kumaraswamy", "quantile"): (UNSTABLE,),
    ("Kumaraswamy", "law of draws"): (UNSTABLE,),
    ("Kumaraswamy", "finite gradients"): (UNSTABLE,),
    ("Beta", "log density at the ends"): (
        _issue(TORCH, 92260, "open", "distributions.Beta returning incorrect results at 0 and 1"),
        _issue(TORCH, 65811, "open", "Beta distribution yields wrong results for x=0 or x=1"),
    ),
    ("Beta", "law of draws"): SMALL_BETA,
    ("Beta", "divergence from uniform"): (
        _issue(TORCH, 144279, "closed", "kl_divergence can produce incorrect results"),
    ),
    ("Dirichlet", "law of draws"): (SMALL_DIRICHLET,),
    ("Dirichlet", "log density at the ends"): (
        _pull(TORCH, 103605, "closed", "Fix Dirichlet.log_prob() when x=0 and alpha=1"),
    ),
    ("Dirichlet", "flow of gradients"): (
        _pull(TORCH, 4602, "merged", "Fix bug in Dirichlet.rsample(); add tests"),
    ),
}
_OF_NUMPYRO: dict[tuple[str, str], tuple[Thread, ...]] = {
    ("Beta", "log density at the ends"): (
        _issue(NUMPYRO, 2088, "closed", "Beta with concentration1=1 gives nan log_prob at value=0"),
    ),
    ("Kumaraswamy", "log density at the ends"): (
        _pull(NUMPYRO, 1681, "merged", "Avoid Kumaraswamy numerical issues"),
    ),
    ("Categorical", "entropy"): (
        _pull(NUMPYRO, 2276, "merged", "keep Categorical entropy finite when a category has ..."),
    ),
    ("Beta", "finite gradients"): (TINY_GRADIENT,),
    ("Dirichlet", "finite gradients"): (TINY_GRADIENT,),
    ("Beta", "law of draws"): (TINY_DRAWS,),
    ("Dirichlet", "law of draws"): (TINY_DRAWS,),
}
_OF_SCIPY: dict[tuple[str, str], tuple[Thread, ...]] = {
    ("Beta", "entropy"): (
        _issue("scipy/scipy", 18093, "closed", "BUG: entropy calculations failing for large ..."),
    ),
    ("Dirichlet", "law of draws"): (
        _issue("numpy/numpy", 24475, "closed", "Inaccurate left tail of dirichlet at small alpha"),
        _issue("numpy/numpy", 19637, "open", "np.random.dirichlet returns np.nan for small alpha"),
    ),
}
_THREADS = {
    "torch.distributions": _OF_TORCH,
    "Pyro": _OF_TORCH,
    "NumPyro": _OF_NUMPYRO,
    "SciPy": _OF_SCIPY,
}
CLAMPED = (
    "Probabilities are clamped to eps before their logarithm is taken; the helper that does it "
    "(clamp_probs) says so in its own documentation."
)
STICKS = (
    "Density and draws agree with each other: the code adds log(K - k) to Y, as the transform it "
    "uses does. The documentation's formula for Y leaves that out."
)
TAYLOR = (
    "A convention: the divergence is a series cut after ten terms, as a comment in the class says, "
    "and a class attribute moves the cut. The documentation of the law does not mention it."
)
_REMARKS = {
    ("Categorical", "log density"): CLAMPED,
    ("Categorical", "log density at the ends"): CLAMPED,
    ("Categorical", "divergence"): CLAMPED,
    ("logistic normal", "log density"): STICKS,
    ("logistic normal", "law of draws"): STICKS,
}
_REMARKS_ON_NUMPYRO = {
    ("Kumaraswamy", "divergence from Beta"): TAYLOR,
    ("Kumaraswamy", "log density at the ends"): (
        "x^a is clipped to 1 - eps before its logarithm is taken, so the value at 1 is finite."
    ),
    ("Dirichlet", "log density at the ends"): (
        "The thread about Beta (numpyro 2088) is closed, and Beta is right; Dirichlet was not part "
        "of it."
    ),
}


def threads_of(library: str, distribution: str, claim: str) -> tuple[Thread, ...]:
    """Return the threads found about a claim in a library."""
    return _THREADS.get(library, {}).get((distribution, claim), ())


def remark_on(library: str, distribution: str, claim: str) -> str:
    """Return what a fair reader should know besides, or nothing."""
    place = (distribution, claim)
    if library == "NumPyro":
        return _REMARKS_ON_NUMPYRO.get(place, "")
    return _REMARKS.get(place, "") if library in {"torch.distributions", "Pyro"} else ""
