"""The command `vae figures` on a small run: what it writes and says, and what it refuses."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from harness.digit_files import same_digits
from harness.vae_models import call, listing, train_arguments

from impl.vae import digits as folders
from impl.vae import running_figures
from impl.vae.checkpoints import CHECKPOINT, METRICS, load_run
from impl.vae.data import load_sample
from impl.vae.evaluation import decoded_images

NAMES = (
    "bound", "generated", "interpolations", "mmd_by_dimension", "reconstruction",
    "reconstructions", "tsne", "units",
)  # fmt: skip


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw and embed less, so that a command takes a moment."""
    for name, value in (("_EMBEDDED", 40), ("_DIMENSIONS", (1, 3)), ("_BATCHES", 3)):
        monkeypatch.setattr(running_figures, name, value)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train one epoch once."""
    folder = tmp_path_factory.mktemp("vae") / "run"
    assert call(*train_arguments(folder, "--epochs", 1)) == 0
    return folder


def arguments(run: Path, output: Path, *more: object) -> tuple[object, ...]:
    """Arguments of the command."""
    return ("vae", "figures", run, "--device", "cpu", "--output", output, *more)


@pytest.mark.slow
def test_a_run_becomes_figures_and_measures(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each figure as PNG and SVG, numbers in a file and in words; the run is as before."""
    before = listing(run)
    output = tmp_path / "deep" / "figures"
    assert call(*arguments(run, output)) == 0
    expected = {f"{name}.{ending}" for name in NAMES for ending in ("png", "svg")}
    assert {path.name for path in output.iterdir()} == expected | {"measures.json"}
    assert listing(run) == before
    measures = json.loads((output / "measures.json").read_text())
    sample = load_sample()
    assert measures["test_images"] == len(sample.test_images)
    assert 0 <= measures["active_units"] <= measures["latent_size"] == 3
    said = capsys.readouterr()
    assert said.err == ""
    assert f"{measures['active_units']} of 3 units active" in said.out
    assert f"10-nearest-neighbour accuracy {measures['knn_accuracy_mean']:.1%}" in said.out


@pytest.mark.slow
def test_the_same_seed_draws_the_same_bytes_and_another_seed_others(
    run: Path, tmp_path: Path
) -> None:
    """Noise, latents and t-SNE all follow the seed; what is not random does not."""
    for name, seed in (("one", 5), ("two", 5), ("other", 6)):
        assert call(*arguments(run, tmp_path / name, "--seed", seed)) == 0
    one, two, other = (listing(tmp_path / name) for name in ("one", "two", "other"))
    assert one == two
    changed = {name for name in one if one[name] != other[name]}
    random = ("generated", "reconstruction", "reconstructions", "tsne", "mmd_by_dimension")
    assert changed == {"measures.json"} | {f"{n}.{end}" for n in random for end in ("png", "svg")}


@pytest.mark.slow
def test_figures_are_handed_the_runs_own_images_and_reconstructions(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Image 21 with the decoder's mean at its own draw; noise through the same decoder."""
    taken: dict[str, tuple[object, ...]] = {}
    for name in ("draw_pair", "draw_reconstructions", "draw_generated", "draw_interpolations"):
        draw = getattr(running_figures.figures, name)

        def keep(*given: object, _draw: object = draw, _name: str = name) -> object:
            taken[_name] = given
            return _draw(*given)

        monkeypatch.setattr(running_figures.figures, name, keep)
    assert call(*arguments(run, tmp_path / "out", "--index", 33, "--seed", 4)) == 0
    model, _, _ = load_run(run)
    test = load_sample().test_images / np.float32(255)
    generator = torch.Generator().manual_seed(4)
    with torch.no_grad():
        mean, log_variance = model.encode(torch.from_numpy(test))
        z = mean + torch.exp(log_variance / 2) * torch.randn(mean.shape, generator=generator)
        decoded = torch.sigmoid(model.decode(z)).numpy()
        noise = torch.randn((60, 3), generator=torch.Generator().manual_seed(4))
        generated = torch.sigmoid(model.decode(noise)).numpy()
    image, reconstruction, index, _ = taken["draw_pair"]
    assert index == 33
    np.testing.assert_array_equal(image, test[33])
    # float32 arithmetic in batches of other sizes
    np.testing.assert_allclose(reconstruction, decoded[33], rtol=1e-4, atol=1e-6)
    images, reconstructions, indices, _ = taken["draw_reconstructions"]
    np.testing.assert_array_equal(images, test[list(indices)])
    np.testing.assert_allclose(reconstructions, decoded[list(indices)], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(taken["draw_generated"][0], generated, rtol=1e-4, atol=1e-6)
    steps, ends, names, _ = taken["draw_interpolations"]
    labels = load_sample().test_labels
    assert names == ["0 to 1", "2 to 3", "4 to 5", "6 to 7", "8 to 9"]
    for row, pair, name in zip(steps, ends, names, strict=True):
        for place, digit in ((0, int(name[0])), (1, int(name[-1]))):
            first = np.flatnonzero(labels == digit)[0]
            np.testing.assert_array_equal(pair[place], test[first])
            own = decoded_images(model, mean[first : first + 1]).numpy()[0]
            np.testing.assert_allclose(row[-place], own, rtol=1e-4, atol=1e-6)


def test_the_line_between_two_latents_is_straight_and_even(run: Path) -> None:
    """Step by step the decoder sees the same distance, from the first end to the second."""
    model, _, _ = load_run(run)
    seen = []
    model.decode = lambda z: seen.append(z) or torch.zeros(len(z), 784)
    ends = np.array([[0.0, 1.0, 4.0], [1.0, -1.0, 2.0]])
    running_figures.interpolate(model, ends, 5)
    expected = [[0, 1, 4], [0.25, 0.5, 3.5], [0.5, 0, 3], [0.75, -0.5, 2.5], [1, -1, 2]]
    np.testing.assert_allclose(seen[0].numpy(), expected, atol=1e-7)


def damaged(run: Path, tmp_path: Path, name: str, content: bytes | None) -> Path:
    """Copy a run with one of its files changed, or gone."""
    folder = tmp_path / "damaged"
    shutil.copytree(run, folder)
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(content)
    return folder


def assert_refused(
    given: tuple[object, ...],
    message: str,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Check for code 2, one line that says it, and not a file more or less."""
    before = listing(folder)
    assert call(*given) == 2
    said = capsys.readouterr()
    assert said.err.startswith("error: ")
    assert said.err.count("\n") == 1
    assert message in said.err
    assert said.out == ""
    assert listing(folder) == before


@pytest.mark.parametrize(
    "damage",
    [
        (CHECKPOINT, None, "wanted a run with its checkpoint.pt, got none"),
        (CHECKPOINT, b"PK no checkpoint", "wanted a whole checkpoint"),
        (METRICS, None, "metrics.jsonl: wanted the losses of one epoch or more"),
        (METRICS, b"", "metrics.jsonl: wanted the losses of one epoch or more"),
        (METRICS, b'{"epoch": 1}\n{"epo', "metrics.jsonl: row 2: wanted the losses of one epoch"),
    ],
)
def test_a_damaged_run_is_refused(
    run: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    damage: tuple[str, bytes | None, str],
) -> None:
    """The line names the file."""
    name, content, message = damage
    folder = damaged(run, tmp_path, name, content)
    assert_refused(arguments(folder, tmp_path / "out"), message, tmp_path, capsys)


def test_a_folder_that_is_no_run_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither a folder that is not there, nor an empty one, nor a file."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("no run")
    for name in ("missing", "empty", "file"):
        message = f"{name}: wanted a run with its checkpoint.pt, got none"
        assert_refused(arguments(tmp_path / name, tmp_path / "out"), message, tmp_path, capsys)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--index", -1), "--index: wanted a whole number from 0 up, got -1"),
        (("--index", 500), "wanted at least 501 test images, got 500"),
        (("--seed", -1), "--seed: wanted a whole number from 0 up, got -1"),
        (("--device", "tpu"), "device: wanted auto, cpu, cuda or cuda:N, got 'tpu'"),
        (("--data", "nowhere"), "nowhere: wanted a folder of four IDX files"),
    ],
)
def test_bad_arguments_are_refused(
    run: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    more: tuple[object, ...],
    message: str,
) -> None:
    """One line says which, and nothing is written."""
    assert_refused(arguments(run, tmp_path / "out", *more), message, tmp_path, capsys)


def test_an_output_that_is_a_file_is_refused(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file stays."""
    (tmp_path / "out").write_text("mine")
    assert_refused(arguments(run, tmp_path / "out"), "is a file, not a folder", tmp_path, capsys)


@pytest.mark.slow
def test_other_digits_than_the_runs_are_refused(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Digits are known by their checksums, whatever their folder is called."""
    (tmp_path / "other").mkdir()
    folders.write_folder(same_digits(train=9, test=40), tmp_path / "other")
    given = arguments(run, tmp_path / "out", "--data", tmp_path / "other")
    assert_refused(given, "wanted the run's data", tmp_path, capsys)
    (tmp_path / "same").mkdir()
    folders.write_folder(load_sample(), tmp_path / "same")
    assert call(*arguments(run, tmp_path / "out", "--data", tmp_path / "same")) == 0
