"""Fit a declared model to data by its own derived updates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derivations.declaring import DeclaredModel
from derivations.programs.of_models import CompiledModel, compiled
from impl.engine.ascent import FactorPlan, Parameter, Rule, Run, ascend, ordered, starts
from impl.engine.machine import Machine
from impl.engine.posterior import Posterior
from varproof.fitting_data import DataError, Mask, Prepared, prepared, shape_of

__all__ = ["Fit", "fit"]

Progress = Callable[[int, int, float], None]


@dataclass(frozen=True)
class Fit:
    """A fitted model: the best of several ascents.

    ``fit["phi"]`` is the factor of the variable ``phi``: its parameters, mean, interval, entropy,
    draws. ``elbo`` is the bound in nats, ``trace`` its value after each sweep, ``converged``
    whether the rule was met, ``elbos`` the last bound of every start. ``sizes`` are the numbers
    of things.
    """

    model: str
    elbo: float
    trace: tuple[float, ...]
    converged: bool
    elbos: tuple[float, ...]
    sizes: dict[str, int]
    posteriors: dict[str, Posterior]

    def __getitem__(self, variable: str) -> Posterior:
        """Return the factor of a latent variable."""
        if variable not in self.posteriors:
            known = ", ".join(self.posteriors)
            message = f"wanted a latent variable of {self.model} ({known}), got {variable!r}"
            raise KeyError(message)
        return self.posteriors[variable]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of the latent variables."""
        return iter(self.posteriors)


def fit(
    model: DeclaredModel,
    data: Mapping[str, Any],
    *,
    restarts: int = 8,
    seed: int = 0,
    tolerance: float = 1e-8,
    sweeps: int = 1000,
    states_from: int = 1,
    progress: Progress | None = None,
    **settings: Any,  # noqa: ANN401 - numbers or arrays
) -> Fit:
    """Maximise the bound of a model by coordinate ascent, from several random starts.

    Parameters
    ----------
    model
        The declaration.
    data
        The observed variables by name: arrays or nested lists in the shape of their plates.
        Values that are missing are NaN, None, masked, or absent from a ragged list.
    restarts
        Random starts; the fit with the highest bound is returned.
    seed
        Of the starts: the same seed gives the same bits.
    tolerance
        An ascent has converged when a sweep adds less than ``tolerance * (1 + |bound|)``.
    sweeps
        The most sweeps of an ascent.
    states_from
        From which number the states in ``data`` count: 1 as in the formulas, or 0.
    progress
        Called after each sweep with the start, the sweep and the bound.
    settings
        Sizes that the data does not show, and the given numbers, as in ``K=20, alpha=0.1``; one
        number stands for a whole array.

    Returns
    -------
    Fit
        The factors, the bound in nats and how it rose.

    Raises
    ------
    DataError
        If the data does not fit the declaration: one sentence says what was wanted.
    """
    _refuse_model(model)
    _refuse_options(
        {
            "restarts": restarts,
            "seed": seed,
            "tolerance": tolerance,
            "sweeps": sweeps,
            "states_from": states_from,
        }
    )
    ready = prepared(model, data, settings, states_from)
    runs = _runs(model, ready, (seed, restarts), Rule(tolerance, sweeps), progress)
    best = next(runs)
    elbos = [best.elbo]
    for run in runs:
        elbos.append(run.elbo)
        if run.elbo > best.elbo:
            best = run
    factors = compiled(model.mean_field, ready.missing).factors
    posteriors = {
        f.variable: Posterior(
            f.variable,
            f.family,
            {name: best.parameters[array.name] for name, array in f.parameters},
        )
        for f in factors
    }
    return Fit(
        model.name,
        best.elbo,
        tuple(best.trace),
        best.converged,
        tuple(elbos),
        ready.sizes,
        posteriors,
    )


def _runs(
    model: DeclaredModel,
    ready: Prepared,
    seed_and_number: tuple[int, int],
    rule: Rule,
    progress: Progress | None,
) -> Iterator[Run]:
    made = compiled(model.mean_field, ready.missing)
    plans = ordered([_plan(made, number, ready.sizes) for number in range(len(made.factors))])
    arrays = {**ready.arrays, **_masks(model, made, ready)}
    empty = {p.array: np.zeros(p.shape) for plan in plans for p in plan.parameters}
    machine = Machine(made.program, ready.sizes, {**arrays, **empty})
    for number, start in enumerate(starts(plans, *seed_and_number)):

        def after(sweep: int, bound: float, number: int = number) -> None:
            if progress is not None:
                progress(number + 1, sweep, bound)

        yield ascend(machine, plans, start, rule, after)


def _plan(made: CompiledModel, number: int, sizes: Mapping[str, int]) -> FactorPlan:
    factor = made.factors[number]
    parameters = tuple(
        Parameter(array.name, shape_of(array, sizes), array.domain)
        for _, array in factor.parameters
    )
    return FactorPlan(factor.variable, factor.family, parameters)


def _masks(
    declared: DeclaredModel, made: CompiledModel, ready: Prepared
) -> dict[str, NDArray[np.float64]]:
    """Return which copies are there; of latent variables, those with a child that is there."""
    model = declared.model
    found: dict[str, Mask] = {}
    for variable in reversed(model.variables):  # children stand after their parents
        if variable.name not in made.masks:
            continue
        if variable.observed:
            found[variable.name] = ready.present[variable.name]
            continue
        mask = np.zeros(shape_of(made.masks[variable.name], ready.sizes), dtype=bool)
        for child in model.variables:
            if variable.array in model.parents(child):
                there = found[child.name]
                own = [child.plates.index(p) for p in variable.plates]
                others = [axis for axis in range(there.ndim) if axis not in own]
                mask |= np.transpose(there, [*own, *others]).reshape(*mask.shape, -1).any(axis=-1)
        found[variable.name] = mask
    return {made.masks[name].name: mask.astype(float) for name, mask in found.items()}


def _refuse_model(model: DeclaredModel) -> None:
    """Refuse what cannot be fitted."""
    if not isinstance(model, DeclaredModel):
        message = f"wanted a model, as in m = varproof.Model('name'), got {model!r}"
        raise DataError(message)
    if not model.model.latent:
        message = f"{model.name}: wanted a latent variable to fit, got none"
        raise DataError(message)


def _refuse_options(options: Mapping[str, Any]) -> None:
    """Refuse options that no ascent can have."""
    for name, least in (("restarts", 1), ("sweeps", 1), ("seed", 0)):
        value = options[name]
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
            message = f"{name}: wanted a whole number from {least}, got {value!r}"
            raise DataError(message)
    first, tolerance = options["states_from"], options["tolerance"]
    if first not in {0, 1}:
        message = f"states_from: wanted 0 or 1, got {first!r}"
        raise DataError(message)
    if isinstance(tolerance, str) or not 0 <= tolerance < np.inf:
        message = f"tolerance: wanted a number from 0, got {tolerance!r}"
        raise DataError(message)
