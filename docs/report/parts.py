"""What the paper knows of a question: how it is asked, and the parts of its answer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """A derivation within an answer.

    ``rules`` are the rules whose steps are shown, with semicolons, where not all are. A ``brief``
    part shows its results alone, with the definitions of their letters.
    """

    key: str
    lead: str = ""
    rules: str = ""
    brief: bool = False

    @property
    def named(self) -> set[str]:
        """The names of those rules."""
        return set(filter(None, self.rules.split("; ")))


@dataclass(frozen=True)
class Question:
    """A question in our own words, and the parts of its answer.

    ``experiment`` names what is shown of the recorded runs, ``code`` functions that the appendix
    lists besides those of the derivations.
    """

    number: str
    title: str
    asked: str
    parts: tuple[Part, ...] = ()
    experiment: str = ""
    code: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """Questions about one problem."""

    title: str
    opening: str
    questions: tuple[Question, ...]
