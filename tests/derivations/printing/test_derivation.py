"""A derivation as a document tells the whole story, above all what has not been shown."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from derivations.calculus.expressions import POSITIVE, Array, Slice
from derivations.calculus.indices import Index, size
from derivations.calculus.steps import Finding, Verdict
from derivations.claims.judgements import Judgement
from derivations.claims.statements import (
    AnyFunction,
    AtLeast,
    Condition,
    Derivation,
    Domain,
    Random,
    Rule,
    Step,
    Text,
    define,
    equal,
    less,
    up_to_constant,
)
from derivations.meaning.notation import FamilyAt, Joint, part
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
from derivations.printing.page import copyable_latex, derivation_blocks, said_once, without
from derivations.printing.writers.markdown import write_markdown

if TYPE_CHECKING:
    from collections.abc import Iterable

first, second = Array("a", ()), Array("b", ())
a, b = first[()], second[()]
GOOD = Finding("proof", "", Verdict.ESTABLISHED, {"sizes": "symbolic"})
OPEN = Finding("enclosure", "", Verdict.UNKNOWN, {"points": 3}, "NaN at point 2")
RULE = Rule("expand", "Multiply out.", "bishop2006")
CLAIM = Derivation(
    key="toy.claim",
    title="A claim",
    question="1.1.9",
    code=("impl.toy.claim",),
    sources=("bishop2006",),
    assumptions=(
        Text(
            (
                "that ",
                a,
                " is small",
            )
        ),
    ),
    steps=(Step(RULE, equal(a, b)), Step(RULE, equal(b, a), is_result=True)),
    remarks=(("remarkable",),),
)
PASSED = Judgement("toy.claim", ((), ()), ((GOOD,), (GOOD,)), (), 0.25)


def warnings(blocks: Iterable[Block]) -> list[Admonition]:
    """Return the loud boxes among blocks."""
    return [b for b in blocks if isinstance(b, Admonition) and b.kind == "danger"]


def page(report: Judgement | None) -> str:
    """Return the claim as a Markdown page."""
    return write_markdown(Document("Page", tuple(derivation_blocks(CLAIM, report))))


def test_every_part_of_a_claim_is_on_the_page() -> None:
    """Key, question, assumptions, rules, notes, results, code, sources and remarks."""
    text = page(PASSED)
    words = ("toy.claim", "1.1.9", "that $a$ is small", "Expand", "Multiply out", "remarkable")
    for word in (*words, "impl.toy.claim", "bishop2006", "proof"):
        assert word in text
    assert "0.25" not in text  # a time would make every report another one


def test_an_established_claim_has_no_warning() -> None:
    """The loud box is kept for what failed."""
    assert not warnings(derivation_blocks(CLAIM, PASSED))
    assert "ot established" not in page(PASSED)


def test_a_claim_never_tried_says_so_everywhere() -> None:
    """Above, and at both steps."""
    assert page(None).count("Not established") == 3


@pytest.mark.parametrize(
    ("judgement", "count"),
    [
        (replace(PASSED, steps=((GOOD,), ())), 1),
        (replace(PASSED, steps=((GOOD, OPEN), (GOOD,))), 2),
        (replace(PASSED, rules=((OPEN,), ())), 2),
        (replace(PASSED, remarks=(OPEN,)), 1),
        (replace(PASSED, assumptions=(OPEN,)), 2),
    ],
    ids=["step without evidence", "open finding", "a rule's claim", "a remark", "a transcription"],
)
def test_each_gap_is_said_where_it_is_and_above(judgement: Judgement, count: int) -> None:
    """A gap in any place shows there or at the top of the claim."""
    text = page(judgement)
    assert text.count("Not established") == count
    assert judgement.verdict.value in text


def test_a_definition_is_no_claim_and_is_not_called_established() -> None:
    """Its block says that it defines, and needs no evidence."""
    line = Step(RULE, define(Array("c", ())[()], a**2))
    made = replace(CLAIM, steps=(line, *CLAIM.steps))
    judgement = replace(PASSED, rules=((), (), ()), steps=((), (GOOD,), (GOOD,)))
    blocks = [b for b in derivation_blocks(made, judgement) if isinstance(b, StepBlock)]
    assert [block.defines for block in blocks] == [True, False, False]
    assert "ot established" not in page_of(made, judgement)


def page_of(made: Derivation, judgement: Judgement | None) -> str:
    """Return any derivation as a Markdown page."""
    return write_markdown(Document("Page", tuple(derivation_blocks(made, judgement))))


def test_a_constant_says_what_it_does_not_depend_on() -> None:
    """Below the formula, by name."""
    made = replace(CLAIM, steps=(Step(RULE, up_to_constant(a + b, a, a), is_result=True),))
    assert "The constant does not depend on $a$." in page_of(made, None)


K = size("K")
k = Index("k", 1, K)
means, spreads = Array("m", (K,)), Array("s", (K,), domain=POSITIVE)
joint = Joint("q", [part(Array("z", (K,))[k], FamilyAt("Gaussian", means[k], spreads[k]), k)])


@pytest.mark.parametrize(
    ("assumption", "said"),
    [
        (Domain(means), "$m$ is a vector of $K$ real numbers."),
        (Domain(spreads), "$s$ is a vector of $K$ positive numbers."),
        (AtLeast(K, 2), "$K$ is at least 2."),
        (Condition(less(a, b)), "$a < b$."),
        (AnyFunction(Array("f", ())[()], (Slice(first),)), "any smooth function of $a$"),
        (define(Array("c", ())[()], a**2), r"Let $c \mathrel{:=} a^2$."),
        (Random(joint), "independently for $k$ from $1$ to $K$"),
        (Text(("the sun shines",)), "**Not checked:** the sun shines"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else None,
)
def test_an_assumption_prints_its_own_sentence(assumption: object, said: str) -> None:
    """What drives the points that are drawn is what a reader is told; words alone are marked."""
    assert said in page_of(replace(CLAIM, assumptions=(assumption,)), None)


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
    shared, own, other = (Text((word,)) for word in ("shared", "own", "other"))
    one = replace(CLAIM, assumptions=(own, shared))
    two = replace(CLAIM, assumptions=(shared, other))
    (said,) = said_once([one, two])
    assert said[-1] == "shared"
    assert said_once([one]) == ()
    assert said_once([]) == ()
    assert without(one, (said,)).assumptions == (own,)
    assert without(two, (said,)).assumptions == (other,)


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
