"""Mutation from the command line: a line a derivation, its survivors below, counts as JSON."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from derivations.catalogue import derive
from derivations.evidence.mutation.judging import Fate, NotEstablishedError
from derivations.evidence.mutation.table import Outcome, mutate
from derivations.evidence.runs import Failure, digest, side_by_side, write

SCHEMA = 2
COLUMNS = (
    (Fate.REFUTED, "refuted"),
    (Fate.LEFT_OPEN, "left open"),
    (Fate.EQUIVALENT, "equivalent"),
    (Fate.WEAKER, "weaker"),
    (Fate.SURVIVED, "survived"),
)


def mutate_and_print(keys: list[str], seed: int, path: Path | None) -> int:
    """Judge the mutants of derivations and print the counts.

    Return 0 if none survived and every statement is tried by a check, else 1.
    """
    titles = " ".join(f"{title:>10}" for _, title in COLUMNS)
    print(f"{'':<44} {'mutants':>8} {titles}   seconds")
    outcomes, failures = [], []
    for outcome in side_by_side(partial(_outcome, seed=seed), keys):
        if isinstance(outcome, Failure):
            failures.append(outcome)
            print(f"{outcome.key:<44} not established: {outcome.reason}", flush=True)
            continue
        outcomes.append(outcome)
        print("\n".join(_lines(outcome)), flush=True)
    survived = sum(o.count(Fate.SURVIVED) for o in outcomes)
    total = sum(len(o.rows) for o in outcomes)
    print(f"{total} mutants, {survived} survived, seed {seed}")
    if path is not None:
        write(path, record(outcomes, seed))
    return 1 if survived or failures or any(o.untried for o in outcomes) else 0


def _outcome(key: str, seed: int) -> Outcome | Failure:
    try:
        return mutate(derive(key), seed)
    except NotEstablishedError as error:
        return Failure(key, str(error))


def _lines(outcome: Outcome) -> list[str]:
    counts = " ".join(f"{outcome.count(fate):>10}" for fate, _ in COLUMNS)
    rows = [f"{outcome.key:<44} {len(outcome.rows):>8} {counts}  {outcome.seconds:>8.1f}"]
    rows += [f"    no check tries {name}" for name in outcome.untried]
    rows += [
        f"    {r.statement}: {r.mutant.operator}: {r.mutant.change}: {r.judgement.reason}"
        for r in outcome.survivors
        if r.statement not in outcome.untried
    ]
    return rows


def record(outcomes: list[Outcome], seed: int) -> dict[str, Any]:
    """Return a run as plain data, with the digest of the code it is about."""
    return {
        "schema": SCHEMA,
        "seed": seed,
        "sources": {"derivations": digest()},
        "derivations": [o.record() for o in outcomes],
    }
