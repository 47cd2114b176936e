"""Stand-ins for jobs whose process dies at one key; the processes import them from here."""

import os
from collections import Counter
from typing import Any

from derivations.claims import report
from derivations.evidence.attack.running import Siege

FATAL = "dice.q_rho"


def judged(key: str, **options: Any) -> tuple[dict[str, Any], str]:  # noqa: ANN401 - as given
    """Check a key, or die."""
    _die_at(key)
    return report._judged(key, **options)  # noqa: SLF001 - the function it replaces


def mutated(key: str, **_: object) -> dict[str, Any]:
    """Report that one change to a key was refuted, or die."""
    _die_at(key)
    kinds = {"sign": {"refuted": 1}}
    return {"key": key, "kinds": kinds, "survivors": [], "still_true": [], "seconds": 0.0}


def besieged(key: str, seed: int) -> Siege:
    """Report that a key held at one point, or die."""
    _die_at(key)
    del seed
    return Siege(key, 1, Counter(ones=1), (), (), (), 0, 0.0)


def _die_at(key: str) -> None:
    if key == FATAL:
        os._exit(137)
