"""Training runs: that they learn, repeat, stop where they must, and what they report."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from harness.digit_files import draw_digits
from harness.vae_models import assert_same_state, small_digits, small_settings

from impl.errors import InputError
from impl.vae import loop, notebook, training
from impl.vae.checkpoints import load_run, read_checkpoint
from impl.vae.data import load_sample
from impl.vae.digits import Digits
from impl.vae.loop import TrainingError, mean_losses
from impl.vae.objectives import Loss
from impl.vae.settings import Settings
from impl.vae.training import train

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def some_digits() -> Digits:
    """A part of the embedded digits, enough to learn from in a second."""
    whole = load_sample()
    return replace(whole, train_images=whole.train_images[:800], test_images=whole.test_images[:99])


@pytest.mark.parametrize("objective", ["kl", "mmd", "iwae"])
def test_training_lowers_the_loss_of_held_out_digits(
    objective: str, some_digits: Digits, tmp_path: Path, device: torch.device
) -> None:
    """On the embedded digits the test loss falls, and the losses' terms add up."""
    settings = Settings(
        hidden_size=60, latent_size=8, batch_size=20, objective=objective, samples=2
    )
    summary = train(settings, some_digits, tmp_path / "run", epochs=4, device=device)
    lines = (tmp_path / "run" / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    metrics = [json.loads(line) for line in lines]
    assert [line["epoch"] for line in metrics] == [1, 2, 3, 4]
    losses = [line["test_loss"] for line in metrics]
    assert losses[0] > losses[3]
    assert losses[3] < 784 * np.log(2) / 2  # half of what a fair coin for each pixel costs
    for line in metrics:
        for part in ("train", "test", "test_grey"):
            total = line[f"{part}_reconstruction"] + line[f"{part}_divergence"]
            assert line[f"{part}_loss"] == pytest.approx(total, rel=1e-6, abs=0)
    assert summary == json.loads((tmp_path / "run" / "summary.json").read_text())
    check_bounds(summary, tmp_path / "run", some_digits, device)


def check_bounds(
    summary: dict[str, float], folder: Path, digits: Digits, device: torch.device
) -> None:
    """The summary's bounds are the trained model's own, whatever it was trained for.

    To the last digits with the noise of the summary, and by the notebook's loss with other noise.
    """
    model, settings, _ = load_run(folder)
    bound = replace(settings, objective="kl")
    for name, images, rounded in (
        ("train_bound", digits.train_images, True),
        ("test_bound", digits.test_images, True),
        ("test_bound_grey_levels", digits.test_images, False),
    ):
        x = torch.tensor(images / 255, dtype=torch.float32)
        x = x.round() if rounded else x
        found = mean_losses(model, x, bound, summary["epochs"], purpose="summary")
        if device.type == "cpu":  # a GPU draws other noise from the same seed
            assert summary[name] == pytest.approx(-found.loss, rel=1e-6, abs=0)
        with torch.no_grad():
            theta, mean, log_variance, _ = model(x, torch.Generator().manual_seed(1))
            exact = -notebook.loss_function(x, theta, mean, log_variance) / len(x)
        assert summary[name] == pytest.approx(float(exact), rel=0.02, abs=0)


def test_importance_sampled_likelihood_is_above_the_bound(
    some_digits: Digits, tmp_path: Path, device: torch.device
) -> None:
    """In the summary the log likelihood of 200 draws lies above the bound of the same pixels."""
    settings = Settings(hidden_size=60, latent_size=8, batch_size=20)
    summary = train(settings, some_digits, tmp_path, epochs=3, device=device)
    found = summary["test_log_likelihood"]
    assert found["images"] == len(some_digits.test_images) == 99
    assert found["samples"] == training.LIKELIHOOD_SAMPLES
    assert found["estimate"] > summary["test_bound"]
    assert found["standard_error"] > 0


def test_training_and_test_pixels_are_alike_and_the_notebooks_test_pixels_grey(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """torch.round of x / 255, or x / 255, for training and test; then x / 255 in any case."""
    digits, seen = small_digits(rng), []
    exact = loop.loss

    def spy(model, x, settings, generator) -> Loss:  # noqa: ANN001 - as `objectives.loss`
        seen.append(x.clone())
        return exact(model, x, settings, generator)

    monkeypatch.setattr(loop, "loss", spy)
    for binarize in (True, False):
        seen.clear()
        settings = small_settings(binarize=binarize)
        folder = tmp_path / str(binarize)
        train(settings, digits, folder, epochs=1, device=torch.device("cpu"))
        trained, *tested = (torch.cat(seen[a:b]) for a, b in ((0, 3), (3, 5), (5, 7)))
        levels = torch.tensor(digits.train_images, dtype=torch.float32) / 255
        wanted = torch.round(levels) if binarize else levels
        key = wanted[loop.order_of(0, 1, 10)]
        torch.testing.assert_close(trained, key, rtol=0, atol=0)
        levels = torch.tensor(digits.test_images, dtype=torch.float32) / 255
        wanted = torch.round(levels) if binarize else levels
        torch.testing.assert_close(tested[0], wanted, rtol=0, atol=0)
        torch.testing.assert_close(tested[1], levels, rtol=0, atol=0)
        assert (len(set(trained.ravel().tolist())) == 2) is binarize


def test_same_seed_gives_the_same_bits_and_another_does_not(
    rng: np.random.Generator, tmp_path: Path, device: torch.device
) -> None:
    """Losses of two runs of one seed are equal, those of another seed are not."""
    digits = small_digits(rng)
    summaries = [
        train(small_settings(seed=seed), digits, tmp_path / str(place), epochs=2, device=device)
        for place, seed in enumerate((7, 7, 8))
    ]
    for summary in summaries:
        summary.pop("seconds")
    assert summaries[0] == summaries[1]
    assert summaries[0]["train_bound"] != summaries[2]["train_bound"]


@pytest.mark.parametrize(
    ("fault", "place"), [("learning rate", "epoch 2, batch 2: "), ("last step", "epoch 2, last")]
)
def test_a_diverging_run_keeps_its_last_good_checkpoint(
    fault: str,
    place: str,
    rng: np.random.Generator,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Whether losses or only the weights are lost, the checkpoint of the epoch before stays."""
    digits, settings = small_digits(rng), small_settings()
    cpu = torch.device("cpu")
    train(settings, digits, tmp_path, epochs=1, device=cpu)
    kept = read_checkpoint(tmp_path / "checkpoint.pt")
    exact = training.train_epoch

    def spoilt(model, optimizer, *arguments, **named):  # noqa: ANN001, ANN002, ANN003, ANN202
        if fault == "learning rate":
            for group in optimizer.param_groups:
                group["lr"] = 1e30
            return exact(model, optimizer, *arguments, **named)
        found = exact(model, optimizer, *arguments, **named)
        with torch.no_grad():
            model.mean.weight[0, 0] = float("nan")
        return found

    monkeypatch.setattr(training, "train_epoch", spoilt)
    with pytest.raises(TrainingError, match=f"^{place}"):
        train(settings, digits, tmp_path, epochs=3, device=cpu, resume=True)
    left = read_checkpoint(tmp_path / "checkpoint.pt")
    assert left["epoch"] == 1
    assert_same_state(left, kept)


def test_last_batches_that_no_objective_can_take_are_refused(
    rng: np.random.Generator, tmp_path: Path
) -> None:
    """A U-statistic of one image left over is refused before training; a V-statistic takes it."""
    digits = draw_digits(rng, train=9, test=6)
    settings = small_settings(objective="mmd", mmd_statistic="u")
    cpu = torch.device("cpu")
    with pytest.raises(InputError, match=r"batch_size: .* 4 for 9 train_images"):
        train(settings, digits, tmp_path / "u", epochs=1, device=cpu)
    assert not (tmp_path / "u").exists()
    train(replace(settings, mmd_statistic="v"), digits, tmp_path / "v", epochs=1, device=cpu)


@pytest.mark.parametrize("batch", [1, 10, 50])
def test_batches_of_one_and_batches_larger_than_the_data_train(
    batch: int, rng: np.random.Generator, tmp_path: Path, device: torch.device
) -> None:
    """One image a step, all at once, and a batch that is never full all run."""
    settings = small_settings(batch_size=batch)
    summary = train(settings, small_digits(rng), tmp_path, epochs=1, device=device)
    assert np.isfinite(summary["test_bound"])


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((0, 784), np.uint8), r"train_images: wanted shape \(images, 784\), one image"),
        (np.zeros((5, 783), np.uint8), r"train_images: .* got shape \(5, 783\)"),
    ],
)
def test_images_of_another_size_are_refused(
    images: np.ndarray, message: str, rng: np.random.Generator, tmp_path: Path
) -> None:
    """No images, or images of another size than the networks', are named."""
    digits = replace(small_digits(rng), train_images=images)
    with pytest.raises(InputError, match=message):
        train(small_settings(), digits, tmp_path, epochs=1, device=torch.device("cpu"))


LEVELS = {
    "0 and 1 for 0 and 255": (True, 0, 1, "some below 128 and some not, .* levels of 0 to 1"),
    "all dark": (True, 0, 127, "levels of 0 to 127"),
    "all bright": (True, 128, 255, "levels of 128 to 255"),
    "all alike": (False, 77, 77, "not all alike, got levels of 77 to 77"),
    "0 and 1, unrounded": (False, 0, 1, "not all alike, got levels of 0 to 1"),
}


@pytest.mark.parametrize("name", ["train_images", "test_images"])
@pytest.mark.parametrize("levels", LEVELS)
def test_images_without_a_picture_are_refused(
    levels: str, name: str, rng: np.random.Generator, tmp_path: Path
) -> None:
    """Where every pixel that would be seen is alike, or nearly; nothing is written."""
    binarize, lowest, highest, message = LEVELS[levels]
    digits = small_digits(rng)
    drawn = rng.integers(lowest, highest + 1, size=getattr(digits, name).shape).astype(np.uint8)
    drawn.flat[:2] = lowest, highest
    blank = replace(digits, **{name: drawn})
    with pytest.raises(InputError, match=f"{name}: wanted grey levels of 0 to 255, .*{message}"):
        train(small_settings(binarize=binarize), blank, tmp_path / "run", epochs=1, device=CPU)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("binarize", [True, False])
def test_images_of_two_levels_are_trained_on(
    rng: np.random.Generator, tmp_path: Path, *, binarize: bool
) -> None:
    """Levels 127 and 128 are enough, and so are 0 and 2 unrounded."""
    dark, bright = (127, 128) if binarize else (0, 2)
    digits = small_digits(rng)
    two = {
        name: np.where(getattr(digits, name) < 100, dark, bright).astype(np.uint8)
        for name in ("train_images", "test_images")
    }
    settings = small_settings(binarize=binarize)
    train(settings, replace(digits, **two), tmp_path / "run", epochs=1, device=CPU)
    assert (tmp_path / "run" / "summary.json").is_file()
