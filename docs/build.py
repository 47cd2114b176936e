"""Build the report: derive and check everything, fit the embedded example, write site and papers.

    python docs/build.py [--seed 0]

Nothing here needs torch. The tests' ledger, the trials of the checks and the runs of the networks
are records: those of this very code in build/, where tox left them, else those kept in
docs/results/, which the report dates. `tox run -e records` makes them anew.

Each of these is an error: a claim that is not established, code that no test compares with its
derivation, more false alarms spent than a run has, a change made on purpose that went unnoticed, a
record that is missing, a paper of too few or too many pages, and any warning of Sphinx or Typst.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
BUILD = ROOT / "build"
RESULTS = DOCS / "results"
# Under a safe path Python does not look beside the script: the report's own modules live there,
# and the tests' harness says what a ledger is.
sys.path[:0] = [str(DOCS), str(ROOT / "tests")]

from report import (  # noqa: E402 - after the path is set
    answer_pages,
    benchmark_pages,
    example,
    experiments,
    false_alarms,
    fit_pages,
    ledger,
    pages,
    paper,
    publish,
    sampler_pages,
    site,
    soundness,
    vae_pages,
)

from derivations.claims.report import judgement_of  # noqa: E402
from derivations.evidence.runs import Failure, side_by_side  # noqa: E402
from derivations.index import derive, entries  # noqa: E402


def main() -> int:
    """Build everything; return 0 when every claim is established and nothing warned."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="of the checks' random points")
    options = parser.parse_args()
    started = time.perf_counter()

    tests = ledger.found(BUILD / "ledger", RESULTS)
    _say(f"tests: {tests.passed} passed, {ledger.age(tests.runs[0])}")
    checked = list(_checked(tests, options.seed))

    _say("example: fitting the embedded rolls")
    source = BUILD / "pages"
    shutil.rmtree(source, ignore_errors=True)
    fitted = example.run(DOCS / "examples" / "dice", source / fit_pages.FIGURES)
    _say(f"example: {fitted.headline}")
    chapters = (
        fit_pages.chapter(fitted),
        sampler_pages.read(RESULTS / "samplers", source),
        *vae_pages.read(RESULTS / "vae", source),
        answer_pages.read(RESULTS / "vae", source),
    )
    recorded = soundness.recorded(BUILD, RESULTS / "soundness")
    runs = pages.Runs(chapters, soundness.trials(recorded, tests))
    documents = site.documents(checked, runs, tests, source)
    documents["benchmarks/index"] = benchmark_pages.document(DOCS / "benchmarks")
    publish.write_pages(documents, source, DOCS)
    _say(f"site: {len(documents)} pages")
    publish.build_html(source, BUILD / "html", DOCS)
    shown = experiments.Experiments(fitted, chapters, RESULTS)
    written = paper.paper(checked, shown.blocks, ROOT)
    publish.write_source(written, source, BUILD / "paper" / "varproof.tex")
    count = publish.build_pdf(written, source, BUILD / "varproof.pdf")
    _say(f"paper: {count} pages, and as LaTeX")
    whole = pages.compendium(checked, runs)
    _say(f"compendium: {publish.build_pdf(whole, source, BUILD / 'varproof-compendium.pdf')} pages")

    missing = [c.derivation.key for c in checked if not c.is_established]
    findings = [f for c in checked for f in c.judgement.findings]
    wrong = false_alarms.complaints(missing, false_alarms.add_up(tests.runs, findings))
    wrong += soundness.complaints(recorded, tests)
    wrong += paper.complaints(count)
    for line in wrong:
        print(line, file=sys.stderr)
    seconds = time.perf_counter() - started
    where = "build/html/index.html, build/varproof.pdf, build/varproof-compendium.pdf"
    _say(f"report: {where}, {seconds:.0f} s")
    return 1 if wrong else 0


def _checked(tests: ledger.Ledger, seed: int) -> Iterator[pages.Checked]:
    """Derive and judge everything, and say what came of each as it comes."""
    keys = [entry.key for entry in entries()]
    judge = partial(judgement_of, seed=seed)
    for number, (key, found) in enumerate(zip(keys, side_by_side(judge, keys), strict=True), 1):
        if isinstance(found, Failure):
            raise RuntimeError(found.reason)  # noqa: TRY004 - a process died
        _say(f"check {number:>2} of {len(keys)}: {found.verdict.value}  {key}")
        yield pages.Checked(derive(key), found, tests.of(key))


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
