"""Pictures of the answers, from the trained models themselves: latents, samples, collapse."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from matplotlib import rc_context
from matplotlib.figure import Figure
from torch import Generator

from impl.figure_style import STYLE, new_figure
from impl.vae import evaluation
from impl.vae.answer_figures import compared
from impl.vae.conclusions import Runs
from impl.vae.digits import Digits
from impl.vae.evaluation import Floats, Latents
from impl.vae.latent_figures import draw_embeddings, embed
from impl.vae.networks import VariationalAutoencoder
from impl.vae.tiles import label_rows, mosaic, show

__all__ = ["EMBEDDED", "Loader", "draw"]

EMBEDDED = 200
"""Test images of the t-SNE, as in the notebook."""

Loader = Callable[[str], VariationalAutoencoder]
"""Gives the trained model of an experiment's name."""

_COLUMNS, _ROWS = 16, 2


def draw(answers: Mapping[str, Any], digits: Digits, load: Loader) -> dict[str, Figure]:
    """Draw latents by t-SNE, images from noise, and models whose pixels are noisy."""
    runs = Runs(answers["runs"])
    shown = compared(answers)
    models = {text: load(str(runs.group(name)[0]["name"])) for name, text in shown.items()}
    noisy = {
        text: load(str(runs.group(f"{text.lower()} noisy pixels")[0]["name"]))
        for text in ("KL", "MMD")
    }
    return {
        "latents": _draw_latents(models, digits),
        "samples": _draw_samples(models, digits),
        "noisy_pixels": _draw_noisy(noisy, digits),
    }


def _encode(model: VariationalAutoencoder, digits: Digits, count: int) -> Latents:
    images = torch.from_numpy(digits.test_images[:count]) / 255
    return evaluation.latents(model, images, Generator().manual_seed(0))


def _decode(model: VariationalAutoencoder, z: Floats) -> Floats:
    images = evaluation.decoded_images(model, torch.from_numpy(z).float())
    return np.asarray(images.double().numpy())


def _noise(model: VariationalAutoencoder, count: int) -> Floats:
    size = model.settings.latent_size
    return np.random.default_rng(0).normal(size=(count, size))


def _draw_latents(models: Mapping[str, VariationalAutoencoder], digits: Digits) -> Figure:
    """Embed draws of each model, and means of the first."""
    embeddings = []
    for place, (text, model) in enumerate(models.items()):
        found = _encode(model, digits, EMBEDDED)
        embeddings.append(embed(f"{text}: draws z", found.z, 0))
        if place == 0:
            embeddings.append(embed(f"{text}: posterior means", found.mean, 0))
    images = digits.test_images[:EMBEDDED] / 255
    return draw_embeddings(embeddings, digits.test_labels[:EMBEDDED], images, digits.image_shape)


def _draw_samples(models: Mapping[str, VariationalAutoencoder], digits: Digits) -> Figure:
    """Draw images from noise, some rows for each model."""
    count = _COLUMNS * _ROWS
    rows = {text: _decode(model, _noise(model, count)) for text, model in models.items()}
    title = "Images from noise: theta of z drawn from the prior"
    return draw_rows(title, rows, digits.image_shape)


def _draw_noisy(models: Mapping[str, VariationalAutoencoder], digits: Digits) -> Figure:
    """Draw test images, their reconstructions and images from noise under noisy pixels."""
    rows = {"test images": digits.test_images[:_COLUMNS] / 255}
    for text, model in models.items():
        found = _encode(model, digits, _COLUMNS)
        rows[f"{text}: reconstructions"] = _decode(model, found.z)
        rows[f"{text}: from noise"] = _decode(model, _noise(model, _COLUMNS))
    variance = models["KL"].settings.likelihood_variance
    title = f"Means of Gaussian pixels of variance {variance:g}"
    return draw_rows(title, rows, digits.image_shape)


def draw_rows(title: str, rows: Mapping[str, Floats], shape: Sequence[int]) -> Figure:
    """Draw images in rows of sixteen, each block under its name."""
    size = (int(shape[0]), int(shape[1]))
    heights = [-(-len(images) // _COLUMNS) for images in rows.values()]
    with rc_context(STYLE):
        figure = new_figure(8.6, 0.4 + 0.47 * sum(heights) + 0.05 * len(heights))
        panels = figure.subplots(len(rows), 1, height_ratios=heights, squeeze=False)[:, 0]
        for panel, (name, images), height in zip(panels, rows.items(), heights, strict=True):
            show(panel, mosaic(images, _COLUMNS, size))
            label_rows(panel, [name, *[""] * (height - 1)], size)
        figure.suptitle(title, x=0.01, ha="left", fontsize=9, fontweight="bold")
    return figure
