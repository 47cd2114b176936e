"""What the answers to 9.1 and 10.4 are made of: claims, and the conclusions they are held to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from impl.vae.conclusions import Runs

_RUN = re.compile(
    r"\b(?:kl|mmd notebook|mmd bandwidth (?:D|\d+)|mmd)(?: noisy pixels)?"
    r"(?: (?:D|weight|seed) \d+)*(?=[:;]|$| than)"
)
FIELDS = {
    "active_units": "active units",
    "image_mmd_noise": "squared MMD of images from noise",
    "importance_sampled_log_likelihood": "log likelihood",
    "knn_accuracy_mean": "10-nearest-neighbour accuracy of means",
    "knn_accuracy_z": "10-nearest-neighbour accuracy of draws",
    "log_likelihood_at_z": "log likelihood given z",
    "mean_square_of_z": "mean square of z",
    "mmd_term": "MMD term",
    "mmd_to_prior_bandwidth_D": "squared MMD from the prior",
    "silhouette_mean": "silhouette of means",
    "silhouette_z": "silhouette of draws",
}

NOISY = "noisy_pixels"
"""The figure of the example that shows where MMD is the better choice."""


@dataclass(frozen=True)
class Claim:
    """One sentence that holds, the numbers it rests on, the reason, and figures with captions."""

    claim: str
    numbers: str
    reason: str
    figures: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """The claim in one paragraph."""
        return f"{self.claim} {self.numbers} {self.reason}"


class AnswerError(ValueError):
    """A sentence that the numbers do not bear out."""


def named(run: str) -> str:
    """Return a run's name as a reader has it: ``mmd bandwidth D D 2`` is "MMD, bandwidth D, D = 2".

    The name that a group of runs shares has no seed.
    """
    text = run.replace("kl", "KL").replace("mmd notebook", "MMD, the notebook's")
    text = text.replace("mmd bandwidth", "MMD, bandwidth").replace("mmd noisy", "MMD, noisy")
    text = re.sub(r" (weight|seed) (\d+)", r", \1 \2", text.replace("KL noisy", "KL, noisy"))
    return re.sub(r" D (\d+)", r", D = \1", text)


def worded(text: str) -> str:
    """Return a claim, or the name of a number, without names of the program."""
    for field, words in FIELDS.items():
        text = re.sub(rf"\b{field}\b", words, text)
    return _RUN.sub(lambda found: named(found[0]), text).replace("_", " ")


class Said:
    """The conclusions by their claims."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers
        self.best, self.telling = answers["chosen"], answers["telling"]
        self.batch, self.runs = answers["batch_size"], Runs(answers["runs"])
        self._entries = {entry["claim"]: entry for entry in answers["conclusions"]}

    def held(self, claim: str, *wanted: str) -> dict[str, float]:
        """Return a conclusion's numbers, by the first word of a run's name where it has one."""
        verdict = self._entries.get(claim, {"verdict": "not concluded"})["verdict"]
        if verdict not in wanted:
            message = f"{claim}: wanted {' or '.join(wanted)}, got {verdict}"
            raise AnswerError(message)
        numbers: dict[str, float] = self._entries[claim]["numbers"]
        return numbers | {re.split(r"\W", name)[0]: value for name, value in numbers.items()}

    def clear(self, first: str, second: str, field: str) -> None:
        """Hold a number of some runs to be clearly above that of others."""
        verdict = self.runs.compare(first, second, field)
        if verdict != "yes":
            message = f"{field} of {first} above that of {second}: wanted yes, got {verdict}"
            raise AnswerError(message)

    def mean(self, name: str, field: str) -> float:
        """Return the mean of a number over a group of runs."""
        return self.runs.mean(name, field)

    @property
    def seeds(self) -> str:
        """How many runs with the KL differ in their seed alone."""
        return f"{len(self.runs.group('kl'))} seeds"

    @property
    def size(self) -> int:
        """The number of latents of the KL runs."""
        return int(self.runs.group("kl")[0]["settings"]["latent_size"])


def listed(numbers: list[str]) -> str:
    """Return numbers as a sentence lists them."""
    return f"{', '.join(numbers[:-1])} and {numbers[-1]}" if len(numbers) > 1 else numbers[0]
