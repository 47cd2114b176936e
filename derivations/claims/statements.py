"""What a derivation states: claims, which are checked; definitions and assumptions, which are not.

A claim relates two formulas. A definition introduces a new letter. An assumption is data: random
points are drawn from it, and its sentence is printed from it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sympy import Expr, Integer, Symbol

from derivations.calculus.exact import exact, refuse_floats
from derivations.calculus.expressions import Array, Element, Slice
from derivations.calculus.indices import Index
from derivations.calculus.model import Model
from derivations.meaning.notation import Applied, FamilyAt, Independent, Joint

EQUAL, AT_MOST, LESS, CONSTANT, DISTRIBUTED = "=", "<=", "<", "= const +", "~"
RELATIONS = (EQUAL, AT_MOST, LESS, CONSTANT, DISTRIBUTED)


class StatementError(ValueError):
    """A claim, definition or assumption is malformed."""


@dataclass(frozen=True)
class Claim:
    """``left relation right``.

    ``up_to`` names the variables on which the constant of ``= const +`` does not depend.
    """

    left: Expr
    right: Expr
    relation: str = EQUAL
    up_to: tuple[Expr, ...] = ()

    def __post_init__(self) -> None:
        """Validate the claim."""
        if self.relation not in RELATIONS:
            message = f"wanted a relation of {', '.join(RELATIONS)}; got {self.relation!r}"
            raise StatementError(message)
        refuse_floats(self.left, self.right, *self.up_to)
        for side in (self.left, self.right):
            if not isinstance(side, Expr):
                message = f"wanted a formula on each side, got {side!r}"
                raise StatementError(message)
        if (self.relation == CONSTANT) != bool(self.up_to):
            message = f"{self}: wanted the variables of the constant named, with '= const +' alone"
            raise StatementError(message)
        if (self.relation == DISTRIBUTED) != _is_family(self.right):
            message = f"{self}: wanted a named family on the right of '~', and there alone"
            raise StatementError(message)

    @property
    def sides(self) -> tuple[Expr, Expr]:
        """Both sides."""
        return self.left, self.right

    def __str__(self) -> str:
        """Return it in one line."""
        return f"{self.left} {self.relation} {self.right}"


def _is_family(side: Expr) -> bool:
    return isinstance(side, (FamilyAt, Independent))


def equal(left: Any, right: Any) -> Claim:
    """State that two formulas are equal."""
    return Claim(exact(left), exact(right))


def at_most(left: Any, right: Any) -> Claim:
    """State that one formula is at most another."""
    return Claim(exact(left), exact(right), AT_MOST)


def less(left: Any, right: Any) -> Claim:
    """State that one formula is less than another."""
    return Claim(exact(left), exact(right), LESS)


def follows(value: Expr, distribution: Expr) -> Claim:
    """State that a random quantity has a named family's distribution."""
    return Claim(value, distribution, DISTRIBUTED)


def up_to_constant(left: Any, right: Any, *variables: Expr) -> Claim:
    """State that the difference of two formulas does not depend on some variables."""
    return Claim(exact(left), exact(right), CONSTANT, variables)


@dataclass(frozen=True)
class Definition:
    """``letter := value``: a new letter, at its indices or as a function of arguments.

    A subscript may be a size, as in the bound of ``k`` samples: the letter is then defined for
    every size.

    With ``up_to`` it gives the log of a density up to a constant in the variables named; the letter
    is then that log density.
    """

    letter: Expr
    value: Expr
    up_to: tuple[Expr, ...] = ()

    def __post_init__(self) -> None:
        """Validate the definition."""
        object.__setattr__(self, "value", exact(self.value))
        refuse_floats(self.letter, self.value)
        if self.up_to:
            return
        letter = self.letter.head if isinstance(self.letter, Applied) else self.letter
        if not isinstance(letter, Element):
            message = f"wanted a letter on the left of ':=', got {self.letter}"
            raise StatementError(message)
        if len(set(letter.subscripts)) != len(letter.subscripts) or not all(
            isinstance(s, (Index, Symbol)) for s in letter.subscripts
        ):
            message = (
                "wanted a letter at distinct indices or sizes on the left of ':=', "
                f"got {self.letter}"
            )
            raise StatementError(message)
        if self.value.has(letter.array):
            message = f"{self.letter}: wanted a definition in other letters, got {self.value}"
            raise StatementError(message)

    @property
    def array(self) -> Array:
        """The array of the letter."""
        letter = self.letter.head if isinstance(self.letter, Applied) else self.letter
        found: Array = letter.array
        return found

    def __str__(self) -> str:
        """Return it in one line."""
        return f"{self.letter} := {self.value}"


def define(letter: Expr, value: Any) -> Definition:
    """Define a new letter."""
    return Definition(letter, exact(value))


@dataclass(frozen=True)
class Domain:
    """Given numbers, or vectors and matrices of them, each in the domain of its array."""

    arrays: tuple[Array, ...]

    def __init__(self, *items: Array | Element | Slice) -> None:
        """Take arrays, or elements and slices of them."""
        object.__setattr__(
            self, "arrays", tuple(i if isinstance(i, Array) else i.array for i in items)
        )


Transcription = Callable[..., float]
"""The log density of all variables in plain numbers, typed from the source alone.

It takes the arrays by their names, as nested lists counted from zero; states are counted from one.
"""


@dataclass(frozen=True)
class Random:
    """The distribution of random variables: prints each factor as ``value ~ family``.

    If a transcription of the source is given, the joint is compared with it wherever it is assumed.
    """

    joint: Joint
    transcription: Transcription | None = None

    def __post_init__(self) -> None:
        """Validate the distribution."""
        refuse_floats(self.joint)


@dataclass(frozen=True)
class AtLeast:
    """A size that is at least so large."""

    size: Symbol
    least: int

    def __post_init__(self) -> None:
        """Validate the number."""
        if not isinstance(self.least, (int, Integer)):
            message = f"{self.size}: wanted an integer that it is at least, got {self.least!r}"
            raise StatementError(message)


@dataclass(frozen=True)
class Condition:
    """An inequality, or an equation, that the given numbers satisfy."""

    claim: Claim


@dataclass(frozen=True)
class AnyFunction:
    """A letter that stands for any smooth function of its arguments."""

    head: Element
    arguments: tuple[Expr, ...]

    def __post_init__(self) -> None:
        """Validate the arguments."""
        refuse_floats(self.head, *self.arguments)


@dataclass(frozen=True)
class Text:
    """A sentence that is not checked, and is printed with that remark."""

    words: Prose


Prose = tuple["str | Expr | Claim", ...]
Assumption = Domain | Random | AtLeast | Condition | AnyFunction | Definition | Text


@dataclass(frozen=True)
class Rule:
    """A named rule: its statement in words, with its formulas as claims, and its source.

    ``given`` are the assumptions on the letters of those claims, which are checked under these
    alone.
    """

    name: str
    statement: str | Prose
    source: str = ""
    given: tuple[Assumption, ...] = ()

    @property
    def prose(self) -> Prose:
        """The statement as prose."""
        return (self.statement,) if isinstance(self.statement, str) else self.statement

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The claims its statement makes."""
        return tuple(p for p in self.prose if isinstance(p, Claim))


Method = Callable[..., Any]


@dataclass(frozen=True)
class Step:
    """One line: the rule, the claim or definition, and evidence beyond the default methods."""

    rule: Rule
    claim: Claim | Definition
    evidence: tuple[Method, ...] = ()
    is_result: bool = False
    sizes: dict[Symbol, tuple[int, ...]] = field(default_factory=dict, compare=False)


def step(rule: Rule, claim: Claim | Definition, *evidence: Method) -> Step:
    """Return one line of a derivation."""
    return Step(rule, claim, evidence)


def result(rule: Rule, claim: Claim, *evidence: Method) -> Step:
    """Return a line that is among the results of its derivation."""
    return Step(rule, claim, evidence, is_result=True)


@dataclass(frozen=True)
class Derivation:
    """Everything that belongs to a key, and the code that computes the result.

    ``model`` is the declaration of which the graph is drawn, where the key is about it.
    """

    key: str
    title: str
    question: str
    code: tuple[str, ...]
    sources: tuple[str, ...]
    assumptions: tuple[Assumption, ...]
    steps: tuple[Step, ...]
    remarks: tuple[Prose, ...] = ()
    model: Model | None = None
    sizes: dict[Symbol, tuple[int, ...]] = field(default_factory=dict, compare=False)

    @property
    def results(self) -> tuple[Claim, ...]:
        """The claims that are its results."""
        return tuple(s.claim for s in self.steps if s.is_result and isinstance(s.claim, Claim))
