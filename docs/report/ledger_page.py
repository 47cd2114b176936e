"""Every claim in one table, which a reader can filter; and every rule, with its uses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from derivations.calculus.steps import Finding, Verdict
from derivations.claims.statements import Definition, Rule
from derivations.printing.assumptions import explained
from derivations.printing.chains import judged_steps
from derivations.printing.evidence_rows import rule_label, source_label
from derivations.printing.nodes import Block, Link, Paragraph, Prose, Strong, Table
from report.pages import Checked

DEFINITION = "definition"
LEDGER = (
    "Every line of every derivation: its rule, the verdict on it, the kinds of evidence for it, "
    "and the number of tests that compare independent code with the derivation. A line that "
    "defines a letter makes no claim. The step leads to the statement with its evidence, the rule "
    "to its wording and source."
)
RULES = (
    "The reasons for the steps, in alphabetical order: what each rule says, the source where one "
    "is cited, and the steps that use it. Formulas in a rule are claims, and are checked where it "
    "is used first."
)


def ledger(checked: Sequence[Checked]) -> list[Block]:
    """Return the page of all claims."""
    header: tuple[Prose, ...] = (
        ("Derivation",), ("Step",), ("Rule",), ("Verdict",), ("Evidence",), ("Tests",),
    )  # fmt: skip
    return [Paragraph((LEDGER,)), Table(header, tuple(_rows(checked)))]


def _rows(checked: Sequence[Checked]) -> Iterator[tuple[Prose, ...]]:
    for c in checked:
        key = c.derivation.key
        tested: Prose = (str(len(c.tests)) if c.tests else "none",)
        own: Prose = (Link(key, f"#{key}"),)
        if c.judgement.assumptions:
            yield (own, (), ("assumptions",), *_known(c.judgement.assumptions), tested)
        for number, one in enumerate(judged_steps(c.derivation, c.judgement), 1):
            name = one.step.rule.name
            rule: Prose = (Link(name, f"#{rule_label(name)}"),)
            known = _known(one.findings)
            if isinstance(one.step.claim, Definition) and not one.findings:
                known = ((DEFINITION,), ())
            yield (own, (_step(key, number),), rule, *known, tested)


def _step(key: str, number: int) -> Link:
    return Link(str(number), f"#at-{key}.step-{number}")


def _known(findings: Sequence[Finding]) -> tuple[Prose, Prose]:
    """Return the verdict of findings and their kinds."""
    bad = [f.verdict.value for f in findings if f.verdict is not Verdict.ESTABLISHED]
    verdict: Prose = (Strong(bad[0]),) if bad else ("established",)
    if not findings:
        verdict = (Strong("not established"),)
    return verdict, (", ".join(dict.fromkeys(f.kind for f in findings)),)


def rules(checked: Sequence[Checked]) -> list[Block]:
    """Return the page of all rules."""
    found: dict[str, list[Paragraph]] = {}
    seen: dict[Rule, tuple[Prose, list[Link]]] = {}
    for c in checked:
        for number, step in enumerate(c.derivation.steps, 1):
            words = explained(step.rule, c.derivation.assumptions)
            _, uses = seen.setdefault(step.rule, (words, []))
            uses.append(
                replace(_step(c.derivation.key, number), text=f"{c.derivation.key} {number}")
            )
    for rule in sorted(seen, key=lambda rule: rule.name.lower()):
        label = rule_label(rule.name)
        same = found.setdefault(label, [])
        same.append(Paragraph(_rule(rule, *seen[rule]), "" if same else label))
    return [Paragraph((RULES,)), *(p for same in found.values() for p in same)]


def _rule(rule: Rule, words: Prose, uses: Sequence[Link]) -> Prose:
    told: Prose = (Strong(f"{rule.name[:1].upper()}{rule.name[1:]}."), " ", *words)
    if rule.source:
        told += (" ", Link(f"[{rule.source}]", f"#{source_label(rule.source)}"))
    told += (" Used in ",)
    for number, use in enumerate(uses):
        told += (*((", ",) if number else ()), use)
    return (*told, ".")
