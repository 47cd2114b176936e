"""What the report says of the embedded example: every sentence follows the run's numbers."""

import importlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from harness.dice_commands import call
from harness.project import ROOT

from impl.dice.coordinate_ascent import Run

Example = Any  # a class of docs/, which is no package


@pytest.fixture(scope="module")
def pages() -> Iterator[ModuleType]:
    """The module that writes the example's page."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "docs"))
        yield importlib.import_module("report.fit_pages")


@pytest.fixture(scope="module")
def run(pages: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Example:
    """Fit a small simulated example once, without drawing its figures."""
    assert pages
    folder = tmp_path_factory.mktemp("example")
    size = ("--points", 60, "--rolls", 8, "--faces", 2, 3, 4)
    outputs = ("--output", folder / "rolls.csv", "--truth", folder / "truth.json")
    assert call("dice", "simulate", *size, *outputs) == 0
    example = importlib.import_module("report.example")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(example, "save", lambda *_arguments: None)
        return example.run(folder, folder / "figures")


def with_bound(run: Example, bound: float, *, converged: bool = True) -> Example:
    """Return the example with another end of the ascent from the truth."""
    ascent = Run(run.from_truth.posterior, np.array([bound - 1, bound]), converged=converged)
    return replace(run, from_truth=ascent)


def test_the_page_says_whether_further_starts_end_higher(pages: ModuleType, run: Example) -> None:
    """None, some and their best are counted from the run."""
    best = run.fit.elbo
    text = pages.local_optimum(replace(run, further=best + np.array([-3.0, -1.0])))[0]
    assert "None of 2 further random starts ends higher. This does not show" in text
    text = pages.local_optimum(replace(run, further=best + np.array([-3.0, 2.5, 1.0])))[0]
    assert "Of 3 further random starts, 2 end higher, the best of them by 2.5 nats" in text
    assert "not the best one" in text


def test_the_page_says_where_the_true_dice_lead(pages: ModuleType, run: Example) -> None:
    """Below the fit, above it, or stopped: each has its words."""
    best = run.fit.elbo
    assert "4.0 nats below the fit" in pages.local_optimum(with_bound(run, best - 4))[1]
    above = pages.local_optimum(with_bound(run, best + 4, converged=False))[1]
    assert "is stopped at" in above
    assert "4.0 nats above the fit, which the random starts have missed" in above
    assert "longer search" not in above


def test_the_page_says_how_many_dice_are_unused(pages: ModuleType, run: Example) -> None:
    """Points that all roll one die leave the others unused; spread ones leave none."""
    dice = 4
    for first, second, unused in (([1e4, 1.0], [1e4, 1.0, 1.0], 3), ([1, 1], [1, 1, 1], 0)):
        concentrations = {
            "first_concentration": np.array(first, dtype=float),
            "second_concentration": np.array(second, dtype=float),
        }
        posterior = replace(run.fit.posterior, **concentrations)
        changed = replace(run, fit=replace(run.fit, posterior=posterior))
        text = " ".join(pages.recovery(changed))
        if unused:
            assert f"leaves {unused} of {dice} rolled dice unused" in text
        else:
            assert f"All {dice} rolled dice are in use" in text
            assert "unused" not in text


def test_the_ascent_from_the_truth_starts_at_the_true_dice(run: Example) -> None:
    """Its bound rises from the true dice, and it is not one of the random starts."""
    trace = run.from_truth.trace
    assert (np.diff(trace) > -1e-9).all()
    assert run.from_truth.converged
    assert not np.isin(trace[0], [one[0] for one in run.fit.traces])


def test_numbers_of_the_page_are_counted_from_the_points(pages: ModuleType, run: Example) -> None:
    """The share of points with a certain pair of faces is that of the points themselves."""
    q = run.fit.posterior
    pairs = np.einsum("ni,nl->nil", q.first_responsibilities, q.second_responsibilities)
    certain = np.repeat(pairs.max(axis=(1, 2)) > pages.CERTAIN, run.weights)
    assert certain.size == run.points == 60
    assert run.certain() == pytest.approx(certain.mean(), rel=1e-12, abs=0)
    assert f"for {certain.mean():.0%} of the points" in " ".join(pages.recovery(run))


def test_the_commands_of_the_page_are_of_this_program(pages: ModuleType, run: Example) -> None:
    """What repeats the example is written with the settings of the run."""
    blocks = pages._blocks(run, PurePosixPath("figures"), 2)  # noqa: SLF001 - the page's content
    code = next(block.text for block in blocks if type(block).__name__ == "Code")
    assert code.startswith("varproof dice simulate --points 60 --rolls 8 --faces 2 3 4 ")
    assert "\nvarproof dice fit rolls.csv --faces 2 3 4 --restarts 8 " in code
