"""The paper: the assignment's questions in their order, each answered from checked steps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Any

from derivations.calculus.steps import Finding, Verdict
from derivations.claims.judgements import Judgement, verdict_of
from derivations.printing.chains import Judged, chain_blocks, judged_steps, results_alone
from derivations.printing.graph import graph_block
from derivations.printing.nodes import (
    Block,
    Chain,
    Code,
    Document,
    FinePrint,
    Heading,
    Literal,
    Paragraph,
    Prose,
    Strong,
    Table,
)
from derivations.printing.references import reference_blocks
from report.assumed import Assumed, assumed_in
from report.listings import listing
from report.pages import GRAPH, Checked
from report.parts import Part, Question
from report.questions import SECTIONS, questions

TITLE = "Variational inference, derived and checked"
SUBTITLE = "Assignment 1B (2024): every question, its answer, and how the answer is known"
PAGES = range(15, 21)
GRAPH_WIDTH = 0.36
NOT_LISTED = {
    "impl.dice.exact.log_joint",
    "impl.dice.simulation.simulate",
    "impl.dice.updates.second_concentration",
    "impl.dice.updates.second_responsibilities",
    "impl.samplers.kumaraswamy.Kumaraswamy",
    "impl.samplers.kumaraswamy.Kumaraswamy.cdf",
    "impl.mmd.expected_kernel",
    "impl.vae.objectives.bernoulli_log_likelihood",
}
"""What the paper does not list: code that tests compare with a derivation and no answer runs,
functions that mirror others, and a class, whose methods are listed.
"""

METHODS = {
    "proof": "by proof",
    "quadrature": "by sums or integrals in balls",
    "enclosure": "in ball arithmetic",
    "finite difference": "by finite differences",
    "transcription": "by comparison with the model typed again",
    "enumeration": "by enumeration",
    "monte carlo": "by Monte Carlo",
}
"""How a claim is known, the surest way first, as it is said below a result."""

READING = (
    "Every formula here is a definition, or is printed from a claim that a program has checked. A "
    "derivation is a chain: each line continues the left side above it, and the reason stands "
    "beside it. Every line of a chain was checked as a claim of its own. Numbered lines are "
    "results. An assumption that no program can check is marked.",
    "Below each derivation a line says how its claims are known. A proof turns both sides into "
    "the same normal form, for sizes of any value. In ball arithmetic both sides are evaluated, "
    "with bounds on the error, at random points that satisfy the assumptions; a mean is a sum "
    "over all states, or an integral with such bounds. Tests then compare the code, which shares "
    "nothing with the derivations, with the derived formulas. A second document, the compendium, "
    "has every step with its evidence, further results, and tests of the checks themselves.",
)


def paper(checked: Sequence[Checked], shown: Callable[[str], list[Block]], root: Path) -> Document:
    """Return the paper; ``shown`` gives the blocks of an experiment by its name."""
    known = {c.derivation.key: c for c in checked}
    numbers, blocks, answers = count(1), list[Block](), dict[str, Prose]()
    for section in SECTIONS:
        blocks += [Heading(1, (section.title,)), Paragraph((section.opening,))]
        assumed = Assumed()
        for question in section.questions:
            own = list(_answered(question, known, shown, numbers, assumed))
            results = [r for b in own if isinstance(b, Chain) for r in b.lines if r.number]
            answers[question.number] = _answer(question, [r.number for r in results])
            blocks += own
    cited = [known[part.key].derivation for q in questions() for part in q.parts]
    front: list[Block] = [*(Paragraph((text,)) for text in READING), _overview(answers, known)]
    appendix = [Heading(1, ("Appendix: the code of the key functions",)), *_appendix(known, root)]
    every = (*front, *blocks, *appendix, *reference_blocks(cited))
    return Document(TITLE, every, SUBTITLE)


def complaints(pages: int) -> list[str]:
    """Return what is wrong with the length of the paper."""
    if pages in PAGES:
        return []
    return [f"paper: wanted {PAGES.start} to {PAGES.stop - 1} pages, got {pages}"]


def _answered(
    question: Question,
    known: dict[str, Checked],
    shown: Callable[[str], list[Block]],
    numbers: Iterator[int],
    assumed: Assumed,
) -> Iterator[Block]:
    """Yield a question, and all that answers it."""
    yield Heading(2, (f"{question.number}  {question.title}",), f"question-{question.number}")
    yield Paragraph((Strong("Asked. "), question.asked))
    last = {part.key: part for part in question.parts}
    opening = "Assumptions."
    for part in question.parts:
        c = known[part.key]
        steps = _chosen(part, c)
        needed = assumed_in([one.step.claim for one in steps], c.derivation.assumptions)
        if said := assumed.in_addition(needed):
            yield Paragraph((Strong(f"{opening} "), *said))
            opening = "Further assumptions."
        if part.lead:
            yield Paragraph((part.lead,))
        if c.derivation.model is not None:
            yield replace(graph_block(PurePosixPath(c.problem) / GRAPH), width=GRAPH_WIDTH)
        yield from chain_blocks(steps, numbers)
        if part is last[part.key]:
            yield FinePrint(_evidence(c))
    if question.experiment:
        yield from shown(question.experiment)


def _chosen(part: Part, c: Checked) -> Sequence[Judged]:
    """Return the steps of a part that are shown."""
    steps = judged_steps(c.derivation, c.judgement)
    if part.brief:
        return results_alone(steps)
    missing = part.named - {one.step.rule.name for one in steps}
    if missing:
        message = f"{part.key}: wanted rules of its steps, got {', '.join(sorted(missing))}"
        raise ValueError(message)
    return [one for one in steps if not part.rules or one.step.rule.name in part.named]


def _evidence(c: Checked) -> Prose:
    """Return one line: the claims, how they are known, and the tests of the code."""
    claims = tallied(c.judgement)
    tests = Counter(t["kind"] for t in c.tests)
    code = c.derivation.code[:2]
    names: list[Any] = []
    for name in code:
        names += [" and "] * bool(names) + [Literal(name)]
    verb = "agrees" if len(code) == 1 else "agree"
    ran: Prose = (*names, f" {verb}") if names else ("other code agrees",)
    tested: Prose = (*ran, f" in {_plural(tests.total(), 'test')} ({_counted(tests)}).")
    if not tests:
        tested = (Strong("no test has compared code with it."),)
    head: Prose = ("Established",) if c.is_established else (Strong("Not established"),)
    counted = f": {_plural(sum(claims.values()), 'claim')}, {_counted(claims)}; "
    return (Literal(c.derivation.key), ". ", *head, counted, *tested)


def tallied(judgement: Judgement) -> Counter[str]:
    """Count the claims of a derivation by the surest method that established each.

    A claim that is not established is counted under its verdict.
    """
    found: Counter[str] = Counter()
    for line in (judgement.assumptions, *judgement.lines()):
        by_claim: dict[str, list[Finding]] = {}
        for finding in line:
            by_claim.setdefault(finding.claim, []).append(finding)
        for findings in by_claim.values():
            verdict = verdict_of(tuple(findings))
            kinds = [f.kind for f in findings]
            surest = next((kind for kind in METHODS if kind in kinds), kinds[0])
            found[surest if verdict is Verdict.ESTABLISHED else verdict.value] += 1
    return found


def _counted(found: Counter[str]) -> str:
    known = [kind for kind in METHODS if found[kind]]
    rest = [name for name in found if name not in METHODS]
    return ", ".join(f"{found[kind]} {METHODS.get(kind, kind)}" for kind in (*known, *rest))


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


def _answer(question: Question, results: Sequence[str]) -> Prose:
    """Return where the answer stands: its numbered results, its figures."""
    if not results:
        return ("figures and text" if question.experiment else "",)
    told = results[0] if len(results) == 1 else f"{results[0]} to {results[-1]}"
    return (told + (", figures and text" if question.experiment else ""),)


def _overview(answers: dict[str, Prose], known: dict[str, Checked]) -> Table:
    """Return the table of all questions: what is asked, where the answer is, how it is known."""
    rows = []
    for question in questions():
        claims: Counter[str] = Counter()
        tests = 0
        for key in dict.fromkeys(part.key for part in question.parts):
            claims += tallied(known[key].judgement)
            tests += len(known[key].tests)
        checked = f"{_plural(claims.total(), 'claim')}, {_plural(tests, 'test')}"
        how = checked if question.parts else "recorded run"
        cells: tuple[Prose, ...] = ((question.number,), (question.asked,))
        rows.append((*cells, answers[question.number], (how,)))
    header: tuple[Prose, ...] = (("Question",), ("Asked",), ("Answer",), ("Known by",))
    return Table(header, tuple(rows))


def _appendix(known: dict[str, Checked], root: Path) -> Iterator[Block]:
    """Yield the source of the functions that answer the questions, each once."""
    said = set[str]()
    for question in questions():
        named = [n for part in question.parts for n in known[part.key].derivation.code[:1]]
        found = []
        for name in dict.fromkeys((*question.code, *named)):
            if name in said or name in NOT_LISTED:
                continue
            said.add(name)
            found.append(f"# {question.number}: {name}\n{listing(name, root)}")
        if found:
            yield Code("\n\n".join(found), "python", small=True)
