"""Steps joined as chains: every line of a chain was established, and says what was checked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
import typst
from sympy import Symbol

from derivations.calculus.expressions import Array
from derivations.calculus.steps import Finding, Verdict
from derivations.claims.judgements import Judgement
from derivations.claims.judging import judge
from derivations.claims.statements import (
    Claim,
    Definition,
    Derivation,
    Rule,
    Step,
    at_most,
    define,
    equal,
    result,
    step,
    up_to_constant,
)
from derivations.index import derive, entries
from derivations.printing.chains import Judged, chain_blocks, judged_steps, results_alone
from derivations.printing.nodes import Block, Chain, ChainLine, Document, Paragraph, Strong
from derivations.printing.notation import (
    LATEX_CHAIN_WIDTH,
    TYPST_CHAIN_WIDTH,
    chain_latex,
    chain_typst,
    to_latex,
)
from derivations.printing.writers.latex import write_latex
from derivations.printing.writers.markdown import write_markdown
from derivations.printing.writers.typst import compile_pdf, write_typst

A, B, C, D = (Symbol(name) for name in "ABCD")
RULE = Rule("by a rule", "Because.")
LETTER = Array("t", (), "t")[()]
GOOD = (Finding("proof", "a claim", Verdict.ESTABLISHED),)
BAD = (Finding("enclosure", "a claim", Verdict.REFUTED),)


def established(*claims: Claim | Definition) -> list[Judged]:
    """Steps that make these claims, all established."""
    return [Judged(step(RULE, claim), () if isinstance(claim, Definition) else GOOD)
            for claim in claims]  # fmt: skip


def chains(blocks: Iterable[Block]) -> list[list[Claim | Definition]]:
    """The statements of each chain."""
    return [[line.statement for line in b.lines] for b in blocks if isinstance(b, Chain)]


def grouped(*claims: Claim | Definition) -> list[int]:
    """The lengths of the chains that established claims come to."""
    return [len(chain) for chain in chains(chain_blocks(established(*claims), count(1)))]


def test_equations_with_one_left_side_are_one_chain() -> None:
    """A = B and A = C are printed as A = B = C, and so is what begins at the end of a chain."""
    assert grouped(equal(A, B), equal(A, C)) == [2]
    assert grouped(equal(A, B), equal(B, C)) == [2]
    assert grouped(define(LETTER, A), equal(LETTER, B), equal(LETTER, C)) == [3]
    assert grouped(equal(A, B), equal(C, D)) == [1, 1]


def test_nothing_is_joined_that_would_say_more_than_was_checked() -> None:
    """After an inequality or a constant, what has the chain's left side is not its next line."""
    assert grouped(equal(A, B), at_most(A, C)) == [2]
    assert grouped(at_most(A, B), equal(B, C)) == [2]
    assert grouped(at_most(A, B), equal(A, C)) == [1, 1]  # B = C does not follow
    assert grouped(at_most(A, B), at_most(A, C)) == [1, 1]
    assert grouped(up_to_constant(A, B, D), equal(A, C)) == [1, 1]
    assert grouped(equal(A, B), up_to_constant(A, C, D)) == [1, 1]


def test_a_step_that_is_not_established_stands_alone_and_says_so() -> None:
    """Refuted, unknown or not checked at all: it is in no chain with others, and has no number."""
    for findings in (BAD, (*GOOD, *BAD), ()):
        broken = Judged(result(RULE, equal(A, C)), findings)
        steps = [*established(equal(A, B)), broken, *established(equal(A, D))]
        blocks = chain_blocks(steps, count(1))
        assert [len(chain) for chain in chains(blocks)] == [1, 1, 1]
        (line,) = blocks[1].lines  # type: ignore[union-attr]
        assert line.number == ""
        assert line.reason[0] == Strong("not established")
        for write in (write_latex, write_typst, write_markdown):
            assert write(Document("", tuple(blocks))).count("not established") == 1


def test_every_user_of_a_refuted_rule_is_not_established() -> None:
    """A rule is judged where it is used first; later steps by it are as doubtful."""
    steps = (step(RULE, equal(A, B)), step(RULE, equal(B, C)))
    derivation = Derivation("k", "", "", (), (), (), steps)
    doubtful = Judgement("k", (BAD, ()), (GOOD, GOOD), (), 0.0)
    assert not any(one.is_established for one in judged_steps(derivation, doubtful))
    fine = replace(doubtful, rules=((), ()))
    assert all(one.is_established for one in judged_steps(derivation, fine))
    assert not any(one.is_established for one in judged_steps(derivation, None))


def test_results_are_numbered_in_order_and_short_definitions_follow() -> None:
    """A definition in a few letters stands in the line below, with "where"."""
    steps = [
        *established(define(LETTER, A + B)),
        Judged(result(RULE, equal(C, LETTER)), GOOD),
        Judged(result(RULE, equal(D, LETTER)), GOOD),
    ]
    first, where, second = chain_blocks(steps, count(7))
    assert isinstance(first, Chain)
    assert isinstance(second, Chain)
    assert [line.number for line in (*first.lines, *second.lines)] == ["(7)", "(8)"]
    assert where == Paragraph(("where ", define(LETTER, A + B), "."))


@pytest.mark.parametrize("key", ["dice.q_rho", "kumaraswamy.inverse_cdf", "gaussian_vae.elbo"])
def test_each_line_of_a_chain_is_an_established_step(key: str) -> None:
    """All steps are printed, each once and whole; a line's left side is that of its chain."""
    derivation = derive(key)
    steps = judged_steps(derivation, judge(derivation))
    assert all(one.is_established for one in steps)
    blocks = chain_blocks(steps, count(1))
    printed = [statement for chain in chains(blocks) for statement in chain]
    waiting = [p for b in blocks if isinstance(b, Paragraph) for p in b.prose
               if isinstance(p, Definition)]  # fmt: skip
    wanted = [s.claim for s in derivation.steps]
    assert sorted(map(str, (*printed, *waiting))) == sorted(map(str, wanted))
    for first, *others in chains(blocks):
        above = [first]
        for claim in others:
            assert isinstance(claim, Claim)
            left = first.left if isinstance(first, Claim) else first.letter
            last = above[-1]
            assert claim.left in (left, last.right if isinstance(last, Claim) else last.value)
            above.append(claim)


@pytest.mark.parametrize("key", [entry.key for entry in entries()][::4])
def test_results_alone_define_every_letter_that_the_results_use(key: str) -> None:
    """What is left out defines no letter of what is shown."""
    steps = judged_steps(derive(key), None)
    shown = results_alone(steps)
    assert [one for one in shown if one.step.is_result] == [o for o in steps if o.step.is_result]
    assert all(one.step.is_result or isinstance(one.step.claim, Definition) for one in shown)


def long_chain() -> Chain:
    """A chain from a derivation, with a long left side."""
    steps = judged_steps(derive("dice.log_joint"), None)
    claims = [one.step.claim for one in steps[:2]]
    return Chain(tuple(ChainLine(claim, ("why",), "(1)") for claim in claims))


def test_chains_fit_beside_their_reasons() -> None:
    """The typeset width of no line exceeds what the formulas of a chain may take."""
    page = "#set page(width: auto, height: auto, margin: 0pt)\n#set text(10pt)\n"
    for lines in chain_typst([line.statement for line in long_chain().lines]):
        for left, right in lines:
            svg = typst.compile(f"{page}$ {left} {right} $".encode(), format="svg")
            assert isinstance(svg, bytes)
            width = float(svg.split(b'width="', 1)[1].split(b"pt", 1)[0])
            assert width <= 1.02 * 10 * TYPST_CHAIN_WIDTH
    assert LATEX_CHAIN_WIDTH < TYPST_CHAIN_WIDTH


def test_a_chain_prints_its_left_side_once_in_every_format() -> None:
    """In LaTeX, Typst and Markdown; each relation and each reason is there."""
    chain = Chain(
        (ChainLine(equal(A, B), ("first",)), ChainLine(equal(A, C), ("second", D), "(1)"))
    )
    for write, left in ((write_latex, "A &"), (write_typst, "$ A "), (write_markdown, "A &")):
        text = write(Document("", (chain,)))
        assert text.count(left) == 1
        assert text.index("first") < text.index("second")
        assert "(1)" in text
    assert chain_latex([equal(A, B), equal(A, C)]) == [[("A", "= B")], [("", "= C")]]
    assert "\\reason" in write_latex(Document("", (chain,)))
    assert to_latex(D) in write_markdown(Document("", (chain,)))


def test_a_chain_is_set_without_a_warning(tmp_path: Path) -> None:
    """Typst accepts it, and sets it the same way again."""
    source = write_typst(Document("", (long_chain(),)))
    assert compile_pdf(source, tmp_path) == compile_pdf(source, tmp_path)


def test_a_definition_of_a_step_counts_as_established_without_findings() -> None:
    """It makes no claim, unless its rule does."""
    assert Judged(Step(RULE, define(LETTER, A)), ()).is_established
    claiming = Rule("claims", (equal(A, A),))
    assert not Judged(Step(claiming, define(LETTER, A)), ()).is_established
