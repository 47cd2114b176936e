"""An estimator that is a polynomial in the draw: its mean, its variance, and their checks."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Expr, Pow

from derivations.calculus.expressions import Element
from derivations.calculus.notation import Variance
from derivations.calculus.steps import Check, Relation, Rule, Step
from derivations.evidence.normal_mean import equals_normal_mean
from derivations.gaussian_vae.symbols import at_draw, epsilon


def mean_is(claim: str, form: Expr, closed: Expr, degree: int) -> Check:
    """Claim the mean, under the encoder's law, of a polynomial in z.

    ``degree`` is that in one coordinate.
    """
    claim = f"{claim}, by quadrature"
    return equals_normal_mean(claim, (epsilon,), at_draw(form), closed, degree=degree)


@dataclass(frozen=True)
class Estimator:
    """Its letter, its form, what it estimates, its variance, and its degree in one coordinate.

    ``printed`` and ``printed_variance`` are what is shown where the full forms would be long.
    """

    letter: Element
    form: Expr
    mean: Expr
    variance: Expr
    degree: int
    printed: Expr | None = None
    printed_variance: Expr | None = None

    @property
    def name(self) -> str:
        """Its letter as text."""
        return self.letter.array.notation.replace("^", ", ")

    def mean_check(self) -> Check:
        """Claim its mean."""
        return mean_is(f"the mean of {self.name}", self.form, self.mean, self.degree)

    def variance_check(self) -> Check:
        """Claim its variance."""
        square = Pow(self.form - self.mean, 2)
        return mean_is(f"the variance of {self.name}", square, self.variance, 2 * self.degree)

    def definition(self, rule: Rule, *checks: Check) -> Step:
        """Return the step that states its form, with its mean checked."""
        relation = Relation(self.letter, self.form if self.printed is None else self.printed)
        return Step(rule, relation, (*checks, self.mean_check()))

    def spread(self, rule: Rule) -> Step:
        """Return the step that states its variance."""
        shown = self.variance if self.printed_variance is None else self.printed_variance
        return Step(rule, Relation(Variance(self.letter), shown), (self.variance_check(),))
