"""The command `vae figures`: what a run has learned, drawn, with the numbers in a file."""

import argparse
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Generator, Tensor

from impl.console import console
from impl.errors import InputError
from impl.figure_style import save
from impl.files import staged_folder, write_json
from impl.vae import data, discrepancy, evaluation, figures, latent_figures
from impl.vae.checkpoints import load_run
from impl.vae.devices import choose_device, within_memory
from impl.vae.digits import Digits
from impl.vae.discrepancy_figures import draw_by_dimension
from impl.vae.idx import Bytes
from impl.vae.measuring import read_metrics
from impl.vae.networks import VariationalAutoencoder
from impl.vae.settings import Settings

__all__ = ["interpolate", "run_figures"]

_EMBEDDED = 200  # test images of the t-SNE, as in the notebook
_FEWEST = 31  # the default perplexity of t-SNE is 30
_GRID, _GENERATED, _STEPS, _PAIRS = 30, 60, 11, 5
_DIMENSIONS = (1, 2, 5, 10, 20, 50, 100, 200)
_BATCHES = 20


class _Run(NamedTuple):
    """A run's networks with the test images they are shown."""

    model: VariationalAutoencoder
    settings: Settings
    metrics: list[dict[str, Any]]
    digits: Digits
    images: Tensor
    latents: evaluation.Latents


def run_figures(arguments: argparse.Namespace) -> int:
    """Draw a run into a folder of figures and write measures.json beside them."""
    for name in ("index", "seed"):
        if getattr(arguments, name) < 0:
            wanted, got = "a whole number from 0 up", str(getattr(arguments, name))
            raise InputError(source=f"--{name}", wanted=wanted, got=got)
    with staged_folder(arguments.output) as folder, within_memory():
        run = _load(arguments)
        drawn = _draw_images(run, arguments) | _draw_latents(run, arguments)
        for name, figure in drawn.items():
            save(figure, folder / name)
        measures = _measure(run)
        write_json(folder / "measures.json", measures)
    _print(run, measures)
    return 0


def _load(arguments: argparse.Namespace) -> _Run:
    device = choose_device(arguments.device)
    model, settings, record = load_run(arguments.run_folder, device)
    digits = _digits(arguments, record)
    count = len(digits.test_images)
    fewest = max(_FEWEST, arguments.index + 1)
    if count < fewest:
        wanted = f"at least {fewest} test images"
        raise InputError(source=arguments.data or digits.source, wanted=wanted, got=str(count))
    images = images_of(digits.test_images, model)
    generator = Generator().manual_seed(arguments.seed)
    return _Run(
        model,
        settings,
        read_metrics(arguments.run_folder),
        digits,
        images,
        evaluation.latents(model, images, generator),
    )


def _digits(arguments: argparse.Namespace, record: Mapping[str, Any]) -> Digits:
    """Load the digits the run was trained on, and no others."""
    wanted: Mapping[str, str] = record["data"]["checksums"]
    if arguments.data is None:
        sample = data.load_sample()
        digits = sample if sample.checksums == wanted else data.load("auto")
    else:
        digits = data.load(arguments.data)
    if digits.checksums != wanted:
        source = f"the run's data ({record['data']['source']}), by their checksums; see --data"
        raise InputError(source=arguments.run_folder, wanted=source, got=digits.source)
    return digits


def images_of(grey: Bytes, model: VariationalAutoencoder) -> Tensor:
    """Grey levels from 0 to 1 in the dtype and on the device of a model."""
    weight = next(model.parameters())
    return torch.from_numpy(grey).to(weight.device, weight.dtype) / 255


def _numbers(images: Tensor) -> evaluation.Floats:
    return np.asarray(images.to("cpu", torch.float64).numpy())


def _as_latents(z: evaluation.Floats, like: Tensor) -> Tensor:
    return torch.from_numpy(z).to(like.device, like.dtype)


def _draw_images(run: _Run, arguments: argparse.Namespace) -> dict[str, Figure]:
    """Draw reconstructions, images from noise and interpolations."""
    shape, index = run.digits.image_shape, arguments.index
    grid = range(min(_GRID, len(run.images)))
    shown = [index, *grid]
    z = _as_latents(run.latents.z[shown], run.images)
    decoded = _numbers(evaluation.decoded_images(run.model, z))
    images = _numbers(run.images[shown])
    generator = Generator().manual_seed(arguments.seed)
    noise = torch.randn((_GENERATED, run.settings.latent_size), generator=generator)
    generated = evaluation.decoded_images(run.model, noise.to(run.images))
    pairs = _pairs(run.digits.test_labels)
    rows = [interpolate(run.model, run.latents.mean[list(pair)], _STEPS) for pair in pairs]
    ends = [(_numbers(run.images[a]), _numbers(run.images[b])) for a, b in pairs]
    labels = run.digits.test_labels
    names = [f"{labels[a]} to {labels[b]}" for a, b in pairs]
    return {
        "reconstruction": figures.draw_pair(images[0], decoded[0], index, shape),
        "reconstructions": figures.draw_reconstructions(images[1:], decoded[1:], grid, shape),
        "generated": figures.draw_generated(_numbers(generated), shape),
        "interpolations": figures.draw_interpolations(rows, ends, names, shape),
        "bound": figures.draw_bound(run.metrics, run.settings.objective),
    }


def _pairs(labels: Bytes) -> list[tuple[int, int]]:
    """Pair the first test images of digits 0 and 1, 2 and 3, ... as far as there are any."""
    first = [int(np.flatnonzero(labels == digit)[0]) for digit in np.unique(labels)]
    if len(first) == 1:
        first *= 2
    return [(first[2 * n], first[2 * n + 1]) for n in range(min(_PAIRS, len(first) // 2))]


def interpolate(
    model: VariationalAutoencoder, ends: evaluation.Floats, steps: int
) -> evaluation.Floats:
    """Decode points of the straight line between two latents, shape (2, latents), ends included.

    Returns images of shape (steps, pixels).
    """
    share = np.linspace(0, 1, steps)[:, None]
    line = (1 - share) * ends[0] + share * ends[1]
    weight = next(model.parameters())
    return _numbers(evaluation.decoded_images(model, _as_latents(line, weight)))


def _draw_latents(run: _Run, arguments: argparse.Namespace) -> dict[str, Figure]:
    """Draw t-SNE of draws and of means, the units, and the MMD by dimension."""
    first = slice(0, _EMBEDDED)
    labels = run.digits.test_labels
    embeddings = [
        latent_figures.embed("Draws z of the posteriors", run.latents.z[first], arguments.seed),
        latent_figures.embed("Posterior means", run.latents.mean[first], arguments.seed),
    ]
    batch = run.settings.batch_size
    points = discrepancy.by_dimension(
        _DIMENSIONS, batch=max(2, batch), batches=_BATCHES, seed=arguments.seed
    )
    return {
        "tsne": latent_figures.draw_embeddings(
            embeddings, labels[first], _numbers(run.images[first]), run.digits.image_shape
        ),
        "units": latent_figures.draw_units(run.latents.mean, run.latents.log_variance, labels),
        "mmd_by_dimension": draw_by_dimension(points, max(2, batch)),
    }


def _measure(run: _Run) -> dict[str, Any]:
    """Measure the latents of all test images; nats and shares."""
    found, labels = run.latents, run.digits.test_labels
    divergence = evaluation.divergence_per_unit(found.mean, found.log_variance)
    measures: dict[str, Any] = {
        "data": run.digits.source,
        "is_mnist": run.digits.is_mnist,
        "test_images": len(labels),
        "active_units": int(evaluation.active_units(found.mean).sum()),
        "latent_size": run.settings.latent_size,
        "divergence": float(divergence.sum()),
    }
    if len(np.unique(labels)) > 1:
        for name, z in (("z", found.z), ("mean", found.mean)):
            measures[f"knn_accuracy_{name}"] = evaluation.knn_accuracy(z, labels)
            measures[f"silhouette_{name}"] = evaluation.silhouette(z, labels)
    return measures


def _print(run: _Run, measures: Mapping[str, Any]) -> None:
    output = console()
    output.print(f"{run.digits.source}: {len(run.images):,} test images")
    output.print(
        f"{measures['active_units']} of {measures['latent_size']} units active, "
        f"{measures['divergence']:.2f} nats an image from the prior"
    )
    for name, what in (("z", "draws"), ("mean", "means")):
        if f"knn_accuracy_{name}" in measures:
            output.print(
                f"posterior {what}: 10-nearest-neighbour accuracy "
                f"{measures[f'knn_accuracy_{name}']:.1%}, "
                f"silhouette {measures[f'silhouette_{name}']:.3f}"
            )
