"""Training from the first epoch or from a checkpoint, to the same bits either way."""

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.optim import Adam

from impl.console import say
from impl.errors import InputError
from impl.files import staged_file, write_json
from impl.vae.checkpoints import (
    CHECKPOINT,
    Record,
    check_record,
    read_checkpoint,
    restore,
    write_checkpoint,
)
from impl.vae.digits import Digits
from impl.vae.evaluation import importance_sampled_log_likelihood
from impl.vae.idx import Bytes
from impl.vae.loop import (
    Progress,
    TrainingError,
    generator_for,
    images_on,
    mean_losses,
    train_epoch,
)
from impl.vae.networks import VariationalAutoencoder, create
from impl.vae.settings import Settings

__all__ = ["LIKELIHOOD_IMAGES", "LIKELIHOOD_SAMPLES", "SUMMARY", "TrainingError", "train"]

SUMMARY = "summary.json"

LIKELIHOOD_IMAGES, LIKELIHOOD_SAMPLES = 500, 200
"""Test images, and draws for each, of the summary's importance-sampled log likelihood."""


_COPIES = 4  # of each number: the weight, its gradient, and Adam's two moments

_ENVIRONMENT = ("torch", "threads", "instructions")
"""What a run's bits depend on besides its settings, its data and the device."""


class _Images(NamedTuple):
    """Training images, test images with pixels as in training, and test images in grey levels."""

    train: Tensor
    test: Tensor
    test_grey: Tensor


def train(
    settings: Settings,
    digits: Digits,
    folder: Path,
    *,
    epochs: int,
    device: torch.device,
    resume: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Train for so many epochs in all and write the run's folder; return its summary.

    After every epoch the folder holds a checkpoint; an interruption loses the epoch under way and
    no more. Resumed on the same machine, a run ends with the bits that it would have had. With
    another version of PyTorch, or on a CPU with another number of threads, it goes on with a
    warning, and its record says from which epoch.

    Parameters
    ----------
    folder
        Gets settings.json, metrics.jsonl (a line for each epoch, nats an image: `train_` as
        averaged during the epoch, `test_` after it with pixels as in training, `test_grey_` of
        grey levels as in the notebook), checkpoint.pt and summary.json.
    epochs
        In all, those of the checkpoint included.
    resume
        Go on from the folder's checkpoint. Without it a folder that has one is refused.

    Raises
    ------
    InputError
        If a setting or the images cannot be used, or the checkpoint is damaged, or of another
        configuration or other data.
    TrainingError
        If the loss is not finite; the folder keeps the last checkpoint.
    OSError
        If the folder cannot be written.
    """
    _check(settings, digits, epochs)
    model = create(settings, device, copies=_COPIES)
    # One kernel for all weights: the faster Adam on either device, see tests/benchmarks.
    optimizer = Adam(model.parameters(), lr=settings.learning_rate, fused=True)
    record = _record(settings, digits, device)
    path = folder / CHECKPOINT
    first, metrics = 0, list[dict[str, Any]]()
    if resume:
        batches = -(-len(digits.train_images) // settings.batch_size)
        first, metrics = _restore(path, record, model, optimizer, batches)
        if first > epochs:
            wanted = f"at least the {first} epochs that {path} has"
            raise InputError(source="epochs", wanted=wanted, got=str(epochs))
    elif path.exists():
        wanted = "a folder without a run, or --resume to go on with it"
        raise InputError(source=folder, wanted=wanted, got=f"one with a {CHECKPOINT}")
    images = _images(settings, digits, model)

    def keep(epoch: int) -> None:
        write_checkpoint(
            folder, record=record, epoch=epoch, metrics=metrics, model=model, optimizer=optimizer
        )

    keep(first)
    for epoch in range(first + 1, epochs + 1):
        metrics.append(_epoch(model, optimizer, images, settings, epoch, progress=progress))
        keep(epoch)
    summary = _summarize(model, images, settings, epochs, metrics)
    with staged_file(folder / SUMMARY) as staged:
        write_json(staged, summary)
    return summary


def _check(settings: Settings, digits: Digits, epochs: int) -> None:
    settings.validate()
    if epochs < 1:
        raise InputError(source="epochs", wanted="a whole number from 1 up", got=repr(epochs))
    for name in ("train_images", "test_images"):
        images = getattr(digits, name)
        if images.ndim != 2 or len(images) < 1 or images.shape[1] != settings.input_size:  # noqa: PLR2004
            wanted = f"shape (images, {settings.input_size}), one image or more"
            raise InputError(source=name, wanted=wanted, got=f"shape {images.shape}")
        _check_levels(name, images, settings)
        alone = len(images) % settings.batch_size == 1
        if settings.objective == "mmd" and settings.mmd_statistic == "u" and alone:
            wanted = "a size that leaves no image alone in the last batch, for the U-statistic"
            got = f"{settings.batch_size} for {len(images)} {name}"
            raise InputError(source="batch_size", wanted=wanted, got=got)


def _check_levels(name: str, images: Bytes, settings: Settings) -> None:
    """Refuse images without a picture, as 0 and 1 in place of 0 and 255 make them."""
    lowest, highest = int(images.min()), int(images.max())
    if settings.binarize and not lowest < 128 <= highest:  # noqa: PLR2004 - where it is rounded up
        wanted = "grey levels of 0 to 255, some below 128 and some not, to be rounded to 0 or 1"
    elif highest in (lowest, 1):
        wanted = "grey levels of 0 to 255, not all alike"
    else:
        return
    raise InputError(source=name, wanted=wanted, got=f"levels of {lowest} to {highest}")


def _record(settings: Settings, digits: Digits, device: torch.device) -> Record:
    return {
        "settings": settings.to_dict(),
        "data": {"source": digits.source, "checksums": dict(digits.checksums)},
        "device": str(device),
        "torch": str(torch.__version__),
        "threads": torch.get_num_threads(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
    }


def _restore(
    path: Path, record: Record, model: VariationalAutoencoder, optimizer: Adam, batches: int
) -> tuple[int, list[dict[str, Any]]]:
    """Take up a checkpoint and its record; return its epoch and the losses so far."""
    if not path.is_file():
        raise InputError(source=path.parent, wanted=f"a run with its {CHECKPOINT}", got="none")
    device = next(model.parameters()).device
    state = read_checkpoint(path, device)
    check_record(path, state["record"], record)
    restore(path, state, model, optimizer, batches)
    _resume_record(state["record"], record, state["epoch"])
    return state["epoch"], state["metrics"]


def _resume_record(found: Record, record: Record, epoch: int) -> None:
    """Keep what a run began with in its record; note, and say, what it goes on with instead."""
    now = {name: record[name] for name in _ENVIRONMENT}
    before = [*found.get("resumed", [])]
    last = before[-1] if before else found
    names = _ENVIRONMENT if record["device"] == "cpu" else _ENVIRONMENT[:1]
    changed = [name for name in names if last.get(name) != now[name]]
    if changed:
        before.append({"epoch": epoch} | now)
        changes = ", ".join(f"{name} {now[name]}, before {last.get(name)}" for name in changed)
        say(f"warning: the bits may differ from those of a run without this resumption: {changes}")
    record.update({name: found.get(name) for name in _ENVIRONMENT})
    if before:
        record["resumed"] = before


def _images(settings: Settings, digits: Digits, model: VariationalAutoencoder) -> _Images:
    weight = next(model.parameters())
    place = weight.device, weight.dtype
    test_grey = images_on(digits.test_images, *place, binarize=False)
    return _Images(
        train=images_on(digits.train_images, *place, binarize=settings.binarize),
        test=test_grey.round() if settings.binarize else test_grey,
        test_grey=test_grey,
    )


def _epoch(
    model: VariationalAutoencoder,
    optimizer: Adam,
    images: _Images,
    settings: Settings,
    epoch: int,
    *,
    progress: Progress | None,
) -> dict[str, Any]:
    """Train and test one epoch; `seconds` are of the training alone."""
    start = time.perf_counter()
    trained = train_epoch(model, optimizer, images.train, settings, epoch, progress=progress)
    seconds = time.perf_counter() - start
    if not all(bool(weight.isfinite().all()) for weight in model.parameters()):
        message = f"epoch {epoch}, last batch: wanted finite weights, got NaN or an infinity"
        raise TrainingError(message)
    test, grey = (mean_losses(model, part, settings, epoch) for part in images[1:])
    line: dict[str, Any] = {"epoch": epoch}
    for name, found in (("train", trained), ("test", test), ("test_grey", grey)):
        line |= {f"{name}_{part}": value for part, value in found._asdict().items()}
    return line | {"seconds": seconds}


def _summarize(
    model: VariationalAutoencoder,
    images: _Images,
    settings: Settings,
    epochs: int,
    metrics: Sequence[dict[str, Any]],
) -> dict[str, Any]:
    """Bounds whatever the objective was, and the log likelihood of some test images.

    Bounds and likelihood are of pixels as training has them; the bound of grey levels is named so.
    """
    bound = replace(settings, objective="kl")
    averages = {
        name: mean_losses(model, part, bound, epochs, purpose="summary")
        for name, part in images._asdict().items()
    }
    few = images.test[:LIKELIHOOD_IMAGES]
    generator = generator_for(settings.seed, epochs, "summary", few.device)
    found = importance_sampled_log_likelihood(model, few, LIKELIHOOD_SAMPLES, generator).double()
    spread = float(found.std()) if len(few) > 1 else 0.0
    return {
        "objective": settings.objective,
        "epochs": epochs,
        "seconds": sum(line["seconds"] for line in metrics),
        "train_bound": -averages["train"].loss,
        "test_bound": -averages["test"].loss,
        "test_bound_grey_levels": -averages["test_grey"].loss,
        "test_log_likelihood": {
            "estimate": float(found.mean()),
            "standard_error": spread / len(few) ** 0.5,
            "samples": LIKELIHOOD_SAMPLES,
            "images": len(few),
        },
    }
