"""A derivation as report nodes: what is claimed, every step with its evidence, the result."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from derivations.calculus.steps import Derivation, Finding, Relation, Verdict
from derivations.printing.evidence_rows import NOT_ESTABLISHED, evidence_blocks, stated
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
    Prose,
    StepBlock,
)
from derivations.printing.notation import display_latex

if TYPE_CHECKING:
    from collections.abc import Sequence


class CheckedDerivation(Protocol):
    """What the check of a derivation reports."""

    @property
    def steps(self) -> tuple[tuple[Finding, ...], ...]:
        """The findings on each step."""
        ...

    @property
    def results(self) -> tuple[Finding, ...]:
        """The findings on the result."""
        ...

    @property
    def seconds(self) -> float:
        """How long the checks took."""
        ...

    @property
    def verdict(self) -> Verdict:
        """The verdict on the whole."""
        ...


def derivation_blocks(
    derivation: Derivation,
    findings: CheckedDerivation | None = None,
    level: int = 1,
    graph: Figure | None = None,
) -> list[Block]:
    """Return a derivation as blocks under a heading of the given level.

    Without findings every step, and the whole, is shown as not established. ``graph`` is the
    picture of its model, where the derivation is of one.
    """
    if findings is not None and len(findings.steps) != len(derivation.steps):
        message = (
            f"{derivation.key}: wanted findings on {len(derivation.steps)} steps, "
            f"got them on {len(findings.steps)}"
        )
        raise ValueError(message)
    return [
        Heading(level, (derivation.title,), derivation.key),
        Paragraph(_identity(derivation)),
        _verdict(findings),
        *((graph,) if graph is not None and derivation.model is not None else ()),
        *_listed("Assumptions", derivation.assumptions, level + 1),
        *_steps(derivation, findings, level + 1),
        *_results(derivation, findings, level + 1),
        *_listed("Remarks", derivation.remarks, level + 1),
        *_provenance(derivation),
    ]


def stated_blocks(derivation: Derivation, level: int = 1) -> list[Block]:
    """Return a derivation up to its result, without evidence and without a word on the lack."""
    blocks: list[Block] = [Heading(level, (derivation.title,))]
    blocks += _listed("Assumptions", derivation.assumptions, level + 1)
    for block in _steps(derivation, None, level + 1):
        blocks += stated(block) if isinstance(block, StepBlock) else (block,)
    return [*blocks, *([Heading(level + 1, ("Result",))] if derivation.results else [])]


def said_once(derivations: Sequence[Derivation]) -> tuple[Prose, ...]:
    """Return the assumptions that every one of several derivations makes."""
    if len(derivations) < 2:  # noqa: PLR2004 - several
        return ()
    first, *others = derivations
    return tuple(a for a in first.assumptions if all(a in o.assumptions for o in others))


def without(derivation: Derivation, said: Sequence[Prose]) -> Derivation:
    """Return a derivation less the assumptions that were said before."""
    own = tuple(a for a in derivation.assumptions if a not in said)
    return replace(derivation, assumptions=own)


def _identity(derivation: Derivation) -> Prose:
    """Return the line that says which claim this is."""
    question = derivation.question
    told = f"Question {question}" if question[:1].isdigit() else question.capitalize()
    return ("Key ", Literal(derivation.key), f". {told}." if told else ".")


def _verdict(findings: CheckedDerivation | None) -> Block:
    if findings is None:
        return Admonition(
            "danger", NOT_ESTABLISHED.capitalize(), ("No check of this derivation has been run.",)
        )
    every = [f for step in findings.steps for f in step] + list(findings.results)
    kinds = ", ".join(dict.fromkeys(f.kind for f in every))
    passed = sum(f.verdict is Verdict.ESTABLISHED for f in every)
    text = f"{passed} of {len(every)} checks established ({kinds}), in {findings.seconds:.2g} s."
    if findings.verdict is Verdict.ESTABLISHED:
        return Admonition("note", "Established", (text,))
    return Admonition(
        "danger", NOT_ESTABLISHED.capitalize(), (f"Verdict: {findings.verdict.value}. {text}",)
    )


def _listed(title: str, items: Sequence[Prose], level: int) -> list[Block]:
    return [Heading(level, (title,)), Bullets(tuple(items))] if items else []


def _steps(derivation: Derivation, findings: CheckedDerivation | None, level: int) -> list[Block]:
    if not derivation.steps:
        return []
    blocks: list[Block] = [Heading(level, ("Derivation",))]
    for number, step in enumerate(derivation.steps, 1):
        evidence = () if findings is None else findings.steps[number - 1]
        blocks.append(
            StepBlock(
                number,
                step.rule.name,
                step.rule.prose,
                step.rule.source,
                step.relation,
                step.note,
                evidence,
                f"{derivation.key}.step-{number}",
            )
        )
    return blocks


def _results(derivation: Derivation, findings: CheckedDerivation | None, level: int) -> list[Block]:
    blocks: list[Block] = []
    if derivation.results:
        blocks.append(Heading(level, ("Result",)))
    for number, result in enumerate(derivation.results, 1):
        blocks.append(Formula(result, f"{derivation.key}.result-{number}"))
    if derivation.results or derivation.checks:
        evidence = () if findings is None else findings.results
        blocks += evidence_blocks(evidence, "the result")
    if derivation.results:
        blocks.append(Code(copyable_latex(derivation.results), "latex", "LaTeX of the result"))
    return blocks


def copyable_latex(relations: Sequence[Relation]) -> str:
    """Return what a person pastes into a paper: one numbered display for each relation."""
    return "\n".join(
        f"\\begin{{equation}}\n{display_latex(r)}\n\\end{{equation}}" for r in relations
    )


def _provenance(derivation: Derivation) -> list[Block]:
    """Return where the result is computed again and where it is from."""
    items: list[Prose] = []
    if derivation.twins:
        items.append(("Computed by other code in ", *_names(derivation.twins), "."))
    if derivation.sources:
        items.append(("Sources: ", *_names(derivation.sources), "."))
    return [Bullets(tuple(items))] if items else []


def _names(names: Sequence[str]) -> Prose:
    spread: Prose = ()
    for name in names:
        spread += (", ", Literal(name)) if spread else (Literal(name),)
    return spread
