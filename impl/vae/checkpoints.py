"""The folder of a run: what it was told, its losses by epoch, and the state it goes on from."""

import io
import json
import pickle
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import shorten
from typing import Any

import torch
from torch import Tensor, nn

from impl.errors import InputError, cause
from impl.files import staged_folder, write_json
from impl.vae.loop import Averages
from impl.vae.networks import VariationalAutoencoder, create
from impl.vae.settings import Settings

__all__ = ["CHECKPOINT", "METRICS", "RECORD", "load_run", "read_checkpoint", "write_checkpoint"]

RECORD, METRICS, CHECKPOINT = "settings.json", "metrics.jsonl", "checkpoint.pt"

VERSION = 2
_PARTS = {
    "version": int,
    "epoch": int,
    "record": dict,
    "metrics": list,
    "model": dict,
    "optimizer": dict,
}

_MOST_STEPS = 2**24
"""Where Adam's count of its steps stands still: the next number is none of float32."""

_UNREADABLE = (  # what the two readers raise, of any bytes at all
    zipfile.BadZipFile,
    pickle.UnpicklingError,
    RuntimeError,
    EOFError,
    LookupError,
    ValueError,
    TypeError,
)

Record = dict[str, Any]
"""Of a run, as in JSON: `settings`, `data` (`source` and `checksums`), `device`, and what else its
bits depend on: `torch`, `threads`, `instructions`. If a run went on with others of these, `resumed`
lists them, each with the `epoch` after which.
"""


def write_checkpoint(
    folder: Path,
    *,
    record: Record,
    epoch: int,
    metrics: list[dict[str, Any]],
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
) -> None:
    """Write the state after an epoch, the losses so far and the settings, each whole or not at all.

    Raises
    ------
    OSError
        If they cannot be written; what was there before stays.
    """
    state = {
        "version": VERSION,
        "epoch": epoch,
        "record": record,
        "metrics": metrics,
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
    }
    stream = io.BytesIO()  # torch.save itself tells a full disk as a RuntimeError
    torch.save(state, stream)
    lines = "".join(json.dumps(line, allow_nan=False) + "\n" for line in metrics)
    with staged_folder(folder) as staged:
        (staged / CHECKPOINT).write_bytes(stream.getbuffer())
        (staged / METRICS).write_text(lines, encoding="utf-8")
        write_json(staged / RECORD, record)


def read_checkpoint(path: Path, device: torch.device | str = "cpu") -> dict[str, Any]:
    """Read a checkpoint; nothing but tensors and plain values is ever unpickled.

    Raises
    ------
    InputError
        If the file cannot be read, is damaged, or is no checkpoint of this version.
    """
    wanted = "a whole checkpoint"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(source=path, wanted=wanted, got=cause(error)) from None
    try:
        # torch.load does not look at the checksums that its archive has.
        damaged = zipfile.ZipFile(io.BytesIO(content)).testzip() is not None
        state = torch.load(io.BytesIO(content), map_location=device, weights_only=True)
    except _UNREADABLE:
        damaged, state = True, None
    if damaged:
        got = f"{len(content):,} bytes that are damaged or something else"
        raise InputError(source=path, wanted=wanted, got=got)
    if not isinstance(state, dict):
        raise InputError(source=path, wanted=wanted, got=f"a {type(state).__name__}")
    for name, kind in _PARTS.items():
        if not isinstance(state.get(name), kind):
            raise InputError(source=path, wanted=wanted, got=f"one without its {name}")
    _check_json(path, state["record"], state["metrics"])
    if state["version"] != VERSION:
        wanted = f"a checkpoint of version {VERSION}"
        raise InputError(source=path, wanted=wanted, got=f"version {state['version']}")
    return state


def _check_json(path: Path, record: Record, metrics: list[Any]) -> None:
    """Check that what the run's JSON files will hold has their form and is JSON."""
    data = record.get("data")
    held = data.get("checksums") if isinstance(data, dict) else None
    try:
        json.dumps((record, metrics), allow_nan=False)
        is_json = isinstance(record.get("settings"), dict) and isinstance(held, dict)
        resumed = record.get("resumed", [])
        is_json &= isinstance(resumed, list) and all(isinstance(one, dict) for one in resumed)
    except (TypeError, ValueError, RecursionError):
        is_json = False
    if not is_json:
        wanted = "settings, checksums of the data and losses, as in JSON"
        raise InputError(source=path, wanted=wanted, got="a record or metrics of something else")


def check_record(path: Path, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Check that a checkpoint is of this configuration and these data.

    Raises
    ------
    InputError
        Naming the first setting or file that differs.
    """
    pairs = [("device", found.get("device"), wanted["device"])]
    for name, value in wanted["settings"].items():
        pairs.append((name, found.get("settings", {}).get(name), value))
    for name, value in wanted["data"]["checksums"].items():
        stored = found.get("data", {}).get("checksums", {}).get(name)
        pairs.append((f"data, checksum of {name}", stored, value))
    for name, stored, value in pairs:
        if stored != value:
            got = f"one with {stored!r}"
            raise InputError(source=path, wanted=f"a checkpoint with {name} {value!r}", got=got)


def load_weights(path: Path, model: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Put a checkpoint's weights into a model.

    Raises
    ------
    InputError
        If they are not this model's.
    """
    _compare(path, "weights of these networks", state, model.state_dict())
    model.load_state_dict(state)


def restore(
    path: Path, state: dict[str, Any], model: nn.Module, optimizer: torch.optim.Adam, batches: int
) -> None:
    """Put a checkpoint's weights and moments into a model and its optimiser.

    Every part must be what epochs of so many batches leave, in names, shapes and types: fused Adam
    reads past the end of a moment that is too short.

    Raises
    ------
    InputError
        Naming the first part that differs.
    """
    epoch = state["epoch"]
    passes = ("train", "test", "test_grey")
    parts = [f"{name}_{part}" for name in passes for part in Averages._fields]
    losses = dict.fromkeys((*parts, "seconds"), "float")
    _compare(path, "losses of each epoch", len(state["metrics"]), epoch)
    lines = [{"epoch": number, **losses} for number in range(1, epoch + 1)]
    _compare(path, "losses of each epoch", [_kinds(line) for line in state["metrics"]], lines)
    load_weights(path, model, state["model"])
    steps = float(min(epoch * batches, _MOST_STEPS))
    moments = [
        {"step": torch.tensor(steps, device=w.device), "exp_avg": w, "exp_avg_sq": w}
        for w in model.parameters()
    ]
    wanted = optimizer.state_dict() | {"state": dict(enumerate(moments)) if epoch else {}}
    _compare(path, "the state of this optimiser", state["optimizer"], wanted)
    optimizer.load_state_dict(state["optimizer"])


def _kinds(line: object) -> object:
    """Return a line of losses with the kind of each in its place."""
    if not isinstance(line, dict):
        return line
    return {k: value if k == "epoch" else type(value).__name__ for k, value in line.items()}


def _compare(path: Path, what: str, found: object, wanted: object) -> None:
    """Compare two nested parts by what they hold at each place."""
    held, needed = dict(_leaves(found)), dict(_leaves(wanted))
    for place in [*needed, *held]:
        if held.get(place) != needed.get(place):
            got = shorten(held.get(place, "nothing"), 100, placeholder=" ...")
            where = shorten(", ".join(map(repr, place)), 100, placeholder=" ...")
            wanted_there = needed.get(place, "nothing") + (f" at {where}" if place else "")
            raise InputError(source=path, wanted=f"{what}, {wanted_there}", got=got)


def _leaves(part: object, place: tuple[object, ...] = ()) -> Iterator[tuple[Any, str]]:
    """Yield what a part holds by place: of a tensor its shape and type, else the value itself."""
    if isinstance(part, Tensor):
        device = part.device.type
        value = f", {part.item()}" if part.ndim == 0 and not part.is_meta else ""
        yield place, f"{part.dtype} {part.layout} {tuple(part.shape)} on {device}{value}"
    elif isinstance(part, dict | list):
        inside = part.items() if isinstance(part, dict) else enumerate(part)
        yield place, f"a {'dict' if isinstance(part, dict) else 'list'}"
        for name, inner in inside:
            yield from _leaves(inner, (*place, name))
    else:
        yield place, repr(part)


def load_run(
    folder: Path, device: torch.device | str = "cpu"
) -> tuple[VariationalAutoencoder, Settings, Record]:
    """Load the networks of a run as its last checkpoint has them, its settings and its record.

    Raises
    ------
    InputError
        If the folder holds no run, or its checkpoint is damaged.
    """
    path = folder / CHECKPOINT
    if not path.is_file():
        raise InputError(source=folder, wanted=f"a run with its {CHECKPOINT}", got="none")
    state = read_checkpoint(path, device)
    record: Record = state["record"]
    settings = Settings.from_dict(record.get("settings", {}), path)
    model = create(settings, torch.device(device))
    load_weights(path, model, state["model"])
    return model.eval(), settings, record
