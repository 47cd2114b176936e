"""Models and derivations in a user's own file, and the commands on them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from harness import gallery

import varproof as vp
from derivations.declaring import files
from derivations.index import FileError
from varproof import command

if TYPE_CHECKING:
    from pathlib import Path

COIN = """
import varproof as vp

m = vp.Model("coin")
a, b = m.given("a"), m.given("b")
theta = m.beta("theta", a, b)
with m.plate(n=m.sizes("N")):
    x = m.bernoulli("x", theta, observed=True)
"""
OWN = """
from varproof import POSITIVE, Array, Domain, Rule, derivation, equal, result

a = Array("a", (), "a", POSITIVE)[()]


@derivation("mine.square", question="beyond the sheet", title="A square")
def square():
    '''Expand a square.'''
    yield Domain(a)
    expanded = a**2 + 2 * a + SECOND
    yield result(Rule("expand", "The binomial formula."), equal((a + 1) ** 2, expanded))
"""


def write(folder: Path, text: str, name: str = "my_model.py") -> str:
    """Write a file, and return its path."""
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return str(file)


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[object, str, str]:
    """Run the command in this process; return its exit status and what it printed."""
    try:
        status: object = command.main(list(arguments))
    except SystemExit as end:
        status = end.code
    return status, *capsys.readouterr()


BROKEN = {
    "syntax": ("m = (", ", line 1: '(' was never closed"),
    "raises": ("import varproof\n\n1 / 0\n", ", line 3: ZeroDivisionError: division by zero"),
    "ends": ("raise SystemExit(3)\n", ", line 1: SystemExit: 3"),
    "no module": ("import no_such_module\n", ", line 1: ModuleNotFoundError: No module named"),
    "declares nothing": (
        "x = 1\n",
        ": wanted a model, as in m = varproof.Model('name'), or a deriv",
    ),
    "empty": ("", ": wanted a model, as in m = varproof.Model('name'), or a derivation"),
    "misuse": (
        COIN + "m.gamma('theta', 1, 1)\n",
        ", line 9: theta: wanted a new name, got one that is declared",
    ),
    "misspelt distribution": (COIN + "m.gama('g', 1, 1)\n", "has no attribute 'gama'"),
    "nothing observed": (COIN.replace(", observed=True", ""), "coin: wanted an observed variable"),
    "two of one name": (
        f"{COIN}first = m\n{COIN}",
        ": wanted each model under its own name, got two named coin",
    ),
    "outside the class": (
        "import sympy\nimport varproof as vp\n\nm = vp.Model('m')\nw = m.normal('w', 0, 1)\n"
        "m.poisson('y', sympy.exp(w), observed=True)\n",
        ": m: wanted a log joint multilinear in the sufficient statistics, got the term -exp(w)",
    ),
    "not text": ("\0", ", line"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_cannot_be_used_is_one_line(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It names the file and, where there is one, the line in it; the status is 2."""
    text, told = BROKEN[name]
    path = write(tmp_path, text)
    status, out, err = said(capsys, "check", path)
    assert (status, out) == (2, "")
    assert err.startswith(f"error: {path}")
    assert told in err
    assert err.count("\n") == 1


def test_a_file_that_is_missing_or_a_folder_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As for other files."""
    (tmp_path / "folder.py").mkdir()
    for path in (str(tmp_path / "none.py"), str(tmp_path / "folder.py")):
        status, out, err = said(capsys, "show", path)
        assert (status, out) == (2, "")
        assert err == f"error: wanted a file of declarations, got {path}, which does not exist\n"


def test_an_error_in_a_module_beside_the_file_names_the_import(tmp_path: Path) -> None:
    """The line is that of the user's own file; a module beside it can be imported."""
    write(tmp_path, "1 / 0\n", "beside_it.py")
    path = write(tmp_path, "import varproof\nimport beside_it\n")
    with pytest.raises(FileError, match=r"line 2: ZeroDivisionError"):
        files.keys_in(path)
    write(tmp_path, "NAME = 'coin'\n", "beside_that.py")
    path = write(
        tmp_path,
        COIN.replace('"coin"', "NAME").replace("vp\n", "vp\nfrom beside_that import NAME\n", 1),
        "two.py",
    )
    assert list(files.models(path)) == ["coin"]


def test_keys_are_named_in_full_or_without_the_model(tmp_path: Path) -> None:
    """A model's own name stands for all of its keys."""
    path = write(tmp_path, COIN)
    everything = files.keys_in(path)
    names = [key.partition("::coin.")[2] for key in everything]
    assert names == [
        "graph",
        "log_joint",
        "q_theta",
        "elbo",
        "coordinate_ascent",
        "log_evidence",
        "predictive",
    ]
    assert files.keys_in(f"{path}::q_theta") == files.keys_in(f"{path}::coin.q_theta")
    assert files.keys_in(f"{path}::coin") == everything


def test_a_key_that_is_misspelt_is_answered_by_those_alike(tmp_path: Path) -> None:
    """Or by all there are."""
    path = write(tmp_path, COIN)
    with pytest.raises(FileError, match=r"got 'q_thet'; did you mean .*q_theta"):
        files.keys_in(f"{path}::q_thet")
    with pytest.raises(FileError, match=r"got 'zzz': coin.graph, coin.log_joint"):
        files.keys_in(f"{path}::zzz")


def test_a_derivation_that_does_not_exist_says_why() -> None:
    """The log evidence of a mixture is a sum over all states."""
    path = gallery.path("normal")
    with pytest.raises(FileError, match=r"normal.py has no log_evidence: .*wanted"):
        files.keys_in(f"{path}::log_evidence")


def test_two_models_of_one_file_keep_their_keys(tmp_path: Path) -> None:
    """A name that both have has to be given in full."""
    second = COIN.replace('m = vp.Model("coin")', 'm = vp.Model("other")')
    path = write(tmp_path, f"{COIN}first = m\n{second}")
    assert sorted(files.models(path)) == ["coin", "other"]
    assert len(files.keys_in(path)) == 2 * len(files.keys_in(f"{path}::other"))
    with pytest.raises(FileError, match="wanted one of its keys, got 'q_theta'; did you mean"):
        files.keys_in(f"{path}::q_theta")


@pytest.mark.parametrize(("second", "status"), [("1", 0), ("2", 1)])
def test_a_derivation_of_ones_own_is_checked(
    second: str, status: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Right, it is established; with an error planted in its formula it is refuted."""
    path = write(tmp_path, OWN.replace("SECOND", second), f"own_{second}.py")
    found, out, err = said(capsys, "check", path)
    assert (found, err) == (status, "")
    assert ("established  " if status == 0 else "refuted") in out
    assert "mine.square" in out


def test_a_file_that_was_edited_is_read_again(tmp_path: Path) -> None:
    """In one process, as in a notebook; so is one with a key of its own."""
    path = write(tmp_path, COIN)
    assert list(files.models(path)) == ["coin"]
    write(tmp_path, COIN.replace('"coin"', '"other"') + OWN.replace("SECOND", "1"))
    assert list(files.models(path)) == ["other"]
    write(tmp_path, OWN.replace("SECOND", "1"))
    assert files.keys_in(path) == [f"{path}::mine.square"]


def test_a_model_is_shown_checked_and_changed_by_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a name of ours; every verdict is established and no change survives."""
    path = write(tmp_path, COIN)
    status, out, err = said(capsys, "show", f"{path}::q_theta", "--format", "latex")
    assert (status, err) == (0, "")
    assert r"\hat{a}" in out
    status, out, err = said(capsys, "show", f"{path}::q_theta", "--format", "json")
    assert status == 0
    assert json.loads(out)["key"] == "coin.q_theta"
    status, out, err = said(capsys, "check", f"{path}::q_theta")
    assert (status, err) == (0, "")
    assert "1 of 1 established" in out
    status, out, err = said(capsys, "mutate", f"{path}::q_theta", "--most", "1")
    assert status == 0, out


@pytest.mark.slow
def test_a_model_is_written_as_a_document(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every derivation of the file, as Markdown, LaTeX and PDF."""
    path = write(tmp_path, COIN)
    for form, ending in (("markdown", "md"), ("latex", "tex"), ("pdf", "pdf")):
        output = tmp_path / form
        status, _, _ = said(capsys, "document", path, "--format", form, "--output", str(output))
        assert status == 0
        assert list(output.rglob(f"*.{ending}"))


def test_a_model_is_checked_and_shown_from_python() -> None:
    """The public names take a declaration as they take a key."""
    model = gallery.model("beta_bernoulli")
    assert vp.check(model, "q_theta").verdict is vp.Verdict.ESTABLISHED
    assert "Beta" in vp.show(model, "q_theta")
    assert vp.show(model, "q_theta") in vp.show(model)
    with pytest.raises(vp.UnknownKeyError, match=r"wanted one of graph, log_joint, .*got 'q'"):
        vp.check(model, "q")
    with pytest.raises(vp.UnknownKeyError, match="wanted"):
        vp.show(gallery.model("normal"), "log_evidence")
