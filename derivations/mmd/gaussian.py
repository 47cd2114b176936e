"""The Gaussian kernel between two normal laws: its means in closed form, for any dimension."""

from __future__ import annotations

from sympy import Expr, Integer, exp, sqrt

from derivations.calculus.binding import replace_elements
from derivations.calculus.expressions import IndexProduct, IndexSum
from derivations.calculus.notation import Distribution, Mean
from derivations.calculus.steps import DISTRIBUTED, Derivation, Relation, Rule, Step
from derivations.derive.brief import Brief
from derivations.evidence.equality import enclosure, proof
from derivations.evidence.normal_mean import equals_normal_mean
from derivations.mmd.normals import (
    FEATURE,
    IN_THE_PLANE,
    LAW_OF_X,
    D,
    bandwidth,
    centre,
    centre_letter,
    d,
    difference,
    discrepancy,
    drawn,
    embedding,
    entry_has_mean_one,
    expected,
    expected_x,
    expected_y,
    feature_at_draw,
    gaussian_kernel,
    has_mean_one,
    kernel,
    mean,
    mixed,
    noise,
    noise_copy,
    one_dimension,
    one_noise,
    pair_x,
    pair_y,
    scale,
    shift,
    spread,
    squared_distance_of_embeddings,
    tilted,
    times_y,
    variance,
    variances,
    with_equal_variances,
    x,
    y,
)
from derivations.mmd.symbols import squared_mmd

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
        FEATURE,
        " at all centres ",
        centre_letter,
        ", but for a factor.",
    ),
)


def gaussian_kernel_derivation(brief: Brief) -> Derivation:
    """Derive the means of the kernel and the squared discrepancy of two normal laws."""

    def with_scale(scale: Expr) -> Expr:
        return IndexProduct(exp(-((x[d] - y[d]) ** 2) / D / scale), d)

    given = with_scale(2 * bandwidth / D)
    gaussian = gaussian_kernel(x, y)
    apart = Distribution("N", mean[d], 1 + variances[d])
    total = bandwidth + spread
    centred = difference - shift * bandwidth / total
    joined = -(total * centred**2 / (2 * bandwidth * spread)) - shift**2 / total / 2
    apart_and_kernel = -((difference - shift) ** 2) / (2 * spread) - difference**2 / (2 * bandwidth)
    one_mean = one_dimension(shift, spread)
    one_draw = shift + sqrt(spread) * one_noise[()]

    def drawn_difference(form: Expr) -> Expr:
        return replace_elements(form, {difference.array: lambda: one_draw})

    def less_its_law(form: Expr) -> Expr:
        return tilted(form, apart)

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
                    equals_normal_mean(
                        "its mean product with an entry of y, by quadrature",
                        (noise, noise_copy),
                        times_y(x[d] - y[d]),
                        Integer(-1),
                        degree=2,
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
                    equals_normal_mean(
                        "by quadrature",
                        (noise, noise_copy),
                        gaussian_kernel(noise, noise_copy),
                        expected_y,
                        sizes=IN_THE_PLANE,
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
        checks=(
            by_quadrature,
            by_features,
            equals_normal_mean(
                "the moment generating function of an entry of x, by quadrature",
                (noise, noise_copy),
                entry_has_mean_one(LAW_OF_X),
                Integer(1),
                sizes=IN_THE_PLANE,
            ),
            equals_normal_mean(
                "the mean of a feature, by quadrature",
                (noise,),
                feature_at_draw(FEATURE),
                IndexProduct(embedding(mean[d], variance, centre[d]), d),
                sizes=IN_THE_PLANE,
            ),
        ),
        sources=("gretton2012",),
        readings=(
            has_mean_one,
            less_its_law,
            drawn,
            drawn_difference,
            times_y,
            with_equal_variances,
            with_scale,
            entry_has_mean_one,
            feature_at_draw,
        ),
        names=(
            Relation(kernel, given),
            Relation(pair_x.body, exp(-IndexSum(two_draws**2, d) / (2 * bandwidth))),
            Relation(pair_y.body, gaussian_kernel(noise, noise_copy)),
            Relation(squared_mmd, expected_x - 2 * expected + expected_y),
        ),
    )
