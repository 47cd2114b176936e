"""How far a check can be trusted: the checks are tested, and each test has a page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from derivations.evidence import runs
from derivations.printing.nodes import Block, Document, Heading, Link, Paragraph, Prose, Table
from report import (
    attack_pages,
    audit_pages,
    calibration_pages,
    code_mutation_pages,
    edited_pages,
    history_pages,
    mutation_pages,
    records,
    seeds_pages,
)
from report.ledger import Ledger

FOLDER = "soundness"
TITLE = "How far a tick can be trusted"
OPENING = (
    "A check can go wrong in two ways: it can miss an error, or it can reject what is true. These "
    "pages measure both. Formulas, sources and code are changed on purpose. Errors that public "
    "code shipped are recreated. Claims are evaluated at edge cases of their assumptions. True "
    "statements are checked often enough to count false alarms. A test that was not run on the "
    "current code, and of which no record is kept, is shown as not measured.",
    "To try it yourself, change a sign in a formula of derivations/ or in a line of impl/, and run "
    "the tests.",
)


KEPT = (code_mutation_pages, seeds_pages, audit_pages)
"""Tests whose records are kept with the project, since no default environment makes them."""


@dataclass(frozen=True)
class Trial:
    """One test of the checks: its page, its result in a line, its section.

    ``blocks`` writes the section under a heading of a level, the heading first.
    """

    page: str
    headline: Prose
    blocks: Callable[[int], list[Block]]

    @property
    def title(self) -> str:
        """The words of its heading."""
        heading = self.blocks(1)[0]
        if not isinstance(heading, Heading):
            message = f"{self.page}: wanted a heading first, got {heading}"
            raise TypeError(message)
        return "".join(str(part) for part in heading.prose)


def trials(build: Path, results: Path, tests: Ledger, seed: int) -> tuple[Trial, ...]:
    """Read what tox wrote and what is kept, and count the Monte Carlo checks' errors."""
    mutated, attacked = ((build / m.RECORD).is_file() for m in (mutation_pages, attack_pages))
    return (
        _trial(edited_pages, edited_pages.measured(tests.runs)),
        _trial(mutation_pages, fresh(build, mutation_pages), earlier=mutated),
        _trial(code_mutation_pages, _kept(results, code_mutation_pages)),
        _trial(history_pages, tests.runs),
        _trial(attack_pages, fresh(build, attack_pages), earlier=attacked),
        _trial(seeds_pages, _kept(results, seeds_pages)),
        _trial(calibration_pages, calibration_pages.measured(seed)),
        _trial(audit_pages, _kept(results, audit_pages)),
    )


def fresh(build: Path, module: ModuleType) -> Any:  # noqa: ANN401 - a record is what it is
    """Return the record of a run on the current code; None where there is none."""
    return runs.read(build / module.RECORD, module.SCHEMA)


def complaints(build: Path, results: Path, tests: Ledger) -> list[str]:
    """Say what a strict build cannot let pass: errors that went unnoticed, and lost records."""
    mutation = fresh(build, mutation_pages) or {"derivations": []}
    attack = fresh(build, attack_pages) or {"derivations": []}
    lost = [module for module in KEPT if _kept(results, module) is None]
    alive = [row["key"] for row in mutation["derivations"] if row["survivors"]]
    false = [row["key"] for row in attack["derivations"] if row["failed"]]
    edited = edited_pages.measured(tests.runs) or []
    return [
        *(f"not rejected: {name}" for name in history_pages.not_rejected(tests.runs)),
        *(f"let pass: {r['key']}: {r['new']}" for r in edited if r["fate"] == edited_pages.PASSED),
        *(f"formulas changed on purpose survived: {key}" for key in alive),
        *(f"false or without a value within its assumptions: {key}" for key in false),
        *(f"not measured: {m.RECORD} is missing, {m.COMMAND} makes it" for m in lost),
    ]


def _kept(results: Path, module: ModuleType) -> Any:  # noqa: ANN401 - as above
    """Return a record that is kept; None where there is none."""
    path = results / module.RECORD
    return module.kept(path) if module is seeds_pages else records.kept(path, module.SCHEMA)


def _trial(module: ModuleType, run: object, *, earlier: bool = False) -> Trial:
    """Return a test of the checks, its page named after the module that reports it.

    Without a run it says whether there is one of earlier code, and the command that makes one.
    """
    page = module.__name__.rpartition(".")[2].removesuffix("_pages")
    if run is None:
        box = records.missing(module.COMMAND, earlier=earlier)
        blocks = partial(_not_measured, module.TITLE, box)
        return Trial(page, records.not_measured(earlier=earlier), blocks)
    return Trial(page, module.headline(run), partial(module.blocks, run))


def _not_measured(title: str, box: Block, level: int) -> list[Block]:
    return [Heading(level, (title,)), box]


def documents(found: tuple[Trial, ...]) -> dict[str, Document]:
    """Return the pages of the site by their paths, the overview first."""
    pages = {f"{FOLDER}/index": Document(TITLE, tuple(_overview(found, links=True)))}
    for trial in found:
        page = Document(trial.title, tuple(trial.blocks(0)[1:]))
        pages[f"{FOLDER}/{trial.page}"] = page
    return pages


def on_paper(found: tuple[Trial, ...]) -> list[Block]:
    """Return the part of the paper."""
    blocks: list[Block] = [Heading(1, (TITLE,)), *_overview(found, links=False)]
    for trial in found:
        blocks += trial.blocks(2)
    return blocks


def _overview(found: tuple[Trial, ...], *, links: bool) -> list[Block]:
    rows: list[tuple[Prose, ...]] = []
    for trial in found:
        name = Link(trial.title, f"{trial.page}.md") if links else trial.title
        rows.append(((name,), trial.headline))
    return [
        *(Paragraph((text,)) for text in OPENING),
        Table((("Test",), ("Result",)), tuple(rows)),
    ]
