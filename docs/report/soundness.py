"""How far a check can be trusted: the checks are tested, and each test has a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from derivations.evidence import runs
from derivations.printing.nodes import (
    Block,
    Document,
    Heading,
    Link,
    Paragraph,
    Prose,
    Strong,
    Table,
)
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
from report.ledger import Ledger, dated

FOLDER = "soundness"
TITLE = "How far a verdict can be trusted"
OPENING = (
    "A check can go wrong in two ways: it can miss an error, or it can reject what is true. These "
    "pages measure both. Formulas, sources and code are changed on purpose. Errors that public "
    "code shipped are recreated. Claims are evaluated at edge cases of their assumptions. True "
    "statements are checked often enough to count false alarms. A test that was not run on the "
    "current code, and of which no record is kept, is shown as not measured.",
    "To try it yourself, change a sign in a formula of derivations/ or in a line of impl/, and run "
    "the tests.",
)


MADE_BY_TOX = (mutation_pages, attack_pages)
"""Tests that `tox` runs, and whose records of this very code are shown where there are some."""
KEPT = (code_mutation_pages, seeds_pages, calibration_pages, audit_pages)
"""Tests that run on demand alone, and whose records are kept with the project."""
IN_ORDER = (
    edited_pages,
    mutation_pages,
    code_mutation_pages,
    history_pages,
    attack_pages,
    seeds_pages,
    calibration_pages,
    audit_pages,
)
"""The order of the pages."""


@dataclass(frozen=True)
class Trial:
    """One test of the checks: its page, its result in a line, its section, when it was recorded.

    ``blocks`` writes the section under a heading of a level, the heading first.
    """

    page: str
    headline: Prose
    blocks: Callable[[int], list[Block]]
    stamp: str = ""

    @property
    def title(self) -> str:
        """The words of its heading."""
        heading = self.blocks(1)[0]
        if not isinstance(heading, Heading):
            message = f"{self.page}: wanted a heading first, got {heading}"
            raise TypeError(message)
        return "".join(str(part) for part in heading.prose)


def recorded(build: Path, results: Path) -> dict[ModuleType, Any]:
    """Return the record of each test of the checks, by the module that reports it."""
    return {module: record(build, results, module) for module in (*MADE_BY_TOX, *KEPT)}


def trials(found: Mapping[ModuleType, Any], tests: Ledger) -> tuple[Trial, ...]:
    """Return the tests of the checks, from their records and from the tests' ledger."""
    found = {
        edited_pages: edited_pages.measured(tests.runs),
        history_pages: tests.runs,
        **found,
    }
    about = tests.runs[0] if tests.runs else {}
    return tuple(_trial(module, found[module], about) for module in IN_ORDER)


def record(build: Path, results: Path, module: ModuleType) -> Any:  # noqa: ANN401 - a record is what it is
    """Return the record of a run on this very code, else the one that is kept, else None."""
    made = build / module.RECORD
    current = runs.read(made, module.SCHEMA) if module in MADE_BY_TOX else None
    path = results / module.RECORD
    if current is not None:
        return dated(current, made)
    return module.kept(path) if module is seeds_pages else records.kept(path, module.SCHEMA)


def complaints(found: Mapping[ModuleType, Any], tests: Ledger) -> list[str]:
    """Say what no report can let pass: errors that went unnoticed, and lost records."""
    nothing = {"derivations": []}
    mutation = found.get(mutation_pages) or nothing
    attack = found.get(attack_pages) or nothing
    lost = [module for module, content in found.items() if content is None]
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


def _trial(module: ModuleType, run: Any, tests: dict[str, Any]) -> Trial:  # noqa: ANN401 - as above
    """Return a test of the checks, its page named after the module that reports it.

    Without a run it says so, and the command that makes one. ``tests`` is the ledger from which
    some of them take their results.
    """
    page = module.__name__.rpartition(".")[2].removesuffix("_pages")
    if run is None:
        blocks = partial(_not_measured, module.TITLE, records.missing(module.COMMAND))
        return Trial(page, (Strong("not measured"),), blocks)
    about, command = _about(module, run, tests)
    blocks = partial(_dated, module, run, records.recorded(about, command))
    return Trial(page, module.headline(run), blocks, records.stamp(about))


def _about(module: ModuleType, run: Any, tests: dict[str, Any]) -> tuple[dict[str, Any], str]:  # noqa: ANN401 - as above
    """Return what a record says of itself, and the command that makes it anew."""
    if module in (edited_pages, history_pages):
        return tests, module.COMMAND
    if module is seeds_pages:
        return run[0], seeds_pages.command(run[0])
    return run, run.get("command", module.COMMAND)


def _dated(module: ModuleType, run: Any, recorded: Paragraph, level: int) -> list[Block]:  # noqa: ANN401 - as above
    """Return the section; after its heading it says when it was recorded."""
    heading, *rest = module.blocks(run, level)
    return [heading, recorded, *rest]


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
        rows.append(((name,), trial.headline, (trial.stamp,)))
    return [
        *(Paragraph((text,)) for text in OPENING),
        Table((("Test",), ("Result",), ("Recorded",)), tuple(rows)),
    ]
