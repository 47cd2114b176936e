"""Commands go on to their end whoever stops reading what they print."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest
from harness import project
from harness.project import ROOT
from harness.vae_models import call, environment, train_arguments

from impl.console import console, say
from impl.vae import running_figures


@pytest.fixture(params=["no reader", "full disk"])
def lost(request: pytest.FixtureRequest) -> Iterator[TextIO]:
    """A stream that nothing can be written to: a pipe without its reader, or a full device."""
    if request.param == "no reader":
        reader, writer = os.pipe()
        os.close(reader)
        stream = os.fdopen(writer, "w")
    else:
        full = Path("/dev/full")
        if not full.is_char_device():
            pytest.skip("needs /dev/full")
        stream = full.open("w")
    yield stream
    stream.close()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train one epoch once."""
    folder = tmp_path_factory.mktemp("vae") / "run"
    assert call(*train_arguments(folder, "--epochs", 1)) == 0
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("name", ["stdout", "stderr"])
@pytest.mark.parametrize("terminal", ["", "1"], ids=["pipe", "terminal"])
def test_training_goes_on_without_a_reader(
    name: str, terminal: str, lost: TextIO, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All epochs and the summary are there; with the bar of a terminal, too."""
    monkeypatch.setenv("FORCE_COLOR", terminal)
    monkeypatch.setattr(sys, name, lost)
    assert call(*train_arguments(tmp_path / "run", "--epochs", 2)) == 0
    monkeypatch.undo()
    assert (tmp_path / "run" / "summary.json").is_file()
    assert len((tmp_path / "run" / "metrics.jsonl").read_text().splitlines()) == 2


@pytest.mark.slow
@pytest.mark.parametrize("name", ["stdout", "stderr"])
def test_figures_are_drawn_without_a_reader(
    name: str, run: Path, lost: TextIO, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The numbers, which are written last, are there."""
    for limit, value in (("_EMBEDDED", 40), ("_DIMENSIONS", (1, 3)), ("_BATCHES", 3)):
        monkeypatch.setattr(running_figures, limit, value)
    monkeypatch.setattr(sys, name, lost)
    assert call("vae", "figures", run, "--device", "cpu", "--output", tmp_path / "out") == 0
    monkeypatch.undo()
    assert (tmp_path / "out" / "measures.json").is_file()


def test_a_line_is_dropped_and_the_stream_stays_usable(
    lost: TextIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither that line raises, nor the next, nor the flush of Python's own at the end."""
    monkeypatch.setattr(sys, "stderr", lost)
    monkeypatch.setattr(sys, "stdout", lost)
    for _ in range(3):
        say("warning")
        console().print("result")
    lost.flush()


def test_a_stream_that_is_closed_or_missing_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `>&-` of a shell, or a program without a terminal, leaves them."""
    reader, writer = os.pipe()
    os.close(reader)
    closed = os.fdopen(writer, "w")
    closed.close()
    for stream in (closed, None):
        monkeypatch.setattr(sys, "stdout", stream)
        monkeypatch.setattr(sys, "stderr", stream)
        say("warning")
        console().print("result")


@pytest.mark.slow
def test_a_reader_that_takes_one_line_ends_nothing(tmp_path: Path) -> None:
    """As `| head -1`: exit code 0, no word on the standard error, and all epochs."""
    folder = tmp_path / "run"
    command = [str(part) for part in train_arguments(folder, "--epochs", 3)]
    process = subprocess.Popen(
        [sys.executable, "-m", "varproof", *command],
        env=environment(),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout.readline().startswith("embedded sample of 2,000")
        process.stdout.close()
        said = process.stderr.read()
        assert process.wait(300) == 0
    finally:
        process.kill()
        process.stderr.close()
    assert said == ""
    assert len((folder / "metrics.jsonl").read_text().splitlines()) == 3
    assert (folder / "summary.json").is_file()


def test_text_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    """Paths may hold what Rich would take for styles or emoji."""
    text = "/data/[red]digits[/]/:dog:/" + "x" * 200
    say(text)
    console().print(text)
    assert capsys.readouterr() == (f"{text}\n", f"{text}\n")


def speakers() -> Iterator[str]:
    """Places in the code of the autoencoder that write to a stream by themselves."""
    for path in project.files(".py"):
        where = path.relative_to(ROOT).as_posix()
        if not where.startswith("impl/vae/"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            called = isinstance(node, ast.Call) and ast.unparse(node.func) in ("print", "Console")
            stream = isinstance(node, ast.Attribute) and ast.unparse(node) in (
                "sys.stdout", "sys.stderr", "sys.__stdout__", "sys.__stderr__",
            )  # fmt: skip
            if called or stream:
                yield f"{where}:{node.lineno}"


def test_everything_is_printed_by_the_console_that_lasts() -> None:
    """No command has a way of its own to a reader."""
    assert list(speakers()) == []
