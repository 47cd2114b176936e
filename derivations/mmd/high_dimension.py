"""Why the Gaussian kernel of a fixed bandwidth does nothing in many dimensions."""

from __future__ import annotations

from sympy import Integer, Rational, exp, log

from derivations.calculus.derivative import differentiate
from derivations.calculus.expressions import IndexSum
from derivations.calculus.normal_form import collect
from derivations.calculus.notation import Mean, PartialDerivative
from derivations.calculus.steps import AT_MOST, Derivation, Prose, Relation, Rule, Step
from derivations.derive.brief import Brief
from derivations.evidence.equality import at_most, enclosure, proof
from derivations.evidence.finite_difference import finite_difference
from derivations.evidence.normal_mean import equals_normal_mean
from derivations.mmd.dimensions import (
    BATCH,
    MANY,
    _at_zero,
    at_bandwidth,
    at_farthest,
    at_standard,
    at_standard_and_two,
    at_two_and_one,
    by_mean,
    by_mean_at_two,
    by_variance,
    farthest_pull,
    growing,
    in_dimensions,
    kernel_mean_at,
    kernel_mean_at_variance,
    largest_pull,
    last_term,
    less_half_square,
    lower,
    null_mean,
    null_mean_at_two,
    null_values,
    null_values_at_two,
    of_batch,
    one_kernel,
    rate,
    small,
    two,
    upper,
)
from derivations.mmd.normals import (
    ASSUMPTIONS as GAUSSIANS,
)
from derivations.mmd.normals import (
    IN_THE_PLANE,
    D,
    bandwidth,
    d,
    discrepancy,
    expected_y,
    gaussian_kernel,
    isotropic,
    mean,
    mixed,
    noise,
    noise_copy,
    variance,
)
from derivations.mmd.statistics import v_mean
from derivations.mmd.symbols import (
    m,
    n,
    squared_mmd,
    v_letter,
)

STANDARD = Rule("both laws standard normal", "The mean is zero and the variance one.")
TWO = Rule("the notebook's bandwidth", (Relation(bandwidth, Integer(2)), " is put in."))
DIAGONAL = Rule(
    "bias of the V-statistic",
    "The kernel is one at equal points, and its mean is one number for all other pairs: what is "
    "left is the bias alone.",
)
NUMBERS = Rule(
    "the notebook's batch",
    "Both samples have 100 points. In 200 dimensions the last term is below 10 to the power of "
    "-31: what the statistic shows is one fiftieth, from the diagonal of its sums.",
)
SHIFT = Rule("derivative by the mean", "The squared discrepancy is differentiated by one mean.")
FARTHEST = Rule(
    "the largest pull",
    (
        small * exp(-small),
        " is at most ",
        exp(-1),
        ", here with ",
        small,
        " a quarter of the squared length of the mean: no shift whatever is pulled back harder.",
    ),
)
WIDTH = Rule(
    "derivative by the variance",
    (
        "The last term is from pairs of one law. It is ",
        D / bandwidth,
        " where the variance falls to zero: a collapse to one point is felt. Where both laws are "
        "standard normal the two terms cancel.",
    ),
)
BRACKET = Rule(
    "bounds of the logarithm",
    (
        "The derivative ",
        1 / (1 + small),
        " lies between ",
        1 - small,
        " and one where ",
        small,
        " is positive; all are integrated from zero.",
    ),
)
PROPORTIONAL = Rule(
    "a bandwidth that grows with the dimension",
    (
        "With ",
        Relation(bandwidth, rate * D),
        " the mean of the kernel lies between two bounds which meet as the dimension grows; the "
        "lower one holds in any dimension.",
    ),
)


def high_dimension_derivation(brief: Brief) -> Derivation:
    """Derive what is left of the discrepancy and of its gradient in D dimensions."""
    slope = collect(differentiate(discrepancy, mean[d]))
    bend = collect(differentiate(discrepancy, variance))
    by_m, by_v = (PartialDerivative(squared_mmd, by) for by in (mean[d], variance))
    standard = enclosure("the mean of the kernel there", at_standard(isotropic), expected_y)
    halves = (
        equals_normal_mean(
            "the mean of the kernel at two draws, by quadrature",
            (noise, noise_copy),
            at_bandwidth(gaussian_kernel(noise, noise_copy), two),
            one_kernel,
            sizes=IN_THE_PLANE,
        ),
        enclosure("the mean of the kernel there", at_standard_and_two(isotropic), one_kernel),
        enclosure("that between standard laws", kernel_mean_at(two), one_kernel),
    )
    claim = "the means put into that of the statistic"
    null, null_at_two = null_values(v_mean), null_values_at_two(v_mean)
    constant = (proof(claim, null, null_mean), enclosure(claim, null, null_mean))
    at_two = enclosure("the same at bandwidth two", null_at_two, null_mean_at_two)
    batch = enclosure("the mean of the statistic there", null_at_two, of_batch, sizes=BATCH)
    fiftieth, there = Rational(1, 50), in_dimensions(of_batch)
    digits = (
        at_most("no more than one fiftieth", there, fiftieth),
        at_most("one fiftieth to 31 digits", fiftieth - Rational(1, 10**31), there),
    )
    slope_checks = (
        finite_difference("the derivative", discrepancy, mean[d], by_mean),
        proof("equal to the derivative", slope, by_mean),
    )
    pull = finite_difference(
        "the derivative there",
        at_two_and_one(discrepancy),
        mean[d],
        by_mean_at_two,
    )
    farthest = (
        at_most(
            "the squared length of the gradient is below it",
            IndexSum(by_mean_at_two**2, d),
            largest_pull,
        ),
        enclosure("attained at squared length four", farthest_pull, largest_pull),
        at_most("the largest value of the product", small * exp(-small), exp(-1)),
    )
    bracket = (
        finite_difference("the derivative", log(1 + small), small, 1 / (1 + small)),
        at_most("the derivative is below one", 1 / (1 + small), Integer(1), points=MANY),
        at_most("and above its tangent", 1 - small, 1 / (1 + small), points=MANY),
        at_most("below", log(1 + small), small, points=MANY),
        at_most("above", less_half_square(small), log(1 + small), points=MANY),
    )
    between = (
        at_most("the mean of the kernel is above the lower bound", lower, growing, points=MANY),
        at_most("the mean of the kernel is below the upper bound", growing, upper, points=MANY),
        at_most("and in the notebook's dimensions", growing, upper, sizes={D: (200,)}, points=MANY),
    )
    return brief.derivation(
        steps=(
            Step(STANDARD, Relation(mixed, expected_y), (standard,)),
            Step(TWO, Relation(mixed, one_kernel), halves),
            Step(DIAGONAL, Relation(Mean(v_letter), null_mean), constant),
            Step(TWO, Relation(Mean(v_letter), null_mean_at_two), (at_two,)),
            Step(NUMBERS, Relation(Mean(v_letter), of_batch), (batch, *digits)),
            Step(SHIFT, Relation(by_m, by_mean), slope_checks),
            Step(
                TWO,
                Relation(by_m, by_mean_at_two),
                (pull,),
                note=("At ", Relation(variance, Integer(1)), "."),
            ),
            Step(
                FARTHEST,
                Relation(IndexSum(by_m**2, d), largest_pull, AT_MOST),
                farthest,
            ),
            Step(
                WIDTH,
                Relation(by_v, by_variance),
                (
                    finite_difference("the derivative", discrepancy, variance, by_variance),
                    enclosure("equal to the derivative", bend, by_variance),
                    enclosure("its value at zero", _at_zero(last_term), D / bandwidth),
                    enclosure("zero there", at_standard(by_variance), Integer(0)),
                ),
            ),
            Step(BRACKET, Relation(log(1 + small), small, AT_MOST), bracket),
            Step(BRACKET, Relation(less_half_square(small), log(1 + small), AT_MOST), bracket),
            Step(PROPORTIONAL, Relation(lower, growing, AT_MOST), (between[0],)),
            Step(PROPORTIONAL, Relation(growing, upper, AT_MOST), between[1:]),
        ),
        results=(
            Relation(mixed, one_kernel),
            Relation(Mean(v_letter), null_mean_at_two),
            Relation(by_m, by_mean_at_two),
            Relation(IndexSum(by_m**2, d), largest_pull, AT_MOST),
            Relation(lower, growing, AT_MOST),
        ),
        checks=(standard, *halves, *constant, at_two, *slope_checks, pull, *farthest, *between),
        sources=(),
        readings=(
            in_dimensions,
            less_half_square,
            at_standard,
            at_standard_and_two,
            null_values,
            null_values_at_two,
            at_two_and_one,
            kernel_mean_at,
            kernel_mean_at_variance,
            at_farthest,
        ),
        names=(
            Relation(mixed, isotropic),
            Relation(Mean(v_letter), v_mean),
            Relation(squared_mmd, discrepancy),
        ),
    )


ASSUMPTIONS: tuple[Prose, ...] = (
    *GAUSSIANS,
    (
        "The statistic is the V-statistic of ",
        n,
        " and ",
        m,
        " points; its mean and that of the kernel are stated where both laws are standard normal.",
    ),
    (
        "Where neither ",
        bandwidth,
        " nor ",
        rate,
        " appears, a mean or a derivative is at the notebook's ",
        Relation(bandwidth, Integer(2)),
        " and at ",
        Relation(variance, Integer(1)),
        ".",
    ),
)
