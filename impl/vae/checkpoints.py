"""The folder of a run: what it was told, its losses by epoch, and the state it goes on from."""

import io
import json
import math
import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from impl.errors import InputError
from impl.files import staged_folder, write_json
from impl.vae.networks import VariationalAutoencoder, create
from impl.vae.settings import Settings

__all__ = ["CHECKPOINT", "METRICS", "RECORD", "load_run", "read_checkpoint", "write_checkpoint"]

RECORD, METRICS, CHECKPOINT = "settings.json", "metrics.jsonl", "checkpoint.pt"

VERSION = 1
_PARTS = {
    "version": int,
    "epoch": int,
    "record": dict,
    "metrics": list,
    "model": dict,
    "optimizer": dict,
}

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
"""Of a run: `settings`, `data` (`source` and `checksums`), `device` and `torch`, as in JSON."""


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
        If the file is damaged, or no checkpoint of this version.
    OSError
        If it cannot be read.
    """
    content = path.read_bytes()
    wanted = "a whole checkpoint"
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
    if state["version"] != VERSION:
        wanted = f"a checkpoint of version {VERSION}"
        raise InputError(source=path, wanted=wanted, got=f"version {state['version']}")
    if [_entry(line, "epoch") for line in state["metrics"]] != [*range(1, state["epoch"] + 1)] or (
        state["epoch"] < 0
    ):
        got = f"{len(state['metrics'])} of {state['epoch']} epochs, or in another order"
        raise InputError(source=path, wanted="the losses of each epoch", got=got)
    for line in state["metrics"]:
        if not all(isinstance(v, int | float) and math.isfinite(v) for v in line.values()):
            raise InputError(source=path, wanted="losses that are numbers", got=str(line))
    return state


def check_record(path: Path, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Check that a checkpoint is of this configuration and these data.

    Raises
    ------
    InputError
        Naming the first setting or file that differs.
    """
    pairs = [("device", found.get("device"), wanted["device"])]
    for name, value in wanted["settings"].items():
        pairs.append((name, _entry(found, "settings", name), value))
    for name, value in wanted["data"]["checksums"].items():
        stored = _entry(found, "data", "checksums", name)
        pairs.append((f"data, checksum of {name}", stored, value))
    for name, stored, value in pairs:
        if stored != value:
            got = f"one with {stored!r}"
            raise InputError(source=path, wanted=f"a checkpoint with {name} {value!r}", got=got)


def _entry(found: object, *names: str) -> object:
    """Return what stands under these names, one in the other, if anything does."""
    for name in names:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def check_optimizer(path: Path, found: object, optimizer: torch.optim.Adam, epoch: int) -> None:
    """Check that a state is this optimiser's after so many epochs: none before the first.

    PyTorch takes any: moments of another shape are read beyond their end, and missing ones begun.

    Raises
    ------
    InputError
        Naming what is not as it has to be.
    """
    weights = [p for group in optimizer.param_groups for p in group["params"]]
    step = torch.zeros(())
    moments = [{"step": step, "exp_avg": w, "exp_avg_sq": w} for w in weights]
    wanted = {
        "state": dict(enumerate(moments)) if epoch else {},
        "param_groups": optimizer.state_dict()["param_groups"],
    }
    if other := _difference(found, wanted, "optimizer"):
        raise InputError(source=path, wanted="the state of this optimiser", got=f"another {other}")


def _difference(found: object, wanted: object, place: str) -> str:
    """Say where two states differ: in an entry, a shape, a type, or a setting's value."""
    if isinstance(wanted, Tensor):
        kinds = [(t.shape, t.dtype) for t in (found, wanted) if isinstance(t, Tensor)]
        return "" if kinds == 2 * kinds[-1:] else place
    if isinstance(wanted, list):
        wanted = dict(enumerate(wanted))
        found = dict(enumerate(found)) if isinstance(found, list) else found
    if isinstance(wanted, dict):
        if not isinstance(found, dict) or found.keys() != wanted.keys():
            return place
        differ = (_difference(found[n], wanted[n], f"{place}, {n}") for n in wanted)
        return next(filter(None, differ), "")
    return "" if type(found) is type(wanted) and found == wanted else place


def load_weights(path: Path, model: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Put a checkpoint's weights into a model.

    Raises
    ------
    InputError
        If they are not this model's.
    """
    try:
        model.load_state_dict(dict(state))
    except (AttributeError, RuntimeError, TypeError) as error:
        got = str(error).splitlines()[-1].strip()
        raise InputError(source=path, wanted="weights of these networks", got=got) from None


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
