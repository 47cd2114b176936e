"""The derivations of a declared model: graph, log joint, every update, the bound, the evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, partial

from derivations.calculus.declaration import ModelError
from derivations.calculus.mean_field import NotConjugateError
from derivations.claims.registry import Line, written
from derivations.claims.statements import Derivation, StatementError
from derivations.declaring.model import DeclaredModel
from derivations.families import NoClosedFormError
from derivations.rules import ascent, bound, evidence, joint, predictive, update
from derivations.rules.setting import setting

Builders = dict[str, Callable[[], Derivation]]
Lines = Callable[[], Iterable[Line]]
_NO_CLOSED_FORM = (
    ModelError,
    NotConjugateError,
    NoClosedFormError,
    NotImplementedError,
    StatementError,
)
SOURCES = ("bishop2006", "blei2017")


@dataclass(frozen=True)
class Derived:
    """What builds each derivation of a model by key, and why others do not exist."""

    builders: Builders
    without: dict[str, str]


def derivations_of(declared: DeclaredModel) -> Derived:
    """Return the derivations of a model, in the order of reading.

    The log evidence and the predictive distributions are among them where they have a closed form.

    Raises
    ------
    ModelError
        If nothing is observed.
    NotConjugateError
        If a term of the log joint is outside the class; the message names it.
    """
    if not any(v.observed for v in declared.model.variables):
        message = f"{declared.name}: wanted an observed variable, declared with observed=True"
        raise ModelError(message)
    if declared.model.latent:
        _ = declared.mean_field.multilinear  # a term outside the class is named before all else
    builders: Builders = {}
    without: dict[str, str] = {}
    for name, (title, lines) in _always(declared):
        key = f"{declared.name}.{name}"
        builders[key] = cache(partial(_built, declared, key, title, lines))
    for name, title, lines in _sometimes(declared):
        key = f"{declared.name}.{name}"
        build = cache(partial(_built, declared, key, title, lines))
        try:
            build()
        except _NO_CLOSED_FORM as error:
            without[key] = str(error)
        else:
            builders[key] = build
    return Derived(builders, without)


def _always(declared: DeclaredModel) -> Iterator[tuple[str, tuple[str, Lines]]]:
    model = declared.model
    yield "graph", ("The directed graph with plates", lambda: joint.graph(model))
    yield "log_joint", ("The log joint", lambda: joint.log_joint(model))
    if not model.latent:
        return
    mean_field = declared.mean_field
    for variable in model.latent:
        lines = partial(update.update, mean_field, variable.array)
        yield f"q_{variable.name}", (f"The optimal factor of {variable.name}", lines)
    title = "The evidence lower bound in closed form"
    yield "elbo", (title, lambda: bound.evidence_lower_bound(mean_field))
    title = "Every update maximises the bound"
    yield "coordinate_ascent", (title, lambda: ascent.coordinate_ascent(mean_field))


def _sometimes(declared: DeclaredModel) -> Iterator[tuple[str, str, Lines]]:
    if not declared.model.latent:
        return
    mean_field = declared.mean_field
    yield "log_evidence", "The exact log evidence", lambda: evidence.log_evidence(mean_field)
    observed = [v for v in declared.model.variables if v.observed]
    for variable in observed:
        name = "predictive" if len(observed) == 1 else f"predictive_{variable.name}"
        title = f"The predictive distribution of a new {variable.name}"
        yield name, title, partial(predictive.predictive, mean_field, variable.array)


def _built(
    declared: DeclaredModel, key: str, title: str, lines: Callable[[], Iterable[Line]]
) -> Derivation:
    of_model = key.endswith((".graph", ".log_joint"))

    def everything() -> Iterator[Line]:
        yield from setting(declared.model if of_model else declared.mean_field)
        yield from lines()

    made = partial(Derivation, key, title, "", (), SOURCES)
    graph = declared.model if key.endswith(".graph") else None
    return written(made, key, everything(), graph)
