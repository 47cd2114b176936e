"""Stand-ins for the work of a process that dies at one key; processes import them from here."""

import os
from collections import Counter
from typing import Any

from derivations.evidence import report
from derivations.evidence.attack.running import Siege
from derivations.evidence.mutation.table import Outcome

FATAL = "dice.q_rho"


def judged(key: str, **options: Any) -> tuple[dict[str, Any], str]:  # noqa: ANN401 - as given
    """Check a key, or die."""
    _die_at(key)
    return report._judged(key, **options)  # noqa: SLF001 - what it stands in for


def mutated(key: str, seed: int) -> Outcome:
    """Say that a key has no mutants, or die."""
    _die_at(key)
    return Outcome(key, (), Counter(), seed, (), 0.0)


def besieged(key: str, seed: int) -> Siege:
    """Say that a key held at one point, or die."""
    _die_at(key)
    return Siege(key, 1, Counter(ones=1), (), (), (), seed, 0.0)


def _die_at(key: str) -> None:
    if key == FATAL:
        os._exit(137)
