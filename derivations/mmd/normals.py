"""Two normal laws and the Gaussian kernel between them: symbols, laws, means in closed form."""

from __future__ import annotations

from sympy import Expr, Integer, Pow, Rational, exp, pi, sqrt

from derivations.calculus.binding import component, replace_elements
from derivations.calculus.expressions import POSITIVE, Array, Element, IndexProduct, IndexSum
from derivations.calculus.indices import Index, size
from derivations.calculus.notation import Applied, Distribution, Mean
from derivations.calculus.steps import DISTRIBUTED, Prose, Relation
from derivations.evidence.drawing import Sizes
from derivations.mmd.symbols import kernel_letter

D = size("D")
d = Index("d", 1, D)
x, y = Array("x", (D,)), Array("y", (D,))
mean = Array("m", (D,), "m")
variances = Array("variances", (D,), "sigma^2", POSITIVE)
variance: Element = Array("variance", (), "sigma^2", POSITIVE)[()]
bandwidth: Element = Array("b", (), "b", POSITIVE)[()]
scale: Element = Array("s", (), "s")[()]
shift: Element = Array("m_one", (), "m")[()]
spread: Element = Array("v", (), "v", POSITIVE)[()]
difference: Element = Array("delta", (), "delta")[()]

noise, noise_copy = Array("epsilon", (D,)), Array("epsilon_copy", (D,))
one_noise = Array("epsilon_one", ())
along = Array("lambda", (D,), "lambda")
centre = Array("t", (D,), "t")
centre_letter: Element = Array("t", (), "t")[()]

vector_x, vector_y, copy_x, copy_y = (Array(n, (), n)[()] for n in ("x", "y", "x'", "y'"))
kernel: Expr = Applied(kernel_letter, vector_x, vector_y)
mixed: Expr = Mean(kernel, vector_x, vector_y)
pair_x: Expr = Mean(Applied(kernel_letter, vector_x, copy_x), vector_x, copy_x)
pair_y: Expr = Mean(Applied(kernel_letter, vector_y, copy_y), vector_y, copy_y)


def one_dimension(at: Expr, width: Expr, b: Expr = bandwidth) -> Expr:
    """Return the mean of ``exp(-delta^2 / (2 b))`` for delta normal: its mean and variance."""
    return exp(-(at**2) / (b + width) / 2) / sqrt(1 + width / b)


def gaussian_kernel(first: Array, second: Array) -> Expr:
    """Return the kernel at two vectors."""
    return exp(-IndexSum((first[d] - second[d]) ** 2, d) / (2 * bandwidth))


expected: Expr = IndexProduct(one_dimension(mean[d], 1 + variances[d]), d)
expected_x: Expr = IndexProduct(1 / sqrt(1 + 2 * variances[d] / bandwidth), d)
expected_y: Expr = Pow(1 + 2 / bandwidth, -D / 2)
isotropic: Expr = exp(-IndexSum(mean[d] ** 2, d) / (bandwidth + 1 + variance) / 2) * Pow(
    1 + (1 + variance) / bandwidth, -D / 2
)
isotropic_x: Expr = Pow(1 + 2 * variance / bandwidth, -D / 2)
discrepancy: Expr = isotropic_x - 2 * isotropic + expected_y

LAW_OF_X = Distribution("N", mean[d], variances[d])
FEATURE: Expr = exp(-IndexSum((x[d] - centre[d]) ** 2, d) / bandwidth)
draws: dict[Array, Expr] = {x: mean[d] + sqrt(variances[d]) * noise[d], y: noise_copy[d]}

IN_THE_PLANE: Sizes = {D: (1, 2)}
"""Two dimensions are four axes of noise, as many as a grid can have."""


def drawn(expression: Expr) -> Expr:
    """Put draws in standard normal noise in the place of x and y."""
    return replace_elements(expression, {a: component(e, (d,)) for a, e in draws.items()})


def with_equal_variances(expression: Expr) -> Expr:
    """Give all dimensions one variance."""
    return replace_elements(expression, {variances: lambda _: variance})


def embedding(at: Expr, width: Expr, place: Expr) -> Expr:
    """Return the mean of the feature ``exp(-(x - t)^2 / b)`` of one dimension at t."""
    return one_dimension(at - place, width, bandwidth / 2)


def squared_distance_of_embeddings() -> Expr:
    """Return what has the squared discrepancy as its mean over normal noise.

    The features ``exp(-|x - t|^2 / b)``, t running through space, have the kernel as their inner
    product, but for a factor; the integral over t is taken as a mean over three times the noise.
    """
    t = 3 * noise[d]
    both = IndexProduct(embedding(mean[d], variance, t), d) - IndexProduct(
        embedding(Integer(0), Integer(1), t), d
    )
    density = IndexProduct(exp(-(noise[d] ** 2) / 2) / (3 * sqrt(2 * pi)), d)
    return Pow(2 / (pi * bandwidth), D * Rational(1, 2)) * both**2 / density


def entry_has_mean_one(law: Distribution) -> Expr:
    """Return what has mean one over the noise, if an entry of x follows a law."""
    return tilted(x[d], law)


def feature_at_draw(form: Expr) -> Expr:
    """Put the draw of x in, all variances alike."""
    return with_equal_variances(drawn(form))


def times_y(form: Expr) -> Expr:
    """Multiply a form of the draws by that of an entry of y."""
    return drawn(form * y[d])


def has_mean_one(law: Distribution) -> Expr:
    """Return what has mean one over both laws' noise, if the difference of draws follows a law."""
    return tilted(x[d] - y[d], law)


def tilted(form: Expr, law: Distribution) -> Expr:
    """Return what has mean one over both laws' noise, if a form of the draws follows a law.

    The rate is small enough for the rule, which reaches so far into the tails and no further.
    """
    center, width = law.parameters
    rate = along[d] / 4
    return exp(rate * drawn(form) - rate * center - rate**2 * width / 2)


ASSUMPTIONS: tuple[Prose, ...] = (
    (
        "In ",
        D,
        " dimensions the entries of ",
        vector_x,
        " are independent, ",
        Relation(x[d], LAW_OF_X, DISTRIBUTED),
        ", and those of ",
        vector_y,
        " standard normal. For the squared discrepancy all variances are one number, ",
        variance,
        ".",
    ),
    (
        "The bandwidth ",
        bandwidth,
        " is positive; the notebook calls it the latent variance, and takes ",
        Relation(bandwidth, Integer(2)),
        " in any dimension.",
    ),
)
