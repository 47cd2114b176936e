"""Data compared with a declaration: sizes, shapes, domains, missing values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Symbol

from derivations.calculus.expressions import BITS, COUNTS, POSITIVE, SIMPLEX, UNIT, Array
from derivations.calculus.model import Variable
from derivations.declaring import DeclaredModel

Mask = NDArray[np.bool_]
Data = Any
"""What users have: numbers, lists, arrays."""

__all__ = ["DataError", "Prepared", "prepared"]


OPTIONS = ("model", "data", "restarts", "seed", "tolerance", "sweeps", "states_from", "progress")
"""The arguments of `fit`, which cannot be names of sizes or given numbers."""


FILLED = {POSITIVE: 1.0, UNIT: 0.5, SIMPLEX: 0.5}
"""A number in place of a missing one, at which every density is finite."""


class DataError(ValueError):
    """Data that does not fit the declaration."""


@dataclass(frozen=True)
class Prepared:
    """Sizes and arrays for a model; ``present`` says which copies of a variable are there."""

    sizes: dict[str, int]
    arrays: dict[str, NDArray[Any]]
    present: dict[str, Mask]

    @property
    def missing(self) -> frozenset[str]:
        """The variables that miss a copy."""
        return frozenset(name for name, there in self.present.items() if not there.all())


def prepared(
    declared: DeclaredModel, data: Mapping[str, Any], settings: Mapping[str, Any], states_from: int
) -> Prepared:
    """Compare data and settings with a declaration, and return all of it as arrays.

    Raises
    ------
    DataError
        If a name, a shape or a value is not as declared.
    """
    model = declared.model
    observed = {v.name: v for v in model.variables if v.observed}
    given = {a.name: a for v in model.variables for a in model.hyperparameters(v)}
    everything = [*(v.array for v in model.variables), *given.values()]
    symbols = {str(s): s for array in everything for size in array.sizes for s in size.free_symbols}
    if not isinstance(data, Mapping):
        message = f"{declared.name}: wanted data by name, as in {{'x': ...}}, got {data!r:.60}"
        raise DataError(message)
    _refuse_names(declared.name, data, settings, observed, {**given, **symbols})
    values = {name: _numbers(name, data[name]) for name in observed}
    numbers = {name: _setting(name, settings[name]) for name in given}
    full = {name: a for name, a in given.items() if numbers[name].ndim == len(a.sizes)}
    shaped = {
        **{name: (v.array, values[name][0].shape) for name, v in observed.items()},
        **{name: (array, numbers[name].shape) for name, array in full.items()},
    }
    sizes = _sizes(declared.name, symbols, settings, shaped)
    arrays: dict[str, NDArray[Any]] = {}
    present: dict[str, Mask] = {}
    for name, variable in observed.items():
        _refuse_shape(variable.array, values[name][0].shape, sizes)
        there = values[name][1]
        present[name] = np.asarray(there.all(axis=-1)) if _has_entries(variable) else there
        arrays[name] = _in_domain(variable.array, *values[name], sizes, states_from)
    for name, array in given.items():
        shape = shape_of(array, sizes)
        if numbers[name].ndim and numbers[name].shape != shape:
            message = f"{name}: wanted one number or the shape {shape}, got {numbers[name].shape}"
            raise DataError(message)
        whole = np.broadcast_to(numbers[name], shape).copy()
        arrays[name] = _in_domain(array, whole, np.ones(shape, dtype=bool), sizes, 1)
    _refuse_missing_parents(declared, present)
    return Prepared(sizes, arrays, present)


def _setting(name: str, value: Data) -> NDArray[np.float64]:
    """Return given numbers, none of them missing."""
    array, there = _numbers(name, value)
    if not there.all():
        message = f"{name}: wanted given numbers, got one that is missing"
        raise DataError(message)
    return array


def _refuse_missing_parents(declared: DeclaredModel, present: Mapping[str, Mask]) -> None:
    """Refuse missing values on which other variables depend."""
    model = declared.model
    for variable in model.variables:
        for parent in model.parents(variable):
            if parent.name in present and not present[parent.name].all():
                message = (
                    f"{parent.name}: wanted every value, because {variable.name} depends on it, "
                    "got one that is missing"
                )
                raise DataError(message)


def _refuse_names(
    model: str,
    data: Mapping[str, Any],
    settings: Mapping[str, Any],
    observed: Mapping[str, Variable],
    free: Mapping[str, Any],
) -> None:
    """Refuse names that the model lacks, and a lack of those that it needs."""
    for name in free:
        if name in OPTIONS:
            message = f"{name}: wanted another name in {model}, got that of an option of fit"
            raise DataError(message)
    for name in data:
        if name not in observed:
            message = f"{model} observes {_listed(observed)}; got data for {name!r}"
            raise DataError(message)
    for name in settings:
        if name not in free:
            message = f"{model} has the sizes and given numbers {_listed(free)}; got {name!r}"
            raise DataError(message)
    lacking = [name for name in observed if name not in data]
    if lacking:
        message = f"{model}: wanted data for {_listed(lacking)}, got none"
        raise DataError(message)
    lacking = [n for n, a in free.items() if isinstance(a, Array) and n not in settings]
    if lacking:
        message = f"{model}: wanted values of {_listed(lacking)}, as in {lacking[0]}=1.0"
        raise DataError(message)


def _listed(names: Data) -> str:
    return ", ".join(names) or "nothing"


def _numbers(name: str, given: Data) -> tuple[NDArray[np.float64], Mask]:
    """Return numbers, and which are there; ragged lists are filled up."""
    hidden: Mask = np.zeros((), dtype=bool)
    if isinstance(given, np.ma.MaskedArray):
        hidden = np.ma.getmaskarray(given)
        given = given.filled(0)
    if isinstance(given, (list, tuple)) and given and _is_ragged(given):
        width = max(len(row) for row in given)
        given = [[*row, *[None] * (width - len(row))] for row in given]
    array = _as_floats(given)
    if array is None:
        message = f"{name}: wanted real numbers, got {type(given).__name__} of something else"
        raise DataError(message)
    there = ~np.isnan(array) & ~hidden
    if not np.isfinite(array[there]).all():
        message = f"{name}: wanted finite numbers, got an infinite one"
        raise DataError(message)
    return np.where(there, array, 0.0), there


def _as_floats(given: Data) -> NDArray[np.float64] | None:
    """Return an array of numbers; None of text, complex numbers, or whatever else."""
    try:
        if np.asarray(given).dtype.kind in "USc":
            return None
        return np.array(given, dtype=float)
    except (TypeError, ValueError):
        return None


def _is_ragged(rows: Data) -> bool:
    return all(hasattr(r, "__len__") and not isinstance(r, str) for r in rows) and (
        len({len(r) for r in rows}) > 1
    )


def _has_entries(variable: Variable) -> bool:
    return len(variable.array.sizes) > len(variable.plates)


def _sizes(
    model: str,
    symbols: Mapping[str, Symbol],
    settings: Mapping[str, Any],
    shaped: Mapping[str, tuple[Array, tuple[int, ...]]],
) -> dict[str, int]:
    """Return every size: from the settings, and from the shapes of the data."""
    sizes: dict[str, int] = {}
    for name in symbols:
        if name in settings:
            value = settings[name]
            whole = isinstance(value, (int, float, np.integer, np.floating))
            if not whole or isinstance(value, bool) or value % 1 != 0 or value < 1:
                message = f"{name}: wanted a whole number, one or more, got {value!r}"
                raise DataError(message)
            sizes[name] = int(value)
    for name, (array, shape) in shaped.items():
        if len(shape) != len(array.sizes):
            wanted = ", ".join(map(str, array.sizes))
            message = f"{name}: wanted the shape ({wanted}), got {shape}"
            raise DataError(message)
        if 0 in shape:
            message = f"{name}: wanted one row or more, got the shape {shape}"
            raise DataError(message)
        for extent, length in zip(array.sizes, shape, strict=True):
            if isinstance(extent, Symbol):
                sizes.setdefault(str(extent), length)
    lacking = sorted(set(symbols) - set(sizes))
    if lacking:
        message = f"{model}: wanted the size {_listed(lacking)}, as in {lacking[0]}=3"
        raise DataError(message)
    return sizes


def shape_of(array: Array, sizes: Mapping[str, int]) -> tuple[int, ...]:
    """Return the shape of an array in numbers."""
    return tuple(int(s.subs({x: sizes[str(x)] for x in s.free_symbols})) for s in array.sizes)


def _refuse_shape(array: Array, shape: tuple[int, ...], sizes: Mapping[str, int]) -> None:
    wanted = shape_of(array, sizes)
    if wanted != shape:
        written = ", ".join(map(str, array.sizes))
        message = f"{array.name}: wanted the shape ({written}) = {wanted}, got {shape}"
        raise DataError(message)


def _in_domain(
    array: Array,
    values: NDArray[np.float64],
    there: Mask,
    sizes: Mapping[str, int],
    states_from: int,
) -> NDArray[Any]:
    """Return values of the array's domain; states count from one, and zero is a missing one."""
    if array.states != 0:
        last = int(array.states.subs({x: sizes[str(x)] for x in array.states.free_symbols}))
        shifted = values - states_from + 1
        bad = there & ((shifted != np.round(shifted)) | (shifted < 1) | (shifted > last))
        first, end = states_from, last + states_from - 1
        from_zero = states_from == 1 and bool((values[bad] == 0).any())
        hint = "; states_from=0 counts from zero" if from_zero else ""
        _refuse_values(array.name, values, bad, f"states {first} to {end}", hint)
        return np.where(there, shifted, 0).astype(np.intp)
    wanted, bad = _outside(array.domain, values)
    if array.domain not in {COUNTS, BITS, POSITIVE, UNIT, SIMPLEX}:
        return np.where(there, values, 0.0)
    _refuse_values(array.name, values, there & bad, wanted, "")
    return np.where(there, values, FILLED.get(array.domain, 0.0))


def _outside(domain: str, values: NDArray[np.float64]) -> tuple[str, Mask]:
    if domain == COUNTS:
        return "counts 0, 1, 2, ...", (values < 0) | (values != np.round(values))
    if domain == BITS:
        return "zeros and ones", (values != 0) & (values != 1)
    if domain == UNIT:
        return "numbers between 0 and 1", (values <= 0) | (values >= 1)
    if domain == SIMPLEX:
        off = np.abs(values.sum(-1, keepdims=True) - 1) > 1e-9  # noqa: PLR2004 - rounding
        return "positive numbers that sum to one", (values <= 0) | off
    return "positive numbers", values <= 0


def _refuse_values(name: str, values: NDArray[Any], bad: Mask, wanted: str, hint: str) -> None:
    if bad.any():
        place = tuple(int(i) for i in np.argwhere(bad)[0])
        at = f" at {place if len(place) > 1 else place[0]}" if place else ""
        message = f"{name}: wanted {wanted}, got {values[place]:g}{at}{hint}"
        raise DataError(message)
