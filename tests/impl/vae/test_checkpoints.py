"""Checkpoints: a resumed run has the bits of an uninterrupted one; what is not one is refused."""

import json
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from harness.vae_models import assert_same_state, listing, small_digits, small_settings

from impl.errors import InputError
from impl.vae import checkpoints, loop
from impl.vae.checkpoints import load_run, read_checkpoint
from impl.vae.digits import Digits
from impl.vae.loop import Progress
from impl.vae.settings import Settings
from impl.vae.training import train

CPU = torch.device("cpu")
RUN = "run"


def stop_in(epoch: int, batch: int) -> Progress:
    """Interrupt, as Ctrl-C does, when so many batches of an epoch are done."""

    def progress(now: int, done: int, _batches: int, _mean: float) -> None:
        if (now, done) == (epoch, batch):
            raise KeyboardInterrupt

    return progress


@pytest.fixture(scope="module")
def digits() -> Digits:
    """Noise in the form of digits, the same for all tests here."""
    return small_digits(np.random.default_rng(5))


@pytest.fixture
def run(tmp_path: Path, digits: Digits) -> Path:
    """Give a run of two epochs."""
    train(small_settings(), digits, tmp_path / RUN, epochs=2, device=CPU)
    return tmp_path / RUN


@pytest.fixture
def frequent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the losses looked at, and progress reported, after every batch."""
    monkeypatch.setattr(loop, "CHECKED", 1)


@pytest.mark.usefixtures("frequent")
@pytest.mark.parametrize("place", [(1, 1), (3, 2), (3, 3)])
@pytest.mark.parametrize("objective", ["kl", "mmd", "iwae"])
def test_resumed_run_equals_an_uninterrupted_one_bit_for_bit(
    objective: str,
    place: tuple[int, int],
    digits: Digits,
    tmp_path: Path,
    device: torch.device,
) -> None:
    """Interrupted in an epoch, and resumed: weights, optimiser, losses and summary are the same."""
    settings = small_settings(objective=objective, samples=2)
    whole = train(settings, digits, tmp_path / "whole", epochs=4, device=device)
    parts = tmp_path / "parts"
    with pytest.raises(KeyboardInterrupt):
        train(settings, digits, parts, epochs=4, device=device, progress=stop_in(*place))
    assert read_checkpoint(parts / "checkpoint.pt")["epoch"] == place[0] - 1
    assert not (parts / "summary.json").exists()
    torch.manual_seed(123)  # nothing hangs on PyTorch's own generator
    resumed = train(settings, digits, parts, epochs=4, device=device, resume=True)
    assert_same_state(resumed, whole)
    states = [read_checkpoint(folder / "checkpoint.pt") for folder in (parts, tmp_path / "whole")]
    assert_same_state(*states)
    lines = [
        [
            {**json.loads(line), "seconds": 0}
            for line in (folder / "metrics.jsonl").read_text().splitlines()
        ]
        for folder in (parts, tmp_path / "whole")
    ]
    assert lines[0] == lines[1]
    assert [line["epoch"] for line in lines[0]] == [1, 2, 3, 4]


def test_more_epochs_go_on_where_a_finished_run_ended(
    run: Path, digits: Digits, tmp_path: Path
) -> None:
    """Two epochs and then to four are four; asked for two again, there is nothing to train."""
    settings = small_settings()
    longer = train(settings, digits, run, epochs=4, device=CPU, resume=True)
    whole = train(settings, digits, tmp_path / "whole", epochs=4, device=CPU)
    assert_same_state(longer, whole)
    again = train(settings, digits, run, epochs=4, device=CPU, resume=True)
    assert_same_state(again, whole)
    with pytest.raises(InputError, match="epochs: wanted at least the 4 epochs"):
        train(settings, digits, run, epochs=3, device=CPU, resume=True)


def test_a_run_is_loaded_as_it_was_trained(run: Path, digits: Digits) -> None:
    """The networks, the settings and the record of the data come back from the folder."""
    model, settings, record = load_run(run)
    assert settings == small_settings()
    assert not model.training
    state = read_checkpoint(run / "checkpoint.pt")
    assert_same_state(dict(model.state_dict()), dict(state["model"]))
    assert record == json.loads((run / "settings.json").read_text(encoding="utf-8"))
    assert record["data"] == {"source": "noise", "checksums": digits.checksums}
    assert (record["device"], record["torch"]) == ("cpu", torch.__version__)


OTHER = {
    "hidden_size": 8,
    "latent_size": 4,
    "batch_size": 5,
    "learning_rate": 2e-3,
    "objective": "mmd",
    "samples": 2,
    "likelihood": "gaussian",
    "likelihood_variance": 2.0,
    "mmd_weight": 3.0,
    "mmd_bandwidth": 1.0,
    "mmd_statistic": "u",
    "binarize": False,
    "precision": "float64",
    "seed": 1,
}


def test_every_setting_that_may_differ_is_tried() -> None:
    """Each field of the settings is in the list below, but for the size that the data fix."""
    assert {field.name for field in fields(Settings)} - {"input_size"} == OTHER.keys()


@pytest.mark.parametrize("name", OTHER)
def test_a_checkpoint_of_another_setting_is_refused_by_its_name(
    name: str, run: Path, digits: Digits
) -> None:
    """One line names the setting, what was asked for and what the checkpoint has."""
    before = listing(run)
    settings = small_settings(**{name: OTHER[name]})
    stored = getattr(small_settings(), name)
    with pytest.raises(InputError) as caught:
        train(settings, digits, run, epochs=3, device=CPU, resume=True)
    wanted = f"wanted a checkpoint with {name} {OTHER[name]!r}, got one with {stored!r}"
    assert str(caught.value) == f"{run / 'checkpoint.pt'}: {wanted}"
    assert listing(run) == before


def test_a_checkpoint_of_other_data_or_device_is_refused_by_name(run: Path, digits: Digits) -> None:
    """One pixel more, or another device, is named."""
    images = digits.train_images.copy()
    images[3, 5] ^= 1
    other = replace(digits, train_images=images)
    message = "data, checksum of train-images-idx3-ubyte"
    with pytest.raises(InputError, match=message):
        train(small_settings(), other, run, epochs=3, device=CPU, resume=True)
    state = read_checkpoint(run / "checkpoint.pt")
    state["record"]["device"] = "cuda"
    torch.save(state, run / "checkpoint.pt")
    with pytest.raises(InputError, match="checkpoint with device 'cpu', got one with 'cuda'"):
        train(small_settings(), digits, run, epochs=3, device=CPU, resume=True)


def test_a_run_is_not_overwritten_and_none_is_not_resumed(
    run: Path, digits: Digits, tmp_path: Path
) -> None:
    """Without resume a folder with a run is refused; with it, one without."""
    before = listing(tmp_path)
    with pytest.raises(InputError, match="wanted a folder without a run, or --resume"):
        train(small_settings(), digits, run, epochs=3, device=CPU)
    with pytest.raises(InputError, match=r"none: wanted a run with its checkpoint.pt, got none"):
        train(small_settings(), digits, tmp_path / "none", epochs=3, device=CPU, resume=True)
    with pytest.raises(InputError, match=r"wanted a run with its checkpoint\.pt, got none"):
        load_run(tmp_path)
    assert listing(tmp_path) == before


def test_a_full_disk_leaves_the_last_checkpoint(
    run: Path, digits: Digits, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If a file of the next checkpoint cannot be written, those of the last stay, and no draft."""
    before = listing(run)
    exact = Path.write_bytes

    def write_bytes(path: Path, content: bytes) -> int:
        if path.name == checkpoints.CHECKPOINT:
            exact(path, bytes(content[:1000]))
            raise OSError(28, "No space left on device", str(path))
        return exact(path, content)

    monkeypatch.setattr(Path, "write_bytes", write_bytes)
    with pytest.raises(OSError, match="No space left"):
        train(small_settings(), digits, run, epochs=3, device=CPU, resume=True)
    assert listing(run) == before


CHANGES = {
    "threads": ("torch.get_num_threads", lambda: 77, "threads 77, before "),
    "instructions": ("torch.backends.cpu.get_cpu_capability", lambda: "NEON", "instructions NEON,"),
    "torch": ("torch.__version__", "9.9", "torch 9.9, before "),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_resumption_that_may_change_the_bits_is_told_and_recorded(
    name: str,
    run: Path,
    digits: Digits,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One line, once: then the run goes on as it now is. What it began with is kept."""
    first = read_checkpoint(run / "checkpoint.pt")["record"]
    train(small_settings(), digits, run, epochs=3, device=CPU, resume=True)
    assert capsys.readouterr().err == ""
    place, value, message = CHANGES[name]
    monkeypatch.setattr(place, value)
    train(small_settings(), digits, run, epochs=4, device=CPU, resume=True)
    said = capsys.readouterr().err
    assert said.startswith("warning: the bits may differ ")
    assert message in said
    assert said.count("\n") == 1
    train(small_settings(), digits, run, epochs=5, device=CPU, resume=True)
    assert capsys.readouterr().err == ""
    record = json.loads((run / "settings.json").read_text())
    ((epoch, changed),) = ((one["epoch"], one[name]) for one in record.pop("resumed"))
    assert (epoch, changed) == (3, value() if callable(value) else value)
    assert record == first
