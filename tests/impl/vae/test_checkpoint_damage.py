"""Damaged checkpoints: whatever part is not this run's is one line, and nothing is trained on."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from harness.vae_models import listing, small_digits, small_settings

from impl.errors import InputError
from impl.vae.checkpoints import load_run, read_checkpoint
from impl.vae.digits import Digits
from impl.vae.measuring import read_metrics
from impl.vae.training import train

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def digits() -> Digits:
    """Noise in the form of digits, the same for all tests here."""
    return small_digits(np.random.default_rng(5))


@pytest.fixture
def run(tmp_path: Path, digits: Digits) -> Path:
    """Give a run of two epochs."""
    train(small_settings(), digits, tmp_path / "run", epochs=2, device=CPU)
    return tmp_path / "run"


def changed(path: Path, **parts: object) -> None:
    """Write a checkpoint with some of its parts changed, or dropped where the part is None."""
    state = read_checkpoint(path) | parts
    torch.save({name: part for name, part in state.items() if part is not None}, path)


@pytest.mark.parametrize("kept", [0, 1, 100, 0.5, -1])
def test_a_truncated_checkpoint_is_one_clear_error(kept: float, run: Path, digits: Digits) -> None:
    """Cut anywhere, the file is named with its size, for resuming and for loading."""
    path = run / "checkpoint.pt"
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content)) if 0 < kept < 1 else int(kept)])
    message = r"checkpoint\.pt: wanted a whole checkpoint, got .* bytes that are damaged"
    with pytest.raises(InputError, match=message):
        train(small_settings(), digits, run, epochs=3, device=CPU, resume=True)
    with pytest.raises(InputError, match=message):
        load_run(run)


def test_a_flipped_bit_is_seen(run: Path, digits: Digits, rng: np.random.Generator) -> None:
    """One bit of a weight changed on the disk is a damaged checkpoint, not another weight."""
    path = run / "checkpoint.pt"
    weight = read_checkpoint(path)["model"]["decoder.4.weight"].numpy().tobytes()
    content = bytearray(path.read_bytes())
    place = content.index(weight) + int(rng.integers(len(weight)))
    content[place] ^= 1 << int(rng.integers(8))
    path.write_bytes(content)
    with pytest.raises(InputError, match="damaged"):
        train(small_settings(), digits, run, epochs=3, device=CPU, resume=True)


class Harmful:
    """What pickle would run."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        """Ask pickle to evaluate a text."""
        return eval, ("1 / 0",)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("text", "bytes that are damaged or something else"),
        ([1, 2], "wanted a whole checkpoint, got a list"),
        ({"version": 1}, "got one without its epoch"),
        (Harmful(), "bytes that are damaged or something else"),
    ],
    ids=["text", "list", "other dict", "code"],
)
def test_a_file_of_something_else_is_refused_and_not_run(
    content: object, message: str, run: Path, digits: Digits
) -> None:
    """A file that is no checkpoint is named; code in it is not executed."""
    path = run / "checkpoint.pt"
    if isinstance(content, str):
        path.write_text(content)
    else:
        stream = io.BytesIO()
        torch.save(content, stream)
        path.write_bytes(stream.getvalue())
    with pytest.raises(InputError, match=message):
        train(small_settings(), digits, run, epochs=3, device=CPU, resume=True)


def test_parts_of_a_checkpoint_that_do_not_fit_are_named(run: Path, digits: Digits) -> None:
    """Another version, other weights, another optimiser: one line each."""
    path = run / "checkpoint.pt"
    whole = path.read_bytes()
    state = read_checkpoint(path)
    for parts, message in (
        ({"version": 1}, "wanted a checkpoint of version 2, got version 1"),
        ({"metrics": None}, "got one without its metrics"),
        ({"model": {**state["model"], "mean.bias": torch.ones(9)}}, "wanted weights of these"),
        ({"optimizer": {"param_groups": [], "state": {}}}, "wanted the state of this optimiser"),
        ({"optimizer": {}}, "wanted the state of this optimiser"),
    ):
        path.write_bytes(whole)
        changed(path, **parts)
        with pytest.raises(InputError, match=message) as caught:
            train(small_settings(), digits, run, epochs=3, device=CPU, resume=True)
        assert "\n" not in str(caught.value)


def spoil(*place: object, value: object) -> Callable[[dict[str, Any]], None]:
    """Return what puts a value at a place of a checkpoint's state."""

    def change(state: dict[str, Any]) -> None:
        *path, last = place
        part: Any = state
        for name in path:
            part = part[name]
        part[last] = value

    return change


DAMAGES = {
    "a moment of another shape": spoil("optimizer", "state", 0, "exp_avg", value=torch.zeros(1)),
    "a moment of another type": spoil(
        "optimizer", "state", 1, "exp_avg_sq", value=torch.zeros(6, dtype=torch.float64)
    ),
    "a moment that is no tensor": spoil("optimizer", "state", 0, "exp_avg", value=0.0),
    "a sparse moment": spoil("optimizer", "state", 1, "exp_avg", value=torch.zeros(6).to_sparse()),
    "other steps": spoil("optimizer", "state", 0, "step", value=torch.tensor(1.0)),
    "no moments": spoil("optimizer", "state", value={}),
    "moments of text": spoil("optimizer", "state", value="x"),
    "a group that is a number": spoil("optimizer", "param_groups", value=3),
    "a group of another option": spoil("optimizer", "param_groups", 0, "amsgrad", value=True),
    "a group without an option": lambda s: s["optimizer"]["param_groups"][0].pop("eps"),
    "a name that is no text": spoil("model", 3, value=torch.zeros(1)),
    "weights of another type": lambda s: s["model"].update(
        {name: weight.double() for name, weight in s["model"].items()}
    ),
    "an epoch before the first": spoil("epoch", value=-3),
    "an epoch that is out of all reach": spoil("epoch", value=10**15),
    "an epoch that is no number": spoil("epoch", value=True),
    "a name that is a tensor": lambda s: s["optimizer"].update({torch.zeros(9, 9): 1}),
    "no epoch but its losses": spoil("epoch", value=0),
    "an epoch without losses": spoil("metrics", value=[]),
    "a line that is a number": spoil("metrics", 0, value=1),
    "a line of another epoch": spoil("metrics", 0, "epoch", value=2),
    "a line without its loss": lambda s: s["metrics"][1].pop("train_loss"),
    "a loss of text": spoil("metrics", 0, "test_loss", value="1"),
    "seconds that are no number": spoil("metrics", 0, "seconds", value=float("nan")),
    "settings that are a list": spoil("record", "settings", value=[1]),
    "a setting that is a tensor": spoil("record", "settings", "seed", value=torch.zeros(2)),
    "data that are nothing": spoil("record", "data", value=None),
    "resumptions that are a number": spoil("record", "resumed", value=3),
    "a resumption that is text": spoil("record", "resumed", value=["x"]),
    "checksums that are nothing": spoil("record", "data", "checksums", value=None),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_state_is_one_line_that_names_the_checkpoint(
    damage: str, run: Path, digits: Digits
) -> None:
    """No part that is not this run's after its epochs is trained on from; the files stay."""
    path = run / "checkpoint.pt"
    state = read_checkpoint(path)
    DAMAGES[damage](state)
    torch.save(state, path)
    before = listing(run)
    with pytest.raises(InputError, match=r"checkpoint\.pt: wanted ") as caught:
        train(small_settings(), digits, run, epochs=3, device=CPU, resume=True)
    assert "\n" not in str(caught.value)
    assert listing(run) == before


@pytest.mark.parametrize("damage", [name for name, change in DAMAGES.items() if "setting" in name])
def test_a_damaged_record_is_not_loaded_either(damage: str, run: Path) -> None:
    """Loading needs the settings of a run: what is none of them is one line, too."""
    state = read_checkpoint(run / "checkpoint.pt")
    DAMAGES[damage](state)
    torch.save(state, run / "checkpoint.pt")
    with pytest.raises(InputError, match=r"checkpoint\.pt: wanted "):
        load_run(run)


@pytest.mark.parametrize(
    ("name", "read", "wanted"),
    [
        ("checkpoint.pt", lambda run: read_checkpoint(run / "checkpoint.pt"), "a whole checkpoint"),
        ("metrics.jsonl", read_metrics, "the losses of one epoch or more, .*"),
    ],
)
def test_a_folder_in_the_place_of_a_file_is_refused_with_what_was_wanted(
    name: str, read: Callable[[Path], object], wanted: str, run: Path
) -> None:
    """The file is named, what should stand there, and that a folder does."""
    (run / name).unlink()
    (run / name).mkdir()
    with pytest.raises(InputError, match=rf"{name}: wanted {wanted}, got a folder$"):
        read(run)
