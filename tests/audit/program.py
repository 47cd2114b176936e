"""A few lines of a user's Python that ask a library one thing: run as they are, printed as they are.

What the audit runs on its grid and what the page prints is the same text, so that a verdict is
about the lines a reader sees.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import CodeType
from typing import Any

LONGEST = 10
"""Lines of a script on the page, at most."""
SECONDS = 120
"""Seconds after which a script counts as one that says nothing."""

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
    """What a script printed, and whether it ended well."""

    text: str
    ended_well: bool


def execute(script: str) -> Printed:
    """Run a script in a process of its own, its warnings left out."""
    command = [sys.executable, "-W", "ignore", "-c", script]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=SECONDS
        )
    except subprocess.TimeoutExpired:
        return Printed(f"no answer within {SECONDS} s", ended_well=False)
    if done.returncode:
        return Printed(done.stderr.strip().splitlines()[-1], ended_well=False)
    return Printed(done.stdout.strip(), ended_well=True)
