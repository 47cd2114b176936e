"""Build the report: derive and check everything, fit the embedded example, write HTML and PDF.

    python docs/build.py [--lenient] [--seed 0]

The tests' ledger is read from build/ledger/; where it is missing or older than the code, the fast
tests are run to write it. Without ``--lenient`` each of these is an error: a claim that is not
established, code that no test compares with its derivation, more false alarms spent than a run
has, a change made on purpose that went unnoticed, a record that is missing, and any warning of
Sphinx or Typst.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from pathlib import Path

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
BUILD = ROOT / "build"
RESULTS = DOCS / "results" / "soundness"
# Under a safe path Python does not look beside the script: the report's own modules live there,
# and the tests' harness says what a ledger is.
sys.path[:0] = [str(DOCS), str(ROOT / "tests")]

from report import (  # noqa: E402 - after the path is set
    answer_pages,
    benchmark_pages,
    example,
    false_alarms,
    fit_pages,
    ledger,
    pages,
    publish,
    sampler_pages,
    soundness,
    vae_pages,
)

from derivations.claims.judging import judge  # noqa: E402
from derivations.index import derive, entries  # noqa: E402


def main() -> int:
    """Build everything; return 0 when every claim is established and nothing warned."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lenient", action="store_true", help="build what there is, warn only")
    parser.add_argument("--seed", type=int, default=0, help="of the checks' random points")
    options = parser.parse_args()
    started = time.perf_counter()

    tests = ledger.fresh(BUILD / "ledger", ROOT)
    print(f"tests: {len(tests.entries)} entries, {tests.passed} tests passed", flush=True)
    checked = []
    for entry in entries():
        derivation = derive(entry.key)
        judgement = judge(derivation, options.seed)
        print(f"{judgement.verdict.value:<11}  {entry.key}  {judgement.seconds:.2f} s", flush=True)
        checked.append(pages.Checked(derivation, judgement, tests.of(entry.key)))

    source = BUILD / "pages"
    shutil.rmtree(source, ignore_errors=True)
    fitted = example.run(DOCS / "examples" / "dice", source / fit_pages.FIGURES)
    print(f"example: {fitted.headline}", flush=True)
    chapters = (
        fit_pages.chapter(fitted),
        sampler_pages.run(source),
        *vae_pages.run(source),
        answer_pages.read(DOCS / "results" / "vae", source),
    )
    runs = pages.Runs(chapters, soundness.trials(BUILD, RESULTS, tests, options.seed))
    documents = pages.documents(checked, runs, tests, source)
    documents["benchmarks/index"] = benchmark_pages.document(DOCS / "benchmarks")
    publish.write_pages(documents, source, DOCS)
    publish.build_html(source, BUILD / "html", DOCS, strict=not options.lenient)
    publish.build_pdf(pages.paper(checked, runs), source, BUILD / "varproof.pdf")

    missing = [c.derivation.key for c in checked if not c.is_established]
    print(
        f"report: build/html/index.html, build/varproof.pdf, {time.perf_counter() - started:.0f} s"
    )
    findings = [f for c in checked for f in c.judgement.findings]
    wrong = false_alarms.complaints(missing, false_alarms.add_up(tests.runs, findings))
    wrong += soundness.complaints(BUILD, RESULTS, tests)
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong and not options.lenient else 0


if __name__ == "__main__":
    sys.exit(main())
