"""The instructions of a program. Each gives a tensor; its axes are numbered by position.

An operand is the number of an earlier instruction with a label for each of its axes. Equal labels
mean the same index. Two instructions that differ only in the names of their indices are one, so a
subexpression that occurs often is computed once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Operand = tuple[int, tuple[int, ...]]
"""An instruction's number, and a label for each of its axes."""
Polynomial = tuple[tuple[int, tuple[str, ...]], ...]
"""A whole number from sizes: coefficients, each with the names of the sizes it multiplies."""

Detail = Any
"""What an instruction needs besides its operands; it can be hashed."""


@dataclass(frozen=True)
class Instruction:
    """One tensor: an operation, its operands, the labels of its axes in order, and their lengths.

    ``kind`` is one of

    ``number``, ``size``
        a constant: ``detail`` is a float, or a `Polynomial` of sizes.
    ``range``
        the values of an index: ``detail`` is the polynomial of the first.
    ``entries``
        entries of an array: ``detail`` is its name, and a subscript for each of its axes.
    ``equal``
        one where two whole numbers agree, else zero: ``detail`` are two subscripts.
    ``add``, ``multiply``
        of the operands, broadcast.
    ``contract``
        the product of the operands, summed over the labels that the result lacks.
    ``product``
        the product of one operand along the labels that the result lacks.
    ``log``, ``exp``, ``lgamma``, ``polygamma``, ``power``, ``abs``
        of one operand; ``detail`` is the order or the exponent. ``raise`` has two operands.
    ``counts``
        how often each state occurs: ``detail`` is a name and how many trailing axes are counted.
    ``gather``
        the operand at the states of an integer array: ``detail`` is its name, the axis of the
        operand, and the labels of the array's axes.
    ``scatter``
        the operand summed at the states of an integer array, which become the last axis.

    ``lengths`` gives the length of each axis as a polynomial.
    """

    kind: str
    operands: tuple[Operand, ...] = ()
    labels: tuple[int, ...] = ()
    lengths: tuple[Polynomial, ...] = ()
    detail: Detail = None


@dataclass
class Instructions:
    """A growing list in which equal instructions are one."""

    all: list[Instruction] = field(default_factory=list)
    known: dict[Instruction, int] = field(default_factory=dict)

    def number_of(self, instruction: Instruction) -> int:
        """Return the number of an instruction, which is added if it is new."""
        if instruction not in self.known:
            self.known[instruction] = len(self.all)
            self.all.append(instruction)
        return self.known[instruction]
