"""The answers to 9.1 and 10.4 in words: each sentence is held to the verdicts it rests on.

An answer is a list of claims. Each says what holds, its numbers and the reason, and has figures.
"""

from __future__ import annotations

from typing import Any

from report import answer_choice
from report.answer_facts import NOISY, Claim, Said
from report.answer_latents import latents


def claims(answers: dict[str, Any]) -> dict[str, tuple[Claim, ...]]:
    """Return the claims of each answer, in order.

    Raises AnswerError where a verdict is not the one that a sentence rests on.
    """
    said = Said(answers)
    return {"9.1": latents(said), "10.4": answer_choice.compared(said)}


def written(answers: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return the answers by question, a text for each claim but the example's."""
    return {
        question: tuple(c.text for c in found if NOISY not in dict(c.figures))
        for question, found in claims(answers).items()
    }


def noisy(answers: dict[str, Any]) -> str:
    """Return what is said of the example: pixels that noise can explain."""
    return answer_choice.noisy(Said(answers)).text
