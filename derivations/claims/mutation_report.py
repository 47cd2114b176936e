"""Output of ``varproof mutate``: one line for each derivation, its survivors, counts as JSON."""

from __future__ import annotations

import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

from derivations.claims.mutation import Fate, Mutant, mutants
from derivations.evidence.runs import Failure, digest, side_by_side, write
from derivations.index import derive

SCHEMA = 3
FATES = tuple(fate.value for fate in Fate)


def mutate_and_print(keys: list[str], seed: int, most: int | None, path: Path | None) -> int:
    """Mutate derivations and print the outcomes of the changes; return 0 if none survived."""
    print(f"{'':<44} {'changes':>8} " + " ".join(f"{fate:>10}" for fate in FATES) + "   seconds")
    rows, failures = [], 0
    for outcome in side_by_side(partial(_row, seed=seed, most=most), keys):
        if isinstance(outcome, Failure):
            failures += 1
            print(f"{outcome.key:<44} unknown: {outcome.reason}", flush=True)
            continue
        rows.append(outcome)
        print(_line(outcome), flush=True)
    total = sum((_fates(row) for row in rows), Counter[str]())
    print(f"{total.total()} changes, {total[Fate.SURVIVED.value]} survived, seed {seed}")
    if path is not None:
        sources = {"derivations": digest()}
        write(
            path,
            {"schema": SCHEMA, "seed": seed, "most": most, "sources": sources, "derivations": rows},
        )
    return 1 if total[Fate.SURVIVED.value] or failures or not total.total() else 0


def _row(key: str, seed: int, most: int | None) -> dict[str, Any]:
    started = time.perf_counter()
    found = list(mutants(derive(key), seed, most))
    kinds: dict[str, dict[str, int]] = {}
    for mutant in found:
        fates = kinds.setdefault(mutant.kind, {})
        fates[mutant.fate.value] = fates.get(mutant.fate.value, 0) + 1
    return {
        "key": key,
        "kinds": kinds,
        "survivors": [_told(m) for m in found if m.fate is Fate.SURVIVED],
        "still_true": [_told(m) for m in found if m.fate is Fate.TRUE],
        "seconds": round(time.perf_counter() - started, 2),
    }


def _told(mutant: Mutant) -> dict[str, str]:
    return {
        "place": mutant.place,
        "kind": mutant.kind,
        "before": mutant.before,
        "after": str(mutant.after),
        "reason": mutant.reason,
    }


def _fates(row: dict[str, Any]) -> Counter[str]:
    return sum((Counter(fates) for fates in row["kinds"].values()), Counter[str]())


def _line(row: dict[str, Any]) -> str:
    counts = _fates(row)
    cells = " ".join(f"{counts[fate]:>10}" for fate in FATES)
    lines = [f"{row['key']:<44} {counts.total():>8} {cells}  {row['seconds']:>8.1f}"]
    lines += [
        f"    survived: {s['place']}, {s['kind']}: {s['before']} became {s['after']}: {s['reason']}"
        for s in row["survivors"]
    ]
    return "\n".join(lines)
