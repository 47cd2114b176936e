"""Monte Carlo evidence with error probabilities that hold for finite samples.

A check states the smallest effect that it must detect (``detects``). From this follows the number
of draws, which is known before the check runs; a number above the cap is refused. The verdicts:

- REFUTED: the draws contradict the claim. A true claim is refuted with probability at most
  ``alpha``;
- ESTABLISHED: the claim is not off by ``detects`` or more. A claim that is off by so much is
  established with probability at most ``miss``;
- UNKNOWN: neither; or the draws are not finite, of the wrong shape, all equal, or not from the
  given generator; or they contradict a premise (a bound that was stated); or the false-alarm
  budget of the run, or the time limit of the check, is used up.

With the stated number of draws a claim off by ``detects`` or more is refuted with probability at
least ``1 - miss``, and a true one established with probability at least ``1 - 2 alpha``. One off
by less may get either verdict. This requires independent draws and correct premises (bounds,
variances); only where the draws contradict a premise is it seen to be false. `varproof.from_torch`
makes a sampler for the checks from one of PyTorch. ``calibration`` measures the error rates of each
kind of check.
"""

from derivations.evidence.monte_carlo.budget import (
    RUN,
    STANDARD,
    Budget,
    BudgetExceededError,
    Plan,
    spent,
)
from derivations.evidence.monte_carlo.counts import probability_equals
from derivations.evidence.monte_carlo.gradients import (
    Probe,
    dirichlet_monomials,
    gradient_unbiased,
    transport_equation,
)
from derivations.evidence.monte_carlo.laws import (
    law_equals_cdf,
    laws_equal,
    projections_equal,
    projections_law,
)
from derivations.evidence.monte_carlo.means import (
    kl_matches,
    mean_equals,
    means_equal,
    variance_equals,
)
from derivations.evidence.monte_carlo.sampling import SampledCheck, Sampler, UnfitDrawsError

__all__ = [
    "RUN",
    "STANDARD",
    "Budget",
    "BudgetExceededError",
    "Plan",
    "Probe",
    "SampledCheck",
    "Sampler",
    "UnfitDrawsError",
    "dirichlet_monomials",
    "gradient_unbiased",
    "kl_matches",
    "law_equals_cdf",
    "laws_equal",
    "mean_equals",
    "means_equal",
    "probability_equals",
    "projections_equal",
    "projections_law",
    "spent",
    "transport_equation",
    "variance_equals",
]
