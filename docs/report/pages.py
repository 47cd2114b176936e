"""What the report has of each derivation and each run; the compendium, which prints it all."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import PurePosixPath
from typing import Any

from derivations.calculus.steps import Verdict
from derivations.claims.judgements import Judgement
from derivations.claims.statements import Derivation
from derivations.printing.graph import graph_block
from derivations.printing.nodes import (
    Admonition,
    Block,
    Bullets,
    Code,
    Document,
    Heading,
    Paragraph,
    Prose,
    Strong,
    Table,
)
from derivations.printing.page import derivation_blocks, said_once, without
from derivations.printing.references import reference_blocks
from derivations.problems import PROBLEMS
from report import soundness
from report.chapters import Chapter

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


def compendium(checked: list[Checked], runs: Runs) -> Document:
    """Return the whole report as one document to print, a part for each problem."""
    blocks: list[Block] = []
    for problem, title in PROBLEMS.items():
        own = [c for c in checked if c.problem == problem]
        blocks += [Heading(1, (title,)), *introduction(problem, own, 2)]
        shared = said_once([c.derivation for c in own])
        for c in own:
            rest = without(c.derivation, shared)
            graph = graph_block(problem / GRAPH) if c.derivation.model is not None else None
            blocks += [*derivation_blocks(rest, c.judgement, 2, graph), *tests_of(c, 3)]
        for chapter in runs.of(problem):
            blocks += chapter.on_paper(2)
    blocks += soundness.on_paper(runs.trials)
    blocks += reference_blocks([c.derivation for c in checked])
    subtitle = "The compendium: all derivations with their evidence, all runs, tests of the checks"
    return Document("varproof", tuple(blocks), subtitle, contents=True)


def introduction(problem: str, checked: list[Checked], level: int) -> list[Block]:
    """Return the introduction of a problem on the site and on paper, from its package."""
    package = import_module(f"derivations.problems.{problem}")
    shared = said_once([c.derivation for c in checked])
    said = (Heading(level, ("Assumptions",)), Bullets(shared)) if shared else ()
    return [
        *(Paragraph((text,)) for text in package.INTRODUCTION),
        *said,
        *(Paragraph((text,)) for text in getattr(package, "REMARKS", ())),
    ]


def tests_of(c: Checked, level: int) -> list[Block]:
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
    names = "\n".join(dict.fromkeys(str(t["test"]) for t in c.tests if "test" in t))
    listed = (Code(names, "", "Names of these tests, for pytest"),) if names else ()
    return [title, Paragraph((text,)), Table(header, rows), *listed]


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
