"""Why the Gaussian kernel of a fixed bandwidth does nothing in many dimensions."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Expr, Pow, exp, log, sqrt

from derivations.calculus.expressions import POSITIVE, Array, IndexSum, Slice
from derivations.claims.registry import Line, derivation
from derivations.claims.statements import (
    AtLeast,
    Domain,
    Random,
    Rule,
    at_most,
    define,
    equal,
    less,
    result,
    step,
)
from derivations.meaning.notation import (
    Entries,
    Expectation,
    Joint,
    PartialDerivative,
    Where,
    part,
)
from derivations.problems.mmd.normals import (
    DISCREPANCY,
    EXPECTED,
    EXPECTED_Y,
    ISOTROPIC,
    KERNEL,
    MEAN,
    ONE,
    PAIR_Y,
    SQUARED_LENGTH,
    TOTAL,
    TWO,
    ZERO,
    D,
    Q,
    bandwidth,
    d,
    discrepancy,
    mean,
    normal,
    variance,
)
from derivations.problems.mmd.symbols import i, j, kernel, m, n, r, squared_mmd, t

a = Array("a", (), "a", POSITIVE)[()]
rate = Array("beta", (), "beta", POSITIVE)[()]
v_letter = Array("V", (), "V")[()]
first, second = Array("first", (n, D), "u"), Array("second", (m, D), "w")
SAMPLES = Joint(
    "q",
    (
        part(first[i, d], normal(ZERO, ONE), i, d),
        part(second[r, d], normal(ZERO, ONE), r, d),
    ),
)
"""Two samples of the standard normal distribution."""

STANDARD = Rule("standard normal distributions", "The mean of the kernel between two of them.")
TWO_IN = Rule("the notebook's bandwidth", "The notebook takes bandwidth two in any dimension.")
AT_ONE = Rule("variance one", "The notebook's bandwidth and variance one are put in.")
STATISTIC = Rule("V-statistic", "The estimator with its diagonal, of two standard normal samples.")
DIAGONAL = Rule(
    "bias of the V-statistic",
    "The kernel is one at equal points, and its mean is the same for all other pairs: what is left "
    "is the bias alone.",
)
NUMBERS = Rule(
    "the notebook's batch",
    (
        "Both samples have 100 points. In 200 dimensions or more the last term is negligible; its "
        "decimal logarithm is ",
        less(log(Pow(2, -D / 2) / 50) / log(10), -31),
        ". What the statistic shows is one fiftieth, from the diagonal of its sums.",
    ),
    given=(AtLeast(D, 200),),
)
DEFINITION = Rule("kernel form", "The squared discrepancy in three means of the kernel.")
INSERT = Rule("insert", "The three means are put in.")
SHIFT = Rule("derivative by the mean", "The squared discrepancy is differentiated by one mean.")
FARTHEST = Rule(
    "the largest pull",
    (
        "For every positive ",
        a,
        ": ",
        at_most(a * exp(-a), exp(-ONE)),
        ". Here it is a quarter of the squared length of the mean: no shift of the mean is pulled "
        "back harder.",
    ),
    given=(Domain(a),),
)
ATTAINED = Rule("attained", "The bound is reached where the squared length of the mean is four.")
WIDTH = Rule(
    "derivative by the variance",
    "The last term is from pairs of one distribution.",
)
COLLAPSE = Rule("collapse", "A variance that falls to zero is felt through the last term.")
CANCEL = Rule("no pull", "Where both distributions are standard normal the two terms cancel.")
BRACKET = Rule(
    "bounds of the logarithm",
    (
        "The derivative of the logarithm is bounded, ",
        equal(PartialDerivative(log(1 + a), a), 1 / (1 + a)),
        " with ",
        at_most(1 - a, 1 / (1 + a)),
        " and ",
        at_most(1 / (1 + a), 1),
        ". The bounds are integrated from zero.",
    ),
    given=(Domain(a),),
)
GROWING = Rule(
    "a bandwidth that grows with the dimension", "The bandwidth is proportional to the dimension."
)
PROPORTIONAL = Rule(
    "bounds that meet",
    "The bounds of the logarithm are put in. The two bounds meet as the dimension grows; the lower "
    "one holds in any dimension.",
)


def _at_two(form: Expr) -> Expr:
    """Put the notebook's bandwidth in."""
    return Where(form, bandwidth, TWO)


@derivation(
    "mmd.inert_in_high_dimension",
    question="10.4",
    title="Why the squared MMD of the Gaussian kernel vanishes in high dimension",
    code=("impl.mmd.expected_kernel",),
    sizes={D: (2, 3), n: (2, 3), m: (2, 3)},
)
def inert_in_high_dimension() -> Iterator[Line]:
    """Derive what is left of the discrepancy and of its gradient in D dimensions."""
    u_i, u_j = Slice(first, i), Slice(first, j)
    w_r, w_t = Slice(second, r), Slice(second, t)
    average = Expectation(SAMPLES(Slice(first), Slice(second)), v_letter)
    halved = Pow(2, -D / 2)
    by_mean, by_variance = (PartialDerivative(squared_mmd, by) for by in (mean[d], variance))
    pull = mean[d] * exp(-SQUARED_LENGTH / 8) * halved / 2
    strongest = exp(-ONE) * Pow(2, -D)
    pairs = D * (1 + 2 * variance / bandwidth) ** (-D / 2) / (bandwidth + 2 * variance)
    width = (D / TOTAL - SQUARED_LENGTH / TOTAL**2) * EXPECTED - pairs
    growing = (1 + 2 / (rate * D)) ** (-D / 2)
    yield Domain(mean, variance, bandwidth, a, rate)
    yield Random(ISOTROPIC)
    yield Random(Q)
    yield Random(SAMPLES)
    yield KERNEL
    yield step(STANDARD, equal(PAIR_Y, EXPECTED_Y))
    yield result(TWO_IN, equal(_at_two(PAIR_Y), halved))
    yield step(
        STATISTIC,
        define(
            v_letter,
            IndexSum(kernel(u_i, u_j), i, j) / n**2
            - 2 * IndexSum(kernel(u_i, w_r), i, r) / (n * m)
            + IndexSum(kernel(w_r, w_t), r, t) / m**2,
        ),
    )
    yield step(DIAGONAL, equal(average, (1 / n + 1 / m) * (1 - EXPECTED_Y)))
    yield result(TWO_IN, equal(_at_two(average), (1 / n + 1 / m) * (1 - halved)))
    yield step(
        NUMBERS,
        equal(Where(Where((1 / n + 1 / m) * (1 - halved), n, 100), m, 100), (1 - halved) / 50),
    )
    yield step(DEFINITION, discrepancy(ISOTROPIC))
    yield step(INSERT, equal(squared_mmd, DISCREPANCY))
    yield step(SHIFT, equal(by_mean, 2 * mean[d] * EXPECTED / TOTAL))
    yield result(AT_ONE, equal(Where(_at_two(by_mean), variance, ONE), pull))
    yield result(
        FARTHEST,
        at_most(Where(_at_two(IndexSum(by_mean**2, d)), variance, ONE), strongest),
    )
    yield step(
        ATTAINED,
        equal(
            Where(IndexSum(pull**2, d), MEAN, Entries(TWO / sqrt(D), d)),
            strongest,
        ),
    )
    yield step(WIDTH, equal(by_variance, width))
    yield step(COLLAPSE, equal(Where(pairs, variance, ZERO), D / bandwidth))
    yield step(CANCEL, equal(Where(Where(by_variance, MEAN, ZERO), variance, ONE), 0))
    yield step(BRACKET, at_most(log(1 + a), a))
    yield step(BRACKET, at_most(a - a**2 / 2, log(1 + a)))
    yield step(GROWING, equal(Where(PAIR_Y, bandwidth, rate * D), growing))
    yield result(PROPORTIONAL, at_most(exp(-1 / rate), growing))
    yield result(PROPORTIONAL, at_most(growing, exp(-1 / rate + 1 / (rate**2 * D))))
