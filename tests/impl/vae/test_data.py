"""The digits: the embedded sample, folders of IDX files, and what is tried before the sample."""

import gzip
import struct
import sys
from pathlib import Path
from typing import Never

import numpy as np
import pytest
from harness.digit_files import (
    assert_same,
    draw_digits,
    no_route,
    take_for_mnist,
    take_routes,
)

import impl.vae
from impl.errors import InputError
from impl.vae import data, download
from impl.vae.data import load
from impl.vae.digits import FILES, MNIST_CHECKSUMS, read_folder, write_folder


def test_sample_is_the_beginning_of_mnist_bit_for_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The 2,000 digits are there without a download, in MNIST's order, none changed.

    The sums were taken from the files of MNIST, whose own sums were right, cut to this length.
    """
    take_routes(monkeypatch)
    digits = load("sample")
    assert digits.source == "embedded sample of 2,000"
    assert digits.train_images.shape == (1500, 784)
    assert digits.test_images.shape == (500, 784)
    assert digits.image_shape == (28, 28)
    assert digits.train_labels[:8].tolist() == [5, 0, 4, 1, 9, 2, 1, 3]
    assert digits.test_labels[:8].tolist() == [7, 2, 1, 0, 4, 1, 4, 9]
    assert digits.checksums == {
        "train-images-idx3-ubyte": "91e96c78d020adeb6b4e7449aa9fa177",
        "train-labels-idx1-ubyte": "4d1c35fc79ad5942b3ac5ff4c5c3ad91",
        "t10k-images-idx3-ubyte": "1d2743c59faa92de1bed834a757f078a",
        "t10k-labels-idx1-ubyte": "0ea66c07df11e8b86569640c26429810",
    }
    assert not digits.is_mnist


def test_sample_has_every_class_and_its_licence_says_how_many() -> None:
    """The note beside the sample gives the class counts of the digits that are there."""
    digits = load("sample")
    folder = Path(impl.vae.__file__).with_name("mnist_sample")
    note = (folder / "LICENSE").read_text(encoding="utf-8")
    rows = {words[0]: words[1:11] for line in note.splitlines() if len(words := line.split()) > 10}
    for name, labels in (("train", digits.train_labels), ("test", digits.test_labels)):
        counts = np.bincount(labels, minlength=10)
        assert counts.min() >= 40
        assert rows[name] == [str(count) for count in counts]
    assert sum(path.stat().st_size for path in folder.iterdir()) < 450_000


def test_images_can_be_written_to_as_torch_wants_them() -> None:
    """Torch warns of an array it may not write to; these are not such."""
    digits = load("sample")
    assert digits.train_images.flags.writeable
    assert digits.train_images.flags.c_contiguous


@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize("image_shape", [(28, 28), (3, 5)])
def test_a_folder_is_read_back_as_it_was_written(
    rng: np.random.Generator, tmp_path: Path, image_shape: tuple[int, int], *, compress: bool
) -> None:
    """Plain or compressed, of MNIST's image size or another, every pixel returns to its place."""
    digits = draw_digits(rng, train=7, test=4, image_shape=image_shape)
    write_folder(digits, tmp_path, compress=compress)
    found = load(tmp_path)
    assert_same(found, digits)
    assert found.source == f"folder {tmp_path}"
    assert found.checksums == digits.checksums
    assert len(list(tmp_path.iterdir())) == 4


def test_files_are_those_of_the_format(tmp_path: Path) -> None:
    """The bytes are laid out by hand here: header in big-endian words, rows of pixels, labels."""
    train = struct.pack(">BBBBIII", 0, 0, 8, 3, 2, 2, 3) + bytes(range(12))
    test = struct.pack(">BBBBIII", 0, 0, 8, 3, 1, 2, 3) + bytes(range(20, 26))
    (tmp_path / FILES["train_images"]).write_bytes(train)
    (tmp_path / FILES["train_labels"]).write_bytes(
        struct.pack(">BBBBI", 0, 0, 8, 1, 2) + b"\x09\x04"
    )
    (tmp_path / f"{FILES['test_images']}.gz").write_bytes(gzip.compress(test))
    (tmp_path / FILES["test_labels"]).write_bytes(struct.pack(">BBBBI", 0, 0, 8, 1, 1) + b"\x03")
    found = load(str(tmp_path))
    assert found.train_images.tolist() == [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]
    assert found.train_labels.tolist() == [9, 4]
    assert found.test_images.tolist() == [[20, 21, 22, 23, 24, 25]]
    assert found.test_labels.tolist() == [3]
    assert found.image_shape == (2, 3)
    assert dict(found.files())[FILES["test_images"]] == test


def test_checksums_say_whether_a_folder_is_mnist(
    rng: np.random.Generator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder with the right sums is called MNIST; one with a single other pixel is not."""
    assert set(MNIST_CHECKSUMS) == set(FILES.values())
    digits = draw_digits(rng)
    take_for_mnist(monkeypatch, digits)
    write_folder(digits, tmp_path)
    assert load(tmp_path).source == f"MNIST, folder {tmp_path}"
    digits.test_images[2, 7] ^= 1
    write_folder(digits, tmp_path)
    assert load(tmp_path).source == f"folder {tmp_path}"


def test_what_was_downloaded_is_kept_and_not_downloaded_again(
    rng: np.random.Generator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second time the cache answers, with the same arrays and the same origin."""
    digits = draw_digits(rng)
    take_for_mnist(monkeypatch, digits)
    take_routes(monkeypatch, broken=no_route, noise=lambda _scratch: digits)
    assert load("auto", cache=tmp_path / "new" / "cache") is digits
    take_routes(monkeypatch)
    again = load("auto", cache=tmp_path / "new" / "cache")
    assert_same(again, digits)
    assert again.source == "noise"
    kept = {path.name for path in (tmp_path / "new" / "cache" / "mnist").iterdir()}
    assert kept == {*FILES.values(), "source.txt"}


def test_a_damaged_cache_is_replaced(
    rng: np.random.Generator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pixel changed, a file cut short or missing: the digits are downloaded again."""
    digits = draw_digits(rng)
    take_for_mnist(monkeypatch, digits)
    take_routes(monkeypatch, noise=lambda _scratch: digits)
    load("auto", cache=tmp_path)
    file = tmp_path / "mnist" / FILES["train_images"]
    whole = file.read_bytes()
    for content in (whole[:-1], whole[:-1] + bytes([whole[-1] ^ 1]), None):
        file.unlink()
        if content is not None:
            file.write_bytes(content)
        assert load("auto", cache=tmp_path) is digits
        assert file.read_bytes() == whole


def test_a_cache_laid_out_by_hand_is_taken(
    rng: np.random.Generator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The four files are enough, without the note of their origin."""
    digits = draw_digits(rng)
    take_for_mnist(monkeypatch, digits)
    take_routes(monkeypatch)
    (tmp_path / "mnist").mkdir()
    write_folder(digits, tmp_path / "mnist", compress=True)
    assert load("auto", cache=tmp_path).source == f"MNIST, cache {tmp_path / 'mnist'}"


def test_the_environment_names_the_cache(
    rng: np.random.Generator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """VARPROOF_CACHE stands in for the platform's folder, and the argument for both."""
    digits = draw_digits(rng)
    take_for_mnist(monkeypatch, digits)
    take_routes(monkeypatch, noise=lambda _scratch: digits)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "platform"))
    monkeypatch.setenv(data.CACHE_VARIABLE, str(tmp_path / "named"))
    load("auto", cache=tmp_path / "argument")
    assert [path.name for path in tmp_path.iterdir()] == ["argument"]
    load("auto")
    assert (tmp_path / "named" / "mnist").is_dir()
    assert not (tmp_path / "platform").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="the home folder has another name there")
@pytest.mark.parametrize("written", ["~", "~/deep", "~/~"])
def test_a_tilde_is_the_home_folder(
    written: str, rng: np.random.Generator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the variable, which no shell expands behind quotes, and in a folder of one's own."""
    digits = draw_digits(rng)
    take_for_mnist(monkeypatch, digits)
    take_routes(monkeypatch, noise=lambda _scratch: digits)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setenv(data.CACHE_VARIABLE, written)
    load("auto")
    assert list(Path.cwd().iterdir()) == []
    assert (tmp_path / "home" / written[2:] / "mnist").is_dir()
    assert load(f"{written}/mnist").is_mnist


@pytest.mark.parametrize("source", ["data", data.CACHE_VARIABLE])
def test_a_home_folder_that_is_unknown_is_told(
    source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line names where the path came from."""
    named = "~nobody-of-this-name/x"
    monkeypatch.setenv(data.CACHE_VARIABLE, named)
    with pytest.raises(InputError, match=f"^{source}: wanted a user whose home folder is known"):
        load(named if source == "data" else "auto")


@pytest.mark.skipif(sys.platform != "linux", reason="the variable is one of Linux desktops")
def test_the_platform_names_the_cache_otherwise(
    rng: np.random.Generator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a name from the user, downloads go where the platform keeps such files."""
    pytest.importorskip("platformdirs")
    digits = draw_digits(rng)
    take_for_mnist(monkeypatch, digits)
    take_routes(monkeypatch, noise=lambda _scratch: digits)
    monkeypatch.delenv(data.CACHE_VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    load("auto")
    assert read_folder(tmp_path / "varproof" / "mnist").is_mnist


def test_without_a_network_the_sample_is_used_and_one_line_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The line gives the reason of every route; the cache and the temporary folder stay empty."""
    monkeypatch.setattr(download.tempfile, "tempdir", str(tmp_path))
    take_routes(monkeypatch, first=no_route, second=no_route)
    digits = load("auto", cache=tmp_path / "cache")
    assert_same(digits, load("sample"))
    assert digits.source == "embedded sample of 2,000"
    said = capsys.readouterr()
    why = "first: no network; second: no network"
    line = f"MNIST: not available ({why}); the embedded sample of 2,000 digits is used\n"
    assert (said.out, said.err) == ("", line)
    assert not list(tmp_path.iterdir())


def test_a_cache_that_cannot_be_written_costs_only_the_keeping(
    rng: np.random.Generator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What was downloaded is used all the same, and one line says that it was not kept."""
    digits = draw_digits(rng)
    take_for_mnist(monkeypatch, digits)
    take_routes(monkeypatch, noise=lambda _scratch: digits)
    (tmp_path / "file").write_text("mine")
    assert load("auto", cache=tmp_path / "file") is digits
    said = capsys.readouterr().err
    assert said.startswith(f"MNIST: downloaded, but not kept in {tmp_path / 'file' / 'mnist'}: ")
    assert said.count("\n") == 1
    assert (tmp_path / "file").read_text() == "mine"


def test_a_cache_half_written_is_none(
    rng: np.random.Generator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """When the disk is full after the first file, nothing stays, and the digits are used."""
    digits = draw_digits(rng)
    take_for_mnist(monkeypatch, digits)
    take_routes(monkeypatch, noise=lambda _scratch: digits)

    def fill(_digits: object, folder: Path) -> Never:
        (folder / FILES["train_images"]).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(data, "write_folder", fill)
    assert load("auto", cache=tmp_path / "cache") is digits
    folder = tmp_path / "cache" / "mnist"
    wanted = f"MNIST: downloaded, but not kept in {folder}: no space left on device\n"
    assert capsys.readouterr().err == wanted
    assert not list(tmp_path.iterdir())
