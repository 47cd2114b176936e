"""Dependence between the variables of a joint distribution, and which densities are products."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sympy import Expr

from derivations.calculus.binding import arrays_in, substitute
from derivations.calculus.expressions import Array, Element
from derivations.meaning.notation import (
    Density,
    Joint,
    NotationError,
    variable_of,
)


def fixed_arrays(density: Density) -> set[Array]:
    """Return the arrays that a density depends on and that are not random.

    If all parents are named, these are the arrays of the variables themselves. Otherwise they
    include those of variables integrated out, and of given ones with parents that are not given.
    """
    joint = density.joint
    values = {variable_of(v).array for v in density.values}
    known = tuple(g for g in density.given if variable_of(g).array in joint.variables)
    held = {variable_of(g).array for g in known}
    counted = values
    if not is_direct(joint, density.values, known):
        counted = ancestors(joint, values) - held
        for one in joint.parts:
            parents = {a for a in arrays_in(one.stated.family) if a in joint.variables}
            if one.array in held and not parents <= held:
                counted |= ancestors(joint, [one.array]) - held | {one.array}
    found: set[Array] = set()
    for one in joint.parts:
        if one.array in counted:
            found |= {a for a in arrays_in(one.stated.family) if a not in joint.variables}
    return found


def refuse_wrong_bar(density: Density) -> None:
    """Refuse a density that names some of the fixed arrays it depends on, but not all."""
    joint = density.joint
    own = {g.array for g in joint.given}
    named = {variable_of(g).array for g in density.given} - set(joint.variables) - own
    needed = fixed_arrays(density) - own
    if named and named != needed:
        names = [str(a) for a in sorted(needed, key=str)]
        message = (
            f"{density}: wanted after the bar all the fixed arrays it depends on, {names}, or "
            f"none, got {[str(a) for a in sorted(named, key=str)]}"
        )
        raise NotationError(message)


def ancestors(joint: Joint, arrays: Iterable[Array]) -> set[Array]:
    """Return arrays of a joint with all they depend on."""
    needed = set(arrays)
    for one in reversed(joint.parts):
        if one.array in needed:
            needed |= {a for a in arrays_in(one.stated.family) if a in joint.variables}
    return needed


def covers(item: Expr, element: Element) -> bool:
    """Whether an item of a density contains an entry."""
    item = variable_of(item)
    return item.array == element.array and (
        item.subscripts == element.subscripts[: len(item.subscripts)]
    )


def is_direct(joint: Joint, values: Sequence[Expr], held: Sequence[Expr]) -> bool:
    """Whether a density is the product of the variables' own, all parents being named."""
    arrays = {variable_of(v).array for v in values}
    for item in held:
        if ancestors(joint, [variable_of(item).array]) & arrays:
            return False
    for value in values:
        item = variable_of(value)
        one = joint.part(item.array)
        if len(item.subscripts) > len(one.plates):
            return False
        mapping = dict(zip(one.plates, item.subscripts, strict=False))
        parameters = [substitute(p, mapping) for p in one.stated.family.parameters]
        for element in {e for p in parameters for e in p.atoms(Element)}:
            if element.array in joint.variables and not any(
                covers(i, element) for i in (*values, *held)
            ):
                return False
    return True
