"""The help of the dice commands: its examples work, and its names are spelled as they are."""

import re
import shlex
from pathlib import Path

import pytest
from harness.dice_commands import call, draw_nothing

COMMANDS = ((), ("simulate",), ("fit",))


def help_of(capsys: pytest.CaptureFixture[str], command: tuple[str, ...]) -> str:
    """Return the help text of a command."""
    assert call("dice", *command, "--help") == 0
    return capsys.readouterr().out


def examples(text: str) -> list[list[str]]:
    """List the arguments of each example in a help text, without the program's name."""
    joined = text.partition("\nexamples:\n")[2].replace("\\\n", " ")
    lines = [line for line in joined.splitlines() if line.strip().startswith("varproof ")]
    return [shlex.split(line)[1:] for line in lines]


def test_the_examples_of_every_help_work_as_they_are_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One after the other in an empty folder, each ends with status 0 and writes its output."""
    draw_nothing(monkeypatch)
    monkeypatch.chdir(tmp_path)
    ran = 0
    for command in COMMANDS:
        found = examples(help_of(capsys, command))
        assert found, command
        for arguments in found:
            if "no" in arguments:  # this one is of a file without a header
                rolls = tmp_path / "rolls.csv"
                rolls.write_text(rolls.read_text().partition("\n")[2])
            assert call(*arguments) == 0, arguments
            assert (tmp_path / arguments[arguments.index("--output") + 1]).exists()
            ran += 1
    assert ran == 7


@pytest.mark.parametrize("command", COMMANDS, ids=str)
def test_names_in_help_are_spelled_as_they_are(
    capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    """No name is lower-cased, and K is explained wherever it is used."""
    text = help_of(capsys, command)
    for name in ("Dirichlet", "CSV", "JSON", "ELBO", "NA"):
        spelled = set(re.findall(rf"(?<![\w.]){name}(?!\w)", text, re.IGNORECASE))
        assert spelled <= {name}
    assert re.search(r"\bK\b", text)
    assert "K = D1 + D2 - 1" in text


def test_the_exit_statuses_of_a_fit_are_in_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    """Every status that a fit may end with has a line."""
    text = help_of(capsys, ("fit",)).partition("exit status:")[2]
    assert re.findall(r"^  (\d)  ", text, re.MULTILINE) == ["0", "1", "2", "3"]
