"""The paper: every question once and in order, each answered from all derivations that name it."""

import importlib
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import Any

import pytest
from harness.project import ROOT

from derivations.calculus.steps import Finding, Verdict
from derivations.claims.judgements import Judgement
from derivations.claims.statements import Claim
from derivations.index import BEYOND, derive, entries
from derivations.printing.assumptions import sentence
from derivations.printing.nodes import (
    Chain,
    Code,
    Document,
    Figure,
    FinePrint,
    Heading,
    Paragraph,
    Strong,
)
from derivations.printing.show import plain

Report = Callable[[str], Any]
PROOF = Finding("proof", "the claim", Verdict.ESTABLISHED)
TEST = {"kind": "enumeration", "claim": "they agree", "verdict": "established", "figures": {}}


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch) -> Report:
    """The report's modules by their names."""
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    return lambda name: importlib.import_module(f"report.{name}")


def judgement(key: str, *findings: Finding) -> Judgement:
    """The same findings on every claim of a derivation."""
    steps = tuple(findings if isinstance(s.claim, Claim) else () for s in derive(key).steps)
    rules = tuple(findings if s.rule.claims else () for s in derive(key).steps)
    return Judgement(key, rules, steps, (), 0.0)


def written(report: Report, judgements: dict[str, Judgement]) -> Document:
    """The paper on these judgements; on all other derivations everything is proved."""
    checked = [
        report("pages").Checked(
            derive(e.key), judgements.get(e.key, judgement(e.key, PROOF)), ({"key": e.key, **TEST},)
        )
        for e in entries()
        if e.question != BEYOND
    ]
    shown: Any = lambda name: [Paragraph((f"experiment {name}",))]  # noqa: E731 - in its place
    document: Document = report("paper").paper(checked, shown, ROOT)
    return document


def test_every_question_is_in_the_paper_once_and_in_order(report: Report) -> None:
    """The numbers are those of the sheet and its notebooks; each has a heading and is asked."""
    questions: ModuleType = report("questions")
    numbers = [question.number for question in questions.questions()]
    assert tuple(numbers) == questions.NUMBERS
    assert [tuple(map(int, n.split("."))) for n in numbers] == sorted(
        tuple(map(int, n.split("."))) for n in numbers[:5]
    ) + sorted(tuple(map(int, n.split("."))) for n in numbers[5:])
    blocks = written(report, {}).blocks
    labels = [b.label for b in blocks if isinstance(b, Heading) and b.label]
    assert labels == [f"question-{number}" for number in numbers]
    asked = [
        b.prose[1] for b in blocks if isinstance(b, Paragraph) and b.prose[0] == Strong("Asked. ")
    ]
    assert asked == [question.asked for question in questions.questions()]
    assert all(question.parts or question.experiment for question in questions.questions())


def test_every_derivation_of_a_question_is_part_of_its_answer(report: Report) -> None:
    """A derivation that names a question answers it in the paper, and no other does."""
    wanted = {e.key: e.question for e in entries() if e.question != BEYOND}
    found = {
        part.key: question.number
        for question in report("questions").questions()
        for part in question.parts
    }
    assert found == wanted


def test_every_result_of_these_derivations_is_in_the_paper(report: Report) -> None:
    """Results are numbered from one on; none is left out by a choice of rules."""
    blocks = written(report, {}).blocks
    lines = [line for b in blocks if isinstance(b, Chain) for line in b.lines]
    results = [line for line in lines if line.number]
    assert [line.number for line in results] == [f"({n})" for n in range(1, len(results) + 1)]
    shown = Counter(str(line.statement) for line in results)
    keys = dict.fromkeys(p.key for q in report("questions").questions() for p in q.parts)
    left_out = {
        key: [str(r) for r in derive(key).results if not shown.pop(str(r), 0)] for key in keys
    }
    assert not shown
    # 1.1.2 asks for named densities, so that the log joint is not written out; 10.4 shows the bound
    # on the pull of the means in place of the pull itself.
    known = {"dice.log_joint": 1, "mmd.inert_in_high_dimension": 1}
    assert {key: len(found) for key, found in left_out.items() if found} == known


def test_a_claim_that_is_not_established_is_never_shown_as_established(report: Report) -> None:
    """Its line, and the line of evidence below its derivation, say that it is not."""
    key = "mmd.u_statistic"
    for verdict in (Verdict.REFUTED, Verdict.UNKNOWN):
        bad = replace(PROOF, verdict=verdict)
        blocks = written(report, {key: judgement(key, bad)}).blocks
        prints = [b for b in blocks if isinstance(b, FinePrint) and key in str(b.prose[0])]
        assert [Strong("Not established") in b.prose for b in prints] == [True]
        assert any(verdict.value in str(part) for part in prints[0].prose)
        lines = [line for b in blocks if isinstance(b, Chain) for line in b.lines]
        doubtful = [line for line in lines if line.reason[0] == Strong("not established")]
        shown = {str(s.claim) for s in derive(key).steps}
        assert doubtful
        assert all(str(line.statement) in shown and not line.number for line in doubtful)


def test_claims_are_counted_once_by_their_surest_evidence(report: Report) -> None:
    """A proof counts before a comparison at points; what is not established under its verdict."""
    ball = replace(PROOF, kind="enclosure")
    other = replace(ball, claim="another")
    bad = replace(other, verdict=Verdict.REFUTED)
    one = Judgement("k", ((), ()), ((ball, PROOF, other), (bad,)), (), 0.0)
    assert report("paper").tallied(one) == {"proof": 1, "enclosure": 1, "refuted": 1}


def test_a_part_with_a_rule_that_no_step_has_is_refused(report: Report) -> None:
    """A rule that was renamed would silently drop its steps."""
    part = report("parts").Part("dice.q_rho", rules="no such rule")
    c = report("pages").Checked(derive(part.key), judgement(part.key, PROOF), ())
    with pytest.raises(ValueError, match="no such rule"):
        report("paper")._chosen(part, c)  # noqa: SLF001 - what the paper is made with


def test_the_appendix_lists_source_that_runs(report: Report) -> None:
    """Each listing is Python, and names its question."""
    listings = [b.text for b in written(report, {}).blocks if isinstance(b, Code)]
    assert len(listings) > 5
    for text in listings:
        compile(text, "listing", "exec")
        assert text.startswith("# ")
    questions = {q.number for q in report("questions").questions()}
    assert {line[2:].split(":")[0] for t in listings for line in t.splitlines()
            if line.startswith("# ") and ": impl." in line} <= questions  # fmt: skip


def test_a_listing_keeps_the_body_and_cuts_the_docstring(report: Report, tmp_path: Path) -> None:
    """Of a method too; a name that is none is an error."""
    module: ModuleType = report("listings")
    source = 'class A:\n    def f(self):\n        """Say one.\n\n        And more.\n        """\n'
    (tmp_path / "m.py").write_text(source + "        return 1  # noqa: X1 - reason\n")
    listed = module.listing("m.A.f", tmp_path)
    assert listed == 'def f(self):\n    """Say one."""\n    return 1'
    for name in ("m.A", "m.A.g", "n.f"):
        with pytest.raises(module.ListingError):
            module.listing(name, tmp_path)


def test_an_assumption_is_said_once_and_again_when_a_name_has_changed(report: Report) -> None:
    """The encoder of 5.2 is that of 3.1, but 5.1 has given its letters other meanings."""
    module = report("assumed")
    told = module.Assumed()

    def words(key: str) -> str:
        derivation = derive(f"gaussian_vae.{key}")
        steps = [step.claim for step in derivation.steps]
        needed = module.assumed_in(steps, derivation.assumptions)
        return plain(told.in_addition(needed))

    first, between, after = map(words, ("reparameterization", "elbo", "gaussian_kl"))
    assert "q(z | x): z_k ~" in first
    assert "q(z | x): z has any" in between
    assert "q(z | x): z_k ~" in after
    assert words("gaussian_kl") == ""


def test_assumptions_on_letters_that_are_not_shown_are_left_out(report: Report) -> None:
    """A letter of an omitted step needs no declaration; what an assumption is written in does."""
    derivation = derive("mmd.gaussian_kernel_expectation")
    (claim,) = [r for r in derivation.results if "exp" in str(r) and "E" in str(r)][:1]
    kept = report("assumed").assumed_in([claim], derivation.assumptions)
    text = plain(tuple(part for held in kept for part in sentence(held)))
    assert "\N{GREEK SMALL LETTER DELTA}" not in text
    assert len(kept) < len(derivation.assumptions)


def test_a_paper_too_long_or_too_short_fails_the_build(report: Report) -> None:
    """From 15 to 20 pages."""
    complaints = report("paper").complaints
    assert [bool(complaints(n)) for n in (14, 15, 20, 21)] == [True, False, False, True]


def test_the_source_for_latex_has_its_figures_beside_it(report: Report, tmp_path: Path) -> None:
    """An SVG becomes a PDF, a PNG is copied, and the source names both."""
    pytest.importorskip("typst")
    root = tmp_path / "pages"
    (root / "dice" / "figures").mkdir(parents=True)
    box = 'width="9" height="9"'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {box}><rect {box}/></svg>'
    (root / "dice" / "figures" / "a.svg").write_text(svg)
    (root / "dice" / "figures" / "b.png").write_bytes(b"png")
    figures = tuple(
        Figure(PurePosixPath("dice", "figures", name), ("What to see.",), "")
        for name in ("a.svg", "b.png")
    )
    path = tmp_path / "paper" / "paper.tex"
    for _ in range(2):
        report("publish").write_source(Document("A paper", figures), root, path)
        made = sorted((tmp_path / "paper" / "figures").iterdir())
        assert [p.name for p in made] == ["dice-a.pdf", "dice-b.png"]
        content = made[0].read_bytes()
        assert content.startswith(b"%PDF")
    text = path.read_text()
    assert "{figures/dice-a.pdf}" in text
    assert "{figures/dice-b.png}" in text
