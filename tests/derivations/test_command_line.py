"""The command line refuses what it cannot do before it works, and says so in one line."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from shutil import which

import pytest

import derivations
from derivations.claims import mutation_report as mutation
from derivations.claims import report
from derivations.claims.statements import Derivation
from derivations.evidence.attack import command as attack
from derivations.evidence.limits import OvertimeError
from derivations.index import UnknownKeyError, derive, entries, entry
from derivations.printing.document import write_document
from derivations.printing.nodes import Bullets, Document
from derivations.printing.notation import display_latex
from derivations.printing.page import copyable_latex
from derivations.printing.references import reference_blocks
from derivations.printing.show import plain, show
from derivations.printing.writers.latex import write_latex
from derivations.printing.writers.typst import compile_pdf
from derivations.problems import PROBLEMS
from varproof import command

KEY = "softmax_gaussian.back_to_concentration"


@pytest.mark.parametrize("verb", ["mutate", "attack"])
@pytest.mark.parametrize("place", ["folder", "file/counts.json"])
def test_counts_that_cannot_be_written_are_refused_before_the_work(
    verb: str,
    place: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A folder, or a place below a file: one error line, nothing judged, nothing left behind."""
    for module in (mutation, attack):
        monkeypatch.setattr(module, "side_by_side", lambda *_: pytest.fail("it went to work"))
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    path = tmp_path / place
    assert command.main([verb, KEY, "--json", str(path)]) == command.MISUSED
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: ")
    assert said.err.count("\n") == 1
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["file", "folder"]


@pytest.mark.parametrize(("wrong", "meant"), [("dice.q_rh", "dice.q_rho"), ("elbo", "dice.elbo")])
def test_a_wrong_key_is_answered_by_those_like_it(
    wrong: str, meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line: what was got, the keys near it, and the command that lists all."""
    assert command.main(["check", wrong]) == command.MISUSED
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert repr(wrong) in said
    assert meant in said
    assert "varproof list" in said
    assert sum(e.key in said for e in entries()) <= 4


def test_a_key_like_no_other_is_answered_by_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is guessed."""
    assert command.main(["show", "zzz"]) == command.MISUSED
    said = capsys.readouterr().err
    assert said == ("error: wanted the key of a derivation, got 'zzz'; varproof list prints all\n")


def test_an_unknown_key_names_the_keys_there_are() -> None:
    """Asking in Python for a key that is not listed says what was wanted."""
    with pytest.raises(UnknownKeyError, match=r"dice\.q_rho"):
        entry("dice.q_beta")


def test_the_list_stands_by_problem_and_has_every_key(capsys: pytest.CaptureFixture[str]) -> None:
    """Each problem by its name and title, its keys below it: one title may serve two problems."""
    assert command.main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    heads = [number for number, text in enumerate(lines) if not text.startswith(" ")]
    assert [lines[number] for number in heads] == [f"{m}: {t}" for m, t in PROBLEMS.items()]
    below = [line.split()[0] for line in lines if line.startswith(" ")]
    assert below == [e.key for e in entries()]
    for start, end in zip(heads, [*heads[1:], len(lines)], strict=True):
        problem = lines[start].partition(":")[0]
        assert {key.split()[0].partition(".")[0] for key in lines[start + 1 : end]} == {problem}


DOES = {
    "check": "derivations.claims.report.check_and_print",
    "mutate": "derivations.claims.mutation_report.mutate_and_print",
    "attack": "derivations.evidence.attack.command.attack_and_say",
    "document": "derivations.printing.document.write_document",
    "show": "derivations.printing.show.show",
}
"""What each command calls, with the keys as its first argument; `show` once for each key."""


@pytest.mark.parametrize("verb", DOES)
def test_a_problem_stands_for_all_of_its_keys(verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before or after a key of its own, each key counts once."""
    asked: list[list[str]] = []

    def said(keys: list[str], *_: object, **__: object) -> object:
        asked.append(keys)
        return "" if verb == "show" else 0

    monkeypatch.setattr(DOES[verb], said)
    more = ["--output", "nowhere"] if verb == "document" else []
    assert command.main([verb, "mmd.u_statistic", "mmd", *more]) == 0
    keys = asked if verb == "show" else asked[0]
    assert sorted(keys) == sorted(e.key for e in entries() if e.key.startswith("mmd."))
    assert keys[0] == "mmd.u_statistic"


def test_a_wrong_problem_is_answered_by_those_like_it(capsys: pytest.CaptureFixture[str]) -> None:
    """A problem is suggested as a key is."""
    assert command.main(["check", "dicee"]) == command.MISUSED
    assert "did you mean dice or" in capsys.readouterr().err


def test_several_derivations_are_shown_as_one_array(capsys: pytest.CaptureFixture[str]) -> None:
    """JSON stays JSON."""
    assert command.main(["show", "mmd", "--format", "json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert [one["key"] for one in shown] == [e.key for e in entries() if e.problem == "mmd"]


def test_a_document_lists_what_it_cites_and_nothing_else(tmp_path: Path) -> None:
    """Two problems: a table of contents, their titles, and each source once, at the end."""
    path = write_document(["dice.q_rho", "mmd.kernel_form"], "latex", tmp_path, 0)
    text = path.read_text(encoding="utf-8")
    assert text.count(r"\tableofcontents") == 1
    body, references = text.split(r"\section{References}")
    assert body.index(PROBLEMS["dice"]) < body.index("dice.") < body.index(PROBLEMS["mmd"])
    derived = [derive(key) for key in ("dice.q_rho", "mmd.kernel_form")]
    cited = {s.rule.source.partition(",")[0] for d in derived for s in d.steps} - {""}
    cited |= {source for d in derived for source in d.sources}
    listed = re.findall(r"\\item \{\}\\texttt\{(\w+)\}", references)
    assert listed == sorted(cited)
    assert "Bernhard Schölkopf" in references
    assert "723--773, 2012" in references


def test_every_source_of_the_bibliography_can_be_listed() -> None:
    """No mark of BibTeX is left in any entry, and every entry has all that its line needs."""
    text = (Path(next(iter(derivations.__path__))) / "references.bib").read_text(encoding="utf-8")
    known = tuple(re.findall(r"^@\w+\{(\w+),", text, re.MULTILINE))
    everything = Derivation("a.b", "All", "", (), known, (), ())
    _, bullets = reference_blocks([everything])
    assert isinstance(bullets, Bullets)
    lines = [plain(line) for line in bullets.items]
    assert [line.partition(":")[0] for line in lines] == sorted(known)
    assert not [line for line in lines if re.search(r"[{}\\]|--| and ", line.partition(". ")[0])]
    assert not [line for line in lines if re.search(r"[{}\\]|--", line)]


def test_a_key_given_twice_counts_once(capsys: pytest.CaptureFixture[str]) -> None:
    """The same check again is no second derivation."""
    assert command.main(["check", KEY, "dice.graph", KEY]) == 0
    said = capsys.readouterr().out
    assert "2 of 2 established" in said
    assert said.count(KEY) == 1


def test_a_derivation_out_of_time_is_unknown_by_no_kind_of_evidence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What did not run is of no kind: the line says what happened and names none."""

    def late(_: str) -> None:
        raise OvertimeError

    monkeypatch.setattr(report, "derive", late)
    assert command.main(["check", KEY, "--limit", "0.01"]) == 1
    said = capsys.readouterr().out
    assert "none" not in said
    assert "derivation: unknown: the derivation did not end within 0.01 s" in said


@pytest.mark.parametrize("key", [e.key for e in entries()])
def test_latex_to_paste_has_every_step_and_the_result(key: str) -> None:
    """Each step's rule and formula in their order, the numbered results last."""
    derivation, text = derive(key), show(key, "latex")
    at = 0
    for step in derivation.steps:
        at = text.index(display_latex(step.claim), at) + 1
    assert text.endswith(copyable_latex(derivation.results))
    assert text.index(copyable_latex(derivation.results)) >= at


def test_typst_to_paste_compiles_as_it_stands(tmp_path: Path) -> None:
    """Beside nothing else, with the steps in it."""
    text = show(KEY, "typst")
    assert text.count("Step ") == len(derive(KEY).steps)
    assert compile_pdf(text, tmp_path).startswith(b"%PDF")


@pytest.mark.slow
@pytest.mark.skipif(which("pdflatex") is None, reason="needs pdflatex")
def test_latex_to_paste_compiles_in_the_preamble_of_a_document(tmp_path: Path) -> None:
    """All derivations in one article, one after the other."""
    head, end, _ = write_latex(Document("All", ())).partition(r"\end{document}")
    shown = "\n\n".join(show(e.key, "latex") for e in entries())
    (tmp_path / "all.tex").write_text(f"{head}{shown}\n{end}", encoding="utf-8")
    run = subprocess.run(
        [str(which("pdflatex")), "-halt-on-error", "-interaction=nonstopmode", "all.tex"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-2000:]
