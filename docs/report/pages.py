"""What the report says: one page for each derivation, the example, the evidence, the paper."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from derivations.calculus.steps import Derivation, Verdict
from derivations.catalogue import MODELS
from derivations.evidence.checking import CheckReport
from derivations.printing.derivation import derivation_blocks, said_once, without
from derivations.printing.graph import drawn_graph, graph_block
from derivations.printing.nodes import (
    Admonition,
    Block,
    Bullets,
    Document,
    Figure,
    Heading,
    Link,
    Paragraph,
    Prose,
    Strong,
    Table,
)
from derivations.printing.references import reference_blocks
from report import problems, soundness
from report.chapters import Chapter
from report.false_alarms import add_up
from report.ledger import Ledger
from report.problems import Problem

GRAPH = PurePosixPath("figures/graph.svg")


@dataclass(frozen=True)
class Checked:
    """A derivation, the report of its checks, and what the tests hold its twins to."""

    derivation: Derivation
    report: CheckReport
    tests: tuple[dict[str, Any], ...]

    @property
    def is_established(self) -> bool:
        """Whether every check stands and tests compare every kind of twin with it."""
        tested = bool(self.tests) and all(t["verdict"] == "established" for t in self.tests)
        return self.report.verdict is Verdict.ESTABLISHED and tested

    @property
    def problem(self) -> str:
        """The problem it belongs to, which names the folder of its page."""
        return self.derivation.key.split(".", 1)[0]

    @property
    def page(self) -> str:
        """The name of its page within the folder of its problem."""
        return self.derivation.key.split(".", 1)[1]


@dataclass(frozen=True)
class Runs:
    """What was run for the report besides the checks: chapters, and trials of the checks."""

    chapters: tuple[Chapter, ...]
    trials: tuple[soundness.Trial, ...]

    def of(self, problem: Problem) -> list[Chapter]:
        """Return the chapters of one problem."""
        return [c for c in self.chapters if c.problem == problem.name]


def documents(
    checked: list[Checked], runs: Runs, tests: Ledger, folder: Path
) -> dict[str, Document]:
    """Return every generated page by its path, and draw the graphs they show."""
    found = {"summary": Document("", (Heading(1, ("What is established",)), _summary(checked)))}
    for problem in problems.PROBLEMS:
        own = [c for c in checked if c.problem == problem.name]
        found[f"{problem.name}/index"] = Document(problem.title, tuple(_overview(problem, own)))
        for c in own:
            graph = drawn_graph(c.derivation.model, folder / problem.name, GRAPH)
            page = Document(c.derivation.title, tuple(_one(c, graph)))
            found[f"{problem.name}/{c.page}"] = page
        found |= {chapter.page: chapter.on_site() for chapter in runs.of(problem)}
    found["evidence/index"] = Document("How a claim is known", tuple(_evidence(checked, tests)))
    return found | soundness.documents(runs.trials)


def paper(checked: list[Checked], runs: Runs) -> Document:
    """Return the whole report as one document for paper, a part for each problem."""
    blocks: list[Block] = []
    for problem in problems.PROBLEMS:
        own = [c for c in checked if c.problem == problem.name]
        blocks += [Heading(1, (problem.title,)), *_introduction(problem, own, 2)]
        shared = said_once([c.derivation for c in own])
        for c in own:
            rest = without(c.derivation, shared)
            graph = graph_block(problem.name / GRAPH)
            blocks += [*derivation_blocks(rest, c.report, 2, graph), *_twins(c, 3)]
        for chapter in runs.of(problem):
            blocks += chapter.on_paper(2)
    blocks += soundness.on_paper(runs.trials)
    blocks += reference_blocks([c.derivation for c in checked])
    subtitle = "Variational inference, derived and checked"
    return Document("varproof", tuple(blocks), subtitle, contents=True)


def _one(c: Checked, graph: Figure | None) -> list[Block]:
    """Return one derivation's page, its heading left to the document's title."""
    blocks = derivation_blocks(c.derivation, c.report, graph=graph)[1:]
    return [Heading(1, ("Claim",), c.derivation.key), *blocks, *_twins(c, 2)]


def _overview(problem: Problem, checked: list[Checked]) -> list[Block]:
    return [*_introduction(problem, checked, 1), Heading(1, ("Pages",)), _summary(checked, "")]


def _introduction(problem: Problem, checked: list[Checked], level: int) -> list[Block]:
    """Return what both the site and the paper open a problem with."""
    shared = said_once([c.derivation for c in checked])
    said = (Heading(level, ("Assumptions",)), Bullets(shared)) if shared else ()
    return [
        *(Paragraph((text,)) for text in problem.introduction),
        *said,
        *(Paragraph((text,)) for text in problem.remarks),
    ]


def _summary(checked: list[Checked], folder: str | None = None) -> Table:
    """Return the table of claims: question, verdict, evidence, tests of the twins.

    Without the folder of one problem, each problem's claims stand below its title.
    """
    rows: list[tuple[Prose, ...]] = []
    for number, c in enumerate(checked):
        if folder is None and (number == 0 or checked[number - 1].problem != c.problem):
            rows.append(((Strong(MODELS[c.problem]),), (), (), (), ()))
        kinds = sorted({f.kind for f in c.report.findings})
        verdict: Prose = ("established",) if c.is_established else (Strong("not established"),)
        place = f"{c.problem}/" if folder is None else folder
        link = Link(c.derivation.title, f"{place}{c.page}.md")
        tested = f"{len(c.tests)}" if c.tests else "none"
        rows.append(((link,), (c.derivation.question,), verdict, (", ".join(kinds),), (tested,)))
    header: tuple[Prose, ...] = (
        ("Claim",),
        ("Question",),
        ("Verdict",),
        ("Evidence",),
        ("Tests of the code",),
    )
    return Table(header, tuple(rows))


def _twins(c: Checked, level: int) -> list[Block]:
    """Return what the tests hold the independent code to."""
    title = Heading(level, ("The code beside the formula",))
    if not c.tests:
        text = "No test of the code has recorded evidence for this claim."
        return [title, Admonition("danger", "Not established", (text,))]
    claims: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for t in c.tests:
        claims.setdefault((t["kind"], t["claim"]), []).append(t)
    rows = tuple(
        ((kind,), (claim,), _verdict(group), (_figures(group),))
        for (kind, claim), group in claims.items()
    )
    header: tuple[Prose, ...] = (("Evidence",), ("What was checked",), ("Verdict",), ("Figures",))
    if c.derivation.twins:
        text = "It does not import the derivations; the tests held it to this."
    else:
        text = "No code computes this alone; the tests held this to it."
    return [title, Paragraph((text,)), Table(header, rows)]


def _verdict(group: list[dict[str, Any]]) -> Prose:
    failing = sorted({t["verdict"] for t in group} - {"established"})
    return (Strong(", ".join(failing)),) if failing else ("established",)


def _figures(group: list[dict[str, Any]]) -> str:
    """Return what was measured; of a test run at several sizes, how many."""
    figures = {name: value for name, value in group[-1]["figures"].items() if value != ""}
    shown = [f"{name.replace('_', ' ')} {_number(value)}" for name, value in figures.items()]
    return ", ".join([f"tests {len(group)}"] * (len(group) > 1) + shown)


def _number(value: object) -> str:
    if isinstance(value, list):
        return " ".join(_number(v) for v in value)
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _evidence(checked: list[Checked], tests: Ledger) -> list[Block]:
    """Return the page that says what each kind of evidence means, and how much of it there is."""
    kinds = (
        ("proof", "the normal form reduces the difference to zero, for all sizes at once"),
        (
            "enclosure",
            "both sides in ball arithmetic at random points that satisfy the assumptions; balls "
            "that do not overlap refute, balls too wide to tell establish nothing",
        ),
        (
            "enumeration",
            "a sum over every state, or a quadrature, by another route, at small sizes that all "
            "differ",
        ),
        (
            "finite difference",
            "a derivative against differences, judged by the order at which the Taylor remainder "
            "falls",
        ),
        (
            "monte carlo",
            "samples against a bound that holds at any sample size, its false-alarm probability "
            "stated beside it",
        ),
    )
    findings = [f for c in checked for f in c.report.findings]
    rows: list[tuple[Prose, ...]] = []
    for kind, meaning in kinds:
        in_derivations = sum(f.kind == kind for f in findings)
        in_tests = sum(e["kind"] == kind for e in tests.entries)
        rows.append(((kind,), (meaning,), (str(in_derivations),), (str(in_tests),)))
    header: tuple[Prose, ...] = (("Kind",), ("Meaning",), ("In derivations",), ("In tests",))
    return [
        Paragraph(
            (
                "A check ends established, refuted or unknown. Only established passes: a NaN, a "
                "ball too wide, an exception, a check that compared nothing all count against the "
                "claim. Each step of a derivation needs a check, and so does its result.",
            )
        ),
        Table(header, tuple(rows)),
        *add_up(tests.runs, findings).blocks(),
        Paragraph(
            (
                f"{tests.passed} tests passed (seed {tests.seed}, device {tests.device}). The "
                "numerical code never imports the derivations, nor they it; only the tests and "
                "this report see both.",
            )
        ),
    ]
