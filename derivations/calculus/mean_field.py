"""Mean-field inference: every update and the bound, derived from a model's log joint.

The log joint is written in sufficient statistics, and has to be multilinear in them: the model is
then conditionally conjugate. (If it is not, the error names the term.) The natural parameter of a
factor is the derivative by its statistic. Its expectation is found by replacing the statistics of
the other factors by their expectations. The family converts it to standard parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import cast

from sympy import Add, Expr

from derivations.calculus.binding import (
    component,
    replace_elements,
    rewrite,
    sum_over,
)
from derivations.calculus.declaration import refuse_unless_factor
from derivations.calculus.derivative import differentiate
from derivations.calculus.expressions import REAL, SIMPLEX, Array, Element, Iverson
from derivations.calculus.indices import Index
from derivations.calculus.model import Model, ModelError, Variable, states_spelled_out
from derivations.calculus.normal_form import collect, simplest, terms
from derivations.families import (
    ExponentialFamily,
    Vector,
    divergence,
    entropy,
    log_density,
    mean_parameters,
)


class NotConjugateError(ValueError):
    """A log joint that is not multilinear in the sufficient statistics."""


@dataclass(frozen=True)
class Statistic:
    """One sufficient statistic of a latent variable, and the free array that stands in for it."""

    variable: Variable
    vector: Vector
    symbol: Array

    @property
    def point(self) -> tuple[Index, ...]:
        """The indices the statistic is stated at: plates, then its entry."""
        entry = () if self.vector.index is None else (self.vector.index,)
        return (*self.variable.plates, *entry)

    @property
    def element(self) -> Element:
        """The stand-in at those indices."""
        return self.symbol[self.point]

    def subscripts_of(self, node: Expr) -> tuple[Expr, ...] | None:
        """Return where a node takes this statistic, or None if it is another thing."""
        matched = _match(node, self.vector.entry)
        return None if matched is None else tuple(matched[i] for i in self.point)


def _match(node: Expr, pattern: Expr) -> dict[Index, Expr] | None:
    """Match a node against a pattern whose indices stand for any subscript."""
    if isinstance(pattern, Index):
        return {pattern: node}
    if type(node) is not type(pattern) or len(node.args) != len(pattern.args):
        return None
    if not pattern.args or isinstance(pattern, Array):
        return {} if node == pattern else None
    matched: dict[Index, Expr] = {}
    for inner, expected in zip(node.args, pattern.args, strict=True):
        found = _match(inner, expected)
        if found is None or any(matched.get(i, s) != s for i, s in found.items()):
            return None
        matched |= found
    return matched


@dataclass(frozen=True)
class Factor:
    """``q`` of one latent variable: the family of its prior, with variational parameters."""

    variable: Variable
    parameters: tuple[Array, ...]

    def __post_init__(self) -> None:
        """Refuse parameters that are not the family's, in number, shape or domain."""
        refuse_unless_factor(self.variable, self.parameters)

    @property
    def family(self) -> ExponentialFamily:
        """The family of the variable, which is an exponential one."""
        return cast("ExponentialFamily", self.variable.family)

    @property
    def vectors(self) -> tuple[Vector, ...]:
        """The variational parameters as vectors at the variable's plates."""
        plates, index = self.variable.plates, self.variable.index
        return tuple(
            Vector(array[(*plates, index)], index) if parameter.is_vector else Vector(array[plates])
            for parameter, array in zip(self.family.parameters, self.parameters, strict=True)
        )

    @cached_property
    def means(self) -> tuple[Vector, ...]:
        """The expected sufficient statistics, the gradient of the log normalizer."""
        return mean_parameters(self.family, self.vectors)

    @property
    def entropy(self) -> Expr:
        """The entropy of all copies that are there, in nats."""
        one = self.variable.presence * entropy(self.family, self.vectors)
        return sum_over(one, *self.variable.plates)

    @property
    def divergence_from_prior(self) -> Expr:
        """KL(q || prior) of all copies, where the prior's parameters are fixed numbers."""
        prior = self.variable.parameters
        inner = divergence(self.family, self.vectors, prior)
        return sum_over(inner, *self.variable.plates)


@dataclass(frozen=True)
class MeanField:
    """A model and a factor for every latent variable."""

    model: Model
    factors: tuple[Factor, ...]

    def __post_init__(self) -> None:
        """Check that every latent variable has one factor, and nothing else has."""
        given = sorted(f.variable.name for f in self.factors)
        latent = sorted(v.name for v in self.model.latent)
        if given != latent:
            message = (
                f"{self.model.name}: wanted one factor for each latent variable, {latent}, "
                f"got factors for {given}"
            )
            raise ModelError(message)

    def factor(self, array: Array) -> Factor:
        """Return the factor of a latent array."""
        return next(f for f in self.factors if f.variable.array == array)

    @cached_property
    def statistics(self) -> tuple[Statistic, ...]:
        """The sufficient statistics of all latent variables."""
        return tuple(s for f in self.factors for s in _statistics(f))

    @cached_property
    def log_joint(self) -> Expr:
        """The expanded log joint, in indicators and logs."""
        return collect(states_spelled_out(self.model.inserted_log_joint(), self.model))

    @cached_property
    def multilinear(self) -> Expr:
        """The log joint in stand-ins for statistics, proved multilinear."""
        form = self.in_stand_ins(self.log_joint)
        self._refuse_unless_multilinear(form)
        return form

    def _stand_in(self, node: Expr) -> Expr | None:
        for statistic in self.statistics:
            subscripts = statistic.subscripts_of(node)
            if subscripts is not None:
                return statistic.symbol[subscripts]
        return None

    def _refuse_unless_multilinear(self, form: Expr) -> None:
        latent = {f.variable.array for f in self.factors}
        owner = {s.symbol: s.variable for s in self.statistics}
        for term in terms(form):
            seen: list[Array] = []
            for atom, power in term.powers:
                arrays = {e.array for e in atom.atoms(Element)}
                bare = isinstance(atom, Element) and power == 1
                symbols = [owner[a].array for a in arrays if a in owner]
                again = sorted(a.name for a in set(symbols) & set(seen))
                if again and bare:
                    message = (
                        f"{self.model.name}: wanted a log joint multilinear in the sufficient "
                        f"statistics, each term with at most one entry of a variable, because the "
                        f"entries of {', '.join(again)} would not be independent in the optimal "
                        f"factor; got the term {self.in_statistics(term.expression())}"
                    )
                    raise NotConjugateError(message)
                if arrays & latent or (symbols and not bare) or again:
                    message = (
                        f"{self.model.name}: wanted a log joint multilinear in the sufficient "
                        f"statistics, got the term {self.in_statistics(term.expression())}"
                    )
                    raise NotConjugateError(message)
                seen += symbols

    def in_stand_ins(self, form: Expr) -> Expr:
        """Write statistics as the stand-ins for them."""
        return rewrite(form, self._stand_in)

    def in_statistics(self, form: Expr) -> Expr:
        """Write stand-ins as the statistics they stand for."""
        return replace_elements(
            form, {s.symbol: component(s.vector.entry, s.point) for s in self.statistics}
        )

    def expected(self, form: Expr) -> Expr:
        """Return ``E_q`` of a multilinear form: expected statistics for stand-ins."""
        means = {
            s.symbol: component(m.entry, s.point)
            for f in self.factors
            for s, m in zip(self.own(f.variable), f.means, strict=True)
        }
        return replace_elements(form, means)

    def own(self, variable: Variable) -> tuple[Statistic, ...]:
        """Return the statistics of one latent variable."""
        return tuple(s for s in self.statistics if s.variable == variable)

    def conditional_naturals(self, array: Array) -> tuple[tuple[Statistic, Expr], ...]:
        """Return, for each statistic, the derivative of the log joint by it, in stand-ins."""
        own = self.own(self.factor(array).variable)
        return tuple((s, differentiate(self.multilinear, s.element)) for s in own)

    def expected_naturals(self, array: Array) -> tuple[Vector, ...]:
        """Return the natural parameters of the optimal factor: expected conditional ones."""
        return tuple(
            Vector(simplest(self.expected(collect(d))), s.vector.index)
            for s, d in self.conditional_naturals(array)
        )

    def update(self, array: Array) -> tuple[Vector, ...]:
        """Return the standard parameters of the optimal factor."""
        family = self.factor(array).family
        return family.standard_parameters(self.expected_naturals(array))

    @property
    def expected_log_joint(self) -> Expr:
        """``E_q[log p]`` in closed form."""
        return self.expected(self.multilinear)

    @property
    def evidence_lower_bound(self) -> Expr:
        """``E_q[log p] - E_q[log q]`` in closed form, every constant included."""
        return Add(self.expected_log_joint, *(f.entropy for f in self.factors))

    def with_update(self, form: Expr, array: Array) -> Expr:
        """Replace the parameters of one factor by its optimal ones."""
        own = self.factor(array).vectors
        new = self.update(array)
        return replace_elements(
            form,
            {
                o.entry.array: component(n.entry, o.entry.subscripts)
                for o, n in zip(own, new, strict=True)
            },
        )

    def gap(self, array: Array) -> tuple[Expr, Expr]:
        """Return what one update adds to the bound, and KL(q || q*) of the factor."""
        factor = self.factor(array)
        bound = self.evidence_lower_bound
        inner = divergence(factor.family, factor.vectors, self.update(array))
        gained = collect(self.with_update(bound, array)) - bound
        return gained, sum_over(inner, *factor.variable.plates)

    @property
    def as_divergences(self) -> Expr:
        """The same bound, grouped another way: the rest less KL(q || prior) of each root.

        A root is a latent variable whose prior's parameters are fixed numbers.
        """
        roots = [f for f in self.factors if not self.model.parents(f.variable)]
        prior = Add(*(self.expected(self._prior_part(f)) + f.entropy for f in roots))
        return self.evidence_lower_bound - prior - Add(*(f.divergence_from_prior for f in roots))

    def _prior_part(self, factor: Factor) -> Expr:
        """Return a root's own log density, in stand-ins."""
        variable = factor.variable
        inserted = log_density(variable.family, variable.value, variable.parameters)
        return rewrite(collect(sum_over(inserted, *variable.plates)), self._stand_in)


def _statistics(factor: Factor) -> tuple[Statistic, ...]:
    """Return a latent variable's statistics with a stand-in each."""
    found = []
    variable = factor.variable
    for number, vector in enumerate(factor.family.statistics(variable.value)):
        extents = [p.upper for p in variable.plates]
        if vector.index is not None:
            extents.append(vector.index.upper)
        domain = SIMPLEX if isinstance(vector.entry, Iverson) else REAL
        symbol = Array(f"T{number}_{variable.name}", extents, domain=domain)
        found.append(Statistic(variable, vector, symbol))
    return tuple(found)
