r"""What a run of code mutation found, as JSON, and the survivors judged to be no other program.

A row may come from several passes: after a test was added, ``--again`` tries what was left alone.

Schema, version 1
-----------------
schema : int
command : str           what repeats the run, but for the numbers drawn, which the rows say
limits : {"test", "mutant": float}      seconds: slower tests are left out; tests a mutant is given
machine : str           in words: "2 cores, x86_64, Python 3.11.7"
tool : {"name", "version", "operators": [str], "left_out": [str]}
ours : [str]            our own operators
seed : int              of the draw of each module's mutants, of each operator in turn
sources : {package: str}    digests as ``tests/harness/ledger.py`` defines them
modules : [module], in the order of the targets
    module : str
    source : str        ``sha256:`` and the digest of the module's file: the row is about that text
    mutants, drawn : int    how many there are, how many were tried
    killed, timed_out : int     a mutant that outlasts its limit is counted apart
    survived, equivalent : [{"line", "within", "operator", "before", "after", "reason"}]
    fates : [str]       of each drawn mutant; what was killed is not tried again by ``--again``
    operators : {name: {fate: int}}
    tests : int         how many tests reach the module
    seconds : float     on a machine shared with others
    run : str           digest of all code and of the tests: the same, and the row is not run again
"""

import hashlib
import importlib.metadata
import json
import os
import platform
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from harness.digest import PACKAGES, digest

from code_mutation.generation import Mutant
from code_mutation.judging import ENOUGH, FAST, Fate, Verdict, file_of
from code_mutation.operators import LEFT_OUT, MUTMUTS, OURS

SCHEMA = 1
JUDGED = Path(__file__).with_name("equivalent.toml")
ALIVE = ("survived", "equivalent")


class StaleJudgementError(Exception):
    """A judgement about a line that is not there any more."""


def judgements(path: Path, module: str, every: Iterable[Mutant]) -> dict[tuple[str, str, str], str]:
    """Read the reasons why some mutants of a module are no other programs, by the mutants' keys.

    Raises
    ------
    StaleJudgementError
        If a judgement gives no reason, or names a change that no mutant of the module makes: the
        line is another one now, and must be judged anew.
    """
    known = {mutant.key for mutant in every}
    found = {}
    for entry in tomllib.loads(path.read_text(encoding="utf-8")).get("equivalent", ()):
        if entry["module"] != module:
            continue
        key = (entry["within"], entry["before"], entry["after"])
        if key not in known or not entry["reason"].strip():
            msg = (
                f"{path.name}: a judgement wants a reason and a mutant of {module} as it is; "
                f"got {entry}"
            )
            raise StaleJudgementError(msg)
        found[key] = entry["reason"]
    return found


def source_digest(module: str) -> str:
    """Compute the digest of a module's file."""
    return f"sha256:{hashlib.sha256(file_of(module).read_bytes()).hexdigest()}"


def row(
    module: str,
    every: Sequence[Mutant],
    verdicts: Sequence[Verdict],
    reasons: dict[tuple[str, str, str], str],
    *,
    tests: int,
    seconds: float,
) -> dict[str, Any]:
    """Count one module's verdicts; survivors with a judgement stand apart, with its reason."""
    alive: dict[str, list[dict[str, object]]] = {fate: [] for fate in ALIVE}
    operators: dict[str, Counter[str]] = {}
    for verdict in sorted(verdicts, key=lambda v: (v.mutant.lines.start, v.mutant.operator)):
        mutant, fate = verdict.mutant, verdict.fate.value
        if verdict.fate is Fate.SURVIVED:
            fate = "equivalent" if mutant.key in reasons else fate
            alive[fate].append(
                {
                    "line": mutant.lines.start,
                    "within": mutant.within,
                    "operator": mutant.operator,
                    "before": mutant.before,
                    "after": mutant.after,
                    "reason": reasons.get(mutant.key, verdict.by),
                }
            )
        operators.setdefault(mutant.operator, Counter())[fate] += 1
    return {
        "module": module,
        "source": source_digest(module),
        "mutants": len(every),
        "drawn": len(verdicts),
        "killed": sum(v.fate is Fate.KILLED for v in verdicts),
        "timed_out": sum(v.fate is Fate.TIMED_OUT for v in verdicts),
        **alive,
        "fates": [verdict.fate.value for verdict in verdicts],
        "operators": {name: dict(sorted(c.items())) for name, c in sorted(operators.items())},
        "tests": tests,
        "seconds": round(seconds, 1),
    }


def document(rows: Sequence[dict[str, Any]], seed: int) -> dict[str, Any]:
    """Compose the file's contents."""
    cores, most = os.cpu_count(), max(row["drawn"] for row in rows)
    return {
        "schema": SCHEMA,
        "command": f"tox run -e mutation-code -- --seed {seed} --most {most}",
        "limits": {"test": FAST, "mutant": ENOUGH},
        "machine": f"{cores} cores, {platform.machine()}, Python {platform.python_version()}",
        "tool": {
            "name": "mutmut",
            "version": importlib.metadata.version("mutmut"),
            "operators": sorted({operator.__name__ for _, operator in MUTMUTS}),
            "left_out": list(LEFT_OUT),
        },
        "ours": sorted({operator.__name__ for _, operator in OURS}),
        "seed": seed,
        "sources": {package: digest(package) for package in PACKAGES},
        "modules": list(rows),
    }


def read(path: Path, seed: int) -> dict[str, dict[str, Any]]:
    """Read the rows of an earlier run with the same seed, of modules that are as they were."""
    if not path.exists():
        return {}
    found = json.loads(path.read_text(encoding="utf-8"))
    if (found["schema"], found["seed"]) != (SCHEMA, seed):
        return {}
    return {r["module"]: r for r in found["modules"] if r["source"] == source_digest(r["module"])}
