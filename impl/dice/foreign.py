"""Files of other programs: recognized by their first bytes, and how to convert them."""

from pathlib import Path

__all__ = ["NUMPY_ARRAY", "foreign_format"]

NUMPY_ARRAY = b"\x93NUMPY"
"""First bytes of a .npy file."""

_EXCEL = 'save the sheet as CSV, or use pandas.read_excel(...).to_csv("rolls.csv", index=False)'
_R = 'in R, use write.csv(..., "rolls.csv", row.names = FALSE)'
_BY_ENDING = {
    ".ods": f"a spreadsheet: {_EXCEL}",
    ".xlsm": f"an Excel workbook: {_EXCEL}",
    ".xlsx": f"an Excel workbook: {_EXCEL}",
    ".npz": 'a .npz archive of arrays: use numpy.save("rolls.npy", ...) for one of them',
    ".rda": f"an R data file: {_R}",
    ".rdata": f"an R data file: {_R}",
    ".rds": f"an R data file: {_R}",
}
_PANDAS = 'use pandas.{reader}(...).to_csv("rolls.csv", index=False)'
_ZIP, _GZIP = b"PK\x03\x04", b"\x1f\x8b"
_JSON = f"a JSON file: {_PANDAS.format(reader='read_json')}"
# Each start holds a byte, or a pair of signs, that no table of rolls starts with.
_BY_START = {
    b"PAR1\x15": f"a Parquet file: {_PANDAS.format(reader='read_parquet')}",
    b"ARROW1\0": f"a Feather file: {_PANDAS.format(reader='read_feather')}",
    b"FEA1\0": f"a Feather file: {_PANDAS.format(reader='read_feather')}",
    b"\x89HDF": f"an HDF5 file: {_PANDAS.format(reader='read_hdf')}",
    b"\xd0\xcf\x11\xe0": f"an Excel workbook: {_EXCEL}",
    b"RDX2\n": f"an R data file: {_R}",
    b"RDX3\n": f"an R data file: {_R}",
    _ZIP: "a ZIP archive: unpack it first",
    _GZIP: "a gzip file: unpack it first",
    b"BZh91AY": "a bzip2 file: unpack it first",
    b"\xfd7zXZ": "an xz file: unpack it first",
    b"\x28\xb5\x2f\xfd": "a Zstandard file: unpack it first",
    b"\x80\x04": "a pickle: it is not read, since reading it could run code",
    b"\x80\x05": "a pickle: it is not read, since reading it could run code",
    b'{"': _JSON,
    b"[[": _JSON,
    b"[{": _JSON,
    b"<!": "an HTML or XML file: export the table as CSV",
    b"<?": "an HTML or XML file: export the table as CSV",
    b"<table": "an HTML or XML file: export the table as CSV",
}


def foreign_format(path: Path, start: bytes) -> str | None:
    """Name the format of a file that is neither text nor .npy, and how to convert it.

    Parameters
    ----------
    path
        The file. Its ending tells apart archives that start with the same bytes.
    start
        First bytes of the file, at least 8 unless it is shorter.

    Returns
    -------
    One sentence, or None if the file may be text.
    """
    found = next((text for magic, text in _BY_START.items() if start.startswith(magic)), None)
    if start.startswith((_ZIP, _GZIP)):
        return _BY_ENDING.get(path.suffix.lower(), found)
    if found is None and start[:2].count(0) == 1:
        return "UTF-16 text without a byte order mark: save it as UTF-8"
    return found
