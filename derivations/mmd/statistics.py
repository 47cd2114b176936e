"""The two estimators of the squared discrepancy from samples, and the bias of each."""

from __future__ import annotations

from sympy import Expr, Integer

from derivations.calculus.binding import rewrite
from derivations.calculus.expressions import IndexProduct, IndexSum, Iverson, StateSum
from derivations.calculus.notation import Applied, Mean
from derivations.calculus.steps import Check, Derivation, Reading, Relation, Rule, Step
from derivations.derive.brief import Brief
from derivations.evidence.drawing import Sizes
from derivations.evidence.equality import enclosure, proof
from derivations.mmd.kernel_form import kernel_form
from derivations.mmd.symbols import (
    A,
    f,
    feature,
    i,
    j,
    kernel,
    m,
    mixed,
    n,
    on_atoms,
    p,
    pair_x,
    pair_y,
    q,
    r,
    same_x,
    same_y,
    squared_mmd,
    t,
    u_letter,
    v_letter,
    with_any_kernel,
    x_sample,
    y_sample,
)

PLUG_IN = Rule(
    "plug in",
    "The laws are replaced by those of the samples, each point with equal weight.",
    "gretton2012",
)
SQUARE = Rule(
    "a distance",
    "So it is the squared distance of the samples' mean features, and never negative.",
)
PAIRS = Rule(
    "pairs of points",
    "Two points are independent, unless they are one and the same.",
)
LINEAR = Rule(
    "linearity",
    "Each double sum is split into its diagonal and the rest, and the mean is taken term by term.",
)
LEAVE_OUT = Rule(
    "leave the diagonal out",
    (
        "Only pairs of different points are averaged, of which there are ",
        n * (n - 1),
        " and ",
        m * (m - 1),
        ".",
    ),
    "gretton2012",
)
SUBTRACT = Rule("subtract", "The squared discrepancy itself is taken away.")

SMALL: Sizes = {A: (2, 3), n: (2, 3), m: (2, 3, 4)}
"""Sizes at which every pair of samples can be run through."""

cross: Expr = 2 * IndexSum(kernel(x_sample[i], y_sample[r]), i, r) / (n * m)
all_x: Expr = IndexSum(kernel(x_sample[i], x_sample[j]), i, j)
all_y: Expr = IndexSum(kernel(y_sample[r], y_sample[t]), r, t)
diagonal_x: Expr = IndexSum(kernel(x_sample[i], x_sample[i]), i)
diagonal_y: Expr = IndexSum(kernel(y_sample[r], y_sample[r]), r)

v_statistic: Expr = all_x / n**2 - cross + all_y / m**2
u_statistic: Expr = (
    (all_x - diagonal_x) / (n * (n - 1)) - cross + (all_y - diagonal_y) / (m * (m - 1))
)
v_bias: Expr = (same_x - pair_x) / n + (same_y - pair_y) / m
v_mean: Expr = same_x / n + (1 - 1 / n) * pair_x - 2 * mixed + same_y / m + (1 - 1 / m) * pair_y
distance: Expr = IndexSum(
    (IndexSum(feature(x_sample[i]), i) / n - IndexSum(feature(y_sample[r]), r) / m) ** 2, f
)


def mean_of_pair(first: Expr, second: Expr) -> Expr:
    """Return the mean of the kernel at two points of the samples."""
    if first.array != second.array:
        return mixed
    same, pair = (same_x, pair_x) if first.array == x_sample else (same_y, pair_y)
    indicator = Iverson(first.subscripts[0], second.subscripts[0])
    return indicator * same + (1 - indicator) * pair


def averaged(statistic: Expr) -> Expr:
    """Put the mean of the kernel in the place of the kernel at each pair."""

    def rule(node: Expr) -> Expr | None:
        return mean_of_pair(*node.arguments) if isinstance(node, Applied) else None

    return rewrite(statistic, rule)


def over_samples(statistic: Expr) -> Expr:
    """Sum a statistic over all samples there can be, each with its probability."""
    weight = IndexProduct(p[x_sample[i]], i) * IndexProduct(q[y_sample[r]], r)
    return StateSum(weight * with_any_kernel(statistic), x_sample, y_sample)


def beside_discrepancy(bias: Expr) -> Expr:
    """Add a bias to the squared discrepancy."""
    return with_any_kernel(kernel_form + bias)


def enumerated(claim: str, statistic: Expr, mean: Expr) -> Check:
    """Claim the mean of a statistic, by running through all samples of small sizes."""
    return enclosure(claim, over_samples(statistic), with_any_kernel(mean), sizes=SMALL, points=2)


def _equal(
    claim: str, left: Expr, right: Expr, reading: Reading = with_any_kernel
) -> tuple[Check, ...]:
    """Claim that two forms are equal for all laws on any number of atoms, and for laws drawn."""
    first, second = reading(left), reading(right)
    return proof(claim, first, second), enclosure(claim, first, second)


def in_means(form: Expr) -> Expr:
    """Put in the place of the mean of a statistic what it is by the means of all pairs."""

    def rule(node: Expr) -> Expr | None:
        return averaged(node.body) if isinstance(node, Mean) and not node.over else None

    return with_any_kernel(rewrite(form, rule))


READINGS = (averaged, with_any_kernel, over_samples, beside_discrepancy, in_means)


def _steps_to_mean(letter: Expr, statistic: Expr, mean: Expr) -> tuple[Step, ...]:
    pairs = (
        (kernel(x_sample[i], x_sample[j]), "pairs of the first sample"),
        (kernel(y_sample[r], y_sample[t]), "pairs of the second sample"),
        (kernel(x_sample[i], y_sample[r]), "pairs across the samples"),
    )
    return (
        *(
            Step(
                PAIRS,
                Relation(Mean(pair), averaged(pair)),
                (enumerated(f"{name}, over all samples", pair, averaged(pair)),),
            )
            for pair, name in pairs
        ),
        Step(
            LINEAR,
            Relation(Mean(letter), mean),
            _equal("the means of all pairs put in", averaged(statistic), mean),
        ),
    )


def v_statistic_derivation(brief: Brief) -> Derivation:
    """Derive the estimator with the diagonal, and its bias."""
    bias = v_mean - kernel_form
    plugged_in = _equal("the distance of the mean features", v_statistic, distance, on_atoms)
    return brief.derivation(
        steps=(
            Step(PLUG_IN, Relation(v_letter, v_statistic), plugged_in),
            Step(SQUARE, Relation(v_letter, distance), plugged_in),
            *_steps_to_mean(v_letter, v_statistic, v_mean),
            Step(
                SUBTRACT,
                Relation(Mean(v_letter) - squared_mmd, v_bias),
                _equal("the difference", bias, v_bias),
            ),
        ),
        results=(
            Relation(v_letter, v_statistic),
            Relation(Mean(v_letter) - squared_mmd, v_bias),
        ),
        checks=(
            proof("the bias", averaged(v_statistic) - kernel_form, v_bias),
            enumerated("the bias, over all samples", v_statistic, kernel_form + v_bias),
        ),
        sources=("gretton2012",),
        meaning=on_atoms,
        readings=READINGS,
        names=(Relation(v_letter, v_statistic), Relation(squared_mmd, kernel_form)),
    )


def u_statistic_derivation(brief: Brief) -> Derivation:
    """Derive the estimator without the diagonal, which has no bias."""
    zero = Integer(0)
    pairs_x, pairs_y = IndexSum(1 - Iverson(i, j), i, j), IndexSum(1 - Iverson(r, t), r, t)
    return brief.derivation(
        steps=(
            Step(
                LEAVE_OUT,
                Relation(u_letter, u_statistic),
                _equal(
                    "sums over pairs of different points", u_statistic, _off_diagonal(), on_atoms
                )
                + _equal("the number of pairs of the first sample", pairs_x, n * (n - 1))
                + _equal("the number of pairs of the second sample", pairs_y, m * (m - 1)),
            ),
            *_steps_to_mean(u_letter, u_statistic, kernel_form),
            Step(
                SUBTRACT,
                Relation(Mean(u_letter) - squared_mmd, zero),
                _equal("the difference", averaged(u_statistic) - kernel_form, zero),
            ),
        ),
        results=(
            Relation(u_letter, u_statistic),
            Relation(Mean(u_letter) - squared_mmd, zero),
        ),
        checks=(
            proof("no bias", averaged(u_statistic) - kernel_form, zero),
            enumerated("no bias, over all samples", u_statistic, kernel_form),
        ),
        sources=("gretton2012",),
        meaning=on_atoms,
        readings=READINGS,
        names=(Relation(u_letter, u_statistic), Relation(squared_mmd, kernel_form)),
    )


def _off_diagonal() -> Expr:
    """Return the estimator as sums over pairs whose indices differ."""
    other_x, other_y = 1 - Iverson(i, j), 1 - Iverson(r, t)
    return (
        IndexSum(other_x * kernel(x_sample[i], x_sample[j]), i, j) / (n * (n - 1))
        - cross
        + IndexSum(other_y * kernel(y_sample[r], y_sample[t]), r, t) / (m * (m - 1))
    )
