"""The coordinate updates of the five factors."""

from __future__ import annotations

from collections.abc import Iterator

from derivations.claims.registry import Line, derivation
from derivations.problems.dice.setting import sheet_and_mean_field
from derivations.problems.dice.symbols import MEAN_FIELD, SIZES, pi1, pi2, rho, z1, z2
from derivations.rules.update import update


@derivation(
    "dice.q_z1",
    question="1.1.3",
    title="The optimal factor of the class variable Z1",
    code=("impl.dice.updates.first_responsibilities",),
    sources=("blei2017",),
    sizes=SIZES,
)
def q_z1() -> Iterator[Line]:
    """Derive q*(Z1_n)."""
    yield from sheet_and_mean_field()
    yield from update(MEAN_FIELD, z1)


@derivation(
    "dice.q_z2",
    question="1.1.3",
    title="The optimal factor of the class variable Z2",
    code=("impl.dice.updates.second_responsibilities",),
    sources=("blei2017",),
    sizes=SIZES,
)
def q_z2() -> Iterator[Line]:
    """Derive q*(Z2_n)."""
    yield from sheet_and_mean_field()
    yield from update(MEAN_FIELD, z2)


@derivation(
    "dice.q_pi1",
    question="1.1.3",
    title="The optimal factor of the first die",
    code=("impl.dice.updates.first_concentration",),
    sources=("blei2017",),
    sizes=SIZES,
)
def q_pi1() -> Iterator[Line]:
    """Derive q*(pi1)."""
    yield from sheet_and_mean_field()
    yield from update(MEAN_FIELD, pi1)


@derivation(
    "dice.q_pi2",
    question="1.1.3",
    title="The optimal factor of the second die",
    code=("impl.dice.updates.second_concentration",),
    sources=("blei2017",),
    sizes=SIZES,
)
def q_pi2() -> Iterator[Line]:
    """Derive q*(pi2)."""
    yield from sheet_and_mean_field()
    yield from update(MEAN_FIELD, pi2)


@derivation(
    "dice.q_rho",
    question="1.1.3",
    title="The optimal factor of a rolled die",
    code=("impl.dice.updates.roll_concentration",),
    sources=("blei2017",),
    sizes=SIZES,
)
def q_rho() -> Iterator[Line]:
    """Derive q*(rho_k)."""
    yield from sheet_and_mean_field()
    yield from update(MEAN_FIELD, rho)
