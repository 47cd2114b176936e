"""A few lines of a user's Python that ask a library one thing: run and printed as they are.

What the audit runs on its grid and what the page prints is the same text, so that a verdict is
about the lines a reader sees.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import CodeType
from typing import Any

LONGEST = 10
"""Lines of a script on the page, at most."""
SECONDS = 1800
"""Seconds after which the scripts of a library count as hung, and the run as failed."""

Case = Mapping[str, Any]
"""Values of a program's parameters: numbers, lists of numbers, a seed, a number of draws."""


@dataclass(frozen=True)
class Program:
    """Lines to run and the expression that is their result; parameters are free names."""

    lines: tuple[str, ...]
    result: str

    def run(self, case: Case) -> Any:  # noqa: ANN401 - whatever the library returns
        """Run in this process, and return the result."""
        names: dict[str, Any] = dict(case)
        exec(_compiled("\n".join(self.lines)), names)  # noqa: S102 - the lines are written here
        return eval(_compiled(self.result, "eval"), names)  # noqa: S307 - the same

    def script(self, case: Case, shown: str | None = None) -> str:
        """Return the program as a script that prints its result, or what is shown instead."""
        imports = [line for line in self.lines if line.startswith(("import ", "from "))]
        rest = self.lines[len(imports) :]
        given = f"{', '.join(case)} = {', '.join(map(repr, case.values()))}"
        text = "\n".join((*imports, given, *rest, f"print({shown or self.result})"))
        if len(text.splitlines()) > LONGEST:
            message = f"a script wants at most {LONGEST} lines, got\n{text}"
            raise ValueError(message)
        return text


@cache
def _compiled(text: str, mode: str = "exec") -> CodeType:
    return compile(text, "<audit>", mode)


@dataclass(frozen=True)
class Printed:
    """What a script printed, or its error, and whether it ended well."""

    text: str
    ended_well: bool


READER = """
import contextlib, io, json, sys
printed = []
for script in json.load(sys.stdin):
    out = io.StringIO()
    try:
        with contextlib.redirect_stdout(out):
            exec(script, {"__name__": "__main__"})
        printed.append([out.getvalue().strip(), True])
    except Exception as error:
        printed.append([f"{type(error).__name__}: {error}", False])
print(json.dumps(printed))
"""
"""Runs scripts one after the other, each with names of its own; imports are paid for once."""


def execute(scripts: Sequence[str]) -> list[Printed]:
    """Run scripts in a process that knows nothing of the audit, warnings left out."""
    if not scripts:
        return []
    command = [sys.executable, "-W", "ignore", "-c", READER]
    done = subprocess.run(
        command,
        input=json.dumps(list(scripts)),
        capture_output=True,
        text=True,
        check=True,
        timeout=SECONDS,
    )
    return [Printed(*pair) for pair in json.loads(done.stdout.splitlines()[-1])]
