"""Families of distributions: a registry that a user's own file can add to.

``family("Gamma")`` looks one up by name. To add one, derive from `ExponentialFamily` (or from
`Family`, where only a log density is known), and decorate the class with `register`.
"""

from derivations.calculus.expressions import BITS, COUNTS, POSITIVE, REAL, SIMPLEX, UNIT
from derivations.families.any import AnyDistribution
from derivations.families.base import (
    DISCRETE,
    STATES,
    SUPPORTS,
    UP_TO_TRIALS,
    Family,
    Matrix,
    Parameter,
    Parameters,
    Vector,
    inner_product,
)
from derivations.families.bernoulli import Bernoulli
from derivations.families.beta import Beta
from derivations.families.binomial import Binomial
from derivations.families.categorical import Categorical
from derivations.families.dirichlet import Dirichlet
from derivations.families.exponential import (
    ExponentialFamily,
    NoClosedFormError,
    divergence,
    entropy,
    log_density,
    mean_parameters,
    normalizer_at,
)
from derivations.families.gamma import Gamma
from derivations.families.gaussian import Gaussian, GaussianByPrecision
from derivations.families.kumaraswamy import Kumaraswamy
from derivations.families.multivariate_gaussian import MultivariateGaussian
from derivations.families.poisson import Poisson
from derivations.families.registry import family, names, register
from derivations.families.uniform import Uniform

__all__ = [
    "BITS",
    "COUNTS",
    "DISCRETE",
    "POSITIVE",
    "REAL",
    "SIMPLEX",
    "STATES",
    "SUPPORTS",
    "UNIT",
    "UP_TO_TRIALS",
    "AnyDistribution",
    "Bernoulli",
    "Beta",
    "Binomial",
    "Categorical",
    "Dirichlet",
    "ExponentialFamily",
    "Family",
    "Gamma",
    "Gaussian",
    "GaussianByPrecision",
    "Kumaraswamy",
    "Matrix",
    "MultivariateGaussian",
    "NoClosedFormError",
    "Parameter",
    "Parameters",
    "Poisson",
    "Uniform",
    "Vector",
    "divergence",
    "entropy",
    "family",
    "inner_product",
    "log_density",
    "mean_parameters",
    "names",
    "normalizer_at",
    "register",
]
