"""Code mutation from the command line: a line a module, its survivors below, the counts as JSON.

Modules are judged side by side. A record at ``--json`` that another run of the same code, tests and
draw has begun is continued: what it tells of a module is not found out again.
"""

import argparse
import hashlib
import importlib
import json
import os
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
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
from derivations.evidence.runs import write

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
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="modules at once")
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


def digest_of_run(tests: Sequence[str], modules: Sequence[str]) -> str:
    """Return a digest of the code, and of the tests that concern these modules."""
    texts = hashlib.sha256(json.dumps([tests, modules, *map(digest, PACKAGES)]).encode())
    shared = [p for folder in ("oracles", "harness") for p in Path("tests", folder).glob("*.py")]
    for path in sorted({*shared, *map(Path, tests)}):
        texts.update(path.read_bytes())
    return texts.hexdigest()[:16]


def remembered(run: str, tests: Sequence[str], modules: Sequence[str]) -> Baseline:
    """Run the tests without a mutant, or recall such a run of the same code and tests."""
    place = ROOT / "build" / "code_mutation" / f"{run}.json"
    if place.exists():
        return Baseline(**json.loads(place.read_text(encoding="utf-8")))
    base = baseline(tests, modules, PACKAGES)
    write(place, asdict(base))
    return base


def one(
    module: str,
    run: str,
    base: Baseline,
    options: argparse.Namespace,
    earlier: dict[str, Any] | None,
) -> dict[str, Any]:
    """Judge one module's mutants, or only those that are still open, and count them.

    Open is what no earlier run of the same code and tests judged; ``--again``, what none killed.
    """
    every = list(mutants(file_of(module).read_text(encoding="utf-8")))
    reasons = record.judgements(record.JUDGED, module, every)
    chosen = drawn(every, options.most, f"{options.seed} {module}")
    if earlier and not options.again and earlier.get("run") != run:
        earlier = None
    settled = _settled(chosen, earlier) if earlier else []
    kept = {v.mutant: v for v in settled if not options.again or v.fate is not Fate.SURVIVED}
    started = time.monotonic()
    found = _judged(module, [mutant for mutant in chosen if mutant not in kept], base)
    kept |= {verdict.mutant: verdict for verdict in found}
    row = record.row(
        module,
        every,
        [kept[mutant] for mutant in chosen],
        reasons,
        tests=len(base.everything(module)),
        seconds=time.monotonic() - started + (earlier["seconds"] if earlier else 0),
    )
    return row | {"run": run}


def _settled(chosen: Sequence[Mutant], earlier: dict[str, Any]) -> list[Verdict]:
    """Recall what an earlier run, of as many mutants or fewer, said of each."""
    told = {(s["line"], s["before"], s["after"]): s["reason"] for s in earlier["survived"]}
    return [
        Verdict(m, Fate(fate), told.get((m.lines.start, m.before, m.after), ""))
        for m, fate in zip(chosen, earlier["fates"], strict=False)
    ]


def _judged(module: str, chosen: Sequence[Mutant], base: Baseline) -> list[Verdict]:
    """Judge mutants in a process of the module's own, which imports what they all share."""
    if not chosen:
        return []

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
    judged, unjudged = [], []
    with ThreadPoolExecutor(options.workers) as pool:
        for module, outcome in begun(pool, options, rows):
            try:
                rows[module] = outcome.result()
            except (ChildError, record.StaleJudgementError) as error:
                unjudged.append(module)
                print(f"{module} was not judged: {error}", flush=True)
                continue
            judged.append(rows[module])
            print(line(rows[module]), flush=True)
            if options.json:
                ordered = [rows[m] for g in GROUPS for m in g.modules if m in rows]
                write(options.json, record.document(ordered, options.seed))
    alive = sum(len(row["survived"]) for row in judged)
    total = sum(row["drawn"] for row in judged)
    print(f"{total} mutants, {alive} survived without a judgement, seed {options.seed}")
    return 1 if alive or unjudged else 0


def begun(
    pool: Executor, options: argparse.Namespace, rows: dict[str, dict[str, Any]]
) -> list[tuple[str, Future[dict[str, Any]]]]:
    """Have the tests of each group run without a mutant, then the modules judged, side by side."""
    groups = []
    for group, modules in selected(options.modules):
        tests = options.tests or test_files(group)
        run = digest_of_run(tests, group.modules)
        groups.append((modules, run, pool.submit(remembered, run, tests, group.modules)))

    def judged(module: str, run: str, base: Future[Baseline]) -> dict[str, Any]:
        return one(module, run, base.result(), options, rows.get(module))

    return [
        (module, pool.submit(judged, module, run, base))
        for modules, run, base in groups
        for module in modules
    ]
