"""The pages of the report: one for each derivation, the example, the evidence; and the paper."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path, PurePosixPath
from typing import Any

from derivations.calculus.steps import Verdict
from derivations.claims.judgements import Judgement
from derivations.claims.statements import Derivation
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
from derivations.printing.page import derivation_blocks, said_once, without
from derivations.printing.references import reference_blocks
from derivations.problems import PROBLEMS
from report import evidence, soundness
from report.chapters import Chapter
from report.ledger import Ledger, age

GRAPH = PurePosixPath("figures/graph.svg")


@dataclass(frozen=True)
class Checked:
    """A derivation, the findings on its claims, and the tests that compare its code with it."""

    derivation: Derivation
    judgement: Judgement
    tests: tuple[dict[str, Any], ...]

    @property
    def is_established(self) -> bool:
        """Whether every claim is established, and every test of the code, of which there is one."""
        tested = bool(self.tests) and all(t["verdict"] == "established" for t in self.tests)
        return self.judgement.verdict is Verdict.ESTABLISHED and tested

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
    """The runs that the report shows besides the checks: chapters, and tests of the checks."""

    chapters: tuple[Chapter, ...]
    trials: tuple[soundness.Trial, ...]

    def of(self, problem: str) -> list[Chapter]:
        """Return the chapters of one problem."""
        return [c for c in self.chapters if c.problem == problem]


def documents(
    checked: list[Checked], runs: Runs, tests: Ledger, folder: Path
) -> dict[str, Document]:
    """Return every generated page by its path, and draw the graphs they show."""
    opening = (
        f"All {len(checked)} derivations were checked for this report. The tests that compare code "
        f"with them were {age(tests.runs[0]) if tests.runs else 'not recorded.'}"
    )
    title = Heading(1, ("What is established",))
    found = {"summary": Document("", (title, Paragraph((opening,)), _summary(checked)))}
    for problem, title in PROBLEMS.items():
        own = [c for c in checked if c.problem == problem]
        found[f"{problem}/index"] = Document(title, tuple(_overview(problem, own)))
        for c in own:
            graph = drawn_graph(c.derivation.model, folder / problem, GRAPH)
            page = Document(c.derivation.title, tuple(_one(c, graph)))
            found[f"{problem}/{c.page}"] = page
        found |= {chapter.page: chapter.on_site() for chapter in runs.of(problem)}
    findings = [f for c in checked for f in c.judgement.findings]
    found["evidence/index"] = Document(evidence.TITLE, tuple(evidence.blocks(findings, tests)))
    return found | soundness.documents(runs.trials)


def paper(checked: list[Checked], runs: Runs) -> Document:
    """Return the whole report as one document for paper, a part for each problem."""
    blocks: list[Block] = []
    for problem, title in PROBLEMS.items():
        own = [c for c in checked if c.problem == problem]
        blocks += [Heading(1, (title,)), *_introduction(problem, own, 2)]
        shared = said_once([c.derivation for c in own])
        for c in own:
            rest = without(c.derivation, shared)
            graph = graph_block(problem / GRAPH) if c.derivation.model is not None else None
            blocks += [*derivation_blocks(rest, c.judgement, 2, graph), *_tests(c, 3)]
        for chapter in runs.of(problem):
            blocks += chapter.on_paper(2)
    blocks += soundness.on_paper(runs.trials)
    blocks += reference_blocks([c.derivation for c in checked])
    subtitle = "Variational inference, derived and checked"
    return Document("varproof", tuple(blocks), subtitle, contents=True)


def _one(c: Checked, graph: Figure | None) -> list[Block]:
    """Return one derivation's page, with its heading as the document's title."""
    blocks = derivation_blocks(c.derivation, c.judgement, graph=graph)[1:]
    return [Heading(1, ("Claim",), c.derivation.key), *blocks, *_tests(c, 2)]


def _overview(problem: str, checked: list[Checked]) -> list[Block]:
    return [*_introduction(problem, checked, 1), Heading(1, ("Pages",)), _summary(checked, "")]


def _introduction(problem: str, checked: list[Checked], level: int) -> list[Block]:
    """Return the introduction of a problem on the site and on paper, from its package."""
    package = import_module(f"derivations.problems.{problem}")
    shared = said_once([c.derivation for c in checked])
    said = (Heading(level, ("Assumptions",)), Bullets(shared)) if shared else ()
    return [
        *(Paragraph((text,)) for text in package.INTRODUCTION),
        *said,
        *(Paragraph((text,)) for text in getattr(package, "REMARKS", ())),
    ]


def _summary(checked: list[Checked], folder: str | None = None) -> Table:
    """Return the table of claims: question, verdict, evidence, tests of the code.

    Without the folder of one problem, the claims are grouped by problem.
    """
    rows: list[tuple[Prose, ...]] = []
    for number, c in enumerate(checked):
        if folder is None and (number == 0 or checked[number - 1].problem != c.problem):
            rows.append(((Strong(PROBLEMS[c.problem]),), (), (), (), ()))
        kinds = sorted({f.kind for f in c.judgement.findings})
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


def _tests(c: Checked, level: int) -> list[Block]:
    """Return the tests that compare the independent code with the derivation."""
    title = Heading(level, ("Tests of the code",))
    if not c.tests:
        text = "No test has compared code with this derivation."
        return [title, Admonition("danger", "Not established", (text,))]
    claims: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for t in c.tests:
        claims.setdefault((t["kind"], t["claim"]), []).append(t)
    rows = tuple(
        ((kind,), (claim,), _verdict(group), (_figures(group),))
        for (kind, claim), group in claims.items()
    )
    header: tuple[Prose, ...] = (("Evidence",), ("What was checked",), ("Verdict",), ("Figures",))
    if c.derivation.code:
        text = "The code does not import the derivations. These tests compared the two."
    else:
        text = "No code computes this alone. These tests compared it with other code."
    return [title, Paragraph((text,)), Table(header, rows)]


def _verdict(group: list[dict[str, Any]]) -> Prose:
    failing = sorted({t["verdict"] for t in group} - {"established"})
    return (Strong(", ".join(failing)),) if failing else ("established",)


def _figures(group: list[dict[str, Any]]) -> str:
    """Return the measured figures, or the number of tests if there are several."""
    figures = {name: value for name, value in group[-1]["figures"].items() if value != ""}
    shown = [f"{name.replace('_', ' ')} {_number(value)}" for name, value in figures.items()]
    return ", ".join([f"tests {len(group)}"] * (len(group) > 1) + shown)


def _number(value: object) -> str:
    if isinstance(value, list):
        return " ".join(_number(v) for v in value)
    return f"{value:.3g}" if isinstance(value, float) else str(value)
