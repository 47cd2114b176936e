"""The page on models of one's own prints what its programs print."""

from __future__ import annotations

import contextlib
import importlib
import io
import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest
from harness.project import ROOT

from varproof import command

PAGE = (ROOT / "docs" / "derive.md").read_text(encoding="utf-8")
MODELS = PAGE.partition("## State a result")[0]
PROGRAMS = re.findall(
    r"^```python\n(.*?)^```$(?:[^`]*?^```text\n(.*?)^```$)?", MODELS, re.MULTILINE | re.DOTALL
)
COMMANDS = re.findall(r"^\$ varproof (.*)$", MODELS, re.MULTILINE)
CSV = "a,b,c,d\n171,,175,\n180,183,,\n166,169,164,167\n"


def printed(program: str, names: dict[str, Any]) -> str:
    """Return what a program prints; an error as its last line, as Python writes it."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        try:
            exec(compile(program, "docs/derive.md", "exec"), names)  # noqa: S102 - our own page
        except (ValueError, KeyError) as error:
            out.write(f"{type(error).__name__}: {error.args[0]}\n")
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


@pytest.mark.slow
def test_the_programs_of_the_page_print_what_it_shows() -> None:
    """Each in the names of those before it; the page shows every line, errors too."""
    names: dict[str, Any] = {}
    for program, shown in PROGRAMS:
        assert printed(program, names) == shown.rstrip()
    assert len(PROGRAMS) > 8


@pytest.mark.slow
def test_the_commands_of_the_page_do_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one folder with the model's file; the exit status of each is zero."""
    monkeypatch.chdir(tmp_path)
    Path("schools.py").write_text(PROGRAMS[0][0], encoding="utf-8")
    Path("heights.csv").write_text(CSV, encoding="utf-8")
    for line in COMMANDS:
        assert command.main(shlex.split(line)) == 0, capsys.readouterr()
    assert len(COMMANDS) == 5
    assert list(Path("paper").glob("*.pdf"))
    assert Path("fit", "summary.json").is_file()


@pytest.mark.slow
def test_the_result_of_ones_own_is_established() -> None:
    """The program that states one, as it stands."""
    rest = PAGE.partition("## State a result")[2]
    program = re.findall(r"^```python\n(.*?)^```$", rest, re.MULTILINE | re.DOTALL)[0]
    taken = importlib.import_module("derivations.claims.registry")
    before = taken.registered()
    try:
        assert printed(program, {"__name__": "page"}).startswith("mine.kl: established")
    finally:
        taken.taken_since(before)
    assert "page" not in sys.modules
