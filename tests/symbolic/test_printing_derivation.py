"""A derivation as a document tells the whole story, above all what has not been shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from sympy import Symbol

from derivations.calculus.steps import Derivation, Finding, Relation, Rule, Step, Verdict
from derivations.printing.derivation import (
    copyable_latex,
    derivation_blocks,
    said_once,
    without,
)
from derivations.printing.evidence_rows import figures_text
from derivations.printing.nodes import (
    Admonition,
    Block,
    Code,
    Document,
    Formula,
    Heading,
    Literal,
    Paragraph,
    StepBlock,
)
from derivations.printing.writers.markdown import write_markdown

if TYPE_CHECKING:
    from collections.abc import Iterable

a, b = Symbol("a"), Symbol("b")
GOOD = Finding("proof", "equal for all sizes", Verdict.ESTABLISHED, {"sizes": "symbolic"})
OPEN = Finding("enclosure", "equal at points", Verdict.UNKNOWN, {"points": 3}, "NaN at point 2")
STEP = Step(Rule("expand", "Multiply out.", "bishop2006"), Relation(a, b), (), ("as ", a, " is"))
CLAIM = Derivation(
    key="toy.claim",
    title="A claim",
    question="1.1.9",
    assumptions=(("that ", Relation(a, b)),),
    steps=(STEP, STEP),
    results=(Relation(b, a),),
    checks=(),
    twins=("impl.toy.claim",),
    sources=("bishop2006",),
    remarks=(("remarkable",),),
)


@dataclass(frozen=True)
class Report:
    """What a check of the claim reports."""

    steps: tuple[tuple[Finding, ...], ...]
    results: tuple[Finding, ...]
    verdict: Verdict
    seconds: float = 0.25


PASSED = Report(((GOOD,), (GOOD,)), (GOOD,), Verdict.ESTABLISHED)


def warnings(blocks: Iterable[Block]) -> list[Admonition]:
    """Return the loud boxes among blocks."""
    return [b for b in blocks if isinstance(b, Admonition) and b.kind == "danger"]


def page(report: Report | None) -> str:
    """Return the claim as a Markdown page."""
    return write_markdown(Document("Page", tuple(derivation_blocks(CLAIM, report))))


def test_every_part_of_a_claim_is_on_the_page() -> None:
    """Key, question, assumptions, rules, notes, results, twins, sources and remarks."""
    text = page(PASSED)
    for part in ("toy.claim", "1.1.9", "that $a = b$", "Expand", "Multiply out", "as $a$ is",
                 "impl.toy.claim", "bishop2006", "remarkable", "proof",
                 "0.25 s"):  # fmt: skip
        assert part in text


def test_an_established_claim_has_no_warning() -> None:
    """The loud box is kept for what failed."""
    assert not warnings(derivation_blocks(CLAIM, PASSED))
    assert "ot established" not in page(PASSED)


def test_a_claim_never_checked_says_so_everywhere() -> None:
    """Above, at both steps and at the result."""
    assert page(None).count("Not established") == 4


@pytest.mark.parametrize(
    ("report", "count"),
    [
        (replace(PASSED, steps=((GOOD,), ()), verdict=Verdict.UNKNOWN), 2),
        (replace(PASSED, steps=((GOOD, OPEN), (GOOD,)), verdict=Verdict.UNKNOWN), 2),
        (replace(PASSED, results=(), verdict=Verdict.UNKNOWN), 2),
        (replace(PASSED, verdict=Verdict.REFUTED), 1),
    ],
    ids=["step without evidence", "open finding", "result without evidence", "verdict alone"],
)
def test_each_gap_is_said_where_it_is_and_above(report: Report, count: int) -> None:
    """A gap in any place shows there and at the top of the claim."""
    text = page(report)
    assert text.count("Not established") == count
    assert report.verdict.value in text


def test_findings_of_another_derivation_are_refused() -> None:
    """As many lists of findings as steps, or none."""
    with pytest.raises(ValueError, match="wanted findings on 2 steps, got them on 1"):
        derivation_blocks(CLAIM, replace(PASSED, steps=((GOOD,),)))


def test_labels_are_unique_and_begin_with_the_key() -> None:
    """Headings, steps and results can be referred to by the claim's permanent key."""
    blocks = derivation_blocks(CLAIM, PASSED)
    labels = [b.label for b in blocks if isinstance(b, (Heading, StepBlock, Formula)) and b.label]
    assert len(set(labels)) == len(labels)
    assert all(label.startswith("toy.claim") for label in labels)


def test_latex_of_the_result_can_be_copied() -> None:
    """The page carries the result's LaTeX as code, numbered as in a paper."""
    (code,) = (b for b in derivation_blocks(CLAIM, PASSED) if isinstance(b, Code))
    assert code.text == copyable_latex(CLAIM.results)
    assert code.text == "\\begin{equation}\nb = a\n\\end{equation}"


def test_what_all_assume_is_said_once_and_the_rest_where_it_belongs() -> None:
    """Nothing that only some assume is lost or said of all; one alone says all of its own."""
    shared, own, other = ("shared",), ("own",), ("other",)
    one = replace(CLAIM, assumptions=(own, shared))
    two = replace(CLAIM, assumptions=(shared, other))
    assert said_once([one, two]) == (shared,)
    assert said_once([one]) == ()
    assert said_once([]) == ()
    assert without(one, said_once([one, two])).assumptions == (own,)
    assert without(two, said_once([one, two])).assumptions == (other,)


def test_a_name_that_ends_in_a_number_is_parted_from_its_figure() -> None:
    """Two numbers side by side would read as one."""
    figures: dict[str, float | int | str] = {"cases": 9, "cases_below_0.001": 4}
    finding = Finding("enumeration", "", Verdict.ESTABLISHED, figures)
    assert figures_text(finding) == "cases 9, cases below 0.001: 4"


@pytest.mark.parametrize(
    ("question", "said"),
    [("1.1.3", ". Question 1.1.3."), ("beyond the sheet", ". Beyond the sheet."), ("", ".")],
)
def test_a_claim_says_which_question_it_answers_if_any(question: str, said: str) -> None:
    """What answers none is not called a question."""
    blocks = derivation_blocks(replace(CLAIM, question=question))
    assert Paragraph(("Key ", Literal(CLAIM.key), said)) in blocks
