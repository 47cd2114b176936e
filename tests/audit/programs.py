"""A library is asked by the lines that a user would write, as templates for all distributions.

What the audit runs on its grid and what the page prints is the same text, so that a verdict is
about the lines a reader sees. Parameters have our names in every library: ``a, b`` of Beta and
Kumaraswamy, ``alpha`` of a Dirichlet, ``m, s`` (mean, standard deviation) of a Gaussian, ``p`` of a
Categorical; ``c, d``, ``beta`` and ``q`` are those of a second distribution, ``x`` a point, ``u`` a
level, ``n`` and ``seed`` of draws, ``j`` the number of the parameter to differentiate draws by.
"""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from string import Template
from typing import Any

LONGEST = 10
"""Lines of a script on the page, at most."""
SECONDS = 600
"""Seconds after which a script counts as hung, and the run as failed."""
Case = Mapping[str, Any]
"""Values of a program's parameters: numbers, lists of numbers, a seed, a number of draws."""
Program = tuple[str, ...]
"""Lines to run, and last the expression that is their result; parameters are free names."""
PARAMETERS = {
    "Dirichlet": ("alpha", "beta"),
    "Categorical": ("p", "q"),
    **dict.fromkeys(("Beta", "Kumaraswamy"), ("a b", "c d")),
    **dict.fromkeys(("Gaussian", "logistic normal", "softmax-Gaussian"), ("m s", "c d")),
}
"""The names of the parameters of a first and a second distribution."""


def run(program: Program, case: Case) -> Any:  # noqa: ANN401 - whatever the library returns
    """Run a program in this process, and return the result."""
    names: dict[str, Any] = dict(case)
    exec("\n".join(program[:-1]), names)  # noqa: S102 - the lines are written here
    return eval(program[-1], names)  # noqa: S307 - the same


def script(program: Program, case: Case, shown: str = "") -> str:
    """Return a program as a script that prints its result, or what is shown instead."""
    imports = [line for line in program if line.startswith(("import ", "from "))]
    given = f"{', '.join(case)} = {', '.join(map(repr, case.values()))}"
    lines = [*imports, given, *program[len(imports) : -1], f"print({shown or program[-1]})"]
    if len(lines) > LONGEST:
        message = f"a script wants at most {LONGEST} lines, got {len(lines)}: {lines}"
        raise ValueError(message)
    return "\n".join(lines)


def printed(text: str) -> str:
    """Return what a script prints in a process that knows nothing of the audit, "" if it fails."""
    command = [sys.executable, "-W", "ignore", "-c", text]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)
    return "" if done.returncode else done.stdout.strip()


@dataclass(frozen=True)
class Library:
    """A library: its distributions, and templates of programs by question.

    A key ``Beta, Gaussian: draws`` is about these distributions alone. In a template ``$law`` and
    ``$other`` are the first and the second distribution, ``$moved`` the first with parameters from
    an array ``t``, ``$theta`` the first parameters as a list, and ``$many`` the law with n plates.
    """

    name: str
    package: str
    setup: Program
    laws: Mapping[str, str]
    questions: Mapping[str, Program]
    parameter: str = "{}"
    types: tuple[str, ...] = ("float64", "float32")
    is_control: bool = False

    @property
    def version(self) -> str:
        """The installed version."""
        return importlib.metadata.version(self.package)

    def programs(self, dtype: str) -> dict[tuple[str, str], Program]:
        """Return the programs by distribution and question, in one type."""
        found = {}
        for key, program in self.questions.items():
            only, _, question = key.rpartition(": ")
            for law in only.split(", ") if only else self.laws:
                names = self._names(law) | {"type": dtype, "double": dtype == "float64"}
                lines = (Template(line).substitute(names) for line in (*self.setup, *program))
                found[law, question] = tuple(lines)
        return found

    def _names(self, law: str) -> dict[str, str]:
        form, (first, second) = self.laws[law], map(str.split, PARAMETERS[law])
        one = form.format(*map(self.parameter.format, first))
        single = len(first) == 1
        return {
            "law": one,
            "other": form.format(*map(self.parameter.format, second)),
            "moved": form.format(*(("t",) if single else ("t[..., 0]", "t[..., 1]"))),
            "theta": first[0] if single else f"[{', '.join(first)}]",
            "many": f"{one[:-1]}, plates=(n,))",
        }
