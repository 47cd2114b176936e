"""The answer to 10.4, as claims: the MMD against the KL, and where each is the better choice."""

from __future__ import annotations

import math

from report.answer_facts import NOISY, Claim, Said, named

CHOICE = (
    "In short: choose the MMD, with a bandwidth that grows with the number of latents, where the "
    "latents are what is wanted, to give an image back or to tell it from others; above all where "
    "the likelihood could do without them. Choose the KL where the likelihood of the data counts, "
    "or where latents are few."
)
"""What follows from the claims, which are errors where they do not hold."""


def compared(said: Said) -> tuple[Claim, ...]:
    """Return the claims in order, the example last."""
    return (_inert(said), _autoencoder(said), _felt(said), _likelihood(said), noisy(said))


def _inert(said: Said) -> Claim:
    term = f"the notebook's MMD term is the constant 2/{said.batch} of its own pairs, to 1%"
    found = said.held(term, "yes")
    size = int(found["latent_size"])
    nothing = "no clear difference of the notebook's MMD from no MMD at all, by "
    fit = said.held(f"{nothing}log_likelihood_at_z", "yes")
    square = said.held(f"{nothing}mean_square_of_z", "yes")
    said.held(
        "measured squared MMD of known Gaussians agrees with its closed form, in every dimension",
        "yes",
    )
    without = "mmd bandwidth 2 weight 0"
    last = {
        point["bandwidth"]: point
        for point in said.answers["mmd_by_dimension"]
        if point["dimension"] == max(p["dimension"] for p in said.answers["mmd_by_dimension"])
    }
    return Claim(
        "The notebook's MMD term is a constant, so it does not change the encoder.",
        f"Over the last epoch it is {found['mmd_term']:.4f}: 2/{said.batch}, what the pairs of a "
        "point with itself add. Trainings with the term and without it do not clearly differ: the "
        f"reconstruction term is {fit['mmd notebook']:.1f} and {fit[without]:.1f} nats a test "
        f"image, the mean square of a latent {square['mmd notebook']:.2f} and "
        f"{square[without]:.2f}.",
        "The notebook's kernel has the bandwidth 2, whatever the number of latents. Between two "
        f"draws of the prior it is 2^(-D/2) on average, {2 ** (-size / 2):.0e} for D = {size}, so "
        "that only the pairs of a point with itself count.",
        (
            (
                "mmd_by_dimension",
                "Squared MMD of two known Gaussians, closed form and measured. With the notebook's "
                f"bandwidth (left) it falls to {last['2']['closed_form']:.0e} in "
                f"{last['2']['dimension']} dimensions, and the V-statistic stays at "
                f"{last['2']['expected_v']:.2f}, its own pairs. With a bandwidth of D (right) it "
                f"stays at {last['D']['closed_form']:.2f}.",
            ),
        ),
    )


def _autoencoder(said: Said) -> Claim:
    said.clear("mmd notebook", "kl", "log_likelihood_at_z")
    said.clear("mmd notebook", "kl", "image_mmd_noise")
    said.held(f"mmd notebook: latents farther from the prior than those of {said.best}", "yes")
    said.clear("mmd notebook", "kl", "mmd_to_prior_bandwidth_D")
    fit, far, noise = (
        [said.mean(name, field) for name in ("mmd notebook", "kl")]
        for field in ("log_likelihood_at_z", "mmd_to_prior_bandwidth_D", "image_mmd_noise")
    )
    shown = dict.fromkeys(("kl", "mmd notebook", *sorted({said.best, said.telling})))
    distances = "; ".join(
        f"{named(name)}: {said.mean(name, 'image_mmd_noise'):.3f}" for name in shown
    )
    return Claim(
        "So the notebook's second model is an autoencoder: it reconstructs better, but its images "
        "from noise are no digits.",
        f"Reconstruction is {fit[0]:.1f} nats a test image, and {fit[1]:.1f} with the KL. The "
        f"squared MMD of the latents from the prior is {far[0]:.3f} against {far[1]:.4f}, that of "
        f"images from noise from test images {noise[0]:.3f} against {noise[1]:.3f}.",
        "Nothing holds the latents where the prior is. The decoder is not trained at points drawn "
        "from the prior, and decodes them to something else.",
        (
            (
                "samples",
                "Images from noise, two rows for each model. Their squared MMD from test images: "
                f"{distances} (that of training images: "
                f"{said.answers['baseline']['image_mmd_training']:.4f}).",
            ),
        ),
    )


def _felt(said: Said) -> Claim:
    where = f"than KL's: {said.best}"
    fit = said.held(f"MMD's reconstructions have a higher log likelihood {where}", "yes")
    units = said.held(f"MMD uses more units {where}", "yes")
    said.held(f"MMD's latents are as a whole nearer to the prior {where}", "yes", "unclear")
    said.held(f"MMD's images from noise are nearer to test images {where}", "yes", "unclear")
    light = said.held(f"draws of MMD's latents name digits better than KL's: {said.telling}", "yes")
    noise = said.held(
        f"MMD's images from noise are nearer to test images than KL's: {said.telling}", "no"
    )
    means = [said.mean(name, "knn_accuracy_mean") for name in ("kl", said.telling)]
    ends = _ends(said, "log_likelihood_at_z")
    heavy, weak = (
        f"{said.runs.group(name)[0]['settings']['mmd_weight']:,g}"
        for name in (said.best, said.telling)
    )
    return Claim(
        "With a bandwidth of D the MMD is felt, and its weight decides what the latents are good "
        "for.",
        f"With the weight {heavy}, latents as a whole and images from noise are not clearly worse "
        f"than with the KL, reconstruction is {fit['mmd']:.1f} against {fit['kl']:.1f} nats, and "
        f"{units['mmd']:.0f} units are active instead of {units['kl']:.0f}. With the weight "
        f"{weak}, draws name {light['mmd']:.0%} of the digits against {light['kl']:.0%}, but "
        f"images from noise are worse (a squared MMD of {noise['mmd']:.3f} against "
        f"{noise['kl']:.3f}).",
        "The KL charges each image for its own departure from the prior. The MMD compares the "
        "latents of all images together with the prior, so an encoder may place each image "
        "sharply. A heavy weight spreads the whole as the prior is spread; a light one leaves it "
        "where it tells images apart.",
        (
            (
                "weights",
                f"What the weight of the MMD does with {said.size} latents (nats a test image; "
                f"squared MMD; shares). Images from noise are nearest to test images at {heavy}, "
                f"the digits are named best by draws at {weak}, and reconstruction falls from "
                f"{ends[0]:.0f} to {ends[1]:.0f} nats from the lightest weight to the heaviest.",
            ),
            (
                "separation",
                "Digits named by their ten nearest neighbours, and silhouettes. With the KL, draws "
                f"name {light['kl']:.0%} and means {means[0]:.0%}; with the MMD of weight {weak}, "
                f"{light['mmd']:.0%} and {means[1]:.0%}.",
            ),
            (
                "latents",
                "t-SNE of the latents of 200 test images, by model; its axes have no unit. Draws "
                "lie in groups by digit where ten neighbours name most of them.",
            ),
        ),
    )


def _ends(said: Said, field: str) -> tuple[float, float]:
    """Return a number at the lightest and at the heaviest weight of bandwidth D; it must fall."""
    start = "mmd bandwidth D weight "
    groups = {run["name"].partition(" seed ")[0] for run in said.runs.runs}
    found = [name for name in groups if name.startswith(start)]
    found.sort(key=lambda name: float(name.removeprefix(start)))
    said.clear(found[0], found[-1], field)
    return said.mean(found[0], field), said.mean(found[-1], field)


def _likelihood(said: Said) -> Claim:
    whole = said.held(f"MMD's likelihood of test images is higher than KL's: {said.best}", "no")
    fit, draws, noise, few = (
        said.held(f"{claim} than KL's at D 2", "no")
        for claim in (
            "MMD's reconstructions have a higher log likelihood",
            "draws of MMD's latents name digits better",
            "MMD's images from noise are nearer to test images",
            "MMD's likelihood of test images is higher",
        )
    )
    best, rest = "importance_sampled_log_likelihood", ("mmd notebook", "mmd bandwidth D")
    for name in {run["name"] for run in said.runs.runs if run["name"].startswith("kl D ")}:
        for other in rest:
            said.clear(name, f"{other}{name.removeprefix('kl')}", best)
    return Claim(
        "Where the likelihood of the data counts, or latents are few, the KL is the better choice.",
        f"With {said.size} latents the log likelihood of test images is {whole['kl']:.1f} nats "
        f"with the KL and {whole['mmd']:.1f} with the MMD whose images from noise are best. With 2 "
        "latents the KL is clearly better at all four: "
        f"reconstruction ({fit['kl']:.1f} against {fit['mmd']:.1f} nats), digits named by draws "
        f"({draws['kl']:.0%} against {draws['mmd']:.0%}), images from noise (a squared MMD of "
        f"{noise['kl']:.3f} against {noise['mmd']:.3f}) and the log likelihood "
        f"({few['kl']:.1f} against {few['mmd']:.1f} nats).",
        "Minus the loss with the KL is a lower bound of the log likelihood. The loss with the MMD "
        "gives no bound.",
        (
            (
                "dimensions",
                "The same six numbers by the number of latents D. The log likelihood with the KL "
                f"is {few['kl']:.0f} nats at D = 2 and {whole['kl']:.0f} at D = {said.size}, "
                "and at each D above that with either MMD.",
            ),
        ),
    )


def noisy(said: Said) -> Claim:
    """Return the example: pixels that noise can explain."""
    start = "with noisy pixels MMD's latents have more "
    units, told, draws = (
        said.held(f"{start}{what}", "yes")
        for what in (
            "active units",
            "information about the image",
            "neighbours of the same digit, by draws",
        )
    )
    noise = said.held(
        "with noisy pixels MMD's images from noise are nearer to test images than KL's", "yes"
    )
    likelihood = {
        name: said.mean(f"{name} noisy pixels", "importance_sampled_log_likelihood")
        for name in ("kl", "mmd")
    }
    said.clear("kl noisy pixels", "mmd noisy pixels", "importance_sampled_log_likelihood")
    settings = said.runs.group("mmd noisy pixels")[0]["settings"]
    pairs = said.answers["plan"]["pairs"]
    is_one = round(units["kl"]) == 1
    return Claim(
        "Where noise can explain the pixels, the MMD is the better choice: it keeps the latents in "
        "use.",
        f"Pixels are normal with the variance {settings['likelihood_variance']:g} here. With the "
        f"KL, {units['kl']:.0f} of {settings['latent_size']} units {'is' if is_one else 'are'} "
        f"active, draws name {draws['kl']:.0%} of the digits, and a draw tells {told['kl']:.2f} "
        f"nats of its image. With the MMD (weight {settings['mmd_weight']:g}, bandwidth D) it is "
        f"{units['mmd']:.0f} units, {draws['mmd']:.0%} and {told['mmd']:.2f} nats, "
        f"where telling all {pairs:,} images apart takes {math.log(pairs):.2f}.",
        "With so much noise, what a latent tells of an image gains less than the KL charges for "
        "it, so the first model does without. The MMD charges nothing for telling images apart. "
        "Its price is the model of the data: the log likelihood of test images is "
        f"{likelihood['mmd']:,.0f} against {likelihood['kl']:,.0f} nats.",
        (
            (
                NOISY,
                "Noisy pixels: test images, and for each model its reconstructions and images from "
                "noise. With the KL all reconstructions look nearly alike; with the MMD each is "
                "its image. Images from noise are no good digits with either (squared MMD "
                f"{noise['kl']:.3f} and {noise['mmd']:.3f}).",
            ),
        ),
    )
