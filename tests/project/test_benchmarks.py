"""What is kept of a benchmark run, and the page that shows it."""

import copy
import importlib
import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from harness.digest import digest
from harness.project import ROOT

from derivations.printing.nodes import Literal, Paragraph, Strong, Table
from derivations.printing.writers.markdown import write_markdown

FOLDER = ROOT / "docs" / "benchmarks"
GIVEN = {
    "name": "ours, float32",
    "unit": "draw",
    "count": 1000,
    "ratio": 1.23456,
    "threads": 2,
    "device": "cpu",
    "versions": {"torch": "2.13.0"},
}
RUN = {
    "datetime": "2026-01-02T03:04:05+00:00",
    "machine_info": {
        "node": "name-of-the-machine",
        "python_version": "3.11.9",
        "cpu": {"brand_raw": "A processor", "count": 2},
    },
    "benchmarks": [
        {
            "name": "test_draw[one]",
            "group": "Samplers, forward, 0.7",
            "extra_info": GIVEN,
            "stats": {"median": 3e-6, "min": 2e-6, "rounds": 5},
        },
        {"name": "test_other", "group": None, "extra_info": {}, "stats": {}},
    ],
}


@pytest.fixture
def recorder() -> ModuleType:
    """Give the script that keeps figures."""
    spec = importlib.util.spec_from_file_location("record", FOLDER / "record.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def benchmark_pages(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Give the page's module."""
    monkeypatch.syspath_prepend(ROOT / "docs")
    return importlib.import_module("report.benchmark_pages")


def test_kept_figures_are_times_of_a_unit(
    recorder: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run becomes a file a group: times of one unit in nanoseconds, no name of the machine."""
    run = tmp_path / "run.json"
    run.write_text(json.dumps(RUN), encoding="utf-8")
    assert recorder.main([str(run), "--command", "time it", "--folder", str(tmp_path)]) == 0
    text = (tmp_path / "samplers-forward-0.7.json").read_text(encoding="utf-8")
    assert "name-of-the-machine" not in text
    assert json.loads(text) == {
        "group": "Samplers, forward, 0.7",
        "command": "time it",
        "recorded": "2026-01-02",
        "sources": {"impl": digest("impl")},
        "machine": {
            "processor": "A processor",
            "cores": 2,
            "threads": 2,
            "device": "cpu",
            "versions": {"python": "3.11.9", "torch": "2.13.0"},
        },
        "benchmarks": [
            {
                "name": "ours, float32",
                "unit": "draw",
                "count": 1000,
                "rounds": 5,
                "median_nanoseconds": 3.0,
                "least_nanoseconds": 2.0,
                "ratio": 1.235,
            }
        ],
    }
    assert "test_other" in capsys.readouterr().err


def test_runs_that_say_nothing_or_contradict_themselves_are_refused(recorder: ModuleType) -> None:
    """A run without figures, or with a group from two settings, is an error."""
    run: dict[str, Any] = copy.deepcopy(RUN)
    run["benchmarks"].append(copy.deepcopy(run["benchmarks"][0]))
    run["benchmarks"][-1]["extra_info"]["threads"] = 1
    with pytest.raises(recorder.RecordError, match="one number of threads"):
        recorder.record(run, "")
    run["benchmarks"] = run["benchmarks"][1:2]
    with pytest.raises(recorder.RecordError, match="test_other"):
        recorder.record(run, "")


def test_page_shows_every_kept_figure(
    recorder: ModuleType, benchmark_pages: ModuleType, tmp_path: Path
) -> None:
    """A table for each group, with the machine, the date and the command above it."""
    for name, kept in recorder.record(RUN, "time it")[0].items():
        (tmp_path / f"{name}.json").write_text(json.dumps(kept), encoding="utf-8")
    found = benchmark_pages.document(tmp_path)
    (table,) = [block for block in found.blocks if isinstance(block, Table)]
    assert table.rows == ((("ours, float32",), ("3.0",), ("2.0",), ("1.24",)),)
    text = write_markdown(found)
    for said in ("Samplers, forward, 0.7", "2026-01-02", "A processor", "torch 2.13.0", "time it"):
        assert said in text


def test_every_group_marks_what_the_others_are_compared_with(
    benchmark_pages: ModuleType,
) -> None:
    """A reference is there for every ratio, and its own is of two runs of itself."""
    found = benchmark_pages.document(FOLDER)
    for table in (block for block in found.blocks if isinstance(block, Table)):
        own = [float(row[-1][0]) for row in table.rows if Strong("reference") in row[0]]
        assert own
        assert all(abs(ratio - 1) < 0.1 for ratio in own)
    said = [block.prose for block in found.blocks if isinstance(block, Paragraph)]
    opening = [prose for prose in said if str(prose[0]).startswith("Recorded 20")]
    assert len(opening) == len(list(FOLDER.glob("*.json")))
    assert all(isinstance(prose[1], Literal) for prose in opening)


def test_kept_files_are_named_by_their_groups(
    recorder: ModuleType, benchmark_pages: ModuleType
) -> None:
    """Each file in the repository is one the script writes, and the page takes them all."""
    files = sorted(FOLDER.glob("*.json"))
    groups = [json.loads(path.read_text(encoding="utf-8"))["group"] for path in files]
    assert [recorder.file_name(group) for group in groups] == [path.stem for path in files]
    tables = [b for b in benchmark_pages.document(FOLDER).blocks if isinstance(b, Table)]
    assert len(tables) == len(files)
