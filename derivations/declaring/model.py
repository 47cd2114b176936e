"""Declare a model in a few lines; shapes, domains and the mean-field factors are inferred."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sympy import Expr, sympify

from derivations.calculus.declaration import ModelError
from derivations.calculus.expressions import REAL, SIMPLEX, Array
from derivations.calculus.indices import Index, size
from derivations.calculus.mean_field import Factor, MeanField
from derivations.calculus.model import Model, Variable
from derivations.declaring import refusals
from derivations.declaring.letters import index_letter, parameters_of_factors
from derivations.declaring.references import Reference
from derivations.families import COUNTS, STATES, UP_TO_TRIALS, Family, Parameter, Vector

Number = Any
"""A `Reference`, a formula of SymPy or a whole number."""


@dataclass(frozen=True)
class _Declared:
    """A line of a declaration, before the domains of all fixed numbers are known."""

    array: Array
    family: Family
    parameters: tuple[Vector, ...]
    plates: tuple[Index, ...]
    observed: bool


class DeclaredModel:
    """A model as it is written down.

    Examples
    --------
    Latent Dirichlet allocation:

    >>> m = DeclaredModel("lda")
    >>> D, N, K, V = m.sizes("D N K V")
    >>> alpha, eta = m.given("alpha", K), m.given("eta", V)
    >>> with m.plate(k=K):
    ...     phi = m.dirichlet("phi", eta)
    >>> with m.plate(d=D):
    ...     theta = m.dirichlet("theta", alpha)
    ...     with m.plate(n=N):
    ...         z = m.categorical("z", theta)
    ...         w = m.categorical("w", phi[z], observed=True)
    >>> [v.name for v in m.model.latent]
    ['phi', 'theta', 'z']

    Shapes follow from the plates, the domain of given numbers from their use, and every latent
    variable has a factor of its prior's family. States are counted from one in formulas.

    Raises
    ------
    ModelError
        If a line declares no distribution: one sentence says what was wanted, and where.
    """

    def __init__(self, name: str) -> None:
        self.name = refusals.name_of(name, "a model's name")
        self._declared: list[_Declared] = []
        self._sizes: set[str] = set()
        self._given: dict[str, Array] = {}
        self._domains: dict[str, str] = {}
        self._active: tuple[Index, ...] = ()
        self._indices: list[Index] = []

    def __repr__(self) -> str:
        """Return the name."""
        return f"DeclaredModel({self.name!r})"

    def sizes(self, names: str) -> Number:
        """Return symbols for numbers of things: ``N, K = m.sizes("N K")``, ``N = m.sizes("N")``."""
        found = []
        for name in refusals.names_of_sizes(names):
            if name not in self._sizes:
                self._refuse_known(name)
            self._sizes.add(name)
            found.append(size(name))
        return tuple(found) if len(found) > 1 else found[0]

    def given(
        self, name: str, *shape: Number, domain: str = "", notation: str | None = None
    ) -> Reference:
        """Declare fixed numbers, such as a prior's parameters.

        The domain (``real``, ``positive``, ``simplex``, ``unit``, ``counts``) follows from the use
        where it is passed to a distribution by itself; in other formulas it is real unless given.
        """
        self._refuse_known(name)
        extents = [refusals.extent(s, f"the shape of {name}") for s in shape]
        letter = refusals.notation_of(notation, name)
        array = Array(name, extents, letter, refusals.domain(domain or REAL, name))
        self._given[name] = array
        if domain:
            self._domains[name] = domain
        return Reference(array, self._standing)

    @contextmanager
    def plate(self, *unnamed: Number, **extents: Number) -> Iterator[Number]:
        """Repeat what is declared inside, as in ``with m.plate(n=N):``; gives the index."""
        if unnamed or not extents:
            message = f"wanted a letter for each plate, as in m.plate(n=N), got {unnamed}"
            raise ModelError(message)
        outer = self._active
        opened = []
        for letter, extent in extents.items():
            if any(p.name == letter for p in self._active):
                message = f"plate {letter}: wanted a letter of its own, got that of a plate around"
                raise ModelError(message)
            index = Index(letter, 1, refusals.extent(extent, f"plate {letter}"))
            opened.append(index)
            self._active += (index,)
            self._remember(index)
        try:
            yield opened[0] if len(opened) == 1 else tuple(opened)
        finally:
            self._active = outer

    def dirichlet(
        self, name: str, concentration: Number, size: Number = None, **kind: Number
    ) -> Reference:
        """Declare ``Dirichlet(concentration)``; a single number needs the ``size``."""
        return self.variable(name, "Dirichlet", concentration, size=size, **kind)

    def categorical(self, name: str, probabilities: Number, **kind: Number) -> Reference:
        """Declare ``Categorical(probabilities)`` over the states 1 to their number."""
        return self.variable(name, "Categorical", probabilities, **kind)

    def beta(self, name: str, first: Number, second: Number, **kind: Number) -> Reference:
        """Declare ``Beta(first, second)``."""
        return self.variable(name, "Beta", first, second, **kind)

    def bernoulli(self, name: str, probability: Number, **kind: Number) -> Reference:
        """Declare ``Bernoulli(probability)`` over 0 and 1."""
        return self.variable(name, "Bernoulli", probability, **kind)

    def gamma(self, name: str, shape: Number, rate: Number, **kind: Number) -> Reference:
        """Declare ``Gamma(shape, rate)``, with the mean ``shape / rate``."""
        return self.variable(name, "Gamma", shape, rate, **kind)

    def poisson(self, name: str, rate: Number, **kind: Number) -> Reference:
        """Declare ``Poisson(rate)``."""
        return self.variable(name, "Poisson", rate, **kind)

    def normal(
        self,
        name: str,
        mean: Number,
        variance: Number = None,
        *,
        precision: Number = None,
        **kind: Number,
    ) -> Reference:
        """Declare a normal distribution by its variance, or by ``precision=``."""
        if (variance is None) == (precision is None):
            got = "none" if variance is None else "both"
            message = f"{name}: wanted a variance or a precision, got {got}"
            raise ModelError(message)
        if precision is not None:
            return self.variable(name, "GaussianByPrecision", mean, precision, **kind)
        return self.variable(name, "Gaussian", mean, variance, **kind)

    def variable(
        self,
        name: str,
        of: Family | str,
        *parameters: Number,
        observed: bool = False,
        notation: str | None = None,
        size: Number = None,
    ) -> Reference:
        """Declare a random variable of a family, which may be given by its name."""
        self._refuse_known(name)
        distribution = refusals.family_of(of, name, parameters)
        pairs = list(zip(distribution.parameters, parameters, strict=True))
        index = self._index_of_entries(name, pairs, size)
        vectors = tuple(self._vector(name, p, given, index) for p, given in pairs)
        declared = [*self._given.values(), *(v.array for v in self._declared)]
        refusals.refuse_strangers(name, (v.entry for v in vectors), declared)
        self._learn_domains(pairs)
        array = _array(
            name, distribution, self._active, index, refusals.notation_of(notation, name)
        )
        made = _Declared(array, distribution, vectors, self._active, observed)
        self._typed(made)  # what cannot be is refused in its own line
        self._declared.append(made)
        return Reference(array, self._standing, self._active)

    @cached_property
    def model(self) -> Model:
        """The model, every given array with the domain of its use; nothing is declared after it."""
        return Model(self.name, tuple(map(self._typed, self._declared)))

    @cached_property
    def mean_field(self) -> MeanField:
        """The model with a factor for each latent variable."""
        latent = self.model.latent
        parameters = parameters_of_factors(latent)
        factors = (Factor(v, own) for v, own in zip(latent, parameters, strict=True))
        return MeanField(self.model, tuple(factors))

    def _standing(self) -> tuple[Index, ...]:
        return self._active

    def _refuse_known(self, name: str) -> None:
        refusals.name_of(name, "a name")
        if "model" in self.__dict__:
            message = f"{name}: wanted every declaration before the model is used"
            raise ModelError(message)
        if (
            name in self._given
            or name in self._sizes
            or any(v.array.name == name for v in self._declared)
        ):
            message = f"{name}: wanted a new name, got one that is declared"
            raise ModelError(message)

    def _index_of_entries(
        self, name: str, pairs: list[tuple[Parameter, Any]], stated: Number
    ) -> Index | None:
        """Return the index of a vector parameter's entries."""
        vectors = [(p, given) for p, given in pairs if p.is_vector]
        if not vectors:
            if stated is None:
                return None
            message = f"{name}: wanted size= only where entries are counted, got size={stated}"
            raise ModelError(message)
        extent = next(map(_entries, (g for _, g in vectors)))
        if extent is None and stated is not None:
            extent = refusals.extent(stated, f"{name}, size=")
        if extent is None:
            message = (
                f"{name}: wanted a vector as the {vectors[0][0].name}, got {vectors[0][1]!r}; "
                "equal entries are declared with size="
            )
            raise ModelError(message)
        if stated is not None and sympify(stated) != extent:
            message = f"{name}: wanted the size {extent}, that of {vectors[0][1]!r}, got {stated}"
            raise ModelError(message)
        index = Index(index_letter(extent, self._indices, self._active), 1, extent)
        self._remember(index)
        return index

    def _remember(self, index: Index) -> None:
        if index not in self._indices:
            self._indices.append(index)

    def _vector(
        self, name: str, parameter: Parameter, given: Number, index: Index | None
    ) -> Vector:
        """Return a parameter at the plates one stands in."""
        if parameter.is_vector and index is not None and _entries(given) is not None:
            return Vector(given.vector(index).entry, index)
        entry = refusals.expression(given, f"the {parameter.name} of {name}")
        return Vector(entry, index if parameter.is_vector else None)

    def _learn_domains(self, pairs: list[tuple[Parameter, Any]]) -> None:
        """Give fixed numbers that are a parameter by themselves that parameter's domain."""
        for parameter, given in pairs:
            if isinstance(given, Reference) and given.own is None and parameter.domain != REAL:
                self._domains.setdefault(given.name, parameter.domain)

    def _typed(self, declared: _Declared) -> Variable:
        """Return a variable whose fixed numbers have the domains known by now."""
        known = {
            array: Array(name, array.sizes, array.notation, self._domains[name])
            for name, array in self._given.items()
            if name in self._domains
        }
        parameters = tuple(Vector(v.entry.xreplace(known), v.index) for v in declared.parameters)
        return Variable(
            declared.array, declared.family, parameters, declared.plates, declared.observed
        )


def _entries(given: Number) -> Expr | None:
    return given.entries if isinstance(given, Reference) else None


def _array(
    name: str, of: Family, plates: tuple[Index, ...], index: Index | None, notation: str | None
) -> Array:
    """Return the array of a variable: its shape and domain are those of its family."""
    sizes = [p.upper for p in plates]
    if of.support == SIMPLEX and index is not None:
        sizes.append(index.upper)
    if of.support == STATES and index is not None:
        return Array(name, sizes, notation, states=index.upper)
    return Array(name, sizes, notation, COUNTS if of.support == UP_TO_TRIALS else of.support)
