"""Files of `varproof fit`: the data that it reads, the results that it writes."""

import argparse
import csv
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from derivations.calculus.model import Variable
from impl.errors import InputError, needing_extra
from impl.files import write_arrays, write_json
from varproof.fitting import Fit

__all__ = ["read_data", "write_results"]

KINDS = (".npz", ".npy", ".csv", ".parquet")
LEVEL = 0.95


def read_data(file: Path, observed: Sequence[Variable]) -> dict[str, Any]:
    """Return the observed variables that a file holds, by name.

    Raises
    ------
    InputError
        If the file is of no kind that is read, or lacks a variable.
    """
    if file.suffix == ".npz":
        return _arrays(file)
    if file.suffix == ".npy":
        return {_only(file, observed).name: _arrays(file)[""]}
    if file.suffix == ".csv":
        return _from_columns(file, _csv_columns(_there(file)), observed)
    if file.suffix == ".parquet":
        with needing_extra("parquet"):
            parquet = import_module("pyarrow.parquet")
        try:
            table = parquet.read_table(_there(file))
            columns = {name: table[name].to_numpy().astype(float) for name in table.column_names}
        except ValueError as error:
            raise InputError(source=file, wanted="columns of numbers", got=_short(error)) from None
        return _from_columns(file, columns, observed)
    raise InputError(source=file, wanted=f"a file of the kinds {', '.join(KINDS)}", got=file.suffix)


def _there(file: Path) -> Path:
    if not file.is_file():
        raise FileNotFoundError(2, "no such file", str(file))
    return file


def _arrays(file: Path) -> dict[str, NDArray[Any]]:
    """Return the arrays of a .npz file, or that of a .npy file without a name; no objects."""
    wanted = f"an array that NumPy wrote to a {file.suffix} file"
    try:
        loaded = np.load(_there(file), allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            found = {"": loaded}
        else:
            with loaded:
                found = {name: loaded[name] for name in loaded.files}
    except (ValueError, EOFError, BadZipFile) as error:
        raise InputError(source=file, wanted=wanted, got=_short(error)) from None
    if ("" in found) != (file.suffix == ".npy"):
        raise InputError(source=file, wanted=wanted, got="one of the other kind")
    return found


def _short(error: Exception) -> str:
    return str(error).partition("\n")[0][:80] or type(error).__name__


def _only(file: Path, observed: Sequence[Variable]) -> Variable:
    if len(observed) != 1:
        names = ", ".join(v.name for v in observed)
        wanted = f"a .npz file with an array for each of {names}"
        raise InputError(source=file, wanted=wanted, got="a single array")
    return observed[0]


def _csv_columns(file: Path) -> dict[str, NDArray[np.float64]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            rows = [row for row in csv.reader(stream) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(source=file, wanted="text in UTF-8", got=_short(error)) from None
    if len(rows) < 2:  # noqa: PLR2004 - a header and a row
        raise InputError(source=file, wanted="a header and rows", got=f"{len(rows)} rows")
    header, *body = rows
    twice = [name for name in header if header.count(name) > 1]
    if twice:
        raise InputError(source=file, wanted="each column once", got=f"{twice[0]} twice")
    for number, row in enumerate(body, 2):
        if len(row) != len(header):
            wanted, got = f"{len(header)} cells, as in the header", str(len(row))
            raise InputError(source=file, wanted=wanted, got=got, row=number)
    return {
        name: np.array([_cell(file, row[n], i, n) for i, row in enumerate(body)])
        for n, name in enumerate(header)
    }


def _cell(file: Path, text: str, row: int, column: int) -> float:
    if text.strip() in {"", "NA", "NaN", "nan"}:
        return float("nan")
    try:
        return float(text)
    except ValueError:
        place = {"row": row + 2, "column": column + 1}
        raise InputError(source=file, wanted="a number", got=repr(text), **place) from None


def _from_columns(
    file: Path, columns: dict[str, NDArray[np.float64]], observed: Sequence[Variable]
) -> dict[str, Any]:
    """Return variables from columns: each its own, or one of two axes from all of them."""
    if len(observed) == 1 and len(observed[0].array.sizes) > 1:
        return {observed[0].name: np.column_stack(list(columns.values()))}
    lacking = [v.name for v in observed if v.name not in columns]
    if lacking:
        wanted, got = f"a column named {lacking[0]}", f"the columns {', '.join(columns)}"
        raise InputError(source=file, wanted=wanted, got=got)
    return {v.name: columns[v.name] for v in observed}


def write_results(fit: Fit, folder: Path, options: argparse.Namespace) -> None:
    """Write summary, parameters, trace and figure of a fit into a folder."""
    write_json(folder / "summary.json", _summary(fit, options))
    arrays = {
        f"{name}_{parameter}": array
        for name in fit
        for parameter, array in fit[name].parameters.items()
    }
    write_arrays(folder / "posterior.npz", arrays)
    lines = ["sweep,bound_nats", *(f"{n},{bound!r}" for n, bound in enumerate(fit.trace, 1))]
    (folder / "trace.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    _draw(fit, folder / "bound")


def _summary(fit: Fit, options: argparse.Namespace) -> dict[str, Any]:
    factors: dict[str, Any] = {}
    for name in fit:
        posterior = fit[name]
        told = {"family": posterior.family, "mean": np.round(posterior.mean, 10).tolist()}
        if posterior.family not in {"Categorical", "Bernoulli"}:
            low, high = posterior.interval(LEVEL)
            told["interval"] = {"level": LEVEL, "low": low.tolist(), "high": high.tolist()}
        if posterior.mean.size <= 10_000:  # noqa: PLR2004 - the arrays hold the rest
            factors[name] = told
    return {
        "model": fit.model,
        "sizes": fit.sizes,
        "settings": list(options.set),
        "seed": options.seed,
        "bound_nats": fit.elbo,
        "bounds_of_all_starts_nats": list(fit.elbos),
        "sweeps": len(fit.trace),
        "converged": fit.converged,
        "factors": factors,
    }


def _draw(fit: Fit, stem: Path) -> None:
    from impl.figure_style import BLUE, new_figure, save_vector  # noqa: PLC0415 - loads Matplotlib

    figure = new_figure(5.0, 3.0)
    axes = figure.subplots()
    axes.plot(range(1, len(fit.trace) + 1), fit.trace, color=BLUE)
    axes.set(xlabel="sweep", ylabel="evidence lower bound (nats)", title=f"{fit.model}: best start")
    save_vector(figure, stem)
