"""An estimator that is a polynomial in the draw: its mean, its variance, and their checks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sympy import Expr, Pow

from derivations.calculus.expressions import Element
from derivations.calculus.notation import Variance
from derivations.calculus.steps import Check, Reading, Relation, Rule, Step
from derivations.evidence.normal_mean import equals_normal_mean
from derivations.gaussian_vae.symbols import at_draw, epsilon


def mean_is(claim: str, form: Expr, closed: Expr, degree: int) -> Check:
    """Claim the mean, under the encoder's law, of a polynomial in z.

    ``degree`` is that in one coordinate.
    """
    claim = f"{claim}, by quadrature"
    return equals_normal_mean(claim, (epsilon,), at_draw(form), closed, degree=degree)


def as_printed(form: Expr) -> Expr:
    """Return a formula without letters of its own."""
    return form


@dataclass(frozen=True)
class Estimator:
    """Its letter, its form, what it estimates, its variance, and its degree in one coordinate.

    Form and variance are as printed; ``meaning`` writes out what stands in them for longer forms.
    """

    letter: Element
    printed: Expr
    mean: Expr
    printed_variance: Expr
    degree: int
    meaning: Reading = as_printed

    @property
    def form(self) -> Expr:
        """Its form, written out."""
        return self.meaning(self.printed)

    @property
    def variance(self) -> Expr:
        """Its variance, written out."""
        return self.meaning(self.printed_variance)

    @property
    def name(self) -> str:
        """Its letter as text."""
        return self.letter.array.notation.replace("^", ", ")

    def drawn(self, form: Expr) -> Expr:
        """Return a form of the estimator at the draw."""
        return at_draw(self.meaning(form))

    def squared(self, form: Expr) -> Expr:
        """Return the squared distance of a form of the estimator from its mean, at the draw."""
        return at_draw(Pow(self.meaning(form) - self.mean, 2))

    def mean_check(self) -> Check:
        """Claim its mean."""
        return mean_is(f"the mean of {self.name}", self.form, self.mean, self.degree)

    def variance_check(self) -> Check:
        """Claim its variance."""
        claim, square = f"the variance of {self.name}", self.squared(self.printed)
        return mean_is(claim, square, self.variance, 2 * self.degree)

    def definition(self, rule: Rule, *checks: Check) -> Step:
        """Return the step that states its form, with its mean checked."""
        return Step(rule, Relation(self.letter, self.printed), (*checks, self.mean_check()))

    def spread(self, rule: Rule) -> Step:
        """Return the step that states its variance."""
        relation = Relation(Variance(self.letter), self.printed_variance)
        return Step(rule, relation, (self.variance_check(),))


def names(estimators: Iterable[Estimator]) -> tuple[Relation, ...]:
    """Return what the letters of estimators stand for."""
    return tuple(Relation(one.letter, one.form) for one in estimators)


def with_variances(estimators: Iterable[Estimator]) -> Reading:
    """Return the reading that writes the variances of estimators in closed form."""
    closed = {Variance(one.form): one.variance for one in estimators}
    return lambda form: form.xreplace(closed)


def readings(estimators: Iterable[Estimator]) -> tuple[Reading, ...]:
    """Return how the checks of estimators are given what is printed of them, each way once."""
    estimators = tuple(estimators)
    means = {one.meaning: one.drawn for one in estimators}
    squares = {(one.meaning, one.mean): one.squared for one in estimators}
    return (*means, *means.values(), *squares.values(), with_variances(estimators))
