"""The command `varproof`: its help, its exit statuses, what it needs, and how it is interrupted."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import varproof
from varproof import command
from varproof.derivation_commands import _completed

KEY = "softmax_gaussian.back_to_concentration"
COMMANDS = (
    ["list"],
    ["show"],
    ["check"],
    ["document"],
    ["mutate"],
    ["attack"],
    ["fit"],
    ["dice"],
    ["dice", "simulate"],
    ["dice", "fit"],
    ["samplers"],
    ["samplers", "compare"],
    ["vae"],
    ["vae", "train"],
    ["vae", "figures"],
    ["vae", "answers"],
)


def run(*arguments: str, **more: object) -> subprocess.CompletedProcess[bytes]:
    """Run the command in a process of its own."""
    program = [sys.executable, "-m", "varproof", *arguments]
    return subprocess.run(program, capture_output=True, check=False, **more)


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[object, str, str]:
    """Run the command in this process; return its exit status and what it printed."""
    try:
        status: object = command.main(list(arguments))
    except SystemExit as end:
        status = end.code
    return status, *capsys.readouterr()


@pytest.mark.parametrize("words", [[], *COMMANDS], ids=" ".join)
def test_every_command_has_help(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """The help of each names it, and is for people: it starts its description with a capital."""
    status, out, err = said(capsys, *words, "--help")
    assert (status, err) == (0, "")
    assert out.startswith(f"usage: varproof {' '.join(words)}".rstrip())
    described = next(p for p in out.split("\n\n")[1:] if not p.startswith(("usage", "options")))
    assert described[0].isupper()


@pytest.mark.parametrize("words", [[], *COMMANDS], ids=" ".join)
def test_every_example_of_the_help_is_taken(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The parser takes each line as it stands; what follows two blanks says what it does."""
    out = re.sub(r"\\\n +", "", said(capsys, *words, "--help")[1])
    for line in re.findall(r"^ +varproof (.*)$", out, re.MULTILINE):
        example = re.split(r" {2,}", line)[0]
        command._parser().parse_args(shlex.split(example))  # noqa: SLF001 - the parser itself


def test_the_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    """Each once, as a word of its own."""
    out = said(capsys, "--help")[1]
    for name in {words[0] for words in COMMANDS}:
        assert f"\n    {name} " in out


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    """From the installed metadata, as `varproof.__version__` is."""
    assert said(capsys, "--version") == (0, f"varproof {varproof.__version__}\n", "")


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["nonsense"],
        ["check", "nonsense"],
        ["check", "--seed", "-1"],
        ["check", "--limit", "nan"],
        ["check", "--format", "xml"],
        ["show"],
        ["document"],
        ["document", "--output", ""],
        ["mutate", "--most", "few"],
        ["mutate", KEY, "--json", ""],
        ["attack", KEY, "--json", ""],
        ["dice"],
        ["dice", "fit"],
        ["samplers", "compare"],
        ["samplers", "compare", "--output", ""],
        ["vae", "train", "--output", ""],
    ],
    ids=" ".join,
)
def test_misuse_is_one_line(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """It begins with `error:`, the status is 2, nothing else is printed."""
    status, out, err = said(capsys, *words)
    assert (status, out) == (command.MISUSED, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["chekc"], "wanted a command, got 'chekc'; did you mean check? (see varproof --help)"),
        (["dice", "simulat"], "did you mean simulate? (see varproof dice --help)"),
        (["check", "dice", "--foo"], "got --foo (see varproof check --help)"),
        (["list", "dice"], "varproof list takes no key, got 'dice'"),
        (["mutate", KEY, "--most", "0"], "--most: wanted a whole number from 1 up, got '0'"),
        (["attack", "mmd.kernel_form"], "mmd.kernel_form: wanted a claim that can be evaluated"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_misuse_names_what_was_meant(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command, its own help, or the option by the name that the user types."""
    status, _, err = said(capsys, *words)
    assert status == command.MISUSED
    assert told in err


def test_a_key_may_hold_the_spaces_of_no_width_that_a_document_breaks_it_at(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A key copied from the PDF is the key."""
    assert said(capsys, "show", KEY.replace("_", "_\u200b"))[0] == 0


@pytest.mark.slow
@pytest.mark.parametrize("flags", [[], ["-O"], ["-OO"]], ids=["plain", "-O", "-OO"])
def test_it_runs_from_any_folder_and_beside_folders_of_any_name(
    flags: list[str], tmp_path: Path
) -> None:
    """A local folder `impl` or `derivations` is not taken for ours; assertions may be off."""
    for name in ("impl", "derivations", "varproof"):
        (tmp_path / name).mkdir()
    program = [sys.executable, *flags, "-P", "-m", "varproof", "check", KEY]
    done = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "1 of 1 established" in done.stdout


@pytest.mark.slow
def test_a_terminal_without_mathematical_letters_gets_their_numbers() -> None:
    """In a Windows code page a letter that is missing is written as its code point."""
    done = run("show", "dice.q_rho", env={**os.environ, "PYTHONIOENCODING": "cp1252"})
    assert done.returncode == 0, done.stderr
    assert b"\\u03c1" in done.stdout
    assert "Γ" not in done.stdout.decode("cp1252")


def test_a_reader_that_goes_away_ends_the_output_quietly() -> None:
    """As with `varproof list | head -1`: the status is the shell's own, nothing is said."""
    program = [sys.executable, "-m", "varproof", "list"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == command.NO_READER


LISTENING = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from varproof.command import main
sys.exit(main(sys.argv[1:]))
"""
"""The command, which listens also where a shell started the tests in the background."""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="sends a signal to a group of processes")
@pytest.mark.parametrize("to_all", [True, False], ids=["from the keyboard", "to the process"])
@pytest.mark.parametrize("words", [["check"], ["check", "dice.log_evidence"], ["attack", "dice"]])
def test_an_interruption_is_one_line(words: list[str], to_all: bool) -> None:  # noqa: FBT001 - a case
    """The work ends at once in every process, and the status is the shell's own."""
    program = [sys.executable, "-c", LISTENING, *words, "--seed", "1"]
    with subprocess.Popen(
        program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        time.sleep(1.6)
        (os.killpg if to_all else os.kill)(process.pid, signal.SIGINT)
        assert process.communicate(timeout=30)[1] == b"error: interrupted, nothing written\n"
        # CPython ends by the signal itself where the interruption met code made from a string
        assert process.returncode in {command.INTERRUPTED, -signal.SIGINT}


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_counts_are_written_through_a_pipe(tmp_path: Path) -> None:
    """What is no regular file is written to, and stays what it is."""
    pipe, copy = tmp_path / "pipe", tmp_path / "copy"
    os.mkfifo(pipe)
    with copy.open("wb") as file, subprocess.Popen(["cat", str(pipe)], stdout=file) as reader:  # noqa: S607
        done = run("mutate", KEY, "--most", "1", "--json", str(pipe))
        assert done.returncode == 0, done.stderr
        assert reader.wait(timeout=30) == 0
    assert pipe.is_fifo()
    assert copy.read_text(encoding="utf-8").startswith("{")


@pytest.mark.slow
def test_counts_are_written_where_a_link_leads(tmp_path: Path) -> None:
    """The link stays."""
    target, link = tmp_path / "counts.json", tmp_path / "link"
    link.symlink_to(target)
    assert run("mutate", KEY, "--most", "1", "--json", str(link)).returncode == 0
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8").startswith("{")


def test_a_shell_completes_every_key_and_problem() -> None:
    """What is offered is what `keys_of` takes."""
    offered = _completed()
    assert {e.key for e in varproof.entries()} | {"dice", "mmd"} <= set(offered)
    assert all(varproof.keys_of(name) for name in offered)


BACKENDS = ("module://matplotlib_inline.backend_inline", "module://nowhere.backend", "tkagg", "no")
SIMULATE = "dice simulate --points 20 --rolls 3 --faces 2 2 3 --output rolls.csv"
DRAW = {
    "dice fit": f"{SIMULATE}; dice fit rolls.csv --faces 2 2 3 --restarts 1 --output figures",
    "document": "document dice.graph --format markdown --output figures",
    "samplers compare": "samplers compare --draws 9 --simplex-draws 9 --output figures",
}
"""Commands that draw, after what they need."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "backend"),
    [*((name, BACKENDS[0]) for name in DRAW), *(("dice fit", other) for other in BACKENDS[1:])],
)
def test_a_command_draws_whatever_backend_is_set(name: str, backend: str, tmp_path: Path) -> None:
    """A notebook sets one that may not be installed; a matplotlibrc here may ask for TeX, too."""
    if name == "samplers compare":
        pytest.importorskip("torch")
    (tmp_path / "matplotlibrc").write_text("text.usetex: True\n", encoding="utf-8")  # read first
    settings = tmp_path / "settings"
    settings.write_text(f"backend: {backend}\n", encoding="utf-8")
    chosen = {"MPLBACKEND": backend, "MATPLOTLIBRC": str(settings)}
    for line in DRAW[name].split("; "):
        done = run(*line.split(), cwd=tmp_path, env={**os.environ, **chosen})
        assert (done.returncode, done.stderr) == (0, b"")
    drawn = {path.suffix for path in (tmp_path / "figures").iterdir()}
    assert drawn >= ({".svg"} if name == "document" else {".png", ".svg"})
