"""The command `vae train`: what it writes and says, and how it is interrupted."""

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from harness.digit_files import draw_digits
from harness.vae_models import assert_same_state, call, environment, train_arguments

from impl.vae import running
from impl.vae import settings as known
from impl.vae.checkpoints import load_run, read_checkpoint
from impl.vae.digits import write_folder


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train two epochs once for the tests that only look."""
    folder = tmp_path_factory.mktemp("vae") / "deep" / "run"
    assert call(*train_arguments(folder, "--epochs", 2)) == 0
    return folder


def test_a_run_is_four_files(run: Path) -> None:
    """Settings, losses by epoch, checkpoint and summary; nothing else, no draft."""
    names = {path.name for path in run.iterdir()}
    assert names == {"settings.json", "metrics.jsonl", "checkpoint.pt", "summary.json"}
    assert [path.name for path in run.parent.iterdir()] == ["run"]


def test_arguments_arrive_in_the_settings(tmp_path: Path) -> None:
    """Every option of the objective and the networks is recorded as it was given."""
    folder = tmp_path / "run"
    given = {
        "objective": "mmd",
        "samples": 2,
        "likelihood": "gaussian",
        "likelihood_variance": 0.7,
        "mmd_weight": 3.5,
        "mmd_bandwidth": 1.25,
        "mmd_statistic": "u",
        "learning_rate": 5e-4,
        "precision": "float64",
        "seed": 9,
    }
    arguments = [part for name, value in given.items() for part in (option(name), value)]
    sizes = ("--latent", 4, "--hidden", 5, "--batch", 250)
    assert call(*train_arguments(folder, *arguments, *sizes, "--epochs", 1, "--grey")) == 0
    _, settings, record = load_run(folder)
    assert settings.to_dict() == record["settings"]
    for name, value in given.items():
        assert getattr(settings, name) == value, name
    assert (settings.latent_size, settings.hidden_size, settings.batch_size) == (4, 5, 250)
    assert (settings.input_size, settings.binarize) == (784, False)


def option(name: str) -> str:
    """The option of a setting that is called like it."""
    return "--" + name.replace("_", "-")


def test_what_is_said_names_the_data_and_the_bounds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Standard output has the data, device, epochs and summary; nothing is on standard error."""
    assert call(*train_arguments(tmp_path / "run", "--epochs", 2)) == 0
    said = capsys.readouterr()
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert said.err == ""
    epochs = re.findall(r"^epoch (\d) of 2: loss \d+\.\d\d nats an image$", said.out, re.MULTILINE)
    assert epochs == ["1", "2"]
    assert "embedded sample of 2,000: 1,500 training and 500 test images; on cpu" in said.out
    assert f"{summary['test_bound']:.3f} a test image" in said.out
    assert f"log likelihood: {summary['test_log_likelihood']['estimate']:.3f}" in said.out


def test_resume_continues_to_the_same_bits(run: Path, tmp_path: Path) -> None:
    """One epoch and then a second, with --resume, are the run of two; the device is the run's."""
    folder = tmp_path / "run"
    assert call(*train_arguments(folder, "--epochs", 1)) == 0
    more = ("--epochs", 2, "--resume", "--device", "auto")
    assert call(*train_arguments(folder, *more)) == 0
    states = [read_checkpoint(one / "checkpoint.pt") for one in (folder, run)]
    assert_same_state(*states)


LISTENING = """
import signal, sys
from varproof.command import main
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.exit(main())
"""
# Where the tests run in the background of a shell, every child starts deaf to Ctrl-C.


def test_resuming_on_auto_asks_for_the_device_of_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run begun on the CPU goes on there, even where `auto` would now find another device."""
    folder = tmp_path / "run"
    assert call(*train_arguments(folder, "--epochs", 1)) == 0
    asked = []

    def choose(name: str) -> torch.device:
        asked.append(name)
        return torch.device("cpu")

    monkeypatch.setattr(running, "choose_device", choose)
    for more in (("--resume",), ("--resume", "--device", "cuda")):
        call(*train_arguments(folder, "--epochs", 1, "--device", "auto", *more))
    call(*train_arguments(tmp_path / "new", "--epochs", 1, "--device", "auto"))
    assert asked == ["cpu", "cuda", "auto"]


def test_a_folder_of_images_of_another_size_is_trained_on(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    """Images of 4 by 5 pixels, in the four IDX files, make networks of 20 inputs."""
    (tmp_path / "data").mkdir()
    write_folder(draw_digits(rng, image_shape=(4, 5)), tmp_path / "data")
    more = ("--epochs", 1, "--data", tmp_path / "data")
    assert call(*train_arguments(tmp_path / "run", *more)) == 0
    model, settings, record = load_run(tmp_path / "run")
    assert settings.input_size == 20
    assert model.encoder[0].in_features == 20
    assert record["data"]["source"] == f"folder {tmp_path / 'data'}"


@pytest.mark.slow
def test_ctrl_c_leaves_a_run_that_can_be_resumed(tmp_path: Path) -> None:
    """Interrupted in a process of its own: code 130, one line, no draft; then it is resumed."""
    folder = tmp_path / "run"
    command = [str(part) for part in train_arguments(folder, "--epochs", 10_000)]
    process = subprocess.Popen(
        [sys.executable, "-c", LISTENING, *command],
        env=environment(),
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    metrics = folder / "metrics.jsonl"
    deadline = time.monotonic() + 300
    try:
        while not (metrics.exists() and metrics.stat().st_size) and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=200)
    finally:
        process.kill()  # a run that did not listen would outlive the test
    assert process.returncode == 130, said
    assert said == f"error: interrupted; --resume goes on with {folder}\n"
    names = {path.name for path in folder.iterdir()}
    assert names == {"settings.json", "metrics.jsonl", "checkpoint.pt"}
    epoch = read_checkpoint(folder / "checkpoint.pt")["epoch"]
    assert epoch >= 1
    assert call(*train_arguments(folder, "--epochs", epoch + 1, "--resume")) == 0
    assert len(metrics.read_text().splitlines()) == epoch + 1


def test_a_diverging_run_ends_with_code_1_and_says_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With an absurd learning rate the loss overflows: epoch, batch and checkpoint are named."""
    folder = tmp_path / "run"
    assert call(*train_arguments(folder, "--epochs", 3, "--learning-rate", 1e30)) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: epoch 1, batch ")
    assert f"{folder / 'checkpoint.pt'} is of the epoch before" in said
    assert said.count("\n") == 1
    state = read_checkpoint(folder / "checkpoint.pt")
    assert state["epoch"] == 0
    assert all(bool(part.isfinite().all()) for part in state["model"].values())


def test_progress_is_shown_on_a_terminal_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a terminal the bar has epoch, loss and images a second; in a pipe there is none."""
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich takes standard error for a terminal
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setattr("impl.vae.loop.CHECKED", 5)
    assert call(*train_arguments(tmp_path / "run", "--epochs", 2)) == 0
    shown = capsys.readouterr().err
    for part in ("epoch 1 of 2", "loss ", "images/s"):
        assert part in shown


def test_help_imports_neither_torch_nor_numpy() -> None:
    """The help of all commands and of this one is fast."""
    program = (
        "import sys; from varproof.command import main\n"
        "for arguments in (['--help'], ['vae', '--help'], ['vae', 'train', '--help']):\n"
        "    try: main(arguments)\n"
        "    except SystemExit: pass\n"
        "assert not {'torch', 'matplotlib', 'numpy', 'rich'} & sys.modules.keys()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "--mmd-bandwidth" in done.stdout


def test_help_keeps_names_as_they_are_and_lists_every_choice(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Descriptions differ from the short texts by a capital and a full stop; choices are listed."""
    monkeypatch.setenv("COLUMNS", "500")
    assert call("vae", "--help") == 0
    said = capsys.readouterr().out
    texts = dict(re.findall(r"^ +(train|figures|answers) +(.+)$", said, re.MULTILINE))
    assert texts.keys() == {"train", "figures", "answers"}
    for name, text in texts.items():
        assert call("vae", name, "--help") == 0
        assert f"\n{text[0].upper()}{text[1:]}." in capsys.readouterr().out
    assert "KL and MMD" in texts["answers"]
    assert call("vae", "train", "--help") == 0
    said = capsys.readouterr().out
    for name, choices in known.CHOICES.items():
        assert f"{option(name)} {{{','.join(choices)}}}" in said
    assert "--samples K" in said
    assert "K importance weights" in said


@pytest.mark.cuda
def test_auto_takes_cuda(tmp_path: Path) -> None:
    """Where CUDA works, --device auto trains there."""
    folder = tmp_path / "run"
    assert call(*train_arguments(folder, "--epochs", 1, "--device", "auto")) == 0
    assert json.loads((folder / "settings.json").read_text())["device"] == "cuda"
    assert torch.cuda.is_available()
