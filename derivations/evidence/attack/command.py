"""Output of ``varproof attack``: one line for each derivation, its failures, counts as JSON."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from derivations.evidence.attack.running import DIGITS, SECONDS, Case, Siege, attack
from derivations.evidence.runs import Failure, digest, side_by_side, write
from derivations.index import derive

SCHEMA = 1
MOST_UNKNOWN = 1 / 5
"""Of a derivation's points; where more are unknown, too little was evaluated."""


def attack_and_say(keys: list[str], seed: int, path: Path | None, say: Callable[[str], Any]) -> int:
    """Check derivations at edge cases and print the outcome; return 0 if nothing failed, else 1."""
    say(f"{'':<44} {'claims':>7} {'points':>7} {'failed':>7} {'unknown':>8}   seconds")
    sieges, failures = [], []
    for siege in side_by_side(partial(_siege, seed=seed), keys):
        if isinstance(siege, Failure):
            failures.append(siege)
            say(f"{siege.key:<44} unknown: {siege.reason}")
            continue
        sieges.append(siege)
        say("\n".join(_lines(siege)))
    points = sum(s.points.total() for s in sieges)
    failed = sum(len(s.failed) for s in sieges)
    unknown = sum(len(s.unknown) for s in sieges)
    vague = [s.key for s in sieges if len(s.unknown) > MOST_UNKNOWN * s.points.total()]
    say(f"{points} edge cases, {failed} claims failed, {unknown} points unknown, seed {seed}")
    if vague:
        say(f"more than a fifth of the points are unknown: {', '.join(vague)}")
    if path is not None:
        write(path, record(sieges, seed))
    return 1 if failed or failures or vague or not points else 0


def _siege(key: str, seed: int) -> Siege:
    return attack(derive(key), seed)


def _lines(siege: Siege) -> list[str]:
    counts = (siege.claims, siege.points.total(), len(siege.failed), len(siege.unknown))
    claims, points, failed, unknown = counts
    rows = [
        f"{siege.key:<44} {claims:>7} {points:>7} {failed:>7} {unknown:>8}  {siege.seconds:>8.1f}"
    ]
    rows += [f"    failed: {_told(case)}" for case in siege.failed]
    if siege.points_left:
        rows.append(f"    {siege.points_left} points were not checked: the time limit was reached")
    return rows


def _told(case: Case) -> str:
    return f"{case.claim}: {case.family}: {case.point}: {case.reason}"


def record(sieges: list[Siege], seed: int) -> dict[str, Any]:
    """Return a run as plain data, with the digest of the code it is about."""
    return {
        "schema": SCHEMA,
        "seed": seed,
        "digits": DIGITS,
        "seconds_each": SECONDS,
        "sources": {"derivations": digest()},
        "derivations": [s.record() for s in sieges],
    }
