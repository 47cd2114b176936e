"""Outputs are written whole or not at all, into whatever is in their place."""

import errno
import multiprocessing
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from harness.interrupting import NEW, OLD, WRITES, everywhere, to_a_file, to_a_folder

from impl.files import staged_file


@pytest.mark.slow
@pytest.mark.parametrize("exists", [False, True])
@pytest.mark.parametrize("name", WRITES)
def test_an_interrupt_leaves_no_draft_and_no_half_of_a_file(
    name: str, *, exists: bool, tmp_path: Path
) -> None:
    """At each call of the write in turn; a failure is told on the standard error."""
    spawn = multiprocessing.get_context("spawn")
    process = spawn.Process(target=everywhere, args=(name, tmp_path), kwargs={"exists": exists})
    process.start()
    process.join(120)
    process.kill()
    assert process.exitcode == 0


def fifo(place: Path) -> Callable[[], str]:
    """Make a FIFO with a reader."""
    os.mkfifo(place)
    pool = ThreadPoolExecutor(1)
    found = pool.submit(place.read_text)
    pool.shutdown(wait=False)
    return lambda: found.result(30)


def device(place: Path) -> Callable[[], str]:
    """Make a null device, which nothing can be read from."""
    try:
        os.mknod(place, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        place.write_text("", encoding="utf-8")
    except OSError:
        pytest.skip("may not make devices here")
    return lambda: NEW


def link_to_device(place: Path) -> Callable[[], str]:
    """Link to a null device: to the system's only where nobody could replace it."""
    own = place.with_name("null")
    if os.access("/dev", os.W_OK):
        device(own)
    place.symlink_to(own if own.exists() else "/dev/null")
    return lambda: NEW if place.is_char_device() else "no device"


def link(place: Path) -> Callable[[], str]:
    """Link to a file of another name, by a relative path."""
    other = place.parent.parent / "elsewhere"
    other.mkdir()
    (other / "file.txt").write_text(OLD)
    place.symlink_to("../elsewhere/file.txt")
    return (other / "file.txt").read_text


def chain(place: Path) -> Callable[[], str]:
    """Link to a link."""
    read = link(place.with_name("two"))
    place.symlink_to("two")
    return read


def dangling(place: Path) -> Callable[[], str]:
    """Link to a file that is not there yet."""
    place.symlink_to("later.txt")
    return place.with_name("later.txt").read_text


def another_file_system(place: Path) -> Callable[[], str]:
    """Link to a file that no rename can reach."""
    memory = Path("/dev") / "shm"
    other = memory / f"varproof-{os.getpid()}-{place.parent.parent.name}"
    if not other.parent.is_dir() or other.parent.stat().st_dev == place.parent.stat().st_dev:
        pytest.skip("needs a second file system")
    other.write_text(OLD)
    place.symlink_to(other)

    def read() -> str:
        content = other.read_text()
        other.unlink()
        return content

    return read


PLACES = (fifo, device, link_to_device, link, chain, dangling, another_file_system)


@pytest.mark.parametrize("write", [to_a_file, to_a_folder], ids=lambda write: write.__name__)
@pytest.mark.parametrize("make", PLACES, ids=lambda make: make.__name__)
def test_what_is_no_regular_file_stays_what_it_is_and_is_written_through(
    make: Callable[[Path], Callable[[], str]], write: Callable[[Path], None], tmp_path: Path
) -> None:
    """Devices and FIFOs get the bytes, links lead where they led, and no draft is left."""
    folder = tmp_path / "target"
    folder.mkdir()
    read = make(folder / "one")
    before = kinds(tmp_path)
    write(folder)
    assert read() == NEW
    after = kinds(tmp_path)
    assert before.items() <= after.items()
    assert {Path(name).name for name in after.keys() - before.keys()} <= {"two", "later.txt"}


def kinds(folder: Path) -> dict[str, int]:
    """Kind of everything below a folder; of a link, that it is one."""
    return {
        str(path.relative_to(folder)): stat.S_IFMT(path.lstat().st_mode)
        for path in folder.rglob("*")
    }


@pytest.mark.parametrize("make", [link, link_to_device], ids=lambda make: make.__name__)
def test_a_failure_leaves_what_a_link_leads_to(
    make: Callable[[Path], Callable[[], str]], tmp_path: Path
) -> None:
    """Nothing arrives of a file whose writing failed."""
    folder = tmp_path / "target"
    folder.mkdir()
    read = make(folder / "one")
    wanted, before = read(), kinds(tmp_path)
    with pytest.raises(ZeroDivisionError):
        half(folder / "one")
    assert read() == wanted
    assert kinds(tmp_path) == before


def half(target: Path) -> None:
    """Fail while a file is written."""
    with staged_file(target) as staged:
        staged.write_text("half")
        staged.write_text(str(1 / 0))


def test_a_link_to_a_folder_is_followed_and_a_link_to_itself_refused(tmp_path: Path) -> None:
    """Also one whose folder is not there yet."""
    (tmp_path / "link").symlink_to("folder")
    to_a_folder(tmp_path / "link")
    assert (tmp_path / "folder" / "one").read_text() == NEW
    assert (tmp_path / "link").is_symlink()
    (tmp_path / "one").symlink_to("one")
    with pytest.raises(OSError, match=os.strerror(errno.ELOOP)):
        to_a_file(tmp_path)
    assert (tmp_path / "one").is_symlink()


PRINTING = """
from pathlib import Path
from impl.files import staged_file
print("before")
with staged_file(Path("stdout")) as staged:
    staged.write_text("new\\n")
print("after")
"""


@pytest.mark.skipif(not Path("/proc/self/fd/1").exists(), reason="needs /proc")
@pytest.mark.parametrize("is_file", [False, True], ids=["pipe", "file"])
def test_the_standard_output_is_written_between_what_is_printed(
    tmp_path: Path, *, is_file: bool
) -> None:
    """A pipe gets it in order; a file that the shell appends to keeps what it had.

    By a link of our own, as /dev/stdout is one: a failure must not replace that.
    """
    (tmp_path / "stdout").symlink_to("/proc/self/fd/1")
    kept = tmp_path / "log"
    kept.write_text("kept\n" if is_file else "")
    with kept.open("ab") as log:
        done = subprocess.run(
            [sys.executable, "-c", PRINTING],
            stdout=log if is_file else subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            cwd=tmp_path,
            check=False,
            text=True,
        )
    assert done.stderr == ""
    found = kept.read_text() if is_file else done.stdout
    assert found == ("kept\n" if is_file else "") + "before\nnew\nafter\n"
    assert {path.name for path in tmp_path.iterdir()} == {"log", "stdout"}
    assert (tmp_path / "stdout").is_symlink()


REFUSED = ("EACCES", "EINVAL", "ENOSYS", "ENOTSUP", "EPERM")


@pytest.mark.parametrize("call", ["open", "fsync"])
@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("write", [to_a_file, to_a_folder], ids=lambda write: write.__name__)
def test_a_folder_that_cannot_be_synchronized_is_written_all_the_same(
    write: Callable[[Path], None],
    name: str,
    call: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Network and shared folders refuse the one call, Windows the other."""
    refuse(monkeypatch, call, getattr(errno, name))
    for target in (tmp_path / "new", tmp_path):
        write(target)
        assert (target / "one").read_text() == NEW


def test_a_disk_that_fails_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of input and output is no lack of the file system's; nothing is left behind."""
    refuse(monkeypatch, "fsync", errno.EIO)
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        to_a_folder(tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


def refuse(monkeypatch: pytest.MonkeyPatch, call: str, number: int) -> None:
    """Have a call of the system fail for every folder."""
    true = getattr(os, call)

    def failing(of: object, *more: object) -> object:
        found = os.fstat(of) if isinstance(of, int) else Path(of).stat()
        if stat.S_ISDIR(found.st_mode):
            raise OSError(number, os.strerror(number))
        return true(of, *more)

    monkeypatch.setattr(os, call, failing)
