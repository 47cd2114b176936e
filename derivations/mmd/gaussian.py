"""The Gaussian kernel between two normal laws: its means in closed form, for any dimension."""

from __future__ import annotations

from sympy import Expr, Integer, Pow, Rational, exp, pi, sqrt

from derivations.calculus.binding import component, replace_elements
from derivations.calculus.expressions import POSITIVE, Array, Element, IndexProduct, IndexSum
from derivations.calculus.indices import Index, size
from derivations.calculus.notation import Applied, Distribution, Mean
from derivations.calculus.steps import DISTRIBUTED, Derivation, Prose, Relation, Rule, Step
from derivations.derive.brief import Brief
from derivations.evidence.drawing import Sizes
from derivations.evidence.equality import enclosure, proof
from derivations.evidence.normal_mean import equals_normal_mean
from derivations.mmd.symbols import kernel_letter, squared_mmd

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

AS_GIVEN = Rule(
    "the notebook's kernel",
    (
        "It divides the mean of the squared differences by ",
        Relation(scale, 2 * bandwidth / D),
        ", so that the number of dimensions cancels.",
    ),
)
DIFFERENCE = Rule(
    "difference of normals",
    "The difference of independent normal variables is normal; their variances add.",
)
SQUARE = Rule(
    "complete the square",
    (
        "In one dimension, for a difference ",
        difference,
        " with mean ",
        shift,
        " and variance ",
        spread,
        ": the exponent of its density and that of the kernel are joined.",
    ),
)
INTEGRATE = Rule(
    "normal integral",
    "What is left integrates to the root of the joined variance over the first.",
)
FACTORS = Rule(
    "independent dimensions",
    "The kernel is a product over the dimensions, which are independent, and so is its mean.",
)
COPY = Rule(
    "independent copies",
    "The difference of two draws of one law has mean zero and twice the variance.",
)
JOIN = Rule(
    "insert",
    (
        "The three means are put into the kernel form, for equal variances. The features are ",
        exp(-IndexSum((x[d] - centre[d]) ** 2, d) / bandwidth),
        " at all centres ",
        centre_letter,
        ", but for a factor.",
    ),
)


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


def has_mean_one(law: Distribution) -> Expr:
    """Return what has mean one over both laws' noise, if the difference of draws follows a law."""
    center, width = law.parameters
    return exp(along[d] * drawn(x[d] - y[d]) - along[d] * center - along[d] ** 2 * width / 2)


def gaussian_kernel_derivation(brief: Brief) -> Derivation:
    """Derive the means of the kernel and the squared discrepancy of two normal laws."""
    given = IndexProduct(exp(-((x[d] - y[d]) ** 2) / D / (2 * bandwidth / D)), d)
    gaussian = gaussian_kernel(x, y)
    apart = Distribution("N", mean[d], 1 + variances[d])
    total = bandwidth + spread
    centred = difference - shift * bandwidth / total
    joined = -(total * centred**2 / (2 * bandwidth * spread)) - shift**2 / total / 2
    apart_and_kernel = -((difference - shift) ** 2) / (2 * spread) - difference**2 / (2 * bandwidth)
    one_mean = one_dimension(shift, spread)
    one_draw = shift + sqrt(spread) * one_noise[()]
    two_draws = sqrt(variances[d]) * (noise[d] - noise_copy[d])
    by_quadrature = equals_normal_mean(
        "the mean over both laws, by quadrature",
        (noise, noise_copy),
        drawn(gaussian),
        expected,
        sizes=IN_THE_PLANE,
    )
    by_features = equals_normal_mean(
        "the squared distance of the mean features, by quadrature",
        (noise,),
        squared_distance_of_embeddings(),
        discrepancy,
        sizes=IN_THE_PLANE,
    )
    return brief.derivation(
        steps=(
            Step(
                AS_GIVEN,
                Relation(kernel, gaussian),
                (enclosure("the scale put in, dimension by dimension", given, gaussian),),
            ),
            Step(
                DIFFERENCE,
                Relation(x[d] - y[d], apart, DISTRIBUTED),
                (
                    equals_normal_mean(
                        "its moment generating function, by quadrature",
                        (noise, noise_copy),
                        has_mean_one(apart),
                        Integer(1),
                        sizes=IN_THE_PLANE,
                    ),
                ),
            ),
            Step(
                SQUARE,
                Relation(apart_and_kernel, joined),
                (
                    proof("equal", apart_and_kernel, joined),
                    enclosure("equal", apart_and_kernel, joined),
                ),
            ),
            Step(
                INTEGRATE,
                Relation(Mean(exp(-(difference**2) / (2 * bandwidth))), one_mean),
                (
                    equals_normal_mean(
                        "by quadrature",
                        (one_noise,),
                        exp(-(one_draw**2) / (2 * bandwidth)),
                        one_mean,
                    ),
                ),
            ),
            Step(FACTORS, Relation(mixed, expected), (by_quadrature,)),
            Step(
                COPY,
                Relation(pair_x, expected_x),
                (
                    equals_normal_mean(
                        "by quadrature",
                        (noise, noise_copy),
                        exp(-IndexSum(two_draws**2, d) / (2 * bandwidth)),
                        expected_x,
                        sizes=IN_THE_PLANE,
                    ),
                ),
            ),
            Step(
                COPY,
                Relation(pair_y, expected_y),
                (
                    enclosure(
                        "the line before at variance one",
                        replace_elements(expected_x, {variances: lambda _: Integer(1)}),
                        expected_y,
                    ),
                ),
            ),
            Step(
                JOIN,
                Relation(squared_mmd, discrepancy),
                (
                    enclosure(
                        "the three means at equal variances",
                        with_equal_variances(expected_x - 2 * expected + expected_y),
                        discrepancy,
                    ),
                    by_features,
                ),
            ),
        ),
        results=(
            Relation(kernel, gaussian),
            Relation(mixed, expected),
            Relation(squared_mmd, discrepancy),
        ),
        checks=(by_quadrature, by_features),
        sources=("gretton2012",),
        readings=(has_mean_one,),
    )


ASSUMPTIONS: tuple[Prose, ...] = (
    (
        "In ",
        D,
        " dimensions the entries of ",
        vector_x,
        " are independent, ",
        Relation(x[d], Distribution("N", mean[d], variances[d]), DISTRIBUTED),
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
