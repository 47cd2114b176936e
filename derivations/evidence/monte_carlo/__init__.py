"""Monte Carlo evidence with stated error probabilities: finite samples, no tolerance by hand.

A check names the smallest effect it must see (``detects``), says how many draws that takes
before it runs, and refuses if that is past its cap. Its verdicts:

- REFUTED: chance shows what was seen with probability at most ``alpha`` if the claim is true;
- ESTABLISHED: the claim is not off by ``detects`` or more. It is said of a claim that is with
  probability at most ``miss``;
- UNKNOWN: neither; or the draws say nothing: not finite, of the wrong shape, one value
  throughout, not from the generator given; or the false-alarm budget of the run is used up.

With the stated number of draws a claim off by ``detects`` or more is refuted with probability at
least ``1 - miss``, and a true one established with probability at least ``1 - 2 alpha``. One off
by less may end either way. All of it is for independent draws, and for the premises given
(bounds, variances); ``calibration`` counts how often each kind of check errs.
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
