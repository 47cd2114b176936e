"""Interrupt a write at the beginning of each Python call in turn.

This runs in a separate process, in which nothing else is traced, collected or called back.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from derivations.evidence import runs
from impl.files import staged_file, staged_folder

OLD, NEW = "old\n", "new\n"


def to_a_folder(target: Path) -> None:
    """Write two files of a folder."""
    with staged_folder(target) as staged:
        for name in ("one", "two"):
            (staged / name).write_text(NEW)


def to_a_file(target: Path) -> None:
    """Write one file of a folder."""
    with staged_file(target / "one") as staged:
        staged.write_text(NEW)


def to_a_record(target: Path) -> None:
    """Write a record, as in long runs."""
    runs.write_whole(target / "one", NEW)


WRITES = {write.__name__: write for write in (to_a_folder, to_a_file, to_a_record)}


def interrupted(write: Callable[[Path], None], target: Path, moment: int) -> bool:
    """Interrupt at the beginning of the n-th Python call, where Python handles signals."""
    left = moment

    def count(_frame: FrameType, _event: str, _argument: object) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise KeyboardInterrupt

    sys.settrace(count)
    try:
        write(target)
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(None)
    return False


def everywhere(name: str, folder: Path, *, exists: bool) -> None:
    """At every call in turn, each file is either old or new, and there is no other file."""
    moment, ended = 0, False
    while not ended:
        target = folder / str(moment) / "target"
        target.parent.mkdir()
        if exists:
            target.mkdir()
            (target / "one").write_text(OLD)
        ended = not interrupted(WRITES[name], target, moment)
        assert {path.name for path in target.parent.iterdir()} <= {"target"}, moment
        found = {path.name: path.read_text() for path in target.glob("*")}
        assert found.keys() <= {"one", "two"}, moment
        assert set(found.values()) <= {OLD, NEW}, moment
        assert not exists or "one" in found, moment
        moment += 1
    assert moment > 10
    assert set(found.values()) == {NEW}
