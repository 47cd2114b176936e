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
from scipy.special import logsumexp

from impl.dice.data import count
from impl.dice.figures import draw_ends
from impl.dice.model import Priors
from impl.dice.simulation import simulate

Example = Any  # a class of docs/, which is no package

DICE = 4


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
        patch.setattr(example, "save_vector", lambda *_arguments: None)
        return example.run(folder, folder / "figures")


def moved(attempt: Any, nats: float) -> Any:  # noqa: ANN401
    """Return an attempt whose ascents all ended higher."""
    return replace(attempt, ends=attempt.ends + nats)


def ending(run: Example, **best: float) -> Example:
    """Return the example with the highest bound of some attempts so far above the fit's."""
    placed = {}
    for name, nats in best.items():
        attempt = getattr(run, name)
        placed[name] = moved(attempt, run.few.bound + nats - attempt.bound)
    return replace(run, **placed)


def with_hidden(attempt: Any, first: list[float], second: list[float]) -> Any:  # noqa: ANN401
    """Return an attempt with other posterior means of the hidden dice."""
    posterior = replace(
        attempt.posterior,
        first_concentration=1e4 * np.array(first),
        second_concentration=1e4 * np.array(second),
    )
    return replace(attempt, posterior=posterior)


def at_truth(attempt: Any) -> Any:  # noqa: ANN401
    """Return an attempt that has found the hidden dice."""
    return with_hidden(attempt, attempt.truth.first.tolist(), attempt.truth.second.tolist())


def test_the_page_says_how_many_dice_are_unused(pages: ModuleType, run: Example) -> None:
    """Points that all roll one die leave the others unused; spread ones leave none."""
    for first, second, unused in (([1, 1e-9], [1, 1e-9, 1e-9], 3), ([1, 1], [1, 1, 1], 0)):
        changed = replace(run, few=with_hidden(run.few, first, second))
        text = pages.in_short(changed)
        if unused:
            assert f"leaves {unused} of the {DICE} rolled dice unused" in text
            assert "have no fitted die of their own" in pages.recovered(changed.few)
        else:
            assert f"It uses all {DICE} rolled dice" in text
            assert "unused" not in pages.recovered(changed.few)


def test_the_page_says_which_hidden_dice_are_found(pages: ModuleType, run: Example) -> None:
    """Neither, one or both, by their distance from the true ones."""
    far = with_hidden(run.few, [1.0, 0.0], [0.0, 0.0, 1.0])
    errors = far.hidden_errors()
    assert min(errors) > pages.FOUND, "the example would not be one"
    text = pages.in_short(replace(run, few=far))
    assert "does not recover these dice" in text
    assert "It finds neither hidden die" in text
    assert f"{errors[0]:.2f} and {errors[1]:.2f} from the true ones" in text
    found = at_truth(run.few)
    one = with_hidden(found, found.truth.first.tolist(), [0.0, 0.0, 1.0])
    assert "one of the two hidden dice" in pages.in_short(replace(run, few=one))
    text = pages.in_short(replace(run, few=found))
    assert "It finds both hidden dice" in text
    assert ("recovers these dice" in text) == (found.unused == 0)


def test_the_page_counts_the_starts_near_the_best(pages: ModuleType, run: Example) -> None:
    """Within a nat of the highest bound, that start included."""
    for below, close, verb in (([0, 2, 3], 1, "ends"), ([0, 0.5, 3], 2, "end")):
        few = replace(run.few, ends=run.few.bound - np.array(below))
        changed = replace(run, few=few)
        assert f"Of the 3 starts, {close} {verb} within a nat" in pages.in_short(changed)
        assert (f"{close} of 3",) in [row[2] for row in pages.side_by_side(changed).rows]


def test_the_page_says_whether_better_starts_help(pages: ModuleType, run: Example) -> None:
    """Which of them end higher, and by how much, in the summary and where they are described."""
    changed = ending(run, many=3, clustered=7.5)
    assert "from clusters of the points, the bound rises by 7.5 nats" in pages.in_short(changed)
    text = pages.started(changed)
    assert "the best is 3.0 nats higher" in text
    assert "ends 4.5 nats above the best random start" in text
    changed = ending(run, many=3, clustered=-1)
    assert "from 40 random starts, the bound rises by 3.0 nats" in pages.in_short(changed)
    assert "ends 4.0 nats below the best random start" in pages.started(changed)
    changed = ending(run, many=0, clustered=-1)
    assert "Neither more random starts nor starts from clusters" in pages.in_short(changed)
    assert "none of the further ones is higher" in pages.started(changed)


def test_the_page_says_where_the_true_dice_lead(pages: ModuleType, run: Example) -> None:
    """Below the best fit the bound prefers others; above it the starts have missed them."""
    lost = replace(run, clustered=with_hidden(run.clustered, [1.0, 0.0], [0.0, 0.0, 1.0]))
    below = ending(lost, many=1, clustered=5, from_truth=-4)
    assert "the bound prefers other hidden dice" in pages.in_short(below)
    assert "ends 9.0 nats lower" in pages.in_short(below)
    above = pages.in_short(ending(lost, many=1, clustered=5, from_truth=8))
    assert "an ascent from the true dice ends 3.0 nats higher" in above
    assert "prefers" not in above
    found = replace(below, clustered=at_truth(below.clustered))
    assert "prefers" not in pages.in_short(found)


def test_the_rolls_are_said_to_prefer_the_truth_only_where_they_do(
    pages: ModuleType, run: Example
) -> None:
    """By the likelihood with the hidden faces summed out, beside the order of the bounds."""
    placed = ending(run, clustered=5, from_truth=-4)
    for likelihood, said in ((-300.0, True), (-200.0, False)):
        clustered = replace(placed.clustered, likelihood=likelihood)
        changed = replace(placed, clustered=clustered, true_likelihood=-250.0)
        text = pages.reasons(changed)[1]
        assert ("The rolls do not ask for this" in text) == said
        assert ("50.0 nats lower at the means of the best fit" in text) == said
        assert "-250.0 nats at the true dice" in text
    assert any("q(Z1_n, Z2_n)" in text for text in pages.reasons(placed))


def test_ways_of_a_sum_are_counted_over_the_faces_in_use(run: Example) -> None:
    """Of 2 and 3 faces, all in use, the four sums have 1, 2, 2 and 1 ways; a face less, fewer."""
    assert with_hidden(run.few, [0.5, 0.5], [0.3, 0.3, 0.4]).ways().tolist() == [1, 2, 2, 1]
    assert with_hidden(run.few, [0.5, 0.5], [0.6, 0.0, 0.4]).ways().tolist() == [1, 1, 1, 1]


def test_the_log_likelihood_is_that_of_the_rolls_summed_over_hidden_faces(
    pages: ModuleType, rng: np.random.Generator
) -> None:
    """Point by point, pair by pair, against the sum over rows and dice."""
    assert pages
    example = importlib.import_module("report.example")
    drawn = simulate(Priors.symmetric((2, 3, 4)), points=20, rolls=5, seed=3)
    counts = count(drawn.rolls, 4)
    first, second = rng.dirichlet(np.ones(2)), rng.dirichlet(np.ones(3))
    roll = rng.dirichlet(np.ones(4), size=DICE)
    expected = 0.0
    for point in drawn.rolls:
        pairs = [
            np.log(first[i] * second[j]) + np.log(roll[i + j][point]).sum()
            for i in range(2)
            for j in range(3)
        ]
        expected += float(logsumexp(pairs))
    found = example.log_likelihood(counts, first, second, roll)
    assert found == pytest.approx(expected, rel=1e-12, abs=0.0)


def test_clusters_are_the_dice_of_well_separated_points(pages: ModuleType) -> None:
    """Points that show one face each are put by that face; their shares are counted."""
    assert pages
    starts = importlib.import_module("report.starts")
    rolls = np.repeat([0, 1, 2], [30, 20, 10])[:, np.newaxis] * np.ones((1, 12), dtype=np.int64)
    shares, dice = starts.clusters(count(rolls, 3), 3, seed=0)
    order = np.argsort(-shares)
    np.testing.assert_allclose(shares[order], [1 / 2, 1 / 3, 1 / 6], atol=1e-3)
    np.testing.assert_allclose(dice[order], np.eye(3), atol=1e-3)


def test_ascents_from_clusters_converge_best_first(run: Example) -> None:
    """As many as go on; none is a random start, and the bound of the first is the attempt's."""
    starts = importlib.import_module("report.starts")
    ends = run.clustered.ends
    assert ends.size == starts.CONTINUED
    assert (np.diff(ends) <= 0).all()
    assert run.clustered.bound == ends[0]


def test_the_ascent_from_the_truth_starts_at_the_true_dice(run: Example) -> None:
    """Its starting values have the true dice as their means, but for the prior."""
    assert run.from_truth.ends.size == 1
    example = importlib.import_module("report.example")
    drawn = simulate(Priors.symmetric((2, 3, 4)), points=5_000, rolls=30, seed=1)
    counts = count(drawn.rolls, 4)
    posterior = example.start_at(drawn.truth, counts, Priors.symmetric((2, 3, 4)))
    for concentration, true in (
        (posterior.first_concentration, drawn.truth.first),
        (posterior.second_concentration, drawn.truth.second),
        (posterior.roll_concentration, drawn.truth.roll),
    ):
        mean = concentration / concentration.sum(axis=-1, keepdims=True)
        np.testing.assert_allclose(mean, true, atol=5e-3)


def test_more_random_starts_contain_the_first_ones(run: Example) -> None:
    """So the table's second row cannot be worse than its first."""
    np.testing.assert_array_equal(run.many.ends[: run.few.ends.size], run.few.ends)


def test_ends_are_drawn_below_the_highest_of_all() -> None:
    """A row for each kind of starts, the best of each marked."""
    ends = {"one": np.array([-5.0, -3.0]), "two": np.array([-1.0])}
    (axes,) = draw_ends(ends).axes
    drawn = [np.column_stack(line.get_data()).tolist() for line in axes.lines]
    assert drawn == [[[2, 0], [4, 0]], [[2, 0]], [[0, 1]], [[0, 1]]]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["one", "two"]


def test_the_commands_of_the_page_are_of_this_program(pages: ModuleType, run: Example) -> None:
    """What repeats the example is written with the settings of the run."""
    blocks = pages._blocks(run, PurePosixPath("figures"), 2)  # noqa: SLF001 - the page's content
    code = next(block.text for block in blocks if type(block).__name__ == "Code")
    assert code.startswith("varproof dice simulate --points 60 --rolls 8 --faces 2 3 4 ")
    assert "\nvarproof dice fit rolls.csv --faces 2 3 4 --restarts 8 " in code
