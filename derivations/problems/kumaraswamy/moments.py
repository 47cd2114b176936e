"""Log density, moments, entropy, mode, and where the distribution is a Beta distribution."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import EulerGamma, Expr, Pow, exp, log, loggamma, polygamma

from derivations.calculus.expressions import ABOVE_ONE, POSITIVE, UNIT, Array
from derivations.claims.registry import Line, derivation
from derivations.claims.statements import (
    Domain,
    Random,
    Rule,
    at_most,
    define,
    equal,
    follows,
    less,
    result,
    step,
)
from derivations.meaning.notation import (
    Entropy,
    Expectation,
    FamilyDensity,
    Joint,
    PartialDerivative,
    Where,
    part,
)
from derivations.problems.kumaraswamy.symbols import (
    DRAW,
    ONE,
    a,
    above_a,
    above_b,
    alpha,
    b,
    beta,
    beta_of,
    f,
    kumaraswamy,
    moment,
    n,
    x,
    y,
)

s = Array("s", (), "s", POSITIVE)[()]
c = Array("c", (), "c", ABOVE_ONE)[()]
d = Array("d", (), "d", UNIT)[()]
mode = Array("mode", (), "x^*", UNIT)[()]
harmonic: Expr = EulerGamma + polygamma(0, b + 1)
entropy: Expr = 1 - 1 / b + (1 - 1 / a) * harmonic - log(a) - log(b)
log_density: Expr = log(a) + log(b) + (a - 1) * log(x) + (b - 1) * log(1 - Pow(x, a))

POWER = Joint("p", (part(y, beta_of(ONE, b)),))


def pull(first: Expr) -> Expr:
    """Return minus the derivative of ``log(1 - x^a)``."""
    return first * Pow(x, first - 1) / (1 - Pow(x, first))


TAKE_LOG = Rule("take the log", "The log of a product of positive powers comes apart.")
DIFFERENTIATE = Rule("differentiate", "The log density is differentiated by one variable.")
BETA_VARIABLE = Rule("Beta variable", "A power of the draw has a Beta distribution.")
EXCHANGED = Rule(
    "exchange", "One less a Beta variable is a Beta variable with its parameters exchanged."
)
BETA_INTEGRAL = Rule(
    "Beta integral",
    (
        "The mean of a power of a Beta variable is a ratio of Beta functions: with ",
        follows(y, beta_of(ONE, b)),
        ", ",
        equal(
            Expectation(POWER(y), Pow(y, s)),
            b * exp(loggamma(1 + s) + loggamma(b) - loggamma(1 + s + b)),
        ),
        ". The order of the moment of the draw is a multiple of that power.",
    ),
    given=(Domain(b, s), Random(POWER)),
)
DIFFERENTIATE_MOMENT = Rule(
    "differentiate the moment", "The mean of the log is the derivative by the order, at order zero."
)
LOG_OF_BETA = Rule(
    "mean of a log",
    "A Beta variable whose second parameter is one is a draw of the same parameters, so the mean "
    "of its log is known.",
)
DEFINITION = Rule("definition", "The entropy is minus the mean of the log density.")
LINEAR = Rule("linearity", "The mean is taken term by term.")
PUT_IN = Rule("means of the logs", "Both means are put in.")
STATIONARY = Rule(
    "stationary point", "The derivative of the log density is set to zero and solved."
)
VANISHES = Rule("it is stationary", "The derivative of the log density vanishes there.")
SLOPE = Rule(
    "one sign on each side",
    "Below the stationary point the derivative is positive, above it is negative.",
)
INSIDE = Rule("inside the interval", "Both parameters exceed one.")
CURVATURE = Rule("second derivative", "At the stationary point it is negative, factor by factor.")
MAXIMUM = Rule("maximum", "The density rises up to the stationary point and falls after it.")
SET_TO_ONE = Rule("a parameter is one", "One factor of the density becomes one.")
SAME = Rule("the same density", "This is the Beta density of the same parameters.")
ONLY_THEN = Rule(
    "ratio of densities",
    "Were the two distributions the same, the log ratio would be constant. Near zero its "
    "derivative is dominated by the first term, unless both first parameters agree; near one by "
    "the other two, unless both second parameters agree.",
)
SAME_PARAMETERS = Rule(
    "same parameters", "One factor remains beside the second parameter less one."
)
SIGN = Rule(
    "sign",
    (
        "With ",
        less(1, c),
        " and ",
        less(d, 1),
        ", ",
        less(pull(c), 1 / (1 - x)),
        " and ",
        less(1 / (1 - x), pull(d)),
        ". So the derivative vanishes for all x only where one of the two parameters is one.",
    ),
    given=(Domain(c, d, x),),
)


@derivation(
    "kumaraswamy.log_density",
    question="beyond the sheet",
    title="The log density and its gradients",
    code=(
        "impl.samplers.kumaraswamy.Kumaraswamy.log_prob",
        "impl.samplers.kumaraswamy.Kumaraswamy.log_prob_from_logs",
    ),
)
def log_density_and_gradients() -> Iterator[Line]:
    """Derive the log density and its gradients by x, a and b."""
    rest = 1 - Pow(x, a)
    yield Domain(a, b, x)
    yield define(f(x), FamilyDensity(x, kumaraswamy(a, b)))
    yield result(TAKE_LOG, equal(log(f(x)), log_density))
    by_x = (a - 1) / x - a * (b - 1) * Pow(x, a - 1) / rest
    by_a = 1 / a + log(x) - (b - 1) * Pow(x, a) * log(x) / rest
    yield result(DIFFERENTIATE, equal(PartialDerivative(log(f(x)), x), by_x))
    yield result(DIFFERENTIATE, equal(PartialDerivative(log(f(x)), a), by_a))
    yield result(DIFFERENTIATE, equal(PartialDerivative(log(f(x)), b), 1 / b + log(rest)))


@derivation(
    "kumaraswamy.moments",
    question="beyond the sheet",
    title="Raw and log moments",
    code=(
        "impl.samplers.kumaraswamy.Kumaraswamy.mean",
        "impl.samplers.kumaraswamy.Kumaraswamy.variance",
    ),
)
def moments() -> Iterator[Line]:
    """Derive the raw moments and the two log moments."""
    q = DRAW(x)
    at_zero = Where(PartialDerivative(Expectation(q, Pow(x, n)), n), n, 0)
    yield Domain(a, b, n)
    yield Random(DRAW)
    yield step(BETA_VARIABLE, follows(Pow(x, a), beta_of(ONE, b)))
    yield result(BETA_INTEGRAL, equal(Expectation(q, Pow(x, n)), moment(n)))
    yield step(DIFFERENTIATE_MOMENT, equal(Expectation(q, log(x)), at_zero))
    yield result(DIFFERENTIATE_MOMENT, equal(Expectation(q, log(x)), -harmonic / a))
    yield step(EXCHANGED, follows(1 - Pow(x, a), beta_of(b, ONE)))
    yield result(LOG_OF_BETA, equal(Expectation(q, log(1 - Pow(x, a))), -1 / b))


@derivation(
    "kumaraswamy.entropy",
    question="beyond the sheet",
    title="The entropy",
    code=("impl.samplers.kumaraswamy.Kumaraswamy.entropy",),
)
def entropy_of_draw() -> Iterator[Line]:
    """Derive the differential entropy, in nats."""
    q = DRAW(x)
    means = (a - 1) * Expectation(q, log(x)) + (b - 1) * Expectation(q, log(1 - Pow(x, a)))
    yield Domain(a, b)
    yield Random(DRAW)
    yield step(DEFINITION, equal(Entropy(q), -Expectation(q, log(q))))
    yield step(LINEAR, equal(Entropy(q), -log(a) - log(b) - means))
    yield result(PUT_IN, equal(Entropy(q), entropy))


@derivation(
    "kumaraswamy.mode",
    question="beyond the sheet",
    title="The mode and where it is interior",
    code=("impl.samplers.kumaraswamy.Kumaraswamy.mode",),
)
def mode_of_density() -> Iterator[Line]:
    """Derive the mode where the density has an interior maximum: a > 1 and b > 1."""
    excess = above_a * above_b - 1
    slope = PartialDerivative(log(f(x)), x)
    curvature = PartialDerivative(slope, x)
    yield Domain(above_a, above_b, x)
    yield define(f(x), FamilyDensity(x, kumaraswamy(above_a, above_b)))
    yield step(STATIONARY, define(mode, Pow((above_a - 1) / excess, 1 / above_a)))
    yield step(INSIDE, less(0, mode))
    yield step(INSIDE, less(mode, 1))
    yield step(VANISHES, equal(Where(slope, x, mode), 0))
    yield step(
        SLOPE,
        equal(slope, excess * (Pow(mode, above_a) - Pow(x, above_a)) / (x * (1 - Pow(x, above_a)))),
    )
    yield step(
        CURVATURE,
        equal(Where(curvature, x, mode), -(above_a - 1) * excess / ((above_b - 1) * mode**2)),
    )
    yield result(MAXIMUM, at_most(f(x), f(mode)))


@derivation(
    "kumaraswamy.equals_beta",
    question="beyond the sheet",
    title="Where Kumaraswamy and Beta are equal",
    code=("impl.samplers.kl.kl_kumaraswamy_beta",),
)
def equality_with_beta() -> Iterator[Line]:
    """Show that the two distributions are one exactly where a parameter is one."""
    ours = FamilyDensity(x, kumaraswamy(a, b))
    yield Domain(a, b, alpha, beta, x)
    for first, second, shorter in ((a, ONE, a * Pow(x, a - 1)), (ONE, b, b * Pow(1 - x, b - 1))):
        at_one = FamilyDensity(x, kumaraswamy(first, second))
        yield step(SET_TO_ONE, equal(at_one, shorter))
        yield result(SAME, equal(at_one, FamilyDensity(x, beta_of(first, second))))
    yield step(
        ONLY_THEN,
        equal(
            PartialDerivative(log(ours / FamilyDensity(x, beta_of(alpha, beta))), x),
            (a - alpha) / x + (beta - 1) / (1 - x) - (b - 1) * pull(a),
        ),
    )
    ratio = log(ours / FamilyDensity(x, beta_of(a, b)))
    yield step(
        SAME_PARAMETERS,
        equal(PartialDerivative(ratio, x), (b - 1) * (1 / (1 - x) - pull(a))),
    )
    yield step(SIGN, at_most(0, (a - 1) * (1 / (1 - x) - pull(a))))
