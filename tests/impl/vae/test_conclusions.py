"""Conclusions follow from the numbers: other numbers, other verdicts."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from scipy import stats

from impl.vae import conclusions
from impl.vae.conclusions import PUBLISHED, Runs
from impl.vae.discrepancy import by_dimension
from impl.vae.experiments import full_plan, quick_plan

FIELDS = (
    "log_likelihood_at_z", "importance_sampled_log_likelihood", "active_units", "divergence",
    "knn_accuracy_z", "knn_accuracy_mean", "silhouette_z", "silhouette_mean", "information",
    "mmd_to_prior_bandwidth_D", "image_mmd_noise", "mean_square_of_z", "train_divergence",
    "units_above_a_tenth_of_a_nat", "divergence_of_them",
)  # fmt: skip
STEP = 0.01  # from a seed's number to the next seed's
MIDDLE = "mmd bandwidth D weight 1000"


def answers(changes: Mapping[tuple[str, str], float] | None = None) -> dict[str, Any]:
    """Numbers as of the full plan: 1 in the mean of each group, its seeds a step apart.

    Changes are of one field of one group, added to every run of it.
    """
    runs = []
    for experiment in full_plan().experiments:
        group = experiment.name.partition(" seed ")[0]
        several = sum(e.name.startswith(f"{group} seed ") for e in full_plan().experiments)
        away = STEP * (experiment.settings.seed - (several - 1) / 2) if several else 0.0
        numbers = dict.fromkeys(FIELDS, 1 + away)
        for (name, field), change in (changes or {}).items():
            if name == group:
                numbers[field] += change
        losses = {epoch: PUBLISHED.get(epoch, 100.0) * 599 / 600 + away for epoch in range(1, 16)}
        heading = {"name": experiment.name, "settings": experiment.settings.to_dict()}
        runs.append(heading | {"train_loss": list(losses.values())} | numbers)
    points = [point._asdict() for point in by_dimension((2, 5), batch=20, batches=30, seed=0)]
    return {"runs": runs, "mmd_by_dimension": points, "batch_size": 100, "is_notebook": True}


def verdict(content: Mapping[str, Any], *words: str) -> str:
    """Give the verdict of the one conclusion whose claim has all these words."""
    (found,) = (
        entry for entry in conclusions.conclude(content) if all(w in entry["claim"] for w in words)
    )
    return str(found["verdict"])


@pytest.mark.parametrize("change", [0.3, -0.3, 0.02])
@pytest.mark.parametrize(
    ("place", "words", "sign"),
    [
        (("kl", "knn_accuracy_mean"), ("means of KL's latents name digits",), 1),
        (("kl", "silhouette_z"), ("means of KL's latents form",), -1),
        (("mmd bandwidth D D 10", "log_likelihood_at_z"), ("reconstructions", "at D 10"), 1),
        (("kl D 10", "log_likelihood_at_z"), ("reconstructions", "at D 10"), -1),
        (("mmd bandwidth D D 10", "image_mmd_noise"), ("from noise", "at D 10"), -1),
        (("kl D 50", "mmd_to_prior_bandwidth_D"), ("nearer to the prior", "at D 50"), 1),
        (("mmd noisy pixels", "information"), ("noisy", "information"), 1),
        (("kl noisy pixels", "active_units"), ("noisy", "active units"), -1),
        (("mmd noisy pixels", "image_mmd_noise"), ("noisy", "from noise"), -1),
        (("mmd notebook", "mmd_to_prior_bandwidth_D"), ("mmd notebook: latents farther",), 1),
    ],
)
def test_a_number_moved_turns_the_verdict_in_the_direction_of_the_claim(
    place: tuple[str, str], words: tuple[str, ...], sign: int, change: float
) -> None:
    """Far beyond the spread of seeds it is yes or no; within it, unclear."""
    expected = {0.3: "yes", -0.3: "no", 0.02: "unclear"}[
        change if abs(change) < STEP * 3 else change * sign
    ]
    assert verdict(answers({place: change}), *words) == expected


def test_the_rule_errs_in_one_of_a_hundred_where_there_is_no_difference(
    rng: np.random.Generator,
) -> None:
    """One run against five seeds of one normal law: 99% of the times it is unclear."""
    trials = 3_000
    seen = []
    for _ in range(trials):
        numbers = 5 + 2 * rng.normal(size=6)
        names = [*(f"kl seed {seed}" for seed in range(5)), "other"]
        runs = Runs([{"name": n, "x": float(x)} for n, x in zip(names, numbers, strict=True)])
        seen.append(runs.compare("other", "kl", "x"))
    assert set(seen) == {"yes", "no", "unclear"}
    assert stats.binomtest(trials - seen.count("unclear"), trials, 0.01).pvalue > 1e-9
    assert stats.binomtest(seen.count("yes"), trials - seen.count("unclear")).pvalue > 1e-9


def test_one_run_is_told_from_five_seeds_beyond_the_quantile_of_students_t() -> None:
    """Seeds 1, 2, 3, 4, 5: deviation sqrt(2.5), four degrees of freedom, and a sixth run."""
    seeds = [{"name": f"kl seed {n}", "x": float(n + 1)} for n in range(5)]
    reach = 4.604094871 * np.sqrt(2.5 * (1 + 1 / 5))  # the tabled 99.5% quantile
    for away, expected in ((0.999, "unclear"), (1.001, "yes"), (-0.999, "unclear"), (-1.001, "no")):
        runs = Runs([*seeds, {"name": "other", "x": 3 + away * reach}])
        assert runs.compare("other", "kl", "x") == expected


def test_groups_of_several_runs_are_compared_by_welch(rng: np.random.Generator) -> None:
    """Unclear wherever SciPy's test has a p-value above 1%, and nowhere else."""
    for _ in range(200):
        one, two = rng.normal(size=5), rng.normal(size=3) * 3 + rng.choice([0.0, 9.0])
        runs = Runs(
            [{"name": f"kl seed {n}", "x": float(x)} for n, x in enumerate(one)]
            + [{"name": f"mmd seed {n}", "x": float(x)} for n, x in enumerate(two)]
        )
        p = stats.ttest_ind(two, one, equal_var=False).pvalue
        sign = "yes" if two.mean() > one.mean() else "no"
        assert runs.compare("mmd", "kl", "x") == ("unclear" if p >= 0.01 else sign)


def test_published_losses_are_inside_the_interval_or_not() -> None:
    """Five seeds around the published loss agree with it; three nats off they do not."""
    content = answers()
    claims = [f"loss after epoch {epoch} is one more run" for epoch in PUBLISHED]
    assert [verdict(content, claim) for claim in claims] == ["yes"] * 4
    for run in content["runs"]:
        run["train_loss"][9] += 3.0
    assert [verdict(content, claim) for claim in claims] == ["yes", "yes", "no", "yes"]
    content["is_notebook"] = False
    published = [entry for entry in conclusions.conclude(content) if "publ" in entry["claim"]]
    assert not published, "losses of other data stand beside no published ones"


def test_losses_are_compared_as_the_notebook_divides_them() -> None:
    """A mean over 600 batches is printed as 600/599 of it: half a nat at 300."""
    entry = conclusions.conclude(answers())[0]
    np.testing.assert_allclose(entry["numbers"]["mean"], PUBLISHED[1], rtol=1e-5)
    losses = [run["train_loss"][0] for run in answers()["runs"][:5]]
    np.testing.assert_allclose(entry["numbers"]["mean"], np.mean(losses) * 600 / 599, rtol=1e-5)


def test_an_inert_term_is_one_near_the_constant_of_its_own_pairs() -> None:
    """2/100 to 1% is inert, 3% more is not."""
    group = ("mmd notebook", "train_divergence")
    words = ("constant 2/100",)
    assert verdict(answers({group: -0.98}), *words) == "yes"
    assert verdict(answers({group: -0.9794}), *words) == "no"


def test_no_clear_difference_is_no_once_there_is_one() -> None:
    """The claim of sameness has the other sign."""
    words = ("no clear difference", "mean_square_of_z")
    assert verdict(answers(), *words) == "yes"
    for change in (0.5, -0.5):
        assert verdict(answers({("mmd notebook", "mean_square_of_z"): change}), *words) == "no"


@pytest.mark.parametrize(
    ("units", "carried", "expected"), [(30, 0.95, "yes"), (150, 0.95, "no"), (30, 0.8, "no")]
)
def test_concentration_wants_few_units_and_most_of_the_divergence(
    units: int, carried: float, expected: str
) -> None:
    """Of 200 units, with a divergence of 1."""
    changes = {
        ("kl", "units_above_a_tenth_of_a_nat"): units - 1.0,
        ("kl", "divergence_of_them"): carried - 1.0,
    }
    assert verdict(answers(changes), "less than half of KL's units") == expected


def test_measured_squared_mmd_off_its_closed_form_is_seen() -> None:
    """Ten standard errors off at one point of four is enough."""
    content = answers()
    words = ("agrees with its closed form",)
    assert verdict(content, *words) == "yes"
    point = content["mmd_by_dimension"][2]
    point["u"] -= 10 * point["u_error"]
    assert verdict(content, *words) == "no"


def test_runs_are_chosen_by_their_images_and_by_their_neighbours() -> None:
    """Of the weights at bandwidth D; other runs do not count, however good."""
    changes = {
        ("mmd bandwidth D weight 100", "image_mmd_noise"): -0.5,
        ("mmd notebook", "image_mmd_noise"): -0.9,
        ("mmd bandwidth D D 50", "image_mmd_noise"): -0.9,
        ("mmd bandwidth D weight 10000", "knn_accuracy_z"): 0.5,
        ("kl", "knn_accuracy_z"): 0.9,
    }
    runs = Runs(answers(changes)["runs"])
    assert conclusions.chosen(runs) == "mmd bandwidth D weight 100"
    assert conclusions.telling(runs) == "mmd bandwidth D weight 10000"


def test_a_group_that_is_not_there_is_an_error() -> None:
    """A comparison with nothing is none."""
    with pytest.raises(KeyError, match="no run 'mmd'"):
        Runs(answers()["runs"]).mean("mmd", "divergence")


@pytest.mark.parametrize("plan", [full_plan(), quick_plan()], ids=["full", "quick"])
def test_plans_name_every_run_once_and_all_settings_are_valid(plan: Any) -> None:  # noqa: ANN401
    """No two runs have one name, or the same settings; KL has seeds enough for a spread."""
    names = [experiment.name for experiment in plan.experiments]
    assert len(set(names)) == len(names)
    for experiment in plan.experiments:
        experiment.settings.validate()
        assert experiment.epochs == plan.experiments[0].epochs, "runs are compared at equal length"
    assert len({experiment.settings for experiment in plan.experiments}) == len(names)
    assert sum(name.startswith("kl seed ") for name in names) >= 3


def test_the_full_plan_is_the_notebooks_training_but_for_what_its_names_say() -> None:
    """The KL and MMD runs called the notebook's have its defaults."""
    defaults = {
        "hidden_size": 400, "latent_size": 200, "batch_size": 100, "learning_rate": 1e-3,
        "samples": 1, "likelihood": "bernoulli", "mmd_weight": 1.0, "mmd_bandwidth": 2.0,
        "mmd_statistic": "v", "binarize": True, "precision": "float32",
    }  # fmt: skip
    for experiment in full_plan().experiments:
        settings = experiment.settings.to_dict()
        if experiment.name.startswith(("kl seed", "mmd notebook seed")):
            assert {name: settings[name] for name in defaults} == defaults
            assert settings["objective"] == experiment.name[:3].strip()
        if experiment.name.startswith("mmd bandwidth D"):
            assert settings["mmd_bandwidth"] == settings["latent_size"]
    kl = next(e for e in full_plan().experiments if e.name == "kl seed 0")
    assert kl.epochs + kl.longer >= max(PUBLISHED)
