"""The edge-case run of one derivation: its claims at edge cases, and the outcome of each."""

from __future__ import annotations

import time
import warnings
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import Enum
from functools import partial
from typing import Any

import numpy as np

from derivations.calculus.point import Point
from derivations.calculus.steps import Finding, Verdict
from derivations.claims.drawing import NoPointError
from derivations.claims.scope import Scope
from derivations.claims.statements import Derivation
from derivations.evidence.attack.claims import Attacked, attacked
from derivations.evidence.attack.corners import FAMILIES, Family, Hostile
from derivations.evidence.attack.values import exactly, is_zero, without_value
from derivations.evidence.drawing import drawn_by
from derivations.evidence.limits import OutOfTimeError, limited
from derivations.evidence.precision import digits_at_most

DIGITS = 1920
"""The most digits of a ball: if these do not decide, the outcome at the point is unknown."""
MIXTURES = 6
SECONDS = 30.0
"""Seconds of processor time for one derivation; the points left after that are counted."""
MOST_OF_ONE = 1 / 3
"""The largest share of that time for one claim."""
LONGEST = 400
"""Characters of a point or a reason that are kept."""


class Fate(Enum):
    """The outcome of a claim at a point: it held, it failed, or it is unknown."""

    HELD = "held"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Case:
    """A claim at a point where it failed, or where its outcome is unknown."""

    claim: str
    family: str
    point: str
    reason: str


@dataclass(frozen=True)
class Siege:
    """A derivation and the points checked: how many of each family, and where claims failed."""

    key: str
    claims: int
    points: Counter[str]
    failed: tuple[Case, ...]
    unknown: tuple[Case, ...]
    not_tried: tuple[str, ...]
    points_left: int
    seconds: float

    def record(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "key": self.key,
            "claims": self.claims,
            "points": {family.name: self.points[family.name] for family in FAMILIES},
            "failed": [asdict(case) for case in self.failed],
            "unknown": [asdict(case) for case in self.unknown],
            "not_tried": list(self.not_tried),
            "points_left": self.points_left,
            "seconds": round(self.seconds, 2),
        }


def attack(derivation: Derivation, seed: int, seconds: float = SECONDS) -> Siege:
    """Check every claim of a derivation at the corners that its assumptions admit, and at mixtures.

    After a point at which a claim fails or has no value, no further point of it is checked.
    """
    started = time.thread_time()
    least = Scope.of(derivation.assumptions).least
    claims, without = attacked(derivation)
    points: Counter[str] = Counter()
    failed: dict[str, Case] = {}
    spent: dict[str, float] = defaultdict(float)
    unknown: list[Case] = []
    refused: dict[str, str] = {}
    met: set[tuple[str, str]] = set()
    left = 0
    for family, claim, place in _order(claims):
        if claim.name in failed or claim.name in refused:
            continue
        now = time.thread_time()
        if now - started > seconds or spent[claim.name] > seconds * MOST_OF_ONE:
            left += 1
            continue
        drawing = Hostile(family, least)
        rng = np.random.default_rng((seed, zlib.crc32(derivation.key.encode()), *place))
        fate, reason = tried_at(claim, drawing, rng, seconds)
        spent[claim.name] += time.thread_time() - now
        point = drawing.described()
        if fate is None:
            refused[claim.name] = f"{claim.name}: {reason}"
        elif fate is Fate.FAILED or (drawing.hostile and (claim.name, point) not in met):
            met.add((claim.name, point))
            points[family.name] += 1
            case = Case(claim.name, family.name, point[:LONGEST], reason[:LONGEST])
            if fate is Fate.FAILED:
                failed[claim.name] = case
            elif fate is Fate.UNKNOWN:
                unknown.append(case)
    return Siege(
        derivation.key,
        len(claims) - len(refused),
        points,
        tuple(failed.values()),
        tuple(unknown),
        (*without, *refused.values()),
        left,
        time.thread_time() - started,
    )


def _order(claims: list[Attacked]) -> Iterator[tuple[Family, Attacked, tuple[int, int, int]]]:
    """Yield each family for every claim before the next, so that the time limit omits no claim."""
    for number, family in enumerate(FAMILIES):
        for again in range(MIXTURES if family is FAMILIES[-1] else 1):
            for which, claim in enumerate(claims):
                yield family, claim, (number, again, which)


def tried_at(
    claim: Attacked, drawing: Hostile, rng: np.random.Generator, seconds: float = SECONDS
) -> tuple[Fate | None, str]:
    """Check a claim at one point; None if its formulas cannot be evaluated at any point.

    What does not end within the time limit is unknown.
    """
    try:
        return limited(partial(_tried_at, claim, drawing, rng, seconds), seconds)
    except OutOfTimeError as error:
        return Fate.UNKNOWN, str(error)


def _tried_at(  # noqa: PLR0911 - one line for each outcome
    claim: Attacked, drawing: Hostile, rng: np.random.Generator, seconds: float
) -> tuple[Fate | None, str]:
    with (
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
        digits_at_most(DIGITS),
        drawn_by(drawing),
    ):
        warnings.simplefilter("ignore")  # floats overflow and quadrature complains: not passed
        try:
            finding = claim.tried(rng, seconds)
        except NotImplementedError as error:
            return None, str(error)
        except NoPointError:
            return Fate.HELD, ""  # the assumptions exclude this corner
        except Exception as error:  # noqa: BLE001 - a failing check must not hide its claim
            finding = Finding("", "", Verdict.UNKNOWN, reason=f"{type(error).__name__}: {error}")
    if finding.verdict is Verdict.ESTABLISHED:
        return Fate.HELD, ""
    if finding.verdict is Verdict.REFUTED:
        return Fate.FAILED, finding.reason
    point = Point(drawing.drawn_sizes, {a: exactly(v) for a, v in drawing.drawn.items()})
    nowhere = without_value(claim.expressions, point)
    if nowhere is not None:
        return Fate.FAILED, nowhere
    gap = claim.gap
    if gap is not None and is_zero(gap, point):
        return Fate.HELD, ""
    return Fate.UNKNOWN, finding.reason
