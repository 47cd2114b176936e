"""The pages of the site: the ways in, a path through each problem, the evidence, the reference."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from derivations.printing.evidence_rows import source_label
from derivations.printing.graph import drawn_graph
from derivations.printing.nodes import (
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
from derivations.printing.page import derivation_blocks, names
from derivations.printing.references import bibliography
from derivations.problems import PROBLEMS
from report import api_pages, evidence, front, ledger_page, soundness
from report.ledger import Ledger
from report.pages import GRAPH, Checked, Runs, introduction, tests_of
from report.questions import questions

NO_QUESTION = "No question of the assignment asks for these results; answers rest on them."


def documents(
    checked: list[Checked], runs: Runs, tests: Ledger, folder: Path
) -> dict[str, Document]:
    """Return every generated page by its path, and draw the graphs they show."""
    found = {
        "summary": Document("", tuple(front.standing(checked, runs.trials, tests))),
        "answers": Document("The assignment's answers", tuple(front.answers(checked))),
    }
    for problem, title in PROBLEMS.items():
        own = [c for c in checked if c.problem == problem]
        found[f"{problem}/index"] = Document(title, tuple(_path(problem, own, runs)))
        for c in own:
            graph = drawn_graph(c.derivation.model, folder / problem, GRAPH)
            page = Document(c.derivation.title, tuple(_one(c, graph)))
            found[f"{problem}/{c.page}"] = page
        found |= {chapter.page: chapter.on_site() for chapter in runs.of(problem)}
    findings = [f for c in checked for f in c.judgement.findings]
    found["ledger"] = Document("Every claim", tuple(ledger_page.ledger(checked)))
    found["rules"] = Document("Every rule", tuple(ledger_page.rules(checked)))
    found["evidence/index"] = Document(evidence.TITLE, tuple(evidence.blocks(findings, tests)))
    sources = bibliography()
    entries = (Paragraph(sources[key], source_label(key)) for key in sorted(sources))
    found["references"] = Document("References", tuple(entries))
    code = [name for c in checked for name in c.derivation.code]
    code += [name for question in questions() for name in question.code]
    api_pages.write(code, folder / "api")
    return found | soundness.documents(runs.trials)


def _one(c: Checked, graph: Figure | None) -> list[Block]:
    """Return one derivation's page, with its heading as the document's title."""
    blocks = derivation_blocks(c.derivation, c.judgement, graph=graph)[1:]
    return [Heading(1, ("Verdict",), c.derivation.key), *blocks, *tests_of(c, 2)]


def _path(problem: str, checked: Sequence[Checked], runs: Runs) -> list[Block]:
    """Return the index of a problem: from its questions to their answers, in the order to read."""
    keys = {c.derivation.key for c in checked}
    pages = {chapter.page for chapter in runs.of(problem)}
    asked = [
        q
        for q in questions()
        if any(part.key in keys for part in q.parts)
        or (not q.parts and front.EXPERIMENTS[q.experiment] in pages)
    ]
    lines: list[Prose] = [(Strong(q.number), " ", q.asked) for q in asked]
    code = list(dict.fromkeys(name for c in checked for name in c.derivation.code))
    chapters = [Link(c.title, f"{c.page.removeprefix(f'{problem}/')}.md") for c in runs.of(problem)]
    own, *rest = introduction(problem, list(checked), 1)
    blocks: list[Block] = [own, Heading(1, ("Question",))]
    blocks.append(Bullets(tuple(lines)) if lines else Paragraph((NO_QUESTION,)))
    blocks += [*rest, Heading(1, ("Derivation",)), _summary(checked)]
    if code:
        blocks += [Heading(1, ("Implementation",)), Paragraph((*names(code, str), "."))]
    if chapters:
        blocks += [Heading(1, ("Experiment",)), Bullets(tuple((link,) for link in chapters))]
    if asked:
        links = tuple((Link(f"{q.number} {q.title}", f"#question-{q.number}"),) for q in asked)
        blocks += [Heading(1, ("Answer",)), Bullets(links)]
    return blocks


def _summary(checked: Sequence[Checked]) -> Table:
    """Return the table of a problem's derivations, with the evidence for each."""
    rows: list[tuple[Prose, ...]] = []
    for c in checked:
        kinds = sorted({f.kind for f in c.judgement.findings})
        verdict: Prose = ("established",) if c.is_established else (Strong("not established"),)
        link = Link(c.derivation.title, f"{c.page}.md")
        tested = f"{len(c.tests)}" if c.tests else "none"
        rows.append(((link,), (c.derivation.question,), verdict, (", ".join(kinds),), (tested,)))
    header: tuple[Prose, ...] = (
        ("Derivation",), ("Question",), ("Verdict",), ("Evidence",), ("Tests of the code",),
    )  # fmt: skip
    return Table(header, tuple(rows))
