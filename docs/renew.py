"""Make the records anew that docs/results/ keeps, each with its command, machine, code and date.

    python docs/renew.py [NAME ...]

The names are those below; without one, all. `tests`, `mutation`, `attack`, `code_mutation`, `seeds`
and `audit` take what their tox environment left in build/; `calibration`, `samplers` and `vae` are
run here, which needs torch and takes about ten minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent
BUILD, RESULTS = DOCS.parent / "build", DOCS / "results"
sys.path[:0] = [str(DOCS), str(DOCS.parent / "tests")]

from harness.digest import digest  # noqa: E402 - after the path is set
from report import calibration_pages, records, vae_pages  # noqa: E402

from derivations.evidence.runs import write  # noqa: E402
from varproof.command import main as varproof  # noqa: E402

COMPARISON = "samplers compare --a 1 --b 0.7 --alpha 1 10 1"
EPOCHS = 10
PICTURES = "*.svg"


def _taken(path: Path, kept: Path) -> None:
    """Keep a record from the build folder; what is not of this very code is refused."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    if path.suffix == ".jsonl":
        head = json.loads(lines[0])
        _refuse_other_code(path, head)
        kept.write_text("".join([json.dumps(head | _date()) + "\n", *lines[1:]]), encoding="utf-8")
        return
    content = json.loads("".join(lines))
    _refuse_other_code(path, content)
    write(kept, content | _date())


def _refuse_other_code(path: Path, content: dict[str, Any]) -> None:
    old = [name for name, found in content.get("sources", {}).items() if digest(name) != found]
    if old:
        message = f"{path}: wanted a record of this very code, got one from before {old} changed"
        raise ValueError(message)


def _date() -> dict[str, str]:
    return {"date": datetime.now(tz=UTC).date().isoformat()}


def _machine() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


def _calibration() -> None:
    write(RESULTS / "soundness" / calibration_pages.RECORD, calibration_pages.measured(0) | _date())


def _samplers() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        _run(f"{COMPARISON} --output {scratch}")
        _keep(
            Path(scratch), RESULTS / "samplers", ["summary.json"], f"{COMPARISON} --output figures"
        )


def _vae() -> None:
    for objective in ("kl", "mmd"):
        train = f"vae train --objective {objective} --epochs {EPOCHS} --output"
        with tempfile.TemporaryDirectory() as scratch:
            run, figures = Path(scratch, "run"), Path(scratch, "figures")
            _run(f"{train} {run}")
            _run(f"vae figures {run} --output {figures}")
            for name in ("metrics.jsonl", "summary.json"):
                shutil.copy(run / name, figures)
            commands = (
                f"{train} runs/{objective}\n"
                f"varproof vae figures runs/{objective} --output figures/{objective}\n"
            )
            files = ["metrics.jsonl", "summary.json", "measures.json"]
            _keep(figures, RESULTS / "vae" / objective, files, commands)


def _run(command: str) -> None:
    if varproof(command.split()) != 0:
        message = f"varproof {command} failed"
        raise RuntimeError(message)


def _keep(made: Path, kept: Path, files: list[str], command: str) -> None:
    """Keep files and figures of a run, but those the report redraws, and what it was."""
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    pictures = (path for path in made.glob(PICTURES) if path.stem not in vae_pages.REDRAWN)
    for path in (*pictures, *(made / name for name in files)):
        shutil.copy(path, kept)
    about = {"schema": records.SCHEMA, "command": f"varproof {command}", "machine": _machine()}
    write(kept / "record.json", about | {"sources": {"impl": digest("impl")}} | _date())


def _from_build(name: str) -> Callable[[], None]:
    return lambda: _taken(BUILD / name, RESULTS / "soundness" / name)


MAKERS: dict[str, Callable[[], None]] = {
    "tests": lambda: _taken(BUILD / "ledger" / "tests.json", RESULTS / "tests.json"),
    "mutation": _from_build("mutation.json"),
    "attack": _from_build("attack.json"),
    "code_mutation": _from_build("code_mutation.json"),
    "seeds": _from_build("seeds.jsonl"),
    "audit": _from_build("audit.json"),
    "calibration": _calibration,
    "samplers": _samplers,
    "vae": _vae,
}


def main() -> int:
    """Make the records asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(MAKERS))
    names = parser.parse_args().names
    if unknown := [name for name in names if name not in MAKERS]:
        parser.error(f"wanted {', '.join(MAKERS)}, got {unknown[0]}")
    for name in names or MAKERS:
        print(f"record: {name}", flush=True)
        MAKERS[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main())
