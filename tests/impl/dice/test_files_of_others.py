"""Files as pandas, R, Excel and NumPy write them: read as they are meant, or refused in a line."""

import gzip
import io
import json
import os
import pickle
import threading
import zipfile
from pathlib import Path

import numpy as np
import pytest
from harness.dice_commands import call, draw_nothing

from impl.dice.cells import MISSING_WORDS
from impl.dice.foreign import foreign_format
from impl.dice.header import Choice
from impl.dice.reading import Rolls, read_counts, read_rolls
from impl.errors import InputError

ROLLS = [[2, 3, 1], [3, 3, None], [1, 2, 2], [1, 3, 3]]
COUNTS = [[1, 1, 1], [0, 0, 2], [1, 2, 0], [1, 0, 2]]


def lines(
    *header: str, separator: str = ",", names: tuple[str, ...] = (), missing: str = ""
) -> str:
    """Write the rolls as a text, behind some lines and with row names if there are any."""
    rows = [[missing if face is None else str(face) for face in row] for row in ROLLS]
    if names:
        rows = [[name, *row] for name, row in zip(names, rows, strict=True)]
    return "".join(f"{line}\n" for line in (*header, *map(separator.join, rows)))


def read(path: Path, content: str | bytes, faces: int = 3, **choices: Choice) -> Rolls:
    """Read a file with this content."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_rolls(path, faces, **choices)


ZERO_UP, ONE_UP = ("0", "1", "2", "3"), ('"1"', '"2"', '"3"', '"4"')
WORDS = ('"ann"', '"bob"', '"3"', '"dee"')
FLOATS = lines("a,b,c").replace("1", "1.0").replace("2", "2.0").replace("3", "3.0")
FILES = {
    "pandas to_csv": lines(",a,b,c", names=ZERO_UP),
    "pandas to_csv of an array": lines(",0,1,2", names=ZERO_UP),
    "pandas to_csv, index=False": lines("a,b,c"),
    "pandas to_csv of an array, index=False": lines("0,1,2"),
    "pandas to_csv of what to_csv wrote": lines(
        ",Unnamed: 0,a,b,c", names=tuple(f"{n},{n}" for n in ZERO_UP)
    ),
    "pandas to_csv, index=False, of what to_csv wrote": lines("Unnamed: 0,a,b,c", names=ZERO_UP),
    "pandas to_csv of floats": FLOATS,
    "pandas to_csv, sep=tab": lines("a\tb\tc", separator="\t"),
    "pandas to_csv, na_rep=<NA>": lines("a,b,c", missing="<NA>"),
    "R write.csv": lines('"","V1","V2","V3"', names=ONE_UP, missing="NA"),
    "R write.csv with names": lines('"","V1","V2","V3"', names=WORDS, missing="NA"),
    "R write.csv, row.names=FALSE": lines('"V1","V2","V3"', missing="NA"),
    "R write.csv2": lines('"";"V1";"V2";"V3"', separator=";", names=ONE_UP, missing="NA"),
    "R write.csv2 of doubles": lines('"V1";"V2";"V3"', separator=";", missing="NA")
    .replace("1\n", "1,0\n")
    .replace("2;", "2,0;"),
    "R write.table, no names": lines(separator=" ", missing="NA"),
    "R write.table, row.names=FALSE": lines('"V1" "V2" "V3"', separator=" ", missing="NA"),
    "Excel CSV": lines("a,b,c").replace("\n", "\r\n").encode("utf-8-sig"),
    "Excel CSV of a European locale": lines("a;b;c", separator=";").replace("\n", "\r\n"),
    "Excel CSV with its directive": lines("sep=;", "a;b;c", separator=";"),
    "Excel CSV with a formula's error": lines("a,b,c", missing="#N/A"),
    "Excel Unicode text": lines("a\tb\tc", separator="\t").replace("\n", "\r\n").encode("utf-16"),
    "a redirection of PowerShell": b"\xff\xfe" + lines(missing="NA").encode("utf-16-le"),
    "UTF-16, big-endian": b"\xfe\xff" + lines("a,b,c").encode("utf-16-be"),
    "UTF-32": lines("a,b,c").encode("utf-32"),
    "numpy savetxt, fmt=%d": lines(separator=" ", missing="NA"),
    "numpy savetxt": lines(separator=" ", missing="NA").replace("2", "2.000000000000000000e+00"),
    "aligned by spaces": lines(separator="   ", missing="NA").replace("\n", "  \n"),
    "names with other separators": lines('"a;1","b;2","c;3"'),
}


@pytest.mark.parametrize("kind", FILES)
def test_files_of_pandas_r_excel_and_numpy_are_read_as_they_are_meant(
    tmp_path: Path, kind: str
) -> None:
    """Row names, headers, separators and encodings leave the same rolls."""
    rolls = read(tmp_path / "rolls.csv", FILES[kind])
    assert rolls.counts.by_point.tolist() == COUNTS
    assert rolls.counts.missing == 1
    has_names = isinstance(FILES[kind], str) and FILES[kind].startswith((",", '""', "Unnamed"))
    assert bool(rolls.layout.row_names) == has_names
    assert any("read as row names" in note for note in rolls.layout.notes) == has_names


@pytest.mark.parametrize("word", sorted(MISSING_WORDS))
def test_words_for_a_missing_roll_are_missing_in_any_row(tmp_path: Path, word: str) -> None:
    """A first row of them alone is a point without rolls, not a header."""
    for text, counts in ((f"{word},{word}\n1,2\n", [[0, 0], [1, 1]]), (f" {word} ,2\n", [[0, 1]])):
        rolls = read(tmp_path / "rolls.csv", text, faces=2)
        assert rolls.counts.by_point.tolist() == counts
        assert rolls.layout.header is None


@pytest.mark.parametrize("cell", ["3,0", '"3,0"', "3,00", "3,0000", "+3,0"])
def test_a_decimal_comma_is_read_where_it_can_be_no_other(tmp_path: Path, cell: str) -> None:
    """A fraction of zeros behind a comma changes nothing, unless it may be thousands."""
    rolls = read(tmp_path / "rolls.csv", f"2;1;{cell}\n")
    assert rolls.counts.by_point.tolist() == [[1, 1, 1]]


@pytest.mark.parametrize("cell", ["1500", " 1500", "1500.0", "1.5e3", "1500,0"])
def test_faces_of_many_digits_are_read_in_any_spelling(tmp_path: Path, cell: str) -> None:
    """Dice may have thousands of faces."""
    counts = read(tmp_path / "rolls.csv", f"2;{cell}\n", faces=2000).counts
    assert np.flatnonzero(counts.by_point[0]).tolist() == [1, 1499]


@pytest.mark.parametrize("text", ['"1,000",2\n', "2;1,000\n", "2\t-3,000\n", '2,"1,234"\n'])
def test_a_comma_that_may_separate_thousands_is_refused(tmp_path: Path, text: str) -> None:
    """Where it may be either, the error says so."""
    with pytest.raises(InputError, match="whose comma may separate thousands or decimals"):
        read(tmp_path / "rolls.csv", text, faces=2000)


HEADERS = {  # the first row, by the header that auto finds in it
    "a,b,c": ("a", "b", "c"),
    "0,1,2": ("0", "1", "2"),
    "1,2,3": None,
    "3,2,1": None,
    "NA,NA,NA": None,
    "NA,b,c": ("NA", "b", "c"),
}


@pytest.mark.parametrize("first", HEADERS)
def test_what_the_first_row_is_can_be_said_and_is_recorded(tmp_path: Path, first: str) -> None:
    """`yes` takes any row for a header, `no` none; `auto` notes what might be either."""
    path = tmp_path / "rolls.csv"
    found = read(path, f"{first}\n3,3,1\n").layout
    assert found.header == HEADERS[first]
    assert bool(found.notes) == (first in {"0,1,2", "1,2,3"})
    assert all("--header yes" in note for note in found.notes)
    taken = read(path, f"{first}\n3,3,1\n", header="yes")
    assert taken.layout.header == tuple(first.split(","))
    assert taken.layout.notes == ()
    assert taken.counts.by_point.tolist() == [[1, 0, 2]]
    if found.header is None:
        left = read(path, f"{first}\n3,3,1\n", header="no")
        assert left.layout.header is None
        assert left.layout.notes == ()
        assert left.counts.points == 2
    else:
        with pytest.raises(InputError, match=r"row 1, column [12]: wanted a whole number"):
            read(path, f"{first}\n3,3,1\n", header="no")


NUMBERED = {
    "from 1": "n,b\n1,2\n2,4\n3,4\n",
    "from 1, without a header": "1,2\n2,4\n3,4\n",
    "from 1, more rows than faces": "1,2\n2,4\n3,4\n4,1\n5,1\n6,1\n",
    "from 0": "n,b\n0,2\n1,4\n2,4\n",
    "from 0, without a header": "0,2\n1,4\n2,4\n3,1\n",
}


@pytest.mark.parametrize("kind", NUMBERED)
def test_a_first_column_that_counts_the_rows_is_no_rolls_unless_said(
    tmp_path: Path, kind: str
) -> None:
    """It is refused with the option that decides; read as row names or as rolls if so told."""
    path, text = tmp_path / "rolls.csv", NUMBERED[kind]
    with pytest.raises(InputError) as error:
        read(path, text, faces=4)
    assert "column 1: wanted rolls, got the numbers of the rows, " in str(error.value)
    assert "use --row-names yes if they are row names" in str(error.value)
    dropped = read(path, text, faces=4, row_names="yes")
    assert dropped.counts.rolls == dropped.counts.points >= 3
    assert dropped.layout.row_names == 1
    if kind in {"from 1", "from 1, without a header"}:
        kept = read(path, text, faces=4, row_names="no").counts
        assert kept.rolls == 2 * kept.points
    else:
        with pytest.raises(InputError, match="column 1: wanted a whole number from 1 to 4"):
            read(path, text, faces=4, row_names="no")


@pytest.mark.parametrize(
    "text",
    ["1\n2\n3\n4\n", "2,1\n3,1\n4,1\n", "1,1\n2,1\n4,1\n", "1,1\n2,1\n", "1,4\n3,2\n3,3\n"],
    ids=["one column", "from 2", "with a gap", "two rows", "no count"],
)
def test_other_first_columns_are_rolls(tmp_path: Path, text: str) -> None:
    """What does not count three rows from 0 or 1, beside other columns, is read."""
    assert read(tmp_path / "rolls.csv", text, faces=4).counts.rolls == text.count(",") + text.count(
        "\n"
    )


def test_row_names_of_r_without_a_name_of_their_own_are_read_if_said(tmp_path: Path) -> None:
    """R's write.table has a header that is one name short. It is refused with the option."""
    path = tmp_path / "rolls.txt"
    text = lines('"V1" "V2" "V3"', separator=" ", names=WORDS, missing="NA")
    with pytest.raises(InputError, match=r"3 cells, as the header has, got 4 cells \(use --row-na"):
        read(path, text)
    rolls = read(path, text, row_names="yes")
    assert rolls.counts.by_point.tolist() == COUNTS
    assert rolls.layout.header == ("V1", "V2", "V3")
    with pytest.raises(InputError, match="row 3: wanted 2 cells, as the header has, got 3 cells"):
        read(path, "a,b\n1,2\n1,2,3\n", row_names="yes")


@pytest.mark.parametrize(
    ("text", "row_names", "points"),
    [(",,c\n9,1,2\n", 1, [1, 1, 0]), ("Unnamed: 0\n2\n", 0, [0, 1, 0])],
    ids=["a second column without a name", "no other column"],
)
def test_row_names_are_one_column_beside_others(
    tmp_path: Path, text: str, row_names: int, points: list[int]
) -> None:
    """Only the first column may lack its name for this, and rolls must be left."""
    rolls = read(tmp_path / "rolls.csv", text)
    assert rolls.layout.row_names == row_names
    assert rolls.counts.by_point.tolist() == [points]


def test_row_names_said_to_be_rolls_are_read_as_rolls(tmp_path: Path) -> None:
    """`--row-names no` counts a column that the header leaves unnamed."""
    path = tmp_path / "rolls.csv"
    assert read(path, ",b\n2,1\n", row_names="no").counts.by_point.tolist() == [[1, 1, 0]]
    assert read(path, ",b\n2,1\n").counts.by_point.tolist() == [[1, 0, 0]]
    with pytest.raises(InputError, match="wanted a column of rolls beside the row names"):
        read(path, "2\n1\n", row_names="yes")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "a,b;c\nx,y;z\n",
            "wanted cells separated by commas, by semicolons or by tabs, got commas",
        ),
        ("a;b,c\n", "got commas and semicolons"),
        ("ann 1 2\n", "row 1, column 1: wanted a whole number"),
        ("1|2|3\n", "row 1, column 1: wanted a whole number"),
        ("ann,1,2\n", "got 'ann' (see --header and --row-names)"),
        (lines("a,b,c").encode("utf-16-le"), "got UTF-16 text without a byte order mark"),
        (lines("a,b,c").encode("utf-16-be"), "got UTF-16 text without a byte order mark"),
        (lines("a,b,c").encode("utf-16")[:-1], "wanted text in UTF-16, got bytes that are not"),
        (lines("a,b,c" * 99).encode("utf-16") + b"\x00\xdc\n\0", "wanted text in UTF-16"),
    ],
)
def test_what_is_ambiguous_or_damaged_is_one_error(
    tmp_path: Path, text: str | bytes, message: str
) -> None:
    """The error says what is wanted, and nothing is guessed."""
    with pytest.raises(InputError) as error:
        read(tmp_path / "rolls.csv", text)
    assert message in str(error.value)


def archive(name: str) -> bytes:
    """Make a ZIP archive with one member."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as opened:
        opened.writestr(name, "1,2\n")
    return stream.getvalue()


FOREIGN = {
    "a.parquet": (b"PAR1\x15\x04\x15", "a Parquet file: use pandas.read_parquet"),
    "a.xlsx": (archive("xl/workbook.xml"), "an Excel workbook: save the sheet as CSV"),
    "a.XLSM": (archive("xl/workbook.xml"), "an Excel workbook: save the sheet as CSV"),
    "a.xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel workbook: save the sheet as CSV"),
    "a.ods": (archive("mimetype"), "a spreadsheet: save the sheet as CSV"),
    "a.npz": (archive("arr_0.npy"), "a .npz archive of arrays: use numpy.save"),
    "a.zip": (archive("a.csv"), "a ZIP archive: unpack it first"),
    "a.csv.gz": (gzip.compress(b"1,2\n"), "a gzip file: unpack it first"),
    "a.rds": (gzip.compress(b"X\n"), "an R data file: in R, use write.csv"),
    "a.RData": (b"RDX3\nX\n", "an R data file: in R, use write.csv"),
    "a.feather": (b"ARROW1\0\0", "a Feather file: use pandas.read_feather"),
    "a.h5": (b"\x89HDF\r\n\x1a\n", "an HDF5 file: use pandas.read_hdf"),
    "a.json": (json.dumps([{"a": 1}]).encode(), "a JSON file: use pandas.read_json"),
    "a.pkl": (pickle.dumps([[1, 2]]), "a pickle: it is not read"),
    "a.html": (b"<!DOCTYPE html>\n", "an HTML or XML file: export the table"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_file_of_another_format_is_named_with_how_to_convert_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """The command ends in one line, whatever the file is called."""
    content, said = FOREIGN[name]
    path = tmp_path / name
    path.write_bytes(content)
    assert call("dice", "fit", path, "--faces", 2, 3, 4, "--output", tmp_path / "fit") == 2
    told = capsys.readouterr().err
    assert told.startswith(f"error: {path}: wanted a text file (CSV) or a .npy file, got {said}")
    assert told.count("\n") == 1


@pytest.mark.parametrize(
    "start", ["PAR1,PAR2\n", "BZh,b\n", "RDX3,b\n", "<NA>,1\n", "[a],[b]\n", "{a},{b}\n", "PK,1\n"]
)
def test_text_that_starts_like_another_format_is_text(tmp_path: Path, start: str) -> None:
    """No header and no word for a missing roll is taken for a file of another program."""
    assert foreign_format(tmp_path / "rolls.csv", start.encode()) is None


def test_an_array_under_another_name_is_read_as_an_array(tmp_path: Path) -> None:
    """What a .npy file starts with tells it, whatever it is called."""
    with (tmp_path / "rolls.dat").open("wb") as stream:
        np.save(stream, np.array([[1, 2], [2, 2]]))
    rolls = read_rolls(tmp_path / "rolls.dat", 2)
    assert rolls.counts.by_point.tolist() == [[1, 1], [0, 2]]
    assert rolls.layout.sentence == "array of NumPy"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are of POSIX")
def test_a_pipe_is_read_like_a_file(tmp_path: Path) -> None:
    """The file is read once from start to end, so it may come from another program."""
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_text, args=(lines("a,b,c"),))
    writer.start()
    assert read_counts(tmp_path / "pipe", 3).by_point.tolist() == COUNTS
    writer.join()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are of POSIX")
def test_an_array_through_a_pipe_is_refused(tmp_path: Path) -> None:
    """An array is read through a memory map, which a pipe has not."""
    os.mkfifo(tmp_path / "pipe")
    content = io.BytesIO()
    np.save(content, np.ones((3, 2), dtype=int))
    arguments = (content.getvalue(),)
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=arguments)
    writer.start()
    with pytest.raises(InputError, match=r"a \.npy file on disk, got an array through a pipe"):
        read_counts(tmp_path / "pipe", 3)
    writer.join()


def test_a_fit_says_and_records_how_both_files_were_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The output names separator and header; notes name their file on stderr."""
    draw_nothing(monkeypatch)
    rolls, more = tmp_path / "rolls.csv", tmp_path / "more.csv"
    rolls.write_text(lines(";a;b;é", separator=";", names=ZERO_UP), encoding="utf-16")
    more.write_text("1,2,3\n2,2,2\n")
    arguments = ("--faces", 2, 2, 3, "--restarts", 1, "--output", tmp_path / "fit")
    assert call("dice", "fit", rolls, *arguments, "--held-out", more) == 0
    printed = capsys.readouterr()
    first = f"{rolls}: cells separated by semicolons in UTF-16; header: a, b, é"
    assert printed.out.splitlines()[0] == first
    notes = printed.err.splitlines()
    assert notes[0].startswith(f"note: {rolls}: Column 1 has no name in the header")
    assert notes[1].startswith(f"note: {more}: The first row is read as rolls: 1 to 3.")
    files = json.loads((tmp_path / "fit" / "summary.json").read_text())["files"]
    assert files["rolls"] == {
        "cells": "cells separated by semicolons",
        "encoding": "UTF-16",
        "header": ["a", "b", "é"],
        "row_names": 1,
        "notes": [notes[0].removeprefix(f"note: {rolls}: ")],
    }
    assert files["held_out"]["header"] is None


def test_a_long_header_is_shortened_where_it_is_printed(tmp_path: Path) -> None:
    """Six names are printed, of more the first four and the last."""
    header = [f"r{n}" for n in range(8)]
    for columns, said in ((6, "r0, r1, r2, r3, r4, r5"), (8, "r0, r1, r2, r3, ..., r7")):
        text = f"{','.join(header[:columns])}\n{','.join(['1'] * columns)}\n"
        layout = read(tmp_path / "rolls.csv", text).layout
        assert layout.sentence == f"cells separated by commas; header: {said}"
