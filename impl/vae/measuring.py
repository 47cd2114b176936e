"""The numbers of one training that the answers compare."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Generator, Tensor

from impl.errors import InputError, cause
from impl.mmd import squared_mmd
from impl.vae import evaluation
from impl.vae.checkpoints import METRICS
from impl.vae.digits import Digits
from impl.vae.discrepancy import distance_to_prior
from impl.vae.discrepancy_points import BANDWIDTHS
from impl.vae.evaluation import Floats, Latents
from impl.vae.experiments import Experiment, Plan
from impl.vae.idx import Bytes
from impl.vae.networks import VariationalAutoencoder
from impl.vae.rounding import rounded

__all__ = ["baseline", "image_bandwidth", "losses", "measure", "read_metrics"]

Integers = npt.NDArray[np.int64]


def read_metrics(folder: Path) -> list[dict[str, Any]]:
    """Read the losses by epoch that a training wrote.

    Raises
    ------
    InputError
        If there are none, or a line is not JSON.
    """
    path = folder / METRICS
    wanted = "the losses of one epoch or more, a line of JSON each"
    try:
        content = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(source=path, wanted=wanted, got=cause(error)) from None
    found = []
    for row, line in enumerate(content.splitlines(), start=1):
        try:
            found.append(json.loads(line))
        except json.JSONDecodeError as error:
            raise InputError(source=path, row=row, wanted=wanted, got=str(error)) from None
    if not found:
        raise InputError(source=path, wanted=wanted, got="an empty file")
    return found


def losses(metrics: Sequence[Mapping[str, Any]]) -> list[float]:
    """Give the training loss of each epoch."""
    return [rounded(record["train_loss"]) for record in metrics]


def image_bandwidth(images: Tensor) -> float:
    """Half the median squared distance between images: the median heuristic for their kernel."""
    distances = torch.pdist(images.double())
    return float(distances.square().median()) / 2


def baseline(digits: Digits, plan: Plan) -> dict[str, float]:
    """Squared MMD between training and test images: what perfect images from noise would have."""
    train, test = (
        torch.from_numpy(images[_order(len(images))[: plan.pairs]]).double() / 255
        for images in (digits.train_images, digits.test_images)
    )
    bandwidth = image_bandwidth(test)
    if bandwidth == 0:
        wanted = "different ones, since half their median squared distance is a bandwidth"
        raise InputError(source="test images", wanted=wanted, got="copies of one, mostly")
    return {
        "image_bandwidth": rounded(bandwidth),
        "image_mmd_training": rounded(float(squared_mmd(train, test, bandwidth, "u"))),
    }


def _order(count: int) -> Integers:
    """Shuffle images, always alike: the first test images of MNIST are the easier ones."""
    return np.random.default_rng(0).permutation(count)


def measure(
    model: VariationalAutoencoder,
    experiment: Experiment,
    digits: Digits,
    plan: Plan,
    *,
    metrics: list[dict[str, Any]],
    base: Mapping[str, float],
) -> dict[str, Any]:
    """Measure one trained model on test images; nats an image unless another unit is said.

    Every model is measured on the same images, with noise of the same seed: bounds and likelihoods
    of pixels as training has them, all else of grey levels.
    """
    weight = next(model.parameters())
    generator = Generator().manual_seed(0)
    order = _order(len(digits.test_images))[: plan.images]
    images = torch.from_numpy(digits.test_images[order]).to(weight.device, weight.dtype) / 255
    labels = digits.test_labels[order]
    found = evaluation.latents(model, images, generator)
    binary = images.round() if experiment.settings.binarize else images
    bound = evaluation.evidence_lower_bound(model, binary, generator)
    likelihood = evaluation.importance_sampled_log_likelihood(
        model, binary[: plan.likelihood_images], plan.likelihood_samples, generator
    )
    few = Latents(*(rows[: plan.pairs] for rows in found))
    numbers = {
        "elbo": float(bound.elbo.double().mean()),
        "log_likelihood_at_z": float(bound.log_likelihood.double().mean()),
        "importance_sampled_log_likelihood": float(likelihood.mean()),
        "importance_sampled_standard_error": float(likelihood.std()) / len(likelihood) ** 0.5,
        "information": evaluation.mutual_information(few),
        **_spread(found),
        **_structure(found, labels),
        **{
            f"mmd_to_prior_bandwidth_{name}": distance_to_prior(few.z, of(found.z.shape[1]))
            for name, of in BANDWIDTHS.items()
        },
        **_images(model, images, few.z, base, generator),
    }
    return {
        "name": experiment.name,
        "settings": _differences(experiment),
        "epochs": experiment.epochs,
        "seconds": rounded(sum(record["seconds"] for record in metrics)),
        "train_loss": losses(metrics),
        "test_loss": rounded(metrics[-1]["test_loss"]),
        "train_divergence": rounded(metrics[-1]["train_divergence"]),
    } | {name: rounded(value) for name, value in numbers.items()}


def _differences(experiment: Experiment) -> dict[str, Any]:
    """Give the settings in which runs of the answers may differ."""
    names = (
        "objective", "hidden_size", "latent_size", "likelihood", "likelihood_variance",
        "mmd_weight", "mmd_bandwidth", "mmd_statistic", "seed",
    )  # fmt: skip
    settings = experiment.settings.to_dict()
    return {name: settings[name] for name in names}


def _spread(found: Latents) -> dict[str, float]:
    """Measure how far the aggregate posterior is from N(0, I) in its first two moments."""
    divergence = evaluation.divergence_per_unit(found.mean, found.log_variance)
    return {
        "divergence": float(divergence.sum()),
        "active_units": float(evaluation.active_units(found.mean).sum()),
        "units_above_a_tenth_of_a_nat": float((divergence > 0.1).sum()),  # noqa: PLR2004 - its name
        "divergence_of_them": float(divergence[divergence > 0.1].sum()),  # noqa: PLR2004
        "mean_square_of_z": float((found.z**2).mean()),
        "mean_posterior_variance": float(np.exp(found.log_variance).mean()),
    }


def _structure(found: Latents, labels: Bytes) -> dict[str, float]:
    """Measure how well digits are told apart: by draws, by means."""
    numbers = {}
    for name, z in (("z", found.z), ("mean", found.mean)):
        numbers[f"knn_accuracy_{name}"] = evaluation.knn_accuracy(z, labels)
        numbers[f"silhouette_{name}"] = evaluation.silhouette(z, labels)
    return numbers


def _images(
    model: VariationalAutoencoder,
    images: Tensor,
    z: Floats,
    base: Mapping[str, float],
    generator: Generator,
) -> dict[str, float]:
    """Hold mean images of noise, and of test latents, against other test images by squared MMD."""
    noise = torch.randn(z.shape, generator=generator, dtype=torch.float64)
    test = images[-len(z) :].double().cpu()
    numbers = {}
    for name, latents in (("noise", noise), ("test_latents", torch.from_numpy(z))):
        decoded = evaluation.decoded_images(model, latents.to(images.device, images.dtype))
        distance = squared_mmd(decoded.double().cpu(), test, base["image_bandwidth"], "u")
        numbers[f"image_mmd_{name}"] = float(distance)
    return numbers
