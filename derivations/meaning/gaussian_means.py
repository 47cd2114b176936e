"""Exact means under independent normal variables: of powers times exponentials of quadratic forms.

The exponent and the log densities add up to one quadratic form, which is that of another normal
distribution. The mean is the ratio of two integrals times the moment under this distribution, which
follows from its mean and covariance.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from flint import arb, arb_mat

from derivations.calculus.number_fields import BALLS
from derivations.families import family
from derivations.meaning.atoms import Atom, Product, Scalar

QUADRATIC = 2
Form = dict[tuple[Scalar, ...], arb]
"""A polynomial of degree two: products of variables, each with a coefficient."""


def exact_mean(atoms: Product) -> arb | None:
    """Return the mean of a product, or None if the product has another form.

    The mean is NaN where the exponent grows faster than the log densities fall.
    """
    powers: list[Scalar] = []
    forms: list[Form] = []
    for atom in atoms:
        if atom.key[0] == "scalar":
            powers += atom.scalars
        elif atom.name == "exp" and (form := _quadratic(atom)) is not None:
            forms.append(form)
        else:
            return None
    scalars = sorted({s for a in atoms for s in a.scalars}, key=lambda s: str(s.block.key))
    moments = [_moments(s) for s in scalars]
    if any(m is None for m in moments):
        return None
    return _mean([scalars.index(s) for s in powers], scalars, forms, moments)


def _quadratic(atom: Atom) -> Form | None:
    """Return the exponent of an exponential, if it is a quadratic form."""
    form: Form = {}
    for product, coefficient in atom.inner.terms.items():
        if len(product) > QUADRATIC or any(a.key[0] != "scalar" for a in product):
            return None
        variables = tuple(s for a in product for s in a.scalars)
        form[variables] = form.get(variables, arb(0)) + coefficient
    return form


def _moments(scalar: Scalar) -> tuple[arb, arb] | None:
    """Return the mean and variance of a normal variable, or None if it is not normal."""
    at = getattr(scalar.block, "at", None)
    found = None if at is None else getattr(family(at.name), "location_scale", None)
    if found is None:
        return None
    centre, scale = found(scalar.block.parameters, BALLS)
    return arb(centre), arb(scale) ** 2


def _mean(
    powers: list[int], scalars: list[Scalar], forms: Iterable[Form], moments: list[Any]
) -> arb:
    every = range(len(scalars))
    precision = [[arb(0)] * len(scalars) for _ in every]
    linear, constant, weight = [arb(0)] * len(scalars), arb(0), arb(1)
    for here, (centre, variance) in enumerate(moments):
        precision[here][here] += 1 / variance
        linear[here] += centre / variance
        constant -= centre**2 / (2 * variance)
        weight *= variance
    for form in forms:
        for variables, coefficient in form.items():
            places = [scalars.index(s) for s in variables]
            if not places:
                constant += coefficient
            elif len(places) == 1:
                linear[places[0]] += coefficient
            else:
                row, column = places
                precision[row][column] -= coefficient
                precision[column][row] -= coefficient
    if not _is_positive(precision):
        return arb("nan")
    covariance = arb_mat(precision).inv().table()
    centres = [_dot(covariance[i], linear) for i in every]
    height = constant + _dot(linear, centres) / 2
    ratio = (weight * arb_mat(precision).det()).rsqrt()
    return ratio * height.exp() * _moment(tuple(powers), centres, covariance)


def _dot(left: Iterable[arb], right: Iterable[arb]) -> arb:
    return sum((a * b for a, b in zip(left, right, strict=True)), arb(0))


def _is_positive(matrix: list[list[arb]]) -> bool:
    """Whether a symmetric matrix is positive definite: all its leading minors are positive."""
    minors = ([row[:n] for row in matrix[:n]] for n in range(1, len(matrix) + 1))
    return all(arb_mat(m).det() > 0 for m in minors)


def _moment(powers: tuple[int, ...], centres: list[arb], covariance: list[list[arb]]) -> arb:
    """Return the mean of a product of normal variables, in which each occurs once for each power.

    By Stein's lemma it is the mean of one factor times that of the rest, plus, for each other
    factor, the covariance with it times the mean of the remaining product.
    """

    @cache
    def of(rest: tuple[int, ...]) -> arb:
        if not rest:
            return arb(1)
        first, others = rest[0], rest[1:]
        total = centres[first] * of(others)
        for number, other in enumerate(others):
            total += covariance[first][other] * of(others[:number] + others[number + 1 :])
        return total

    return of(tuple(sorted(powers)))
