"""How far a tick can be trusted: what the checks were put through, a page for each trial."""

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
    history_pages,
    mutation_pages,
    rates_pages,
    records,
    seeds_pages,
)
from report.ledger import Ledger

FOLDER = "soundness"
TITLE = "How far a tick can be trusted"
OPENING = (
    "A check is worth what it can catch, and what it never wrongly accuses. These trials measure "
    "both: formulas and code are broken on purpose, errors that public code shipped are put "
    "before the checks, hostile points are sought within the assumptions, and what is true is "
    "tried often enough to count false alarms. A trial that was not run on the code at hand, and "
    "of which no record is kept, is given as not measured.",
    "Break something yourself: change a sign in any formula of derivations/ or any line of "
    "impl/ that computes, and run the tests.",
)


KEPT = (code_mutation_pages, seeds_pages, audit_pages)
"""Trials whose records are kept with the project, since no default lane makes them."""


@dataclass(frozen=True)
class Trial:
    """One way in which the checks were tried: its page, its result in a line, its section.

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
    """Read what the lanes wrote and what is kept, and count the Monte Carlo checks' errors."""
    mutation, seeds = fresh(build, mutation_pages), _kept(results, seeds_pages)
    mutated, attacked = ((build / m.RECORD).is_file() for m in (mutation_pages, attack_pages))
    to_run = rates_pages.command(mutation, seeds)
    return (
        _trial(mutation_pages, mutation, earlier=mutated),
        _trial(code_mutation_pages, _kept(results, code_mutation_pages)),
        _trial(history_pages, tests.runs),
        _trial(attack_pages, fresh(build, attack_pages), earlier=attacked),
        _trial(seeds_pages, seeds),
        _trial(calibration_pages, calibration_pages.measured(seed)),
        _trial(
            rates_pages,
            rates_pages.measured(mutation, seeds),
            to_run,
            earlier=mutated and seeds is not None,
        ),
        _trial(audit_pages, _kept(results, audit_pages)),
    )


def fresh(build: Path, module: ModuleType) -> Any:  # noqa: ANN401 - a record is what it is
    """Return what a lane has written about this very code; None where there is no such run."""
    return runs.read(build / module.RECORD, module.SCHEMA)


def complaints(build: Path, results: Path, tests: Ledger) -> list[str]:
    """Say what a strict build cannot let pass: what trials of this code found, and what is lost."""
    mutation = fresh(build, mutation_pages) or {"derivations": []}
    attack = fresh(build, attack_pages) or {"derivations": []}
    lost = [module for module in KEPT if _kept(results, module) is None]
    alive = [row["key"] for row in mutation["derivations"] if row["survivors"]]
    false = [row["key"] for row in attack["derivations"] if row["failed"]]
    return [
        *(f"not rejected: {name}" for name in history_pages.not_rejected(tests.runs)),
        *(f"formulas broken on purpose survived: {key}" for key in alive),
        *(f"false or without a value within its assumptions: {key}" for key in false),
        *(f"not measured: {m.RECORD} is missing, {m.COMMAND} makes it" for m in lost),
    ]


def _kept(results: Path, module: ModuleType) -> Any:  # noqa: ANN401 - as above
    """Return a record that is kept; None where there is none."""
    path = results / module.RECORD
    return module.kept(path) if module is seeds_pages else records.kept(path, module.SCHEMA)


def _trial(module: ModuleType, run: object, command: str = "", *, earlier: bool = False) -> Trial:
    """Return a trial of a run, its page named after the module that reports it.

    Without a run it says whether there is one of earlier code, and the command that makes one.
    """
    page = module.__name__.rpartition(".")[2].removesuffix("_pages")
    if run is None:
        box = records.missing(command or module.COMMAND, earlier=earlier)
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
        Table((("Trial",), ("Result",)), tuple(rows)),
    ]
