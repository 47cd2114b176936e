"""Figures of a run show the right numbers and pixels: what is drawn is read back."""

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import numpy.typing as npt
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnnotationBbox

from impl.figure_style import BLUE, GREY
from impl.vae import figures, latent_figures, tiles
from impl.vae.discrepancy import by_dimension
from impl.vae.discrepancy_figures import draw_by_dimension
from impl.vae.evaluation import divergence_per_unit
from impl.vae.latent_figures import Embedding

Floats = npt.NDArray[np.float64]
SHAPE = (4, 3)


def pictures(rng: np.random.Generator, count: int) -> Floats:
    """Draw images of 4 x 3 pixels, every pixel another."""
    return rng.uniform(size=(count, SHAPE[0] * SHAPE[1]))


def shown(axes: Axes) -> list[Floats]:
    """Cut the mosaic of a panel back into its images, row after row; the empty ones left out."""
    canvas = np.asarray(axes.images[0].get_array().filled(np.nan))
    height, width = SHAPE[0] + tiles.GAP, SHAPE[1] + tiles.GAP
    found = [
        canvas[top : top + SHAPE[0], left : left + SHAPE[1]]
        for top in range(0, canvas.shape[0], height)
        for left in range(0, canvas.shape[1], width)
    ]
    return [image.ravel() for image in found if np.isfinite(image).all()]


def line(axes: Axes, number: int) -> list[list[float]]:
    """Points of one line of a panel."""
    return np.column_stack(axes.lines[number].get_data()).tolist()


def ticks(axes: Axes) -> tuple[list[str], list[str]]:
    """Labels along x and along y."""
    return tuple(
        [text.get_text() for text in axis.get_ticklabels()] for axis in (axes.xaxis, axes.yaxis)
    )


def test_an_image_stands_beside_its_reconstruction(rng: np.random.Generator) -> None:
    """Left the image, right the reconstruction, upright, 1 in black."""
    image, reconstruction = pictures(rng, 2)
    figure = figures.draw_pair(image, reconstruction, 21, SHAPE)
    for axes, pixels in zip(figure.axes, (image, reconstruction), strict=True):
        np.testing.assert_array_equal(axes.images[0].get_array(), pixels.reshape(SHAPE))
        assert axes.images[0].get_clim() == (0, 1)
        assert to_rgb(axes.images[0].to_rgba(np.array([[0.0, 1.0]]))[0, 1, :3]) == (0, 0, 0)
        assert axes.images[0].origin == "upper"
    assert figure.axes[0].get_title(loc="left") == "test image 21"


def test_every_test_image_stands_above_its_own_reconstruction(rng: np.random.Generator) -> None:
    """Rows of ten in turn, with the last one short, and the indices under them."""
    images, reconstructions = pictures(rng, 13), pictures(rng, 13)
    indices = rng.permutation(100)[:13].tolist()
    figure = figures.draw_reconstructions(images, reconstructions, indices, SHAPE)
    first, second = figure.axes
    np.testing.assert_array_equal(shown(first), [*images[:10], *reconstructions[:10]])
    np.testing.assert_array_equal(shown(second), [*images[10:], *reconstructions[10:]])
    assert ticks(first) == ([str(n) for n in indices[:10]], ["original", "reconstruction"])
    assert ticks(second)[0] == [str(n) for n in indices[10:]]


def test_images_from_noise_are_all_shown_in_order(rng: np.random.Generator) -> None:
    """Seventeen images are two rows."""
    images = pictures(rng, 17)
    np.testing.assert_array_equal(shown(figures.draw_generated(images, SHAPE).axes[0]), images)


def test_interpolations_stand_between_the_images_they_join(rng: np.random.Generator) -> None:
    """Each row: the first image, its decoded line, the last image."""
    steps = [pictures(rng, 5), pictures(rng, 5)]
    ends = [tuple(pictures(rng, 2)), tuple(pictures(rng, 2))]
    axes = figures.draw_interpolations(steps, ends, ["0 to 1", "2 to 3"], SHAPE).axes[0]
    expected = [row for line, (a, b) in zip(steps, ends, strict=True) for row in (a, *line, b)]
    np.testing.assert_array_equal(shown(axes), expected)
    between = ["image", "0", "0.25", "0.5", "0.75", "1", "image"]
    assert ticks(axes) == (between, ["0 to 1", "2 to 3"])


@pytest.mark.parametrize("objective", ["kl", "mmd", "iwae"])
def test_bound_by_epoch_has_training_and_test_in_every_panel(
    rng: np.random.Generator, objective: str
) -> None:
    """Loss, reconstruction and divergence, each as it was recorded."""
    names = [f"{part}_{name}" for name in ("loss", "reconstruction", "divergence")
             for part in ("train", "test")]  # fmt: skip
    records = [{"epoch": n, **dict(zip(names, rng.normal(size=6), strict=True))} for n in (1, 2, 3)]
    figure = figures.draw_bound(records, objective)
    for place, name in enumerate(names):
        points = [[record["epoch"], record[name]] for record in records]
        axes = figure.axes[place // 2]
        assert line(axes, place % 2) == points
        train, test = axes.lines
        assert (train.get_linestyle(), test.get_linestyle()) == ("-", "--")


def test_a_constant_discrepancy_is_seen_to_be_one() -> None:
    """Its axis starts at zero and its ticks are the numbers themselves, with nothing to add."""
    parts = ("loss", "reconstruction", "divergence")
    values = [0.02 + 1e-7 * epoch for epoch in range(1, 6)]
    records = [
        {"epoch": epoch} | {f"{part}_{name}": value for part in ("train", "test") for name in parts}
        for epoch, value in enumerate(values, 1)
    ]
    figure = figures.draw_bound(records, "mmd")
    figure.draw_without_rendering()
    axes = figure.axes[2]
    assert axes.get_ylim()[0] <= 0
    assert axes.get_ylim()[1] > 0.02
    assert [panel.yaxis.get_offset_text().get_text() for panel in figure.axes] == [""] * 3


def digits(rng: np.random.Generator, count: int) -> tuple[Floats, npt.NDArray[np.uint8], Floats]:
    """Draw points of the plane, their digits and their images."""
    labels = rng.integers(10, size=count).astype(np.uint8)
    return rng.normal(size=(count, 2)), labels, pictures(rng, count)


def thumbnails(axes: Axes) -> Sequence[AnnotationBbox]:
    """Thumbnails of a panel."""
    return [artist for artist in axes.artists if isinstance(artist, AnnotationBbox)]


def test_embeddings_colour_each_point_by_its_digit_and_show_its_own_image(
    rng: np.random.Generator,
) -> None:
    """Every point is drawn as its digit; each thumbnail is the image of the point it stands at."""
    points, labels, images = digits(rng, 50)
    panels = [Embedding("z", points), Embedding("means", points[::-1].copy())]
    figure = latent_figures.draw_embeddings(panels, labels, images, SHAPE)
    for axes, panel in zip(figure.axes, panels, strict=True):
        assert len(axes.lines) == 10
        colours = [to_rgb(drawn.get_color()) for drawn in axes.lines]
        assert len(set(colours)) == 10
        for digit, drawn in enumerate(axes.lines):
            assert f"{{{digit}}}" in str(drawn.get_marker()), "read without its colour"
            mine = panel.points[labels == digit]
            np.testing.assert_array_equal(np.column_stack(drawn.get_data()), mine)
        boxes = thumbnails(axes)
        assert len(boxes) > 10
        for box in boxes:
            (place,) = np.flatnonzero((panel.points == box.xy).all(axis=1))
            shown_image = box.offsetbox.get_data()
            np.testing.assert_array_equal(shown_image, images[place].reshape(SHAPE))
            assert to_rgb(box.patch.get_edgecolor()) == colours[int(labels[place])]


def test_thumbnails_leave_each_other_room(rng: np.random.Generator) -> None:
    """Of points that nearly coincide one has a thumbnail, and none is lost."""
    points, labels, images = digits(rng, 30)
    points[1:20] = points[0] + 1e-3 * rng.normal(size=(19, 2))
    figure = latent_figures.draw_embeddings([Embedding("z", points)], labels, images, SHAPE)
    boxes = thumbnails(figure.axes[0])
    near = [box for box in boxes if np.abs(np.array(box.xy) - points[0]).max() < 0.01]
    assert len(near) == 1
    assert sum(len(drawn.get_xdata()) for drawn in figure.axes[0].lines) == 30


def test_embedding_keeps_neighbours(rng: np.random.Generator) -> None:
    """Two clusters far apart stay apart."""
    z = rng.normal(size=(40, 5)) + np.where(np.arange(40) < 20, 0, 60)[:, None]
    one = latent_figures.embed("t", z, 3)
    assert one.points.shape == (40, 2)
    distances = np.linalg.norm(one.points[:, None] - one.points, axis=2)
    np.fill_diagonal(distances, np.inf)
    assert ((distances.argmin(axis=1) < 20) == (np.arange(40) < 20)).all()


def test_embedding_repeats_by_its_seed(rng: np.random.Generator) -> None:
    """Of latents without structure, whose first components are searched at random, too."""
    z = rng.normal(size=(60, 520))  # enough components for the randomized search
    one, two, other = (latent_figures.embed("t", z, seed).points for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, two)
    assert (one != other).any()


ALIKE = {
    "all zero": np.zeros((40, 3)),
    "all alike": np.full((40, 3), 2.5),
    "apart by rounding": 1 + 1e-7 * np.arange(120).reshape(40, 3),
    "alike in float32": 1 + 1e-12 * np.arange(120).reshape(40, 3),
    "apart by less than float32 has": 1e-60 * np.arange(120).reshape(40, 3),
    "tiny": 1e-30 * np.arange(120).reshape(40, 3),
    "a single latent": np.arange(40.0)[:, None],
    "a single latent, all alike": np.ones((40, 1)),
    "one apart": np.eye(40, 3),
}


@pytest.fixture(scope="module")
def other_process() -> Iterator[ProcessPoolExecutor]:
    """A process that may end without a word."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        yield pool


@pytest.mark.parametrize("name", ALIKE)
def test_latents_without_two_principal_components_are_embedded(
    name: str, other_process: ProcessPoolExecutor
) -> None:
    """Where t-SNE's own start would end the process; then they can be drawn."""
    points = other_process.submit(latent_figures.embed, "t", ALIKE[name], 3).result(120).points
    assert points.shape == (40, 2)
    assert np.isfinite(points).all()
    labels, images = np.zeros(40, dtype=np.uint8), np.zeros((40, 12))
    figure = latent_figures.draw_embeddings([Embedding("t", points)], labels, images, SHAPE)
    figure.draw_without_rendering()


def test_points_of_an_embedding_that_are_all_alike_are_drawn(rng: np.random.Generator) -> None:
    """One thumbnail stands for all; the axes have a size."""
    points, labels, images = digits(rng, 30)
    points[:] = points[0]
    figure = latent_figures.draw_embeddings([Embedding("z", points)], labels, images, SHAPE)
    assert len(thumbnails(figure.axes[0])) == 1
    low, high = figure.axes[0].get_xlim()
    assert high > low


def test_units_that_say_nothing_are_drawn() -> None:
    """Posteriors at the prior, of one unit or of some: no divergence, no scale of colours."""
    for units in (1, 5):
        nothing = np.zeros((40, units))
        figure = latent_figures.draw_units(nothing, nothing, np.zeros(40, dtype=np.uint8))
        figure.draw_without_rendering()
        assert f"0 of {units} active, 0.0 nats" in figure.axes[0].get_title(loc="left")


def test_units_are_sorted_by_divergence_and_the_active_ones_are_marked(
    rng: np.random.Generator,
) -> None:
    """Bars fall; blue ones vary by more than 0.01; the heat map has the same order of units."""
    scales = np.array([0.01, 1.5, 0.6, 0.02, 0.3])
    mean = rng.normal(size=(60, 5)) * scales
    log_variance = np.log(1 - 0.9 * scales / 2) * np.ones((60, 1))
    labels = np.sort(rng.integers(4, size=60))[rng.permutation(60)]
    figure = latent_figures.draw_units(mean, log_variance, labels, shown=40)
    top, bottom = figure.axes[:2]
    divergence = divergence_per_unit(mean, log_variance)
    order = np.argsort(-divergence)
    active, inactive = (c for c in top.containers if isinstance(c, BarContainer))
    bars = {bar.get_x() + bar.get_width() / 2: bar.get_height() for bar in (*active, *inactive)}
    heights = [bars[place] for place in sorted(bars)]
    np.testing.assert_allclose(heights, divergence[order], rtol=1e-12)
    marked = [bar.get_x() + bar.get_width() / 2 for bar in active]
    np.testing.assert_allclose(marked, 1 + np.flatnonzero((mean.var(axis=0) > 0.01)[order]))
    assert len(active) == 3
    assert {to_rgb(bar.get_facecolor()) for bar in active} == {to_rgb(BLUE)}
    assert {to_rgb(bar.get_facecolor()) for bar in inactive} == {to_rgb(GREY)}
    by_digit = np.argsort(labels[:40], kind="stable")
    size = np.abs(mean[by_digit][:, order].T)
    np.testing.assert_array_equal(bottom.images[0].get_array(), size)
    digits_shown, _ = ticks(bottom)
    assert digits_shown == [str(digit) for digit in np.unique(labels[:40])]
    assert "3 of 5 active" in top.get_title(loc="left")
    assert f"{divergence.sum():.1f} nats" in top.get_title(loc="left")


def test_mmd_by_dimension_draws_closed_forms_and_both_statistics() -> None:
    """A panel for each bandwidth, with that bandwidth's numbers."""
    points = by_dimension((1, 3, 7), batch=6, batches=4, seed=1)
    figure: Figure = draw_by_dimension(points, 6)
    for axes, name in zip(figure.axes, ("2", "D"), strict=True):
        mine = [point for point in points if point.bandwidth == name]
        for number, field in enumerate(("closed_form", "expected_v", "expected_kernel")):
            assert line(axes, number) == [[p.dimension, getattr(p, field)] for p in mine]
        for bars, field in zip(axes.containers, ("v", "u"), strict=True):
            drawn = np.column_stack(bars.lines[0].get_data()).tolist()
            assert drawn == [[p.dimension, getattr(p, field)] for p in mine]
        assert axes.get_title(loc="left").startswith(f"bandwidth {name}")
