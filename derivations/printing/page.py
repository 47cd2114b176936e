"""A derivation as report nodes: its assumptions, every line with its evidence, its results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from derivations.calculus.steps import Finding, Verdict
from derivations.claims.statements import Claim, Definition, Derivation, Prose, Step
from derivations.printing.assumptions import explained, sentences
from derivations.printing.evidence_rows import (
    NOT_ESTABLISHED,
    evidence_blocks,
    source_label,
    stated,
)
from derivations.printing.nodes import (
    Admonition,
    Block,
    Bullets,
    Code,
    Figure,
    Formula,
    Heading,
    Literal,
    Paragraph,
    StepBlock,
)
from derivations.printing.nodes import Prose as Words
from derivations.printing.notation import display_latex

if TYPE_CHECKING:
    from derivations.claims.judgements import Judgement


def derivation_blocks(
    derivation: Derivation,
    judgement: Judgement | None = None,
    level: int = 1,
    graph: Figure | None = None,
) -> list[Block]:
    """Return a derivation as blocks under a heading of the given level.

    Without a judgement every step, and the whole, is shown as not established.
    """
    return [
        Heading(level, (derivation.title,), derivation.key),
        Paragraph(_identity(derivation)),
        _verdict(judgement),
        *((graph,) if graph is not None else ()),
        *_listed("Assumptions", sentences(derivation.assumptions), level + 1),
        *_declared(judgement),
        *_steps(derivation, judgement, level + 1),
        *_results(derivation, level + 1),
        *_listed("Remarks", derivation.remarks, level + 1),
        *_provenance(derivation),
    ]


def stated_blocks(derivation: Derivation, level: int = 1) -> list[Block]:
    """Return a derivation up to its results, without evidence."""
    blocks: list[Block] = [Heading(level, (derivation.title,))]
    blocks += _listed("Assumptions", sentences(derivation.assumptions), level + 1)
    for block in _steps(derivation, None, level + 1):
        blocks += stated(block) if isinstance(block, StepBlock) else (block,)
    return [*blocks, Heading(level + 1, ("Result",))]


def said_once(derivations: Sequence[Derivation]) -> tuple[Words, ...]:
    """Return the sentences of the assumptions that several derivations have in common."""
    if len(derivations) < 2:  # noqa: PLR2004 - several
        return ()
    first, *others = derivations
    return sentences([a for a in first.assumptions if all(a in o.assumptions for o in others)])


def without(derivation: Derivation, said: Sequence[Words]) -> Derivation:
    """Return a derivation without the assumptions that were printed before."""
    own = tuple(a for a in derivation.assumptions if sentences([a])[0] not in said)
    return replace(derivation, assumptions=own)


def note_on(claim: Claim | Definition) -> Prose:
    """Return the sentence that names the variables on which a constant does not depend."""
    if not claim.up_to:
        return ()
    words: list[object] = ["The constant does not depend on "]
    for number, variable in enumerate(claim.up_to):
        words += [" and "] * (number > 0) + [variable]
    return (*words, ".")


def _identity(derivation: Derivation) -> Words:
    question = derivation.question
    told = f"Question {question}" if question[:1].isdigit() else question.capitalize()
    return ("Key ", Literal(derivation.key), f". {told}." if told else ".")


def _verdict(judgement: Judgement | None) -> Block:
    if judgement is None:
        return Admonition(
            "danger", NOT_ESTABLISHED.capitalize(), ("No claim of this derivation was checked.",)
        )
    found = judgement.findings
    kinds = ", ".join(dict.fromkeys(f.kind for f in found))
    passed = sum(f.verdict is Verdict.ESTABLISHED for f in found)
    text = f"{passed} of {len(found)} findings established ({kinds})."
    if judgement.verdict is Verdict.ESTABLISHED:
        return Admonition("note", "Established", (text,))
    words = f"Verdict: {judgement.verdict.value}. {text}"
    return Admonition("danger", NOT_ESTABLISHED.capitalize(), (words,))


def _declared(judgement: Judgement | None) -> list[Block]:
    """Return the evidence on declarations: the comparison with their source, and the domains."""
    if judgement is None or not judgement.assumptions:
        return []
    return list(evidence_blocks(judgement.assumptions, "the assumptions"))


def _listed(title: str, items: Sequence[Words], level: int) -> list[Block]:
    return [Heading(level, (title,)), Bullets(tuple(items))] if items else []


def _steps(derivation: Derivation, judgement: Judgement | None, level: int) -> list[Block]:
    blocks: list[Block] = [Heading(level, ("Derivation",))]
    for number, line in enumerate(derivation.steps, 1):
        found: tuple[Finding, ...] = ()
        if judgement is not None:
            found = (*judgement.rules[number - 1], *judgement.steps[number - 1])
        blocks.append(_step(derivation, line, number, found))
    return blocks


def _step(derivation: Derivation, line: Step, number: int, found: tuple[Finding, ...]) -> StepBlock:
    return StepBlock(
        number,
        line.rule.name,
        explained(line.rule, derivation.assumptions),
        line.rule.source,
        line.claim,
        note_on(line.claim),
        found,
        f"{derivation.key}.step-{number}",
        defines=isinstance(line.claim, Definition),
    )


def _results(derivation: Derivation, level: int) -> list[Block]:
    blocks: list[Block] = [Heading(level, ("Result",))]
    for number, found in enumerate(derivation.results, 1):
        blocks.append(Formula(found, f"{derivation.key}.result-{number}"))
    blocks.append(Code(copyable_latex(derivation.results), "latex", "LaTeX of the result"))
    return blocks


def copyable_latex(claims: Sequence[Claim]) -> str:
    """Return LaTeX to paste into a paper: one numbered display for each claim."""
    return "\n".join(f"\\begin{{equation}}\n{display_latex(c)}\n\\end{{equation}}" for c in claims)


def _provenance(derivation: Derivation) -> list[Block]:
    """Return the code that computes the result, and the sources."""
    items: list[Words] = []
    if derivation.code:
        items.append(("Computed by ", *names(derivation.code, str), "."))
    if derivation.sources:
        items.append(("Sources: ", *names(derivation.sources, source_label), "."))
    return [Bullets(tuple(items))] if items else []


def names(every: Sequence[str], label: Callable[[str], str]) -> Words:
    """Return names in the typeface of code, each with the label to which it leads."""
    spread: Words = ()
    for name in every:
        spread += (*((", ",) if spread else ()), Literal(name, label(name)))
    return spread
