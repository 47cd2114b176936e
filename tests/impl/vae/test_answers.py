"""The command `vae answers` in its quick form: numbers, conclusions and figures."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from harness.digit_files import draw_digits
from harness.vae_models import call, listing
from matplotlib.figure import Figure

from impl.errors import InputError
from impl.vae import (
    answer_figures,
    answer_pictures,
    evaluation,
    measuring,
    running_answers,
    training,
)
from impl.vae import (
    digits as folders,
)
from impl.vae.checkpoints import load_run
from impl.vae.conclusions import PUBLISHED, Runs, conclude
from impl.vae.data import load_sample
from impl.vae.experiments import Experiment, Plan, full_plan, quick_plan
from impl.vae.tiles import GAP

pytestmark = pytest.mark.slow

FIGURES = {
    "dimensions", "latents", "losses", "mmd_by_dimension", "noisy_pixels", "samples",
    "separation", "weights",
}  # fmt: skip


def shorten(patch: pytest.MonkeyPatch) -> None:
    """Have the command train and draw less; the likelihood of a training's summary too."""
    patch.setattr(running_answers, "quick_plan", short_plan)
    patch.setattr(answer_pictures, "EMBEDDED", 40)
    patch.setattr(training, "LIKELIHOOD_SAMPLES", 2)


def short_plan() -> Plan:
    """Shorten the quick plan to an epoch of each run, and measure less."""
    plan = quick_plan()
    experiments = tuple(
        Experiment(e.name, e.settings, epochs=1, longer=min(e.longer, 1)) for e in plan.experiments
    )
    return Plan(experiments, 80, 40, 5, 3, 4, (1, 3))


class Answered:
    """What one run of the command left."""

    def __init__(self, output: Path, runs: Path, said: str) -> None:
        self.output, self.runs, self.said = output, runs, said
        self.answers: dict[str, Any] = json.loads((output / "answers.json").read_text())


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Answered:
    """Run the command once, shortened."""
    folder = tmp_path_factory.mktemp("answers")
    with pytest.MonkeyPatch.context() as patch:
        shorten(patch)
        said: list[str] = []
        patch.setattr("sys.stdout", type("Kept", (), {"write": said.append, "flush": print})())
        given = ("--quick", "--data", "sample", "--device", "cpu", "--runs", folder / "runs")
        assert call("vae", "answers", *given, "--output", folder / "out") == 0
    return Answered(folder / "out", folder / "runs", "".join(said))


def test_answers_are_numbers_conclusions_and_figures(answered: Answered) -> None:
    """Every run of the plan, what it came from, and each figure as PNG and SVG."""
    expected = {f"{name}.{ending}" for name in FIGURES for ending in ("png", "svg")}
    assert {path.name for path in answered.output.iterdir()} == expected | {"answers.json"}
    found = answered.answers
    assert [run["name"] for run in found["runs"]] == [e.name for e in quick_plan().experiments]
    assert found["data"]["checksums"] == load_sample().checksums
    assert found["command"] == "varproof vae answers --data sample --quick --output FOLDER"
    assert found["versions"]["torch"] == torch.__version__
    assert answered.said.startswith(found["caveat"])
    assert not found["is_notebook"]
    text = (answered.output / "answers.json").read_text()
    assert str(answered.output.parent) not in text, "no path of this machine"


@pytest.mark.parametrize("is_mnist", [False, True])
@pytest.mark.parametrize("is_quick", [False, True])
def test_runs_that_are_short_or_of_other_data_are_said_to_be(
    *, is_quick: bool, is_mnist: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each shortcoming is named, and what to do about it; the full experiments have none."""
    monkeypatch.setattr(folders.Digits, "is_mnist", is_mnist)
    plan = quick_plan() if is_quick else full_plan()
    said = running_answers.caveat(plan, load_sample(), is_quick=is_quick)
    assert bool(said) == (is_quick or not is_mnist)
    assert (f"{len(plan.experiments)} short runs of small networks" in said) == is_quick
    assert ("1,500 training images that are not all of MNIST" in said) == (not is_mnist)
    assert ("mean little" in said and "varproof vae answers --data auto" in said) == bool(said)


def test_conclusions_follow_from_the_numbers_written(answered: Answered) -> None:
    """Drawn again from the file they are the same, and each stands in the table."""
    assert conclude(answered.answers) == answered.answers["conclusions"]
    verdicts = {entry["verdict"] for entry in answered.answers["conclusions"]}
    assert verdicts <= {"yes", "no", "unclear"}
    assert {entry["question"] for entry in answered.answers["conclusions"]} == {"9.1", "10.4"}
    lines = answered.said.splitlines()
    assert len(lines) >= 1 + len(answered.answers["conclusions"])


def test_numbers_are_those_of_the_kept_models(answered: Answered) -> None:
    """One run's measurements, taken again by the definitions from its checkpoint."""
    name = "mmd bandwidth D weight 1 seed 0"
    (run,) = (run for run in answered.answers["runs"] if run["name"] == name)
    model, settings, _ = load_run(answered.runs / name.replace(" ", "-"))
    sample = load_sample()
    order = np.random.default_rng(0).permutation(500)[:80]
    images = torch.from_numpy(sample.test_images[order]).float() / 255
    with torch.no_grad():
        mean, log_variance = (part.double().numpy() for part in model.encode(images))
        # The bound is of binary pixels, with the noise after that of the latents.
        generator = torch.Generator().manual_seed(0)
        _, noise = (torch.randn((80, 20), generator=generator) for _ in range(2))
        binary_mean, binary_log_variance = model.encode(images.round())
        theta = torch.sigmoid(
            model.decode(binary_mean + torch.exp(binary_log_variance / 2) * noise)
        )
        chance = torch.where(images.round() == 1, theta, 1 - theta).double()
    labels = sample.test_labels[order]
    divergence = 0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance)
    expected = {
        "log_likelihood_at_z": float(chance.log().sum(dim=1).mean()),
        "divergence": divergence.sum(axis=1).mean(),
        "active_units": (mean.var(axis=0) > 0.01).sum(),
        "units_above_a_tenth_of_a_nat": (divergence.mean(axis=0) > 0.1).sum(),
        "mean_posterior_variance": np.exp(log_variance).mean(),
        "knn_accuracy_mean": evaluation.knn_accuracy(mean, labels),
        "silhouette_mean": evaluation.silhouette(mean, labels),
    }
    for field, value in expected.items():
        np.testing.assert_allclose(run[field], value, rtol=1e-4, err_msg=field)
    assert run["settings"]["mmd_bandwidth"] == settings.latent_size == 20
    metrics = measuring.read_metrics(answered.runs / name.replace(" ", "-"))
    np.testing.assert_allclose(run["train_loss"], [m["train_loss"] for m in metrics], rtol=1e-4)


def test_kl_runs_go_on_beside_the_run_that_was_measured(answered: Answered) -> None:
    """Their losses have the further epoch, and begin with those of the measured run."""
    for seed in range(3):
        name = f"kl seed {seed}"
        (run,) = (run for run in answered.answers["runs"] if run["name"] == name)
        assert len(run["train_loss"]) == 2
        folder = answered.runs / name.replace(" ", "-")
        (short,) = measuring.read_metrics(folder)
        np.testing.assert_allclose(run["train_loss"][0], short["train_loss"], rtol=1e-4)


def test_kept_runs_are_taken_up_and_give_the_same_answers(
    answered: Answered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is trained anew, and every number is the same."""
    shorten(monkeypatch)
    monkeypatch.setattr(running_answers, "save", lambda *_: None)
    given = ("--quick", "--data", "sample", "--device", "cpu", "--runs", answered.runs)
    assert call("vae", "answers", *given, "--output", tmp_path / "again") == 0
    again = json.loads((tmp_path / "again" / "answers.json").read_text())
    assert again == answered.answers


def lines(figure: Figure, panel: int) -> list[list[list[float]]]:
    """Points of every line of a panel."""
    return [np.column_stack(line.get_data()).tolist() for line in figure.axes[panel].lines]


def test_losses_are_drawn_as_the_notebook_prints_them(answered: Answered) -> None:
    """Each seed's means by 600/599; published ones beside them for the notebook's data alone."""
    found = answered.answers
    kl = [run["train_loss"] for run in found["runs"] if run["name"].startswith("kl seed ")]
    drawn = lines(answer_figures.draw_losses(found), 0)
    expected = [[[n + 1, loss * 600 / 599] for n, loss in enumerate(losses)] for losses in kl]
    np.testing.assert_allclose(drawn, expected, rtol=1e-12)
    with_published = lines(answer_figures.draw_losses(found | {"is_notebook": True}), 0)
    assert with_published[-1] == [[1, PUBLISHED[1]]]


def test_separation_is_drawn_with_a_point_for_every_run(answered: Answered) -> None:
    """Bars are means over runs, points the runs themselves, draws beside means."""
    found = answered.answers
    figure = answer_figures.draw_separation(found)
    names = list(answer_figures.compared(found))
    runs = Runs(found["runs"])
    for panel, field in enumerate(("knn_accuracy", "silhouette")):
        axes = figure.axes[panel]
        expected = [runs.mean(n, f"{field}_{part}") for part in ("z", "mean") for n in names]
        np.testing.assert_allclose([bar.get_height() for bar in axes.patches], expected)
        points = [y for line in lines(figure, panel)[:-1] for _, y in line]
        singles = [
            y for part in ("z", "mean") for n in names for y in runs.values(n, f"{field}_{part}")
        ]
        assert points == singles


def test_weights_and_dimensions_are_drawn_from_their_own_runs(answered: Answered) -> None:
    """Each panel's line has the numbers of the runs it names, in order."""
    found = answered.answers
    runs = Runs(found["runs"])
    weights = [f"mmd bandwidth D weight {w}" for w in (1, 1000)]
    figure = answer_figures.draw_weights(found)
    fields = (
        "log_likelihood_at_z", "importance_sampled_log_likelihood", "mmd_to_prior_bandwidth_D",
        "image_mmd_noise", "knn_accuracy_z", "active_units",
    )  # fmt: skip
    for panel, field in enumerate(fields):
        drawn, *references = lines(figure, panel)
        expected = [[w, runs.mean(n, field)] for w, n in zip((1, 1000), weights, strict=True)]
        np.testing.assert_allclose(drawn, expected)
        levels = [runs.mean("kl", field), runs.mean("mmd notebook", field)]
        np.testing.assert_allclose([reference[0][1] for reference in references], levels)
    assert answer_figures.main_runs(found) == "mmd bandwidth D weight 1000"
    figure = answer_figures.draw_dimensions(found, "mmd bandwidth D weight 1000")
    triples = (("kl D 2", "kl"), ("mmd bandwidth D D 2", "mmd bandwidth D weight 1000"),
               ("mmd notebook D 2", "mmd notebook"))  # fmt: skip
    for panel, field in enumerate(fields):
        expected = [[[2, runs.mean(a, field)], [20, runs.mean(b, field)]] for a, b in triples]
        np.testing.assert_allclose(lines(figure, panel), expected)


def test_pictures_show_each_models_own_images(
    answered: Answered, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows of samples are the decoders' of the models named, from the same noise."""
    monkeypatch.setattr(answer_pictures, "EMBEDDED", 40)

    def load(name: str) -> Any:  # noqa: ANN401
        return load_run(answered.runs / name.replace(" ", "-"))[0]

    drawn = answer_pictures.draw(answered.answers, load_sample(), load)
    noise = torch.from_numpy(np.random.default_rng(0).normal(size=(32, 20))).float()
    for axes, name in zip(drawn["samples"].axes, answer_figures.compared(answered.answers),
                          strict=True):  # fmt: skip
        model = load(
            name if (answered.runs / name.replace(" ", "-")).exists() else f"{name} seed 0"
        )
        expected = evaluation.decoded_images(model, noise).numpy().reshape(-1, 28, 28)
        canvas = axes.images[0].get_array()
        step = 28 + GAP
        for place in (0, 15, 16, 31):
            row, column = divmod(place, 16)
            cut = canvas[row * step : row * step + 28, column * step : column * step + 28]
            np.testing.assert_allclose(cut, expected[place], atol=1e-5)
    test = drawn["noisy_pixels"].axes[0].images[0].get_array()
    np.testing.assert_array_equal(test[:, :28], load_sample().test_images[0].reshape(28, 28) / 255)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--data", "nowhere"), "nowhere: wanted a folder of four IDX files"),
        (("--data", "sample", "--device", "tpu"), "device: wanted auto, cpu, cuda or cuda:N"),
    ],
)
def test_bad_arguments_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: tuple[str, ...], message: str
) -> None:
    """One line, code 2, nothing written."""
    assert call("vae", "answers", "--quick", *more, "--output", tmp_path / "out") == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert message in said.err
    assert listing(tmp_path) == {}


def test_digits_too_few_and_an_output_that_is_a_file_are_refused(
    tmp_path: Path, rng: np.random.Generator, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is trained."""
    (tmp_path / "few").mkdir()
    folders.write_folder(draw_digits(rng, train=300, test=30), tmp_path / "few")
    (tmp_path / "out").write_text("mine")
    for data, message in (
        (tmp_path / "few", "wanted at least 200 training and 200 test images, got 30"),
        ("sample", "is a file, not a folder"),
    ):
        before = listing(tmp_path)
        given = ("--quick", "--data", data, "--device", "cpu", "--output", tmp_path / "out")
        assert call("vae", "answers", *given) == 2
        assert message in capsys.readouterr().err
        assert listing(tmp_path) == before


def test_test_images_that_are_all_alike_are_refused() -> None:
    """No kernel has a bandwidth of their distances."""
    sample = load_sample()
    alike = dataclasses.replace(sample, test_images=np.repeat(sample.test_images[:1], 500, axis=0))
    with pytest.raises(InputError, match=r"^test images: wanted different ones"):
        measuring.baseline(alike, quick_plan())
