"""What is established, for the front page, and the answers in the order of the questions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from derivations.printing.nodes import (
    Block,
    Bullets,
    Heading,
    Link,
    Paragraph,
    Prose,
    Strong,
    Table,
)
from derivations.printing.page import names
from report.ledger import Ledger, age
from report.pages import Checked
from report.paper import METHODS, tallied
from report.questions import SECTIONS, Question
from report.soundness import Trial

SHOWN = ("edited", "mutation", "history", "attack", "seeds")
"""The tests of the checks that the front page names; the others are a click away."""
EXPERIMENTS = {
    "dice": "dice/example",
    "beta": "softmax_gaussian/comparison",
    "dirichlet": "softmax_gaussian/comparison",
    "training": "gaussian_vae/training",
    "reconstructions": "gaussian_vae/training",
    "noise": "gaussian_vae/training",
    "latents": "mmd/answers",
    "second": "mmd/second_model",
    "choice": "mmd/answers",
}
"""The page of each experiment that an answer shows."""


def standing(checked: Sequence[Checked], trials: Iterable[Trial], tests: Ledger) -> list[Block]:
    """Return what is established and how surely, each line with the page that shows it."""
    done = sum(c.is_established for c in checked)
    claims: Counter[str] = Counter()
    for c in checked:
        claims += tallied(c.judgement)
    known = {k for k in METHODS if claims[k]}
    bad = claims.total() - sum(claims[kind] for kind in known)
    counted = ", ".join(f"{claims[kind]} by {kind}" for kind in METHODS if kind in known)
    rows: list[tuple[Prose, Prose]] = [
        ((Link("Derivations", "ledger.md"),), _count(done, len(checked), "established")),
        (
            (Link("Claims in them", "evidence/index.md"),),
            (f"{claims.total():,}, each counted by its surest evidence: {counted}", *_alarm(bad)),
        ),
        (
            (Link("Code", "ledger.md"),),
            (
                f"{sum(len(c.tests) for c in checked):,} comparisons of independent code with the "
                f"derivations, among {tests.passed:,} tests that passed",
            ),
        ),
    ]
    rows += [
        ((Link(trial.title, f"soundness/{trial.page}.md"),), trial.headline)
        for trial in trials
        if trial.page in SHOWN
    ]
    made = age(tests.runs[0]) if tests.runs else "not recorded."
    return [
        Heading(1, ("What is established, and how surely",)),
        Table((("What",), ("Result",)), tuple(rows)),
        Paragraph((f"The derivations were checked for this report. The tests were {made}",)),
    ]


def _count(done: int, of: int, what: str) -> Prose:
    text = f"{done} of {of} {what}"
    return (text,) if done == of else (Strong(text),)


def _alarm(number: int) -> Prose:
    return ("; ", Strong(f"{number} not established")) if number else ()


def answers(checked: Sequence[Checked]) -> list[Block]:
    """Return the questions in order, each with the pages that answer it."""
    known = {c.derivation.key: c for c in checked}
    blocks: list[Block] = [
        Paragraph(
            (
                "The assignment's questions in their order, each in one line, with the pages "
                "that answer it. The same answers, written out one after the other, are the paper "
                "(varproof.pdf, which the report's command builds beside this site).",
            )
        )
    ]
    for section in SECTIONS:
        blocks += [Heading(1, (section.title,)), Paragraph((section.opening,))]
        for question in section.questions:
            title = (f"{question.number} {question.title}",)
            blocks += [
                Heading(2, title, f"question-{question.number}"),
                Paragraph((question.asked,)),
                Bullets(tuple(_where(question, known))),
            ]
    return blocks


def _where(question: Question, known: dict[str, Checked]) -> Iterator[Prose]:
    """Yield the pages that answer a question, and the code that computes the answer."""
    found = [known[part.key] for part in question.parts if part.key in known]
    for c in found:
        yield (Link(c.derivation.title, f"#{c.derivation.key}"),)
    if question.experiment:
        path = EXPERIMENTS[question.experiment]
        yield (Link("The experiment: figures and what they show", f"{path}.md"),)
    code = dict.fromkeys([*question.code, *(name for c in found for name in c.derivation.code)])
    if code:
        yield ("Code: ", *names(list(code), str), ".")
