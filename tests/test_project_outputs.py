"""Outputs are written whole or not at all, whichever moment Ctrl-C comes at."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import pytest

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
    """Write a record, as long runs do."""
    runs.write_whole(target / "one", NEW)


def interrupted(write: Callable[[Path], None], target: Path, moment: int) -> bool:
    """Interrupt where the so many-th Python call begins: a signal is acted on at calls."""
    left = moment

    def count(_frame: FrameType, _event: str, _argument: object) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise KeyboardInterrupt

    before = sys.gettrace()
    sys.settrace(count)
    try:
        write(target)
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


@pytest.mark.parametrize("exists", [False, True])
@pytest.mark.parametrize("write", [to_a_folder, to_a_file, to_a_record])
def test_an_interrupt_leaves_no_draft_and_no_half_of_a_file(
    write: Callable[[Path], None], *, exists: bool, tmp_path: Path
) -> None:
    """At every call in turn: each file is of before or of after, and nothing stands beside."""
    moment, ended = 0, False
    while not ended:
        target = tmp_path / str(moment) / "target"
        target.parent.mkdir()
        if exists:
            target.mkdir()
            (target / "one").write_text(OLD)
        ended = not interrupted(write, target, moment)
        assert {path.name for path in target.parent.iterdir()} <= {"target"}, moment
        found = {path.name: path.read_text() for path in target.glob("*")}
        assert found.keys() <= {"one", "two"}, moment
        assert set(found.values()) <= {OLD, NEW}, moment
        assert not exists or "one" in found, moment
        moment += 1
    assert moment > 10
    assert set(found.values()) == {NEW}
