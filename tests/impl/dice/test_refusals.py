"""The dice commands refuse: one line that names the fault, and nothing left behind."""

from pathlib import Path
from typing import Never

import pytest
from harness.dice_commands import (
    FACES,
    assert_refused,
    call,
    draw_nothing,
    fit_arguments,
    listing,
    run,
    write_rolls,
)

from impl import figure_style
from impl.dice import running
from impl.dice.coordinate_ascent import AscentError


@pytest.fixture
def rolls_file(tmp_path: Path) -> Path:
    """Give the test a small file of rolls."""
    return write_rolls(tmp_path / "rolls.csv")


BAD_FILES = {
    "face out of range": (b"1,2\n3,5\n", "row 2, column 2: wanted a whole number from 1 to 4"),
    "not an integer": (b"1,2\n2.5,3\n", "row 2, column 1: wanted a whole number from 1 to 4"),
    "a header from 0, and faces too": (
        b"0,1,2\n1,2,0\n",
        "row 2, column 3: wanted a whole number from 1 to 4, or an empty cell or NA if missing, "
        "got '0' (faces are numbered from 1: add 1 if yours are numbered from 0). "
        "Note: The first row is read as a header: it numbers the columns from 0 to 2",
    ),
    "NaN": (b"1,nan\n", "row 1, column 2: wanted a whole number from 1 to 4"),
    "empty": (b"", "wanted at least one row of rolls, got a file without any"),
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_a_bad_file_is_one_line_exit_code_2_and_nothing_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """One line names the place, and no trace of the output is left."""
    monkeypatch.chdir(tmp_path)
    content, message = BAD_FILES[kind]
    (tmp_path / "rolls.csv").write_bytes(content)
    arguments = ("dice", "fit", "rolls.csv", *FACES, "--output", "a/fit")
    assert_refused(capsys, tmp_path, listing(tmp_path), arguments, f"rolls.csv: {message}")


def test_a_user_sees_that_one_line_and_no_traceback(tmp_path: Path) -> None:
    """In a process of its own too, a bad file ends with code 2 and one line, and nothing else."""
    (tmp_path / "rolls.csv").write_text("1,2\n3,5\n")
    done = run("dice", "fit", "rolls.csv", *FACES, "--output", "a/fit", folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    wanted = "wanted a whole number from 1 to 4, or an empty cell or NA if missing"
    assert done.stderr == f"error: rolls.csv: row 2, column 2: {wanted}, got '5'\n"
    assert [path.name for path in tmp_path.iterdir()] == ["rolls.csv"]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--first-concentration", "0"), "--first-concentration: wanted finite numbers abo"),
        (("--roll-concentration", "-1"), "--roll-concentration: wanted finite numbers abo"),
        (("--second-concentration", "nan"), "--second-concentration: wanted finite numbers abo"),
        (
            ("--first-concentration", "1", "2", "3"),
            "--first-concentration: wanted 1 or 2 numbers, got 3",
        ),
        (("--first-concentration", "inf"), "--first-concentration: wanted finite numbers abo"),
        (("--first-concentration", "1e400"), "--first-concentration: wanted finite numbers abo"),
        (("--first-concentration", "1e308"), "--first-concentration: wanted finite numbers abo"),
        (("--second-concentration", "1e-310"), "--second-concentration: wanted finite numbers abo"),
        (("--first-concentration", "1,2"), "--first-concentration: wanted a number, got '1,2'"),
        (("--faces", "2", "3", "0"), "--faces, entry 3: wanted at least 1, got 0"),
        (("--faces", "0", "6", "6"), "--faces, entry 1: wanted at least 1, got 0"),
        (
            ("--faces", "999", "999", "9999"),
            "--faces: wanted at most 10,000,000 concentrations of rolled dice, "
            "got 1,997 dice of 9,999 faces",
        ),
        (("--faces", "9" * 20, "2", "3"), "--faces: wanted at most 10,000,000 concentrations"),
        (("--faces", "2", "3", "4.0"), "--faces: wanted a whole number, got '4.0'"),
        (("--faces", "2", "3"), "--faces: expected 3 arguments"),
        (("--faces", "2", "3", "3"), "row 2, column 2: wanted a whole number from 1 to 3"),
        (("--restarts", "0"), "--restarts: wanted at least 1, got 0"),
        (("--restarts", "many"), "--restarts: wanted a whole number, got 'many'"),
        (
            ("--roll-concentration", "1", "2"),
            "--roll-concentration: wanted 1, 4 or 16 numbers, got 2",
        ),
        (("--tolerance", "-1"), "--tolerance: wanted a finite number from 0 up"),
        (("--max-sweeps", "0"), "--max-sweeps: wanted at least 1, got 0"),
        (("--level", "95"), "--level: wanted a number between 0 and 1, got 95.0"),
        (("--seed", "-1"), "--seed: wanted a whole number from 0 up, got -1"),
        (("--held-out", "nowhere.csv"), "nowhere.csv: wanted a readable file"),
        (("--truth", "nowhere.json"), "nowhere.json: wanted a readable file"),
        (("--held-out", "."), ".: wanted a readable file, got a folder"),
        (("--held-out", ""), "--held-out: wanted a path, got ''"),
        (("--output", ""), "--output: wanted a path, got ''"),
    ],
)
def test_a_bad_setting_is_one_line_exit_code_2_and_nothing_left(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    more: tuple[str, ...],
    message: str,
) -> None:
    """Every setting out of range is refused by name."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rolls.csv").write_text("2,2\n3,4\n")
    arguments = ("dice", "fit", "rolls.csv", *FACES, "--output", "fit", *more)
    assert_refused(capsys, tmp_path, listing(tmp_path), arguments, message)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--points", "0"), "--points: wanted at least 1, got 0"),
        (("--rolls", "-1"), "--rolls: wanted at least 1, got -1"),
        (("--points", "9" * 20), "--points x --rolls: wanted at most 1,000,000,000,000"),
        (("--points", "1e3"), "--points: wanted a whole number, got '1e3'"),
        (("--first-concentration", "1e308"), "--first-concentration: wanted finite numbers abo"),
        (("--roll-concentration", "1e308"), "--roll-concentration: wanted finite numbers abo"),
        (("--output", "x.txt"), "--output: wanted a name that ends in .csv or .npy, got x.txt"),
        (("--output", "x.xlsx"), "--output: wanted a name that ends in .csv or .npy, got x.xlsx"),
        (("--output", "."), "is a folder"),
        (("--output", "rolls.csv/new.csv"), "rolls.csv: is a file, not a folder"),
        (("--truth", ""), "--truth: wanted a path, got ''"),
        (("--truth", "new/../new.csv"), "--truth: wanted another file than --output, got"),
        (("--from-truth", ""), "--from-truth: wanted a path, got ''"),
        (("--from-truth", "./new.csv"), "--from-truth: wanted another file than --output, got"),
        (
            ("--from-truth", "a.json", "--truth", "./a.json"),
            "--truth: wanted another file than --from-truth, got a.json",
        ),
        (("--from-truth", "nowhere.json"), "nowhere.json: wanted a readable file, got no such"),
        (
            ("--from-truth", "a.json", "--roll-concentration", "2"),
            "--roll-concentration: wanted no prior beside --from-truth",
        ),
    ],
)
def test_a_simulation_that_cannot_be_is_refused(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    more: tuple[str, ...],
    message: str,
) -> None:
    """What cannot be drawn or written is named, and no half of it is written."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rolls.csv").write_text("2,2\n3,4\n")
    arguments = ("--points", "3", "--rolls", "2", *FACES, "--output", "new.csv", *more)
    assert_refused(capsys, tmp_path, listing(tmp_path), ("dice", "simulate", *arguments), message)


@pytest.mark.parametrize("output", ["file", "file/fit", "file/deep/fit"])
def test_an_output_that_cannot_be_a_folder_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], rolls_file: Path, output: str
) -> None:
    """A file in the place of the output, or of a folder above it, is named."""
    (tmp_path / "file").write_text("mine")
    before = listing(tmp_path)
    arguments = fit_arguments(rolls_file, tmp_path / output)
    message = f"{tmp_path / 'file'}: is a file, not a folder"
    assert_refused(capsys, tmp_path, before, arguments, message)
    assert (tmp_path / "file").read_text() == "mine"


def test_a_folder_in_the_place_of_an_output_file_is_refused_before_any_is_replaced(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    rolls_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where one of the six files cannot go, the older five stay."""
    draw_nothing(monkeypatch)
    (tmp_path / "fit" / "summary.json").mkdir(parents=True)
    (tmp_path / "fit" / "dice.png").write_text("old")
    before = listing(tmp_path)
    arguments = fit_arguments(rolls_file, tmp_path / "fit")
    message = f"{tmp_path / 'fit' / 'summary.json'}: is a folder"
    assert_refused(capsys, tmp_path, before, arguments, message)
    assert (tmp_path / "fit" / "dice.png").read_text() == "old"


def test_a_refusal_by_the_system_names_the_output_and_no_hidden_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], rolls_file: Path
) -> None:
    """The path in the message is the one the user gave, not the draft beside it."""
    output = tmp_path / ("a" * 300) / "fit"
    message = f"{output}: file name too long"
    assert_refused(capsys, tmp_path, listing(tmp_path), fit_arguments(rolls_file, output), message)


def test_what_does_not_fit_into_memory_is_one_line(
    capsys: pytest.CaptureFixture[str], rolls_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too large a problem for the machine ends as other bad input does."""

    def exhaust(*_arguments: object, **_options: object) -> Never:
        raise MemoryError("Unable to allocate 8 TiB")  # noqa: EM101, TRY003 - as NumPy says it

    monkeypatch.setattr(running, "fit", exhaust)
    arguments = fit_arguments(rolls_file, rolls_file.parent / "fit")
    message = "wanted a problem that fits into memory, got unable to allocate 8 tib"
    assert_refused(capsys, rolls_file.parent, listing(rolls_file.parent), arguments, message)


@pytest.mark.parametrize("exists", [False, True])
def test_an_output_without_write_permission_is_refused(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    rolls_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    exists: bool,
) -> None:
    """The system's refusal is one line (feigned: root may write anywhere)."""
    output = tmp_path / "fit"
    if exists:
        output.mkdir()
    before = listing(tmp_path)

    def refuse(path: Path, *_arguments: object, **_options: object) -> Never:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "mkdir", refuse)
    arguments = fit_arguments(rolls_file, output)
    assert_refused(capsys, tmp_path, before, arguments, "permission denied")
    simulate = ("--points", 5, "--rolls", 2, *FACES, "--output", tmp_path / "new.csv")
    assert_refused(capsys, tmp_path, before, ("dice", "simulate", *simulate), "permission denied")


@pytest.mark.parametrize("exists", [False, True])
def test_a_failure_half_way_leaves_nothing_and_keeps_what_was_there(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    rolls_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    exists: bool,
) -> None:
    """When the last file cannot be written, none is, and an older fit stays whole."""
    draw_nothing(monkeypatch)
    output = tmp_path / "fit"
    if exists:
        assert call(*fit_arguments(rolls_file, output)) == 0
        capsys.readouterr()
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    def full(_figure: object, stem: Path) -> Never:
        stem.with_suffix(".png").write_bytes(b"half")
        raise OSError(28, "No space left on device", str(stem))

    monkeypatch.setattr(figure_style, "save", full)
    assert call(*fit_arguments(rolls_file, output, "--seed", 9)) == 2
    assert "no space left on device" in capsys.readouterr().err
    after = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert after == before
    assert output.exists() is exists


ENDINGS = {
    "error: interrupted, nothing written\n": (KeyboardInterrupt(), 130),
    "error: sweep 4: ELBO fell\n": (AscentError("sweep 4: ELBO fell"), 1),
}


@pytest.mark.parametrize("message", ENDINGS)
def test_a_fit_that_ends_early_leaves_nothing(
    capsys: pytest.CaptureFixture[str],
    rolls_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    message: str,
) -> None:
    """An interrupt or a failed ascent ends in one line, without an output folder."""
    failure, code = ENDINGS[message]

    def end(*_arguments: object, **_options: object) -> None:
        raise failure

    monkeypatch.setattr(running, "fit", end)
    before = listing(rolls_file.parent)
    assert call(*fit_arguments(rolls_file, rolls_file.parent / "fit")) == code
    assert capsys.readouterr().err == message
    assert listing(rolls_file.parent) == before
