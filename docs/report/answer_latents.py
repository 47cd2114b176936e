"""The answer to 9.1, as claims: what the latents of the first model are like."""

from __future__ import annotations

from impl.vae.conclusions import BATCHES_PRINTED, PUBLISHED
from report.answer_facts import Claim, Said, listed


def latents(said: Said) -> tuple[Claim, ...]:
    """Return the claims in order."""
    published = (_published(said),) if said.answers["is_notebook"] else ()
    return (*published, _means(said), _units(said))


def _published(said: Said) -> Claim:
    losses = [run["train_loss"] for run in said.runs.group("kl")]
    epochs = [epoch for epoch in PUBLISHED if epoch <= min(map(len, losses))]
    claim = "the published loss after epoch {} is one more run of this training"
    found = [said.held(claim.format(epoch), "yes") for epoch in epochs]
    ours, theirs = ([entry[name] for entry in found] for name in ("mean", "published"))
    most = max(abs(one - other) for one, other in zip(ours, theirs, strict=True))
    epochs_text = listed([str(epoch) for epoch in epochs])
    return Claim(
        "This is the notebook's training: its loss falls as in published runs.",
        f"After {epochs_text} epochs the mean loss of {said.seeds} is "
        f"{listed([f'{x:.1f}' for x in ours])} nats a training image; published are "
        f"{listed([f'{x:.1f}' for x in theirs])}. Each published loss lies in the 99% prediction "
        "interval for one more run.",
        "Networks, optimizer, batches and rounding of pixels are the notebook's. Its printed "
        f"average divides by 599 batches instead of 600, and so do these numbers (a factor of "
        f"{1 / BATCHES_PRINTED:.4f}).",
        (
            (
                "losses",
                f"Training loss by epoch for {said.seeds} (lines, almost one) and as published "
                f"(diamonds). The mean of the seeds is at most {most:.1f} nats off.",
            ),
        ),
    )


def _means(said: Said) -> Claim:
    named_by = said.held("means of KL's latents name digits by neighbours better than draws", "yes")
    clear = said.held("means of KL's latents form clearer clusters of digits than draws", "yes")
    draws, means = named_by["kl: knn_accuracy_z"], named_by["kl: knn_accuracy_mean"]
    images = said.answers["plan"]["images"]
    return Claim(
        "The means of the latents tell the digits apart; single draws hardly do.",
        f"By their ten nearest neighbours, {means:.0%} of {images:,} test images get the right "
        f"digit from the means, and {draws:.0%} from draws ({said.seeds}). The silhouettes of the "
        f"digits are {clear['kl: silhouette_mean']:.3f} and {clear['kl: silhouette_z']:.3f}.",
        f"A draw is its mean plus noise in each of {said.size} units, and most units hold nothing "
        "but noise, as the next claim says. A t-SNE of draws, which the notebook asks for, "
        "therefore shows less than the latents hold.",
        (
            (
                "tsne",
                "t-SNE of the latents of the first 200 test images; its axes have no unit. Left, "
                "draws: the digits are mixed. Right, means of the same images: they lie in groups.",
            ),
        ),
    )


def _units(said: Said) -> Claim:
    units = said.held(
        "less than half of KL's units carry more than nine tenths of its divergence", "yes"
    )
    used, size = units["units_above_a_tenth_of_a_nat"], units["latent_size"]
    return Claim(
        f"Few of the {size:.0f} units carry the information; the others stay at the prior.",
        f"{used:.0f} units carry {units['divergence_of_them']:.1f} of the "
        f"{units['divergence']:.1f} nats by which the encoder's distributions depart from the "
        f"prior. Each of the other {size - used:.0f} carries less than a tenth of a nat.",
        "The KL charges every nat that a unit tells of its image, and nothing for a unit at the "
        "prior. A unit is used only where the reconstruction gains more than that.",
        (
            (
                "units",
                "Above, the KL of each unit from the prior, sorted: it is next to zero but for the "
                "first few. Below, the size of posterior means of 200 test images: the same "
                "few units differ from digit to digit, and the rest stay near zero.",
            ),
        ),
    )
