"""The command `vae train`: a run in a folder, a progress bar, a few lines at the end."""

import argparse
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from impl.console import console, say
from impl.errors import InputError
from impl.vae.checkpoints import CHECKPOINT, read_checkpoint
from impl.vae.data import load
from impl.vae.devices import choose_device, within_memory
from impl.vae.loop import TrainingError
from impl.vae.settings import Settings
from impl.vae.training import train

__all__ = ["run_train"]


def run_train(arguments: argparse.Namespace) -> int:
    """Train, or go on training, and say what came out."""
    settings = _settings(arguments)
    settings.validate()
    folder: Path = arguments.output
    if arguments.epochs < 1:
        got = str(arguments.epochs)
        raise InputError(source="epochs", wanted="a whole number from 1 up", got=got)
    device = choose_device(_device_name(arguments))
    digits = load(arguments.data)
    settings = _settings(arguments, input_size=digits.train_images.shape[1])
    output = console()
    output.print(
        f"{digits.source}: {len(digits.train_images):,} training and "
        f"{len(digits.test_images):,} test images; on {device}"
    )
    bar = _Bar(arguments.epochs, len(digits.train_images), output)
    try:
        with within_memory(), bar.progress:
            summary = train(
                settings,
                digits,
                folder,
                epochs=arguments.epochs,
                device=device,
                resume=arguments.resume,
                progress=bar.report,
            )
    except TrainingError as error:
        kept = f"{folder / CHECKPOINT} is of the epoch before"
        say(f"error: {error}; {kept}")
        return 1
    except KeyboardInterrupt:
        if not (folder / CHECKPOINT).is_file():
            raise
        say(f"error: interrupted; --resume goes on with {folder}")
        return 130
    _print(output, summary)
    return 0


def _settings(arguments: argparse.Namespace, **more: int) -> Settings:
    return Settings(
        hidden_size=arguments.hidden,
        latent_size=arguments.latent,
        batch_size=arguments.batch,
        learning_rate=arguments.learning_rate,
        objective=arguments.objective,
        samples=arguments.samples,
        likelihood=arguments.likelihood,
        likelihood_variance=arguments.likelihood_variance,
        mmd_weight=arguments.mmd_weight,
        mmd_bandwidth=arguments.mmd_bandwidth,
        mmd_statistic=arguments.mmd_statistic,
        binarize=not arguments.grey,
        precision=arguments.precision,
        seed=arguments.seed,
        **more,
    )


def _device_name(arguments: argparse.Namespace) -> str:
    """Name of the device: with `auto` a run goes on where it was."""
    path = arguments.output / CHECKPOINT
    if not (arguments.resume and arguments.device == "auto" and path.is_file()):
        return str(arguments.device)
    return str(read_checkpoint(path)["record"].get("device", arguments.device))


class _Bar:
    """Progress: on a terminal the epoch, its mean loss so far, images a second.

    Elsewhere a line on the output at the end of each epoch.
    """

    def __init__(self, epochs: int, images: int, output: Console) -> None:
        terminal = console(stderr=True)
        self._output = output
        self._is_terminal = terminal.is_terminal
        self.progress = Progress(
            TextColumn("epoch {task.fields[epoch]} of " + str(epochs)),
            BarColumn(),
            TextColumn("{task.fields[state]}"),
            TimeRemainingColumn(),
            console=terminal,
            transient=True,
            disable=not self._is_terminal,
        )
        self._epochs = epochs
        self._images = images
        self._task = self.progress.add_task("", total=None, epoch=1, state="starting")
        self._epoch = 0
        self._start = (0, 0.0)

    def report(self, epoch: int, done: int, batches: int, mean: float) -> None:
        """Move the bar, its speed that since this epoch's first report; or print the epoch."""
        if not self._is_terminal:
            if done == batches:
                loss = f"loss {mean:.2f} nats an image"
                self._output.print(f"epoch {epoch} of {self._epochs}: {loss}")
            return
        now = time.perf_counter()
        if epoch != self._epoch:
            self._epoch, self._start = epoch, (done, now)
        state = f"loss {mean:.2f} nats"
        since, start = self._start
        if done > since:
            speed = (done - since) / batches * self._images / (now - start)
            state += f", {speed:,.0f} images/s"
        self.progress.update(
            self._task,
            total=self._epochs * batches,
            completed=(epoch - 1) * batches + done,
            epoch=epoch,
            state=state,
        )


def _print(output: Console, summary: dict[str, Any]) -> None:
    found = summary["test_log_likelihood"]
    output.print(
        f"{summary['epochs']} epochs of {summary['objective']}, "
        f"{summary['seconds']:.1f} s of training\n"
        f"bound: {summary['train_bound']:.3f} nats a training image, "
        f"{summary['test_bound']:.3f} a test image "
        f"({summary['test_bound_grey_levels']:.3f} of grey levels)\n"
        f"log likelihood: {found['estimate']:.3f} nats a test image "
        f"(standard error {found['standard_error']:.3f}, {found['images']} images, "
        f"{found['samples']} draws each)"
    )
