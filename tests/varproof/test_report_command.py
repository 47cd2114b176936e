"""`varproof report` runs the program of the clone that it is called in, and no other."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from harness.project import ROOT

from varproof import report_command
from varproof.command import main


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], dict[str, Any]]]:
    """The programs that were started, none of which runs."""
    calls: list[tuple[list[str], dict[str, Any]]] = []

    def run(program: list[str], **options: Any) -> subprocess.CompletedProcess[str]:  # noqa: ANN401 - as subprocess has it
        calls.append((program, options))
        return subprocess.CompletedProcess(program, 1)

    monkeypatch.setattr(report_command.subprocess, "run", run)
    monkeypatch.setattr(report_command, "NEEDED", ())
    return calls


def test_the_clone_around_the_folder_builds_its_report(
    started: list[tuple[list[str], dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also from a folder inside of it; its exit status is the command's."""
    monkeypatch.chdir(ROOT / "docs")
    assert main(["report", "--seed", "3"]) == 1
    ((program, options),) = started
    assert program == [sys.executable, str(Path("docs", "build.py")), "--seed", "3"]
    assert options["cwd"] == ROOT
    assert options["env"]["PYTHONPATH"] == str(ROOT)
    assert (ROOT / program[1]).is_file()


def test_elsewhere_the_command_says_what_to_do(
    started: list[tuple[list[str], dict[str, Any]]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One sentence, and nothing is started."""
    monkeypatch.chdir(tmp_path)
    assert main(["report"]) == 2
    assert "wanted a clone of the repository" in capsys.readouterr().err
    assert started == []


def test_without_the_extra_the_command_names_it(
    started: list[tuple[list[str], dict[str, Any]]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Before anything is derived."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(report_command, "NEEDED", ("no_such_module",))
    assert main(["report"]) == 2
    assert "extra 'docs'" in capsys.readouterr().err
    assert started == []
