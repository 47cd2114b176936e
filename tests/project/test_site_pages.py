"""The pages of the site beside the derivations: answers, ledger, rules, reference, references."""

import importlib
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from harness.project import ROOT

pytest.importorskip("sphinx", reason="needs the extra 'docs'")

from derivations.claims.judgements import Judgement
from derivations.claims.judging import judge
from derivations.index import derive, entries
from derivations.printing.evidence_rows import rule_label, source_label
from derivations.printing.nodes import Document, Link, Literal, Paragraph, Table
from derivations.printing.references import bibliography
from derivations.printing.writers.markdown import write_markdown

KEY = "kumaraswamy.density"
Importer = Callable[[str], ModuleType]


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch) -> Importer:
    """Import a module of the report by its name."""
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    return lambda name: importlib.import_module(f"report.{name}")


@pytest.fixture(scope="module")
def judgement() -> Judgement:
    """A derivation, judged."""
    return judge(derive(KEY))


def test_every_question_leads_to_derivations_experiments_and_code_that_exist(
    report: Importer,
) -> None:
    """Each key is a derivation, each experiment has a page, each function has an entry."""
    front, questions = report("front"), report("questions")
    keys = {entry.key for entry in entries()}
    for question in questions.questions():
        assert {part.key for part in question.parts} <= keys
        assert not question.experiment or question.experiment in front.EXPERIMENTS
        assert question.parts or question.experiment
        for name in question.code:
            report("api_pages").found(name)


def test_ledger_has_a_line_for_every_step(report: Importer, judgement: Judgement) -> None:
    """It names the rule and the verdict, and leads to both; what nothing judged stands out."""
    checked = [report("pages").Checked(derive(KEY), judgement, ())]
    _, table = report("ledger_page").ledger(checked)
    assert isinstance(table, Table)
    for number, (row, step) in enumerate(zip(table.rows, derive(KEY).steps, strict=True), 1):
        _, place, rule, verdict, kinds, tests = row
        assert place == (Link(str(number), f"#at-{KEY}.step-{number}"),)
        assert rule == (Link(step.rule.name, f"#{rule_label(step.rule.name)}"),)
        assert verdict == ("established",)
        assert kinds != ("",)
        assert tests == ("none",)
    empty = Judgement(KEY, (), (), (), 0.0)
    _, table = report("ledger_page").ledger([report("pages").Checked(derive(KEY), empty, ())])
    assert "established" not in [row[3][0] for row in table.rows]


def test_page_of_a_step_leads_to_its_rule_and_folds_its_evidence(
    report: Importer, judgement: Judgement
) -> None:
    """The labels that pages refer to are on the page of rules, each once."""
    checked = [report("pages").Checked(derive(KEY), judgement, ())]
    page = write_markdown(Document("", tuple(report("site")._one(checked[0], None))))  # noqa: SLF001
    rules = write_markdown(Document("", tuple(report("ledger_page").rules(checked))))
    wanted = set(re.findall(r"\(#(rule-[^)]*)\)", page))
    labels = re.findall(r"^\((rule-.*)\)=$", rules, re.MULTILINE)
    assert wanted == set(labels)
    assert len(labels) == len(set(labels)) > 1
    assert page.count("<summary>established by ") == len(derive(KEY).steps)
    assert "finite difference</summary>" in page


def test_every_source_has_a_label_of_its_own() -> None:
    """Keys that differ only in their case would share one."""
    labels = [source_label(key) for key in bibliography()]
    assert len(labels) == len(set(labels)) > 10
    assert source_label("Blei2017, sec. 2") == source_label("blei2017")


def test_reference_has_every_public_name_and_every_function_of_a_derivation(
    report: Importer, tmp_path: Path
) -> None:
    """Functions have their parameters; a constant has its value; keys lead to derivations."""
    code = [name for entry in entries() for name in entry.code]
    report("api_pages").write(code, tmp_path)
    text = "".join(path.read_text(encoding="utf-8") for path in tmp_path.glob("*.rst"))
    shown = set(re.findall(r"^\.\. py:\w+:: ([\w.]+)", text, re.MULTILINE))
    assert set(code) <= shown
    public = importlib.import_module("varproof.api").__all__
    modules = {"families", "rules"}
    assert {f"varproof.{name}" for name in public if name not in modules} <= shown
    assert ":ref:`dice.q_z1 <dice.q_z1>`" in text
    assert "``'unit'``" in text
    with pytest.raises(report("api_pages").UnknownNameError, match="nothing_there"):
        report("api_pages").found("impl.mmd.nothing_there")


def test_names_lead_somewhere_on_the_site_alone() -> None:
    """Elsewhere a label is only the words."""
    blocks = (Paragraph((Link("rule", "#rule-a", strong=True), " ", Literal("a.b", "a.b"))),)
    document = Document("", blocks)
    assert "[**rule**](#rule-a) [`a.b`](#a.b)" in write_markdown(document)
    assert "**rule** `a.b`" in write_markdown(document, myst=False)


def test_guide_has_the_example_of_contributing(report: Importer, tmp_path: Path) -> None:
    """It is copied from there, where a test follows it."""
    publish = report("publish")
    (tmp_path / "index.md").write_text("", encoding="utf-8")
    documents = {"summary": Document("", ())}
    publish.write_pages(documents, tmp_path, ROOT / "docs")
    assert "DeclaredModel(" in (tmp_path / "derive.md").read_text(encoding="utf-8")
