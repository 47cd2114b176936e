"""The answers to 9.1 and 10.4 in words: each sentence is held to the verdicts it rests on."""

from __future__ import annotations

import math
import re
from typing import Any

from impl.vae.conclusions import Runs

Entry = dict[str, Any]
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


def written(answers: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return the answers by question, a text for each paragraph.

    Raises AnswerError where a verdict is not the one that a text rests on.
    """
    said = _Said(answers)
    return {"9.1": (_latents(said),), "10.4": (_notebook(said), _felt(said), _choice(said))}


def noisy(answers: dict[str, Any]) -> str:
    """Return what stands below the example: pixels that noise can explain."""
    said = _Said(answers)
    units = said.held("with noisy pixels MMD's latents have more active units", "yes")
    told = said.held("with noisy pixels MMD's latents have more information about the image", "yes")
    draws = said.held(
        "with noisy pixels MMD's latents have more neighbours of the same digit, by draws", "yes"
    )
    said.held(
        "with noisy pixels MMD's images from noise are nearer to test images than KL's", "yes"
    )
    likelihood = {
        name: said.runs.mean(f"{name} noisy pixels", "importance_sampled_log_likelihood")
        for name in ("kl", "mmd")
    }
    settings = said.runs.group("mmd noisy pixels")[0]["settings"]
    pairs = answers["plan"]["pairs"]
    return (
        f"Pixels are normal with a variance of {settings['likelihood_variance']:g} here, so that "
        "noise can explain an image, and the divergence costs more than the latents are worth. The "
        f"first model leaves them all but unused: {units['kl']:g} of {settings['latent_size']} "
        f"units is active, draws name {draws['kl']:.0%} of the digits, and its reconstructions are "
        f"nearly one image. The second, with weight {settings['mmd_weight']:g} and a bandwidth of "
        f"D, holds the latents near the prior as a whole only: {units['mmd']:g} units are active, "
        f"draws name {draws['mmd']:.0%}, and a draw tells {told['mmd']:.2f} nats of its image "
        f"({told['kl']:.2f} in the first; {pairs:,} images are told apart by "
        f"{math.log(pairs):.2f} at most). Its images from noise are no good digits, and its log "
        f"likelihood of test images is lower ({likelihood['mmd']:.0f} against "
        f"{likelihood['kl']:.0f} nats): what is gained is information, not a model of the data."
    )


class _Said:
    """The conclusions by their claims."""

    def __init__(self, answers: dict[str, Any]) -> None:
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


def _latents(said: _Said) -> str:
    named_by = said.held("means of KL's latents name digits by neighbours better than draws", "yes")
    clear = said.held("means of KL's latents form clearer clusters of digits than draws", "yes")
    units = said.held(
        "less than half of KL's units carry more than nine tenths of its divergence", "yes"
    )
    return (
        "A draw of the latents tells little of its digit, and its mean tells nearly all: ten "
        f"neighbours name {named_by['kl: knn_accuracy_z']:.0%} of the digits by draws and "
        f"{named_by['kl: knn_accuracy_mean']:.0%} by means, and the digits' silhouettes are "
        f"{clear['kl: silhouette_z']:.3f} and {clear['kl: silhouette_mean']:.3f}. The units show "
        f"why: {units['units_above_a_tenth_of_a_nat']:.0f} of {units['latent_size']:.0f} carry "
        f"{units['divergence_of_them']:.1f} of the {units['divergence']:.1f} nats by which an "
        "encoder's distribution departs from the prior. The others stay at the prior, so that most "
        "of a draw is noise. In a t-SNE of draws, which is what the notebook plots, the digits are "
        "mixed; in one of the means they lie in groups."
    )


def _notebook(said: _Said) -> str:
    term = f"the notebook's MMD term is the constant 2/{said.batch} of its own pairs, to 1%"
    size = said.held(term, "yes")["latent_size"]
    nothing = "no clear difference of the notebook's MMD from no MMD at all, by "
    fit = said.held(f"{nothing}log_likelihood_at_z", "yes")["mmd notebook"]
    said.held(f"{nothing}mean_square_of_z", "yes")
    said.clear("mmd notebook", "kl", "log_likelihood_at_z")
    said.clear("mmd notebook", "kl", "image_mmd_noise")
    far = said.held(
        f"mmd notebook: latents farther from the prior than those of {said.best}", "yes"
    )["mmd notebook: mmd_to_prior_bandwidth_D"]
    return (
        f"The notebook's MMD pulls nothing. Among {size:.0f} latents its kernel is next to zero "
        f"but for a point with itself, and the term is the constant 2/{said.batch}: runs with and "
        "without it do not clearly differ. What is left is an autoencoder: it reconstructs better "
        f"than with the divergence ({fit:.1f} and "
        f"{said.runs.mean('kl', 'log_likelihood_at_z'):.1f} nats), but its latents are far from "
        f"the prior (a squared MMD of {far:.2f}), and images from noise are no digits."
    )


def _felt(said: _Said) -> str:
    where = f"than KL's: {said.best}"
    fit = said.held(f"MMD's reconstructions have a higher log likelihood {where}", "yes")
    units = said.held(f"MMD uses more units {where}", "yes")
    said.held(f"MMD's latents are as a whole nearer to the prior {where}", "yes", "unclear")
    said.held(f"MMD's images from noise are nearer to test images {where}", "yes", "unclear")
    whole = said.held(f"MMD's likelihood of test images is higher {where}", "no")
    light = said.held(f"draws of MMD's latents name digits better than KL's: {said.telling}", "yes")
    said.held(f"MMD's images from noise are nearer to test images than KL's: {said.telling}", "no")
    return (
        f"A bandwidth of D makes it felt. {named(said.best)}: the latents are, as a whole, not "
        "clearly farther from the prior than with the divergence, nor are images from noise "
        f"farther from test images; reconstructions are better ({fit['mmd']:.1f} and "
        f"{fit['kl']:.1f} nats), and {units['mmd']:.0f} units are active in place of "
        f"{units['kl']:.0f}. But the log likelihood of test images is lower ({whole['mmd']:.0f} "
        f"and {whole['kl']:.0f} nats). A light weight keeps what tells images apart and gives up "
        f"the prior. {named(said.telling)}: draws name {light['mmd']:.0%} of the digits in place "
        f"of {light['kl']:.0%}, and images from noise are worse."
    )


def _choice(said: _Said) -> str:
    small = "than KL's at D 2"
    for claim in (
        "MMD's reconstructions have a higher log likelihood",
        "draws of MMD's latents name digits better",
        "MMD's images from noise are nearer to test images",
        "MMD's likelihood of test images is higher",
    ):
        said.held(f"{claim} {small}", "no")
    return (
        "So MMD is the better choice where latents are there to give an image back or to tell it "
        "from others, and need follow the prior as a whole only; above all where the likelihood "
        "can do without them, as in the example below. The divergence is the better choice where "
        "the likelihood of data counts, or where latents are few: with 2 of them it is clearly "
        "better at reconstructions, at telling digits, at images from noise and at the likelihood."
    )
