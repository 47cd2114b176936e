"""What the answers conclude, each verdict computed from the numbers beside it.

A comparison is of two groups of runs that differ in one thing, mostly in their seeds alone within
a group. Their means differ clearly if the difference is beyond the 99% quantile of Student's t
times its standard error (Welch's, with his degrees of freedom); a group of one run borrows the
spread of the KL runs' seeds. A claim of a difference is `yes` if it is clear and of the sign
claimed, `no` if it is clear and of the other, and `unclear` otherwise.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import stats

from impl.vae.rounding import rounded

__all__ = ["PUBLISHED", "RULE", "Runs", "chosen", "conclude", "telling"]

RULE = str(__doc__).partition("\n\n")[2].replace("\n", " ").strip()

PUBLISHED = {1: 170.5, 5: 94.3, 10: 86.5, 15: 83.5}
"""Loss printed by public runs of the notebook after an epoch: the sum over 599 batches of 100."""

BATCHES_PRINTED = 599 / 600
"""The notebook divides an epoch's sum, of 600 batches, by 599 * 100."""

_LEVEL = 0.995  # of each side: 99% in all
_MOST = 0.9  # nine tenths
_KL = "kl"


class Runs:
    """The runs of the answers, by the beginning of their names."""

    def __init__(self, runs: Sequence[Mapping[str, Any]]) -> None:
        self.runs = runs

    def group(self, name: str) -> list[Mapping[str, Any]]:
        """Find the runs of this name, or that differ from it in a seed at the end."""
        found = [run for run in self.runs if run["name"].partition(" seed ")[0] == name]
        if not found:
            message = f"no run {name!r}"
            raise KeyError(message)
        return found

    def values(self, name: str, field: str) -> list[float]:
        """Give a number of each run of a group."""
        return [float(run[field]) for run in self.group(name)]

    def mean(self, name: str, field: str) -> float:
        """Mean of a number over a group."""
        return float(np.mean(self.values(name, field)))

    def compare(self, first: str, second: str, field: str, other: str | None = None) -> str:
        """Say whether a number of the first group is above the second's: yes, no or unclear."""
        fields = (field, other or field)
        groups = [self.values(name, of) for name, of in zip((first, second), fields, strict=True)]
        # Squared standard error by the group its spread is estimated from, which may be the same.
        squares: dict[tuple[str, str], float] = {}
        freedom: dict[tuple[str, str], int] = {}
        for name, of, values in zip((first, second), fields, groups, strict=True):
            source = (name if len(values) > 1 else _KL, of)
            spread = self.values(*source)
            freedom[source] = len(spread) - 1
            squares.setdefault(source, 0.0)
            squares[source] += float(np.var(spread, ddof=1)) / len(values)
        whole = sum(squares.values())
        difference = float(np.mean(groups[0]) - np.mean(groups[1]))
        if whole == 0.0:
            return "unclear" if difference == 0.0 else "yes" if difference > 0.0 else "no"
        # Welch's degrees of freedom
        degrees = whole**2 / sum(squares[key] ** 2 / freedom[key] for key in squares)
        reach = float(stats.t.ppf(_LEVEL, degrees)) * whole**0.5
        return "unclear" if abs(difference) <= reach else "yes" if difference > 0.0 else "no"


def weights(runs: Runs) -> list[str]:
    """Name the groups of runs of bandwidth D, at the largest D, one for each weight."""
    largest = max(run["settings"]["latent_size"] for run in runs.runs)
    names = {
        str(run["name"]).partition(" seed ")[0]
        for run in runs.runs
        if run["name"].startswith("mmd bandwidth D weight ")
        and run["settings"]["latent_size"] == largest
    }
    return sorted(names)


def chosen(runs: Runs) -> str:
    """Name the weight at bandwidth D whose images from noise are the nearest to test images."""
    return min(weights(runs), key=lambda name: runs.mean(name, "image_mmd_noise"))


def telling(runs: Runs) -> str:
    """Name the weight at bandwidth D whose draws of latents name digits best."""
    return max(weights(runs), key=lambda name: runs.mean(name, "knn_accuracy_z"))


def conclude(answers: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Draw every conclusion: question, claim, verdict, and the numbers it rests on."""
    runs = Runs(answers["runs"])
    best = chosen(runs)
    return [
        *_published(runs, answers["is_notebook"]),
        *_latents(runs),
        *_inert(runs, best, answers["batch_size"]),
        *_better(runs, best),
        *_noisy(runs),
        _closed_form(answers["mmd_by_dimension"]),
    ]


def _entry(question: str, claim: str, verdict: str, numbers: Mapping[str, float]) -> dict[str, Any]:
    kept = {name: rounded(value) for name, value in numbers.items()}
    return {"question": question, "claim": claim, "verdict": verdict, "numbers": kept}


def _published(runs: Runs, is_notebook: bool) -> list[dict[str, Any]]:  # noqa: FBT001
    """Hold the losses by epoch against the published ones, by a 99% prediction interval."""
    losses = [run["train_loss"] for run in runs.group(_KL)]
    epochs = [epoch for epoch in PUBLISHED if epoch <= min(map(len, losses))]
    entries = []
    for epoch in epochs if is_notebook else []:
        values = [loss[epoch - 1] / BATCHES_PRINTED for loss in losses]
        mean, deviation = float(np.mean(values)), float(np.std(values, ddof=1))
        reach = stats.t.ppf(_LEVEL, len(values) - 1) * deviation * np.sqrt(1 + 1 / len(values))
        reach += 0.05  # the published figure is rounded
        entries.append(
            _entry(
                "9.1",
                f"the published loss after epoch {epoch} is one more run of this training",
                "yes" if abs(PUBLISHED[epoch] - mean) <= reach else "no",
                {
                    "published": PUBLISHED[epoch], "mean": mean, "standard_deviation": deviation,
                    "interval_from": mean - reach, "interval_to": mean + reach,
                },
            )
        )  # fmt: skip
    return entries


def _pair(
    runs: Runs,
    question: str,
    claim: str,
    names: tuple[str, str],
    *fields: str,
) -> dict[str, Any]:
    """Conclude whether a number of the first group is above that, or another, of the second."""
    places = list(zip(names, (fields[0], fields[-1]), strict=True))
    numbers = {f"{name}: {field}": runs.mean(name, field) for name, field in places}
    return _entry(question, claim, runs.compare(*names, fields[0], fields[-1]), numbers)


def _latents(runs: Runs) -> list[dict[str, Any]]:
    """Conclude on the latents of the KL runs."""
    both = (_KL, _KL)
    few = "units_above_a_tenth_of_a_nat"
    size = float(runs.group(_KL)[0]["settings"]["latent_size"])
    units, carried = runs.mean(_KL, few), runs.mean(_KL, "divergence_of_them")
    whole = runs.mean(_KL, "divergence")
    entries = [
        _pair(runs, "9.1", f"means of KL's latents {claim} than draws", both, *fields)
        for claim, fields in (
            ("name digits by neighbours better", ("knn_accuracy_mean", "knn_accuracy_z")),
            ("form clearer clusters of digits", ("silhouette_mean", "silhouette_z")),
        )
    ]
    claim = "less than half of KL's units carry more than nine tenths of its divergence"
    numbers = {
        "latent_size": size,
        few: units,
        "divergence_of_them": carried,
        "divergence": whole,
        "active_units": runs.mean(_KL, "active_units"),
    }
    is_concentrated = units < size / 2 and carried > _MOST * whole
    return [*entries, _entry("9.1", claim, "yes" if is_concentrated else "no", numbers)]


def _inert(runs: Runs, best: str, batch: int) -> list[dict[str, Any]]:
    """Conclude on the notebook's MMD: in many dimensions it has no effect, whatever its weight."""
    group, without = runs.group("mmd notebook"), "mmd bandwidth 2 weight 0"
    constant = 2 / batch  # the own pairs of each set
    found = runs.mean("mmd notebook", "train_divergence")
    entries = [
        _entry("10.4", f"the notebook's MMD term is the constant 2/{batch} of its own pairs, to 1%",
               "yes" if abs(found - constant) < constant / 100 else "no",
               {"latent_size": float(group[0]["settings"]["latent_size"]), "mmd_term": found}),
    ]  # fmt: skip
    for field in ("log_likelihood_at_z", "mean_square_of_z"):
        different = runs.compare("mmd notebook", without, field) != "unclear"
        numbers = {name: runs.mean(name, field) for name in ("mmd notebook", without)}
        claim = f"no clear difference of the notebook's MMD from no MMD at all, by {field}"
        entries.append(_entry("10.4", claim, "no" if different else "yes", numbers))
    far = "mmd_to_prior_bandwidth_D"
    heavy = [run["name"] for run in runs.runs if run["name"].startswith("mmd bandwidth 2 weight ")]
    for name in ("mmd notebook", *(name for name in heavy if name != without)):
        claim = f"{name}: latents farther from the prior than those of {best}"
        entries.append(_pair(runs, "10.4", claim, (name, best), far))
    return entries


def _better(runs: Runs, best: str) -> list[dict[str, Any]]:
    """Conclude where MMD with a bandwidth of D is the better choice, and where it is not."""
    claims = (
        ("MMD's reconstructions have a higher log likelihood", "log_likelihood_at_z", 1),
        ("MMD uses more units", "active_units", 1),
        ("draws of MMD's latents name digits better", "knn_accuracy_z", 1),
        ("means of MMD's latents name digits better", "knn_accuracy_mean", 1),
        ("draws of MMD's latents form clearer clusters of digits", "silhouette_z", 1),
        ("MMD's latents are as a whole nearer to the prior", "mmd_to_prior_bandwidth_D", -1),
        ("MMD's images from noise are nearer to test images", "image_mmd_noise", -1),
        ("MMD's likelihood of test images is higher", "importance_sampled_log_likelihood", 1),
    )
    pairs = [(_KL, name, f": {name}") for name in dict.fromkeys((best, telling(runs)))]
    pairs += [
        (name, f"mmd bandwidth D {name[3:]}", f" at {name[3:]}")
        for name in (run["name"] for run in runs.runs)
        if name.startswith("kl D ")
    ]
    entries = []
    for kl, mmd, where in pairs:
        for claim, field, sign in claims:
            names = (mmd, kl) if sign > 0 else (kl, mmd)
            entries.append(_pair(runs, "10.4", f"{claim} than KL's{where}", names, field))
    return entries


def _noisy(runs: Runs) -> list[dict[str, Any]]:
    """Conclude on a likelihood that explains images by noise, not by latents."""
    names = ("mmd noisy pixels", "kl noisy pixels")
    entries = [
        _pair(runs, "10.4", f"with noisy pixels MMD's latents have more {what}", names, field)
        for what, field in (
            ("active units", "active_units"),
            ("information about the image", "information"),
            ("neighbours of the same digit, by draws", "knn_accuracy_z"),
            ("neighbours of the same digit, by means", "knn_accuracy_mean"),
        )
    ]
    claim = "with noisy pixels MMD's images from noise are nearer to test images than KL's"
    entries.append(_pair(runs, "10.4", claim, names[::-1], "image_mmd_noise"))
    return entries


def _closed_form(points: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Conclude whether batches agree with the closed forms, all points together at 1%."""
    scores = [
        abs(point[kind] - point[exact]) / point[f"{kind}_error"]
        for point in points
        for kind, exact in (("u", "closed_form"), ("v", "expected_v"))
    ]
    limit = float(stats.norm.ppf(1 - 0.005 / len(scores)))
    return _entry(
        "10.4",
        "measured squared MMD of known Gaussians agrees with its closed form, in every dimension",
        "yes" if max(scores) <= limit else "no",
        {"largest_error_in_standard_errors": max(scores), "allowed": limit, "points": len(scores)},
    )
