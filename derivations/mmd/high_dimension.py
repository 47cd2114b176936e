"""Why the Gaussian kernel of a fixed bandwidth does nothing in many dimensions."""

from __future__ import annotations

from sympy import Expr, Integer, Pow, Rational, exp, log, sqrt

from derivations.calculus.binding import replace_elements
from derivations.calculus.derivative import differentiate
from derivations.calculus.expressions import POSITIVE, Array, Element, IndexSum
from derivations.calculus.normal_form import collect
from derivations.calculus.notation import Mean, PartialDerivative
from derivations.calculus.steps import AT_MOST, Derivation, Prose, Relation, Rule, Step
from derivations.derive.brief import Brief
from derivations.evidence.drawing import Sizes
from derivations.evidence.equality import at_most, enclosure, proof
from derivations.evidence.finite_difference import finite_difference
from derivations.evidence.normal_mean import equals_normal_mean
from derivations.mmd.gaussian import (
    ASSUMPTIONS as GAUSSIANS,
)
from derivations.mmd.gaussian import (
    IN_THE_PLANE,
    D,
    bandwidth,
    d,
    discrepancy,
    expected_y,
    gaussian_kernel,
    isotropic,
    isotropic_x,
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
    pair_x,
    pair_y,
    same_x,
    same_y,
    squared_mmd,
    v_letter,
)
from derivations.mmd.symbols import mixed as mixed_pair

rate: Element = Array("beta", (), "beta", POSITIVE)[()]
small: Element = Array("t", (), "t", POSITIVE)[()]

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
        " and one; all are integrated from zero.",
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

MANY = 16
"""Points for a bound that is close in some decades only: elsewhere a wrong one holds as well."""
BATCH: Sizes = {n: (100,), m: (100,)}
DIMENSIONS = {D: Integer(200)}


def at_standard(form: Expr) -> Expr:
    """Put mean zero and variance one."""
    return replace_elements(form, {mean: lambda _: Integer(0), variance.array: lambda: Integer(1)})


def at_bandwidth(form: Expr, value: Expr) -> Expr:
    """Put another bandwidth."""
    return replace_elements(form, {bandwidth.array: lambda: value})


two = Integer(2)
squared_length: Expr = IndexSum(mean[d] ** 2, d)
one_kernel: Expr = Pow(2, -D / 2)
null_mean: Expr = (1 / n + 1 / m) * (1 - expected_y)
null_mean_at_two: Expr = (1 / n + 1 / m) * (1 - one_kernel)
of_batch: Expr = (1 - one_kernel) / 50
by_mean: Expr = 2 * mean[d] * isotropic / (bandwidth + 1 + variance)
by_mean_at_two: Expr = mean[d] * exp(-squared_length / 8) * one_kernel / 2
farthest_pull: Expr = replace_elements(
    IndexSum(by_mean_at_two**2, d), {mean: lambda _: 2 / sqrt(D)}
)
largest_pull: Expr = exp(-1) * Pow(2, -D)
last_term: Expr = D * isotropic_x / (bandwidth + 2 * variance)
by_variance: Expr = (
    D / (bandwidth + 1 + variance) - squared_length / (bandwidth + 1 + variance) ** 2
) * isotropic - last_term
growing: Expr = at_bandwidth(expected_y, rate * D)
pull_growing: Expr = at_bandwidth(by_mean, rate * D)
lower: Expr = exp(-1 / rate)
upper: Expr = exp(-1 / rate + 1 / (rate**2 * D))


def _at_zero(form: Expr) -> Expr:
    return replace_elements(form, {variance.array: lambda: Integer(0)})


def in_dimensions(form: Expr) -> Expr:
    """Put the dimensions of the notebook's latents."""
    return form.xreplace(DIMENSIONS)


def less_half_square(form: Expr) -> Expr:
    """Take half the square away."""
    return form - small**2 / 2


def null_values(form: Expr) -> Expr:
    """Put one for the kernel at equal points and its mean for all other pairs."""
    values = {same_x: Integer(1), same_y: Integer(1)}
    values |= dict.fromkeys((pair_x, pair_y, mixed_pair), expected_y)
    return form.xreplace(values)


def at_standard_and_two(form: Expr) -> Expr:
    """Put mean zero, variance one and the notebook's bandwidth."""
    return at_bandwidth(at_standard(form), two)


def null_values_at_two(form: Expr) -> Expr:
    """Put the means of the kernel in, at the notebook's bandwidth."""
    return at_bandwidth(null_values(form), two)


def at_two_and_one(form: Expr) -> Expr:
    """Put the notebook's bandwidth and variance one."""
    return replace_elements(at_bandwidth(form, two), {variance.array: lambda: Integer(1)})


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
        enclosure(
            "the mean of the kernel there", at_standard_and_two(isotropic), one_kernel
        ),
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
    )
    bracket = (
        at_most("below", log(1 + small), small, points=MANY),
        at_most("above", less_half_square(small), log(1 + small), points=MANY),
    )
    between = (
        at_most("the mean of the kernel is above the lower bound", lower, growing, points=MANY),
        at_most("the mean of the kernel is below the upper bound", growing, upper, points=MANY),
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
            Step(PROPORTIONAL, Relation(growing, upper, AT_MOST), (between[1],)),
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
