"""What the command `varproof fit` refuses: one line, the status 2, and nothing left behind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from harness import gallery

from varproof import command

if TYPE_CHECKING:
    from pathlib import Path


POISSONS = ("--set", "a=1", "b=2")


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[object, str, str]:
    """Run the command in this process; return its exit status and what it printed."""
    try:
        status: object = command.main(["fit", *arguments])
    except SystemExit as end:
        status = end.code
    return status, *capsys.readouterr()


DATA: dict[str, tuple[str, str, str]] = {
    "no file": ("none.npz", "", "no such file"),
    "a folder": ("folder.npz", "", "no such file"),
    "another kind": ("x.txt", "1", "wanted a file of the kinds .npz, .npy, .csv, .parquet"),
    "no kind": ("x", "1", "wanted a file of the kinds .npz, .npy, .csv, .parquet"),
    "no archive": ("x.npz", "1,2", "wanted an array"),
    "no array": ("x.npy", "1,2", "wanted an array"),
    "an empty array": ("empty.npy", "", "wanted an array"),
    "an empty table": ("x.csv", "", "wanted a header and rows, got 0 rows"),
    "a header alone": ("x.csv", "x\n", "wanted a header and rows, got 1 rows"),
    "a row too short": ("x.csv", "x,y\n1,2\n3\n", "row 3: wanted 2 cells, as in the header, got 1"),
    "a word": ("x.csv", "x\n1\ntwo\n", "row 3, column 1: wanted a number, got 'two'"),
    "another column": ("x.csv", "y\n1\n", "wanted a column named x, got the columns y"),
    "a column twice": ("x.csv", "x,x\n1,2\n", "wanted each column once, got x twice"),
    "not text": ("x.csv", "bytes", "wanted text in UTF-8"),
    "a negative count": ("x.csv", "x\n1\n-1\n", "x: wanted counts 0, 1, 2, ..., got -1 at 1"),
    "infinite": ("x.csv", "x\n1\ninf\n", "x: wanted finite numbers, got an infinite one"),
}


@pytest.mark.parametrize("name", DATA)
def test_data_that_cannot_be_used_is_one_line_and_leaves_nothing(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The status is 2, the error names the file or the variable, no folder is made."""
    file, content, told = DATA[name]
    (tmp_path / "folder.npz").mkdir()
    if content == "bytes":
        (tmp_path / file).write_bytes(b"x\n\xff\xfe\n")
    elif file not in {"none.npz", "folder.npz"}:
        (tmp_path / file).write_text(content, encoding="utf-8")
    before = set(tmp_path.iterdir())
    status, out, err = said(
        capsys,
        gallery.path("gamma_poisson"),
        *("--data", str(tmp_path / file), "--output", str(tmp_path / "fit")),
        *POISSONS,
    )
    assert (status, out) == (2, ""), err
    assert told in err
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert set(tmp_path.iterdir()) == before


def test_an_archive_of_objects_is_not_loaded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Loading it could run a program."""
    for suffix in ("npz", "npy"):
        file = tmp_path / f"x.{suffix}"
        given = np.array([1, None], dtype=object)
        np.savez(file, x=given) if suffix == "npz" else np.save(file, given)
        status, _, err = said(
            capsys,
            gallery.path("gamma_poisson"),
            *("--data", str(file), "--output", str(tmp_path / "fit")),
            *POISSONS,
        )
        assert status == 2
        assert err.count("\n") == 1
        assert not (tmp_path / "fit").exists()


OPTIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "no value": (("--set", "a", "b=2"), "--set: wanted NAME=VALUE with a number or a list 1,2,3"),
    "a word": (("--set", "a=one", "b=2"), "--set: wanted NAME=VALUE with a number or a list"),
    "no name": (("--set", "=1", "b=2"), "--set: wanted NAME=VALUE with a number or a list"),
    "an option": (("--set", "seed=1", "a=1", "b=2"), "--set: wanted NAME=VALUE with a number"),
    "lacking": (("--set", "a=1"), "gamma_poisson: wanted values of b, as in b=1.0"),
    "unknown": (
        ("--set", "a=1", "b=2", "K=3"),
        "gamma_poisson has the sizes and given numbers a, b, N; got 'K'",
    ),
    "another size": (("--set", "a=1", "b=2", "N=7"), "x: wanted the shape (N) = (7,), got (3,)"),
    "negative": (("--set", "a=-1", "b=2"), "a: wanted positive numbers, got -1"),
    "no starts": ((*POISSONS, "--restarts", "0"), "restarts: wanted a whole number from 1, got 0"),
    "no sweeps": ((*POISSONS, "--sweeps", "0"), "sweeps: wanted a whole number from 1, got 0"),
    "negative seed": ((*POISSONS, "--seed", "-1"), "seed"),
    "tolerance": ((*POISSONS, "--tolerance", "-1"), "tolerance: wanted a number from 0, got -1"),
    "states from two": ((*POISSONS, "--states-from", "2"), "--states-from"),
}


@pytest.mark.parametrize("name", OPTIONS)
def test_options_that_cannot_be_used_are_one_line_and_leave_nothing(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The status is 2; the error names the option or the number."""
    options, told = OPTIONS[name]
    np.save(tmp_path / "x.npy", np.arange(3))
    status, out, err = said(
        capsys,
        gallery.path("gamma_poisson"),
        *("--data", str(tmp_path / "x.npy"), "--output", str(tmp_path / "fit")),
        *options,
    )
    assert (status, out) == (2, ""), err
    assert re.search(re.escape(told), err)
    assert err.count("\n") == 1
    assert [p.name for p in tmp_path.iterdir()] == ["x.npy"]


def test_a_model_file_that_cannot_be_used_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As for the other commands on files."""
    np.save(tmp_path / "x.npy", np.arange(3))
    for model in ("none.py", "dice", str(tmp_path)):
        status, out, err = said(
            capsys, model, "--data", str(tmp_path / "x.npy"), "--output", str(tmp_path / "fit")
        )
        assert (status, out) == (2, "")
        assert err == f"error: wanted a file of declarations, got {model}, which does not exist\n"
