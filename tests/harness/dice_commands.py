"""Calls of the dice commands, and the check that a refused command changes no file."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import varproof.command
from impl import figure_style
from impl.dice import command, figures

FACES = ("--faces", "2", "3", "4")


def call(*arguments: object) -> int:
    """Run a command in this process; return its exit code."""
    try:
        return varproof.command.main([str(argument) for argument in arguments])
    except SystemExit as ended:
        return ended.code


def parsed(*arguments: object) -> argparse.Namespace:
    """Parse a command of the dice without running it."""
    parser = argparse.ArgumentParser()
    command.add_commands(parser.add_subparsers())
    return parser.parse_args([str(argument) for argument in arguments])


def run(*arguments: object, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command as a user does, in a process of its own."""
    root = str(Path(varproof.command.__file__).parents[1])
    return subprocess.run(
        [sys.executable, "-m", "varproof", *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": root},
        capture_output=True,
        text=True,
        check=False,
    )


def write_rolls(path: Path) -> Path:
    """Write a hundred points of three rolls, one missing."""
    rng = np.random.default_rng(3)
    rows = rng.integers(1, 5, size=(100, 3)).tolist()
    rows[7][2] = ""
    path.write_text("a,b,c\n" + "".join(",".join(map(str, row)) + "\n" for row in rows))
    return path


def fit_arguments(rolls_file: Path, output: Path, *more: object) -> tuple[object, ...]:
    """Arguments of a quick fit."""
    return (
        "dice", "fit", rolls_file, *FACES, "--restarts", 2, "--output", output,
        "--first-concentration", 1.5, "--second-concentration", 0.5, 1, 2,
        "--roll-concentration", 0.9, 1.1, 1.2, 0.7, *more,
    )  # fmt: skip


def draw_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write a word in place of every figure, for tests that are not about figures."""

    def save(_figure: object, stem: Path) -> None:
        for ending in (".png", ".svg"):
            stem.with_suffix(ending).write_text("figure")

    monkeypatch.setattr(figure_style, "save", save)
    for name in ("draw_ascent", "draw_dice"):
        monkeypatch.setattr(figures, name, lambda *_arguments, **_options: None)


def listing(folder: Path) -> list[str]:
    """Every path below a folder."""
    return sorted(str(path) for path in folder.rglob("*"))


def assert_refused(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    before: list[str],
    arguments: tuple[object, ...],
    message: str,
) -> None:
    """Check that a command ends with code 2 and one line on stderr, and changes no file."""
    assert call(*arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: ")
    assert message in said.err
    assert said.err.count("\n") == 1
    assert listing(tmp_path) == before
