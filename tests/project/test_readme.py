"""The README's tour prints what it says, and every command of the pages is one there is."""

import argparse
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from harness.project import ROOT

from varproof import command

PAGES = ("README.md", "CONTRIBUTING.md", "docs/derive.md", "docs/index.md", "docs/glossary.md")
README = (ROOT / "README.md").read_text(encoding="utf-8")
SESSIONS = re.findall(r"^```console\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
PROGRAMS = re.findall(
    r"^```python\n(.*?)^```$(?:[^`]*?^```text\n(.*?)^```$)?", README, re.MULTILINE | re.DOTALL
)
SECONDS = re.compile(r" +\d+\.\d+(?= s\b|$)", re.MULTILINE)


def told(text: str) -> str:
    """Return output without times, and without the blanks at the ends of its lines."""
    stripped = "\n".join(line.rstrip() for line in text.strip().splitlines())
    return SECONDS.sub(" T", stripped)


def commands(session: str) -> list[tuple[str, str]]:
    """Return each command of a session with what it prints."""
    parts = re.split(r"^\$ (.*(?:\\\n.*)*)\n", session, flags=re.MULTILINE)
    assert parts[0] == ""
    return list(zip(parts[1::2], parts[2::2], strict=True))


def run(arguments: list[str], folder: Path) -> str:
    """Run a program in a folder as from a shell of 100 columns, and return what it prints."""
    done = subprocess.run(
        arguments,
        cwd=folder,
        env={**os.environ, "COLUMNS": "100"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stdout
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(SESSIONS)))
def test_the_tour_prints_what_the_readme_shows(number: int, tmp_path: Path) -> None:
    """Each command, in one folder; times aside, to the letter."""
    for line, printed in commands(SESSIONS[number]):
        program, *words = shlex.split(line)
        if words[0] == "samplers":
            pytest.importorskip("torch")
        assert program == "varproof"
        assert told(run([sys.executable, "-m", "varproof", *words], tmp_path)) == told(printed)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_the_programs_of_the_readme_print_what_it_shows(number: int, tmp_path: Path) -> None:
    """Where the README shows no output, there is none."""
    program, printed = PROGRAMS[number]
    if "import torch" in program:
        pytest.importorskip("torch")
    (tmp_path / "program.py").write_text(program, encoding="utf-8")
    assert run([sys.executable, "program.py"], tmp_path) == printed


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_page_is_one_there_is(page: str) -> None:
    """Each `varproof ...` of a shell block is taken by the command line's parser."""
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = re.findall(r"^```(?:sh|console)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    joined = "\n".join(blocks).replace("\\\n", " ")
    lines = re.findall(r"^(?:\$ )?varproof (.*)$", joined, re.MULTILINE)
    for line in lines:
        words = shlex.split(line.split(" > ")[0], comments=True)
        found = command._parser().parse_args(words)  # noqa: SLF001 - the parser itself
        assert isinstance(found, argparse.Namespace)
