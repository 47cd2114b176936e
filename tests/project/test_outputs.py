"""Outputs are written whole or not at all, whichever moment Ctrl-C comes at."""

import multiprocessing
from pathlib import Path

import pytest
from harness.interrupting import WRITES, everywhere


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
