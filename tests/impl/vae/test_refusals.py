"""`vae train` refuses: one line that names the fault, and nothing left behind."""

import dataclasses
from pathlib import Path

import pytest
import torch
from harness.vae_models import call, listing, train_arguments

from impl.errors import InputError
from impl.vae import devices
from impl.vae.devices import choose_device
from impl.vae.networks import create
from impl.vae.settings import Settings

ARGUMENTS = [
    (("--latent", 0), "--latent: wanted a whole number from 1 up, got 0"),
    (("--hidden", -3), "--hidden: wanted a whole number from 1 up, got -3"),
    (("--batch", 0), "--batch: wanted a whole number from 1 up, got 0"),
    (("--samples", 0), "--samples: wanted a whole number from 1 up, got 0"),
    (("--seed", -1), "--seed: wanted a whole number from 0 up, got -1"),
    (("--seed", 2**63), "--seed: wanted a whole number from 0 up, got 9223372036854775808"),
    (("--epochs", 0), "--epochs: wanted a whole number from 1 up, got 0"),
    (("--learning-rate", 0), "--learning-rate: wanted a finite number above 0, got 0.0"),
    (("--learning-rate", "nan"), "--learning-rate: wanted a finite number above 0, got nan"),
    (("--likelihood-variance", -1), "--likelihood-variance: wanted a finite number above 0"),
    (("--mmd-weight", "inf"), "--mmd-weight: wanted a finite number from 0 up, got inf"),
    (("--mmd-weight", -1), "--mmd-weight: wanted a finite number from 0 up, got -1.0"),
    (("--mmd-bandwidth", 0), "--mmd-bandwidth: wanted a finite number above 0, got 0.0"),
    (("--objective", "elbo"), "--objective: invalid choice: 'elbo' (choose from"),
    (("--likelihood", "poisson"), "--likelihood: invalid choice: 'poisson'"),
    (("--mmd-statistic", "w"), "--mmd-statistic: invalid choice: 'w'"),
    (("--precision", "float16"), "--precision: invalid choice: 'float16'"),
    (("--objective", "mmd", "--mmd-statistic", "u", "--batch", 1), "--batch: wanted at least 2"),
    (("--device", "tpu"), "--device: wanted auto, cpu, cuda or cuda:N, got 'tpu'"),
    (("--device", "cuda:x"), "--device: wanted auto, cpu, cuda or cuda:N, got 'cuda:x'"),
    (("--device", "cpu:0"), "--device: wanted auto, cpu, cuda or cuda:N, got 'cpu:0'"),
    (("--device", ""), "--device: wanted auto, cpu, cuda or cuda:N, got ''"),
    (("--latent", "many"), "--latent: wanted a whole number, got 'many'"),
    (("--output", ""), "--output: wanted a path, got ''"),
    (("--data", "nowhere"), "nowhere: wanted a folder of four IDX files, got no such folder"),
    (("--data", "~nobody-of-this-name/digits"), "--data: wanted a user whose home folder is known"),
    (("--latent", 10**11), "memory: wanted networks that fit into "),
    (("--hidden", 10**9), "memory: wanted networks that fit into "),
    (("--latent", 2**62), "memory: wanted networks, batches and draws that fit, got a tensor that"),
    (("--resume",), "wanted a run with its checkpoint.pt, got none"),
]


@pytest.mark.parametrize(
    ("more", "message"), ARGUMENTS, ids=[" ".join(map(str, more)) for more, _ in ARGUMENTS]
)
def test_a_bad_argument_is_one_line_exit_code_2_and_nothing_left(
    more: tuple[object, ...],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Every argument out of range is refused by name, before anything is written."""
    monkeypatch.chdir(tmp_path)
    assert call(*train_arguments(tmp_path / "a" / "run", *more)) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert message in said
    assert said.count("\n") == 1
    assert listing(tmp_path) == {}


def test_an_output_that_is_a_file_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file in the place of the folder is named and left alone."""
    (tmp_path / "run").write_text("mine")
    assert call(*train_arguments(tmp_path / "run" / "deep")) == 2
    assert f"{tmp_path / 'run'}: is a file, not a folder" in capsys.readouterr().err
    assert listing(tmp_path) == {"run": b"mine"}


def test_a_finished_run_is_not_trained_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A second training into the same folder is refused and leaves every byte."""
    arguments = train_arguments(tmp_path / "run", "--epochs", 1)
    assert call(*arguments) == 0
    before = listing(tmp_path)
    capsys.readouterr()
    assert call(*arguments) == 2
    assert "wanted a folder without a run, or --resume to go on with it" in capsys.readouterr().err
    assert call(*train_arguments(tmp_path / "run", "--epochs", 2, "--resume", "--latent", 5)) == 2
    assert "a checkpoint with latent_size 5, got one with 3" in capsys.readouterr().err
    assert listing(tmp_path) == before


@pytest.mark.parametrize("name", ["cuda", "cuda:0"])
def test_cuda_without_a_device_that_works_is_refused(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No device, a device that raises, and one that adds wrongly each give their reason."""
    monkeypatch.setattr(devices.torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match=f"device: wanted a {name} that works, got PyTorch"):
        choose_device(name)
    assert choose_device("auto").type == "cpu"
    monkeypatch.setattr(devices.torch.cuda, "is_available", lambda: True)

    def broken(*_: object, **__: object) -> object:
        message = "CUDA error: no kernel image\nsecond line"
        raise RuntimeError(message)

    monkeypatch.setattr(devices.torch, "ones", broken)
    with pytest.raises(InputError, match=r"got CUDA error: no kernel image$"):
        choose_device(name)
    assert choose_device("auto").type == "cpu"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("latent_size", True),
        ("batch_size", 10.0),
        ("seed", None),
        ("learning_rate", "1e-3"),
        ("mmd_bandwidth", None),
        ("binarize", 1),
        ("objective", None),
        ("objective", "elbo"),
        ("likelihood", "poisson"),
        ("mmd_statistic", "w"),
        ("precision", "float16"),
    ],
)
def test_settings_of_a_wrong_type_or_name_are_refused(name: str, value: object) -> None:
    """A setting of another type or an unknown name, as a damaged file may have it, is named."""
    with pytest.raises(InputError, match=f"^{name}: wanted"):
        dataclasses.replace(Settings(), **{name: value}).validate()


def test_settings_come_back_from_a_dictionary_or_are_refused() -> None:
    """What `to_dict` writes `from_dict` reads; a missing or unknown name is refused."""
    settings = Settings(latent_size=7, objective="iwae", samples=5)
    content = settings.to_dict()
    assert Settings.from_dict(content) == settings
    with pytest.raises(InputError, match="file: wanted the setting seed, got none"):
        Settings.from_dict({k: v for k, v in content.items() if k != "seed"}, "file")
    with pytest.raises(InputError, match="settings: wanted known settings, got 'momentum'"):
        Settings.from_dict({**content, "momentum": 0.9})


def test_draws_that_do_not_fit_are_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first batch cannot be made; the run that was begun holds its starting weights."""
    assert call(*train_arguments(tmp_path / "run", "--samples", 10**13)) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: memory: wanted networks, batches and draws that fit, got a ")
    assert said.count("\n") == 1


def test_networks_larger_than_the_memory_are_refused_before_they_are_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every weight counts, as often as it is kept; no weight more than needed."""
    settings, cpu = Settings(input_size=4, hidden_size=3, latent_size=2), torch.device("cpu")
    weights = (4 + 1) * 3 + (3 + 1) * 3 + 2 * (3 + 1) * 2 + (2 + 1) * 3 + (3 + 1) * 3 + (3 + 1) * 4
    for copies, itemsize, precision in ((1, 4, "float32"), (4, 4, "bf16"), (4, 8, "float64")):
        chosen = dataclasses.replace(settings, precision=precision)
        pages = {"SC_PAGE_SIZE": 1, "SC_PHYS_PAGES": weights * copies * itemsize}
        monkeypatch.setattr(devices.os, "sysconf", pages.get)
        create(chosen, cpu, copies=copies)
        pages["SC_PHYS_PAGES"] -= 1
        with pytest.raises(InputError, match=r"^memory: wanted networks that fit into "):
            create(chosen, cpu, copies=copies)


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("CUDA out of memory. Tried to allocate 20.50 GiB. GPU 0 has", "a tensor of 20.50 GiB"),
        ("not enough memory: you tried to allocate 80 bytes", "a tensor of 80 bytes"),
        ("Storage size calculation overflowed with sizes=[9]", "a tensor that does not"),
        ("numel: integer multiplication overflow", "a tensor that does not"),
    ],
)
def test_too_little_memory_is_told_whatever_the_device(message: str, told: str) -> None:
    """Every allocator's own words become one line; other errors stay what they are."""
    with pytest.raises(InputError, match=f"^memory: wanted .* that fit, got {told}$"):
        fail(message)
    with pytest.raises(RuntimeError, match=r"^mat1 and mat2"):
        fail("mat1 and mat2 shapes cannot be multiplied")


def fail(message: str) -> None:
    """Fail as PyTorch does."""
    with devices.within_memory():
        raise RuntimeError(message)
