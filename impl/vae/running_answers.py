"""The command `vae answers`: trainings, their measurements, conclusions and figures."""

import argparse
import json
import os
import platform
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from rich.table import Table

from impl.console import console, say
from impl.errors import InputError
from impl.figure_style import save
from impl.files import staged_folder, write_json
from impl.vae import answer_figures, answer_pictures, data, discrepancy, measuring
from impl.vae.checkpoints import CHECKPOINT, RECORD, load_run
from impl.vae.conclusions import RULE, Runs, chosen, conclude, telling
from impl.vae.devices import choose_device, within_memory
from impl.vae.digits import Digits
from impl.vae.experiments import Experiment, Plan, full_plan, quick_plan
from impl.vae.loop import TrainingError
from impl.vae.rounding import rounded
from impl.vae.training import SUMMARY, train

__all__ = ["caveat", "run_answers"]

_PACKAGES = ("numpy", "scikit-learn", "torch")


def run_answers(arguments: argparse.Namespace) -> int:
    """Train, measure, conclude; write answers.json and the figures, print the conclusions."""
    plan = quick_plan() if arguments.quick else full_plan()
    device = choose_device(arguments.device)
    digits = data.load(arguments.data)
    plan = _fitted(plan, digits, arguments)
    try:
        with (
            staged_folder(arguments.output) as folder,
            _runs_folder(arguments.runs) as runs,
            within_memory(),
        ):
            answers = _answer(plan, digits, runs, device)
            answers = _heading(plan, digits, device, arguments) | answers
            write_json(folder / "answers.json", answers)
            _draw(answers, digits, runs, folder)
    except TrainingError as error:
        say(f"error: {error}; nothing written")
        return 1
    _print(answers)
    return 0


def caveat(plan: Plan, digits: Digits, *, is_quick: bool) -> str:
    """Say in what the runs fall short of the full experiments; nothing if they do not."""
    reasons = [f"{len(plan.experiments)} short runs of small networks"] * is_quick
    if not digits.is_mnist:
        reasons.append(f"{len(digits.train_images):,} training images that are not all of MNIST")
    if not reasons:
        return ""
    return (
        f"These verdicts rest on {' and '.join(reasons)}. They show what the command computes. "
        "They mean little about the claims, and may contradict what is proved. "
        "The full experiments are `varproof vae answers --data auto`, on MNIST."
    )


@contextmanager
def _runs_folder(kept: Path | None) -> Iterator[Path]:
    """Give the folder of the trained runs: one that stays, or one for the while."""
    if kept is None:
        with TemporaryDirectory(prefix="varproof-") as folder:
            yield Path(folder)
    else:
        yield kept


def _fitted(plan: Plan, digits: Digits, arguments: argparse.Namespace) -> Plan:
    """Fit a plan to the digits: their pixels, and no more test images than there are."""
    count = min(len(digits.test_images), len(digits.train_images))
    fewest = answer_pictures.EMBEDDED
    if count < fewest:
        wanted = f"at least {fewest} training and {fewest} test images"
        raise InputError(source=arguments.data, wanted=wanted, got=str(count))
    pixels = digits.train_images.shape[1]
    experiments = tuple(
        replace(experiment, settings=replace(experiment.settings, input_size=pixels))
        for experiment in plan.experiments
    )
    images = min(plan.images, count)
    return replace(plan, experiments=experiments, images=images, pairs=min(plan.pairs, images // 2))


def _place(runs: Path, name: str) -> Path:
    return runs / name.replace(" ", "-")


def _answer(plan: Plan, digits: Digits, runs: Path, device: torch.device) -> dict[str, Any]:
    """Train and measure every experiment, and hold the closed forms against batches."""
    base = measuring.baseline(digits, plan)
    terminal = console(stderr=True)
    measured = []
    for number, experiment in enumerate(plan.experiments, start=1):
        if terminal.is_terminal:
            terminal.print(f"run {number} of {len(plan.experiments)}: {experiment.name}")
        folder = _place(runs, experiment.name)
        _train(experiment, digits, folder, device)
        model, _, _ = load_run(folder, device)
        metrics = measuring.read_metrics(folder)
        numbers = measuring.measure(model, experiment, digits, plan, metrics=metrics, base=base)
        if experiment.longer:  # beside, so that the run measured stays as it is
            further = folder.with_name(f"{folder.name}-longer")
            if not further.exists():
                shutil.copytree(folder, further)
            epochs = experiment.epochs + experiment.longer
            _train(replace(experiment, epochs=epochs), digits, further, device)
            numbers["train_loss"] = measuring.losses(measuring.read_metrics(further))
        measured.append(numbers)
    batch = plan.experiments[0].settings.batch_size
    points = discrepancy.by_dimension(plan.dimensions, batch=batch, batches=plan.batches, seed=0)
    answers = {
        "baseline": base,
        "batch_size": batch,
        "runs": measured,
        "mmd_by_dimension": [
            {
                name: rounded(value) if isinstance(value, float) else value
                for name, value in point._asdict().items()
            }
            for point in points
        ],
        "is_notebook": digits.is_mnist and plan.images == len(digits.test_images),
    }
    found = Runs(measured)
    named = {"chosen": chosen(found), "telling": telling(found)}
    return answers | named | {"conclusions": conclude(answers)}


def _train(experiment: Experiment, digits: Digits, folder: Path, device: torch.device) -> None:
    """Train, take up what is there, or leave it if it is done."""
    if _is_done(experiment, digits, folder):
        return
    train(
        experiment.settings,
        digits,
        folder,
        epochs=experiment.epochs,
        device=device,
        resume=(folder / CHECKPOINT).exists(),
    )


def _is_done(experiment: Experiment, digits: Digits, folder: Path) -> bool:
    """Tell whether a folder holds this very training, to its end; else `train` judges it."""
    if not (folder / SUMMARY).is_file():
        return False
    epochs = json.loads((folder / SUMMARY).read_text(encoding="utf-8")).get("epochs")
    record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    return bool(
        epochs == experiment.epochs
        and record["settings"] == experiment.settings.to_dict()
        and record["data"]["checksums"] == digits.checksums
    )


def _heading(
    plan: Plan, digits: Digits, device: torch.device, arguments: argparse.Namespace
) -> dict[str, Any]:
    """Say what the numbers came from: command, machine, versions, data."""
    source = arguments.data if arguments.data in ("auto", "sample") else "FOLDER"
    quick = " --quick" if arguments.quick else ""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.machine()
    return {
        "command": f"varproof vae answers --data {source}{quick} --output FOLDER",
        "machine": {
            "device": name,
            "instructions": torch.backends.cpu.get_cpu_capability(),
            "cores": os.cpu_count(),
            "threads": torch.get_num_threads(),
            "system": platform.system(),
        },
        "versions": {"python": platform.python_version()}
        | {package: version(package) for package in _PACKAGES},
        "data": {
            "is_mnist": digits.is_mnist,
            "training_images": len(digits.train_images),
            "test_images": len(digits.test_images),
            "checksums": digits.checksums,
        },
        "plan": {name: value for name, value in asdict(plan).items() if name != "experiments"}
        | {"runs": len(plan.experiments)},
        "rule": RULE,
        "caveat": caveat(plan, digits, is_quick=arguments.quick),
    }


def _draw(answers: Mapping[str, Any], digits: Digits, runs: Path, folder: Path) -> None:
    pictures = answer_pictures.draw(answers, digits, lambda name: load_run(_place(runs, name))[0])
    drawn = answer_figures.draw_numbers(answers) | pictures
    for name, figure in drawn.items():
        save(figure, folder / name)


def _print(answers: Mapping[str, Any]) -> None:
    table = Table("question", "claim", "verdict", box=None, pad_edge=False)
    for entry in answers["conclusions"]:
        table.add_row(entry["question"], entry["claim"], entry["verdict"])
    output = console(width=120)
    if answers["caveat"]:
        output.print(answers["caveat"], end="\n\n", soft_wrap=True)
    output.print(table)
