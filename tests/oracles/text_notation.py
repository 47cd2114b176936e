"""Reading the text notation back as a person would, and computing its value.

A parser of its own: it knows that a big sum takes all that follows in its product, that touching
factors are multiplied, that a bare logarithm takes what comes next, and nothing of the printer.
"""

from __future__ import annotations

import math
import re

_TOKEN = re.compile(r"Σ_\{(\w)=1\.\.(\d+)\}|(log|exp)|(\d+)|([a-z])|([⁰¹²³⁴⁵⁶⁷⁸⁹]+)|(\S)")
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_ENDS_A_TERM = {"+", "-", ")", ""}


class Reader:
    """One reading of one text, with values for its letters and for arrays subscripted from one."""

    def __init__(self, text: str, values: dict[str, float | list[float]]) -> None:
        self.tokens = [(m[0], m) for m in _TOKEN.finditer(text)]
        self.values = values
        self.at = 0
        self.indices: dict[str, int] = {}

    @property
    def next(self) -> str:
        """The token to be read, empty at the end."""
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    def take(self, wanted: str = "") -> re.Match[str]:
        """Consume a token, which must be the wanted one if one is."""
        text, match = self.tokens[self.at]
        assert wanted in ("", text), f"wanted {wanted!r}, got {text!r} at {self.at}"
        self.at += 1
        return match

    def value(self) -> float:
        """Return the value of the whole text."""
        total = self.terms()
        assert self.next == "", f"left over: {self.next!r}"
        return total

    def terms(self) -> float:
        """Read terms with their signs."""
        sign = -1.0 if self.next == "-" else 1.0
        if sign < 0:
            self.take()
        total = sign * self.product()
        while self.next in {"+", "-"}:
            sign = 1.0 if self.take()[0] == "+" else -1.0
            total += sign * self.product()
        return total

    def product(self) -> float:
        """Read factors side by side, a sum taking all that follow it."""
        total = 1.0
        while self.next not in _ENDS_A_TERM:
            if self.next == "·":
                self.take()
            if self.next.startswith("Σ"):
                return total * self.sum()
            factor = self.powered()
            while self.next == "/":
                self.take()
                factor /= self.powered()
            total *= factor
        return total

    def sum(self) -> float:
        """Read a sum: its body once for every value of the index."""
        match = self.take()
        name, upper, start = match[1], int(match[2]), self.at
        assert name not in self.indices, f"the letter {name} means two things"
        total = 0.0
        for value in range(1, upper + 1):
            self.at = start
            self.indices[name] = value
            total += self.product()
        del self.indices[name]
        return total

    def powered(self) -> float:
        """Read one factor and the power it is raised to."""
        match = self.take()
        if match[3]:
            return self.function(match[3])
        if match[4]:
            return float(match[4]) ** self.power()
        if match[0] == "√":
            self.take("(")
            return math.sqrt(self.closed())
        if match[0] == "(":
            base = self.closed()
            return base ** self.power()
        name, power = match[5], self.power()
        assert name, f"cannot read {match[0]!r}"
        base = self.values[name]
        if isinstance(base, list):
            self.take("_")
            base = base[self.indices[self.take()[0]] - 1]
        return base**power

    def closed(self) -> float:
        """Read up to the closing parenthesis."""
        total = self.terms()
        self.take(")")
        return total

    def power(self) -> float:
        """Read a raised number, or a fraction in braces; one if there is none."""
        if self.next == "^":
            for mark in "^{":
                self.take(mark)
            numerator = float(self.take()[0])
            self.take("/")
            denominator = float(self.take()[0])
            self.take("}")
            return numerator / denominator
        raised = self.at < len(self.tokens) and self.tokens[self.at][1][6]
        return int(self.take()[0].translate(_RAISED)) if raised else 1

    def function(self, name: str) -> float:
        """Read what a function is applied to: parentheses, or the one factor that follows."""
        if self.next == "(":
            self.take()
            argument = self.closed()
        else:
            argument = self.powered()
        return math.log(argument) if name == "log" else math.exp(argument)
