"""How findings are shown: the claim, the kind, the verdict and the numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from derivations.calculus.steps import Finding, Verdict
from derivations.printing.nodes import (
    Admonition,
    Block,
    Formula,
    Link,
    Paragraph,
    Prose,
    StepBlock,
    Strong,
    Table,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

NOT_ESTABLISHED = "not established"
_HEADER: tuple[Prose, ...] = (("Claim",), ("Evidence",), ("Verdict",), ("Numbers",))


def figures_text(finding: Finding) -> str:
    """Return the numbers as ``name value``, to three digits, then the reason if any."""
    parts = [f"{_name(name)} {_value(v)}" for name, v in finding.figures.items()]
    return "; ".join([", ".join(parts)] * bool(parts) + [finding.reason] * bool(finding.reason))


def _name(name: str) -> str:
    """Return a figure's name in words, with a colon if it ends in a number."""
    return name.replace("_", " ") + ":" * name[-1:].isdigit()


def _value(value: float | str) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def verdict_prose(verdict: Verdict) -> Prose:
    """Return the verdict, in bold unless it is established."""
    return (verdict.value,) if verdict is Verdict.ESTABLISHED else (Strong(verdict.value),)


def evidence_blocks(findings: Sequence[Finding], what: str) -> tuple[Block, ...]:
    """Return a table of findings, or a warning that there are none."""
    if not findings:
        text = f"No evidence for {what} has been gathered."
        return (Admonition("danger", NOT_ESTABLISHED.capitalize(), (text,)),)
    rows = tuple(
        ((f.claim,), (f.kind,), verdict_prose(f.verdict), (figures_text(f),)) for f in findings
    )
    failing = [f for f in findings if f.verdict is not Verdict.ESTABLISHED]
    kinds = ", ".join(dict.fromkeys(f.kind for f in findings))
    verdicts = ", ".join(v.value for v in Verdict if any(f.verdict is v for f in findings))
    blocks: tuple[Block, ...] = (Table(_HEADER, rows, (), f"{verdicts} by {kinds}"),)
    if failing:
        verdicts = ", ".join(sorted({f.verdict.value for f in failing}))
        text = f"{len(failing)} of {len(findings)} findings on {what}: {verdicts}."
        blocks += (Admonition("danger", NOT_ESTABLISHED.capitalize(), (text,)),)
    return blocks


def rule_label(name: str) -> str:
    """Return the label of a rule on the page of rules."""
    return "rule-" + re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def source_label(source: str) -> str:
    """Return the label of a source, which may name a place in it, on the page of references."""
    return f"reference-{source.partition(',')[0].lower()}"


def step_parts(step: StepBlock) -> tuple[Block, ...]:
    """Return a step as simpler blocks, for formats without a special form for steps."""
    if step.defines and not step.evidence:
        return stated(step)
    return (*stated(step), *evidence_blocks(step.evidence, f"step {step.number}"))


def stated(step: StepBlock) -> tuple[Block, ...]:
    """Return the statement of a step, without its evidence."""
    name = f"{step.rule[:1].upper()}{step.rule[1:]}."
    head: Prose = (
        Strong(f"Step {step.number}."),
        " ",
        Link(name, f"#{rule_label(step.rule)}", strong=True),
        " ",
        *step.statement,
    )
    if step.source:
        head += (" ", Link(f"[{step.source}]", f"#{source_label(step.source)}"))
    parts: tuple[Block, ...] = (
        Paragraph(head, f"at-{step.label}" if step.label else ""),
        Formula(step.relation, step.label),
    )
    if step.note:
        parts += (Paragraph(step.note),)
    return parts
