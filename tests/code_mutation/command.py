"""Code mutation from the command line: a line a module, its survivors below, the counts as JSON."""

import argparse
import hashlib
import importlib
import json
import os
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from harness.digest import PACKAGES, digest
from harness.project import ROOT

from code_mutation import record
from code_mutation.children import ChildError, forked
from code_mutation.generation import Mutant, drawn, mutants
from code_mutation.judging import (
    BASELINE,
    Baseline,
    Fate,
    Verdict,
    baseline,
    file_of,
    judge,
    preload,
)
from code_mutation.targets import GROUPS, Group

PRELOADED = ("numpy", "scipy.stats", "sympy", "hypothesis", "pytest")


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="code_mutation", description=__doc__)
    parser.add_argument("modules", nargs="*", help="dotted names; without any, all targets")
    parser.add_argument("--seed", type=int, default=0, help="of the draw of mutants (default: 0)")
    parser.add_argument("--most", type=int, default=40, help="mutants a module (default: 40)")
    parser.add_argument("--json", type=Path, help="write the record; rows of other modules stay")
    parser.add_argument(
        "--again", action="store_true", help="try only what the record at --json has not killed"
    )
    parser.add_argument("--tests", nargs="+", help="these files, in place of the targets' own")
    return parser.parse_args(words)


def selected(names: Sequence[str]) -> list[tuple[Group, list[str]]]:
    """Give each group with those of its modules that are named."""
    unknown = set(names) - {module for group in GROUPS for module in group.modules}
    if unknown:
        msg = f"wanted modules of tests/code_mutation/targets.py; got {', '.join(sorted(unknown))}"
        raise SystemExit(msg)
    chosen = ((g, [m for m in g.modules if not names or m in names]) for g in GROUPS)
    return [(group, modules) for group, modules in chosen if modules]


def test_files(group: Group) -> list[str]:
    """List the files of a group's tests, from the root."""
    found = {p for pattern in group.tests for p in ROOT.glob(pattern)}
    return sorted(p.relative_to(ROOT).as_posix() for p in found)


def remembered(tests: Sequence[str], modules: Sequence[str]) -> Baseline:
    """Run the tests without a mutant, or recall such a run of the same code and tests."""
    texts = hashlib.sha256(json.dumps([tests, modules, *map(digest, PACKAGES)]).encode())
    shared = [p for folder in ("oracles", "harness") for p in Path("tests", folder).glob("*.py")]
    for path in sorted({*shared, *map(Path, tests)}):
        texts.update(path.read_bytes())
    place = ROOT / "build" / "code_mutation" / f"{texts.hexdigest()[:16]}.json"
    if place.exists():
        return Baseline(**json.loads(place.read_text(encoding="utf-8")))
    base = baseline(tests, modules, PACKAGES)
    record.write(place, asdict(base))
    return base


def one(
    module: str, base: Baseline, options: argparse.Namespace, earlier: dict[str, Any] | None
) -> dict[str, Any]:
    """Judge one module's mutants, or only those not killed earlier, and count them."""
    every = list(mutants(file_of(module).read_text(encoding="utf-8")))
    reasons = record.judgements(record.JUDGED, module, every)
    chosen = drawn(every, options.most, f"{options.seed} {module}")
    settled = [Fate(fate) for fate in earlier["fates"][: len(chosen)]] if earlier else []
    fates = settled + [Fate.SURVIVED] * (len(chosen) - len(settled))
    open_ = [m for m, fate in zip(chosen, fates, strict=True) if fate is Fate.SURVIVED]
    started = time.monotonic()
    found = iter(_judged(module, open_, base))
    verdicts = [
        next(found) if fate is Fate.SURVIVED else Verdict(mutant, fate)
        for mutant, fate in zip(chosen, fates, strict=True)
    ]
    seconds = time.monotonic() - started + (earlier["seconds"] if earlier else 0)
    tests = len(base.everything(module))
    return record.row(module, every, verdicts, reasons, tests=tests, seconds=seconds)


def _judged(module: str, chosen: Sequence[Mutant], base: Baseline) -> list[Verdict]:
    """Judge mutants in a process of the module's own, which imports what they all share."""

    def work() -> list[tuple[str, str]]:
        preload(module, base)
        kills: Counter[str] = Counter()
        verdicts = (judge(module, mutant, base, kills) for mutant in chosen)
        return [(v.fate.value, v.by) for v in verdicts]

    ended = forked(work, BASELINE)
    if ended.value is None:
        msg = f"{module}: the process of its mutants did not end well: {ended}"
        raise ChildError(msg)
    return [
        Verdict(mutant, Fate(fate), by)
        for mutant, (fate, by) in zip(chosen, ended.value, strict=True)
    ]


def line(row: dict[str, Any]) -> str:
    """Put a row in words, its survivors below."""
    counts = " ".join(f"{row[name]:>9}" for name in ("mutants", "drawn", "killed", "timed_out"))
    alive = " ".join(f"{len(row[name]):>10}" for name in record.ALIVE)
    survivors = [
        f"    {s['line']} {s['within']}: {s['before']} -> {s['after']}  ({s['operator']})"
        + (f": {s['reason']}" if s["reason"] else "")
        for s in row["survived"]
    ]
    first = f"{row['module']:<45} {counts} {alive} {row['seconds']:>8.1f}"
    return "\n".join([first, *survivors])


def main(words: Sequence[str] | None = None) -> int:
    """Judge the mutants of modules; return 0 if none survived without a judgement, else 1."""
    options = arguments(words)
    os.chdir(ROOT)
    for name in PRELOADED:
        importlib.import_module(name)
    rows = record.read(options.json, options.seed) if options.json else {}
    titles = ("mutants", "drawn", "killed", "timed out")
    print(f"{'':<45}", *(f"{t:>9}" for t in titles), "  survived equivalent  seconds")
    judged = []
    for group, modules in selected(options.modules):
        base = remembered(options.tests or test_files(group), group.modules)
        for module in modules:
            rows[module] = one(module, base, options, rows.get(module) if options.again else None)
            judged.append(rows[module])
            print(line(rows[module]), flush=True)
            if options.json:
                ordered = [rows[m] for g in GROUPS for m in g.modules if m in rows]
                content = record.document(ordered, options.seed)
                record.write(options.json, content)
    alive = sum(len(row["survived"]) for row in judged)
    total = sum(row["drawn"] for row in judged)
    print(f"{total} mutants, {alive} survived without a judgement, seed {options.seed}")
    return 1 if alive else 0
