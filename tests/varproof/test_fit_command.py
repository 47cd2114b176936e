"""The command `varproof fit`: its outputs, its exit statuses, its errors of one line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from harness import gallery

import varproof as vp
from varproof import command

if TYPE_CHECKING:
    from pathlib import Path

POISSONS = ("--set", "a=1", "b=2")
MIXTURE = ("--set", "K=2", "alpha=0.5", "a=1", "b=2")
TWO = """
import varproof as vp

for name in ("first", "second"):
    globals()[name] = m = vp.Model(name)
    rate = m.gamma("rate", 1, 2)
    with m.plate(n=m.sizes("N")):
        m.poisson("x", rate, observed=True)
        m.poisson("y", rate, observed=True)
"""


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[object, str, str]:
    """Run the command in this process; return its exit status and what it printed."""
    try:
        status: object = command.main(["fit", *arguments])
    except SystemExit as end:
        status = end.code
    return status, *capsys.readouterr()


def written(folder: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return the summary and the arrays of a fit."""
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    with np.load(folder / "posterior.npz") as archive:
        return summary, {name: archive[name] for name in archive.files}


def test_a_fit_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Summary, parameters, bound of each sweep and its figure; the same as from Python."""
    x = np.array([1, 1, 9, 8, 2, 7])
    np.savez(tmp_path / "x.npz", x=x)
    output = tmp_path / "fit"
    status, out, err = said(
        capsys,
        gallery.path("mixture_of_poissons"),
        *("--data", str(tmp_path / "x.npz"), "--output", str(output), "--seed", "3"),
        *("--restarts", "4"),
        *MIXTURE,
    )
    assert status == 0
    fit = vp.fit(
        gallery.model("mixture_of_poissons"), {"x": x}, K=2, alpha=0.5, a=1, b=2, seed=3, restarts=4
    )
    assert out == f"bound {fit.elbo:.6f} nats, {len(fit.trace)} sweeps: {output}\n"
    assert [f"start {n} of 4: bound {b:.3f}" in err for n, b in enumerate(fit.elbos, 1)] == [
        True
    ] * 4
    assert {p.name for p in output.iterdir()} == {
        "summary.json",
        "posterior.npz",
        "trace.csv",
        "bound.svg",
    }
    summary, arrays = written(output)
    assert summary["bound_nats"] == fit.elbo
    assert summary["bounds_of_all_starts_nats"] == list(fit.elbos)
    assert summary["sizes"] == {"N": 6, "K": 2}
    assert summary["converged"] is True
    assert summary["settings"] == list(MIXTURE[1:])
    low, high = fit["rate"].interval(0.95)
    assert summary["factors"]["rate"]["interval"]["low"] == low.tolist()
    assert summary["factors"]["rate"]["interval"]["high"] == high.tolist()
    assert "interval" not in summary["factors"]["z"]
    assert set(arrays) == {"pi_concentration", "rate_shape", "rate_rate", "z_probabilities"}
    for name in fit:
        for parameter, array in fit[name].parameters.items():
            assert np.array_equal(arrays[f"{name}_{parameter}"], array)
    header, *rows = (output / "trace.csv").read_text(encoding="utf-8").splitlines()
    assert header == "sweep,bound_nats"
    assert [float(row.split(",")[1]) for row in rows] == list(fit.trace)
    assert (output / "bound.svg").read_text(encoding="utf-8").startswith("<?xml")


def test_a_file_of_each_kind_gives_the_same_fit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty cell of a table is a missing value, as NaN is in an array."""
    x = np.array([3.0, np.nan, 5.0, 0.0])
    np.savez(tmp_path / "x.npz", x=x)
    np.save(tmp_path / "x.npy", x)
    (tmp_path / "x.csv").write_text("other,x\n1,3\n2,\n3,5\n4,0\n", encoding="utf-8-sig")
    bounds = set()
    for kind in ("npz", "npy", "csv"):
        status, _, _ = said(
            capsys,
            gallery.path("gamma_poisson"),
            *("--data", str(tmp_path / f"x.{kind}"), "--output", str(tmp_path / kind)),
            *POISSONS,
        )
        assert status == 0
        bounds.add(written(tmp_path / kind)[0]["bound_nats"])
    assert len(bounds) == 1


def test_a_table_of_parquet_gives_the_same_fit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the extra; whole numbers with a null are read as with an empty cell."""
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pyarrow.table({"x": [3, None, 5, 0]}), tmp_path / "x.parquet")
    status, _, _ = said(
        capsys,
        gallery.path("gamma_poisson"),
        *("--data", str(tmp_path / "x.parquet"), "--output", str(tmp_path / "fit")),
        *POISSONS,
    )
    assert status == 0
    summary, _ = written(tmp_path / "fit")
    fit = vp.fit(gallery.model("gamma_poisson"), {"x": [3, None, 5, 0]}, a=1, b=2)
    assert summary["bound_nats"] == fit.elbo


def test_all_columns_are_one_variable_of_two_axes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever their names are; states may count from zero; a list is written with commas."""
    (tmp_path / "w.csv").write_text("a,b,c\n0,1,2\n2,2,\n", encoding="utf-8")
    status, _, _ = said(
        capsys,
        gallery.path("topics"),
        *("--data", str(tmp_path / "w.csv"), "--output", str(tmp_path / "fit")),
        *("--states-from", "0", "--restarts", "1"),
        *("--set", "K=2", "V=3", "alpha=0.5,0.7", "eta=0.1"),
    )
    assert status == 0
    summary, _ = written(tmp_path / "fit")
    fit = vp.fit(
        gallery.model("topics"),
        {"w": [[1, 2, 3], [3, 3]]},
        K=2,
        V=3,
        alpha=[0.5, 0.7],
        eta=0.1,
        restarts=1,
    )
    assert summary["bound_nats"] == fit.elbo


def test_a_fit_that_has_not_converged_is_written_with_a_status_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Three, and a warning."""
    np.save(tmp_path / "x.npy", np.array([1.0, 5.0, 2.0]))
    status, _, err = said(
        capsys,
        gallery.path("normal"),
        *("--data", str(tmp_path / "x.npy"), "--output", str(tmp_path / "fit"), "--sweeps", "2"),
        *("--set", "m0=0", "t0=0.1", "a=1", "b=1", "--tolerance", "0"),
    )
    assert status == 3
    assert "warning: the best restart has not converged in 2 sweeps" in err
    assert written(tmp_path / "fit")[0]["converged"] is False


def test_one_of_several_models_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a name the error lists them."""
    file = tmp_path / "two.py"
    file.write_text(TWO, encoding="utf-8")
    (tmp_path / "x.csv").write_text("x,y\n3,4\n1,0\n", encoding="utf-8")
    more = ("--data", str(tmp_path / "x.csv"), "--output", str(tmp_path / "fit"))
    status, _, err = said(capsys, str(file), *more)
    assert status == 2
    assert f"{file}: wanted one model, as {file}::NAME; it declares first, second" in err
    assert said(capsys, f"{file}::second", *more)[0] == 0
    assert written(tmp_path / "fit")[0]["model"] == "second"


def test_a_model_of_two_variables_wants_both(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A single array is not enough, and neither is a table without one of them."""
    file = tmp_path / "two.py"
    file.write_text(TWO, encoding="utf-8")
    np.save(tmp_path / "x.npy", np.arange(3))
    np.savez(tmp_path / "x.npz", x=np.arange(3))
    for data, told in (
        ("x.npy", "wanted a .npz file with an array for each of x, y, got a single array"),
        ("x.npz", "first: wanted data for y, got none"),
    ):
        status, _, err = said(
            capsys,
            f"{file}::first",
            *("--data", str(tmp_path / data), "--output", str(tmp_path / "fit")),
        )
        assert status == 2
        assert told in err


def test_results_that_are_there_stay_if_a_fit_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder of an earlier fit is replaced by a later one, and not by an error."""
    np.save(tmp_path / "x.npy", np.arange(3))
    more = (
        gallery.path("gamma_poisson"),
        *("--data", str(tmp_path / "x.npy"), "--output", str(tmp_path / "fit")),
    )
    assert said(capsys, *more, *POISSONS)[0] == 0
    before = written(tmp_path / "fit")[0]
    assert said(capsys, *more, "--set", "a=1")[0] == 2
    assert written(tmp_path / "fit")[0] == before
    assert said(capsys, *more, "--set", "a=3", "b=1")[0] == 0
    assert written(tmp_path / "fit")[0]["bound_nats"] != before["bound_nats"]
