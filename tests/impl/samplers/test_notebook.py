"""The notebook's functions and the command `samplers compare`: results, and what faults do."""

import json
import math
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
import scipy.integrate
import scipy.stats
import torch
from matplotlib.figure import Figure

import varproof.command
from impl.errors import InputError
from impl.samplers import figures, notebook, running
from impl.samplers.comparison import plane_error, wasserstein

FIGURES = {
    "beta_histograms",
    "dirichlet_bars",
    "dirichlet_moments",
    "dirichlet_simplex",
    "kumaraswamy_error",
}


def call(*arguments: object) -> int:
    """Run a command in this process; return its exit code."""
    try:
        return varproof.command.main(["samplers", "compare", *map(str, arguments)])
    except SystemExit as ended:
        return ended.code


def test_notebook_functions_give_the_notebooks_shapes() -> None:
    """Draws of Beta are N x 1 in (0, 1), those of Dirichlet N x 3 with rows that sum to one."""
    torch.manual_seed(0)
    for function in (notebook.beta_sampler, notebook.beta_reparametrize):
        x = function(1, 0.7, 1000)
        assert x.shape == (1000, 1)
        assert bool(((x >= 0) & (x <= 1)).all())
    for function in (notebook.dirichlet_sampler, notebook.dirichlet_reparametrize):
        x = function([1.0, 10.0, 1.0], 100)
        assert x.shape == (100, 3)
        torch.testing.assert_close(x.sum(-1), torch.ones(100, dtype=torch.float64))
        assert function(np.array([1.0, 2.0]), 5).shape == (5, 2)


def test_notebook_draws_are_differentiable() -> None:
    """Gradients flow from reparameterized draws to parameters given as tensors."""
    a = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    alpha = torch.tensor([1.0, 10.0, 1.0], dtype=torch.float64, requires_grad=True)
    notebook.beta_reparametrize(a, 0.7, 10).sum().backward()
    notebook.dirichlet_reparametrize(alpha, 10)[:, 0].sum().backward()
    assert a.grad > 0
    assert alpha.grad.abs().sum() > 0


def test_notebook_plots_are_figures() -> None:
    """Both plotters take tensors or arrays and return figures with what was asked for."""
    first, second = torch.rand(50, 1), np.random.default_rng(0).uniform(size=(50, 1))
    figure = notebook.compare_samples(first, second, bins=10, range=(0, 1))
    assert isinstance(figure, Figure)
    assert len(figure.axes) == 1
    samples = [notebook.dirichlet_sampler([1.0, 2.0, 3.0], 9) for _ in range(2)]
    assert len(notebook.dirichlet_plotter(*samples, 4).axes) == 1
    assert len(notebook.dirichlet_plotter(*samples, [0, 5, 8]).axes) == 3


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        ("beta_sampler", (0.0, 1.0, 5), "a: wanted finite numbers above 0, got 0.0"),
        ("beta_reparametrize", (1.0, math.nan, 5), "b: .* got nan"),
        ("beta_reparametrize", ([1.0, 2.0], 1.0, 5), r"a: wanted one number .*shape \(2,\)"),
        ("beta_sampler", (1.0, 1.0, 0), "N: wanted a whole number from 1 up, got 0"),
        ("dirichlet_sampler", ([1.0, -1.0], 5), r"alpha: .* got -1.0 at index \[1\]"),
        ("dirichlet_reparametrize", ([[1.0, 2.0]], 5), r"alpha: wanted a vector .*\(1, 2\)"),
        ("compare_samples", ([math.nan], [1.0]), "samples_1: wanted finite samples"),
        (
            "dirichlet_plotter",
            (np.ones((2, 3)), np.ones((2, 3)), [0, 2]),
            r"idx: .* 2 at index \[1\]",
        ),
        ("dirichlet_plotter", (np.ones(3), np.ones((2, 3)), 0), "samples_1, samples_2: wanted two"),
    ],
)
def test_notebook_faults_are_named(
    function: str, arguments: tuple[object, ...], message: str
) -> None:
    """A bad argument gives its name, its value and where it stands."""
    with pytest.raises(InputError, match=message):
        getattr(notebook, function)(*arguments)


@pytest.mark.parametrize(("a", "b"), [(2.0, 3.0), (0.3, 0.4), (0.2, 8.0)])
def test_wasserstein_distance_is_the_area_between_the_distribution_functions(
    a: float, b: float
) -> None:
    """The distance equals the area by adaptive quadrature, and is 0 at a = 1."""

    def gap(x: float) -> float:
        return abs(1 - (1 - x**a) ** b - scipy.stats.beta.cdf(x, a, b))

    exact, _ = scipy.integrate.quad(gap, 0, 1, epsabs=1e-10, limit=500)
    # The gap has corners where the functions cross; the trapezoid sees them to its step squared.
    assert float(wasserstein(np.array(a), np.array(b))) == pytest.approx(exact, abs=2e-5)
    assert float(wasserstein(np.array(1.0), np.array(b))) == pytest.approx(0, abs=1e-13)


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the command once for the tests that only look."""
    folder = tmp_path_factory.mktemp("compared") / "deep" / "figures"
    assert call("--a", 2, "--b", 3, "--output", folder) == 0
    return folder


@pytest.mark.slow
def test_command_writes_figures_and_summary(compared: Path) -> None:
    """The folder holds each figure as PNG and SVG and a summary; nothing else."""
    names = {f"{name}.{kind}" for name in FIGURES for kind in ("png", "svg")}
    assert {path.name for path in compared.iterdir()} == names | {"summary.json"}
    for name in FIGURES:
        assert ET.parse(compared / f"{name}.svg").getroot().tag.endswith("svg")  # noqa: S314 - ours
        assert (compared / f"{name}.png").read_bytes().startswith(b"\x89PNG")


def test_summary_holds_the_comparison(compared: Path) -> None:
    """Moments of the true laws are right, and the better fit has the smaller divergence."""
    summary = json.loads((compared / "summary.json").read_text(encoding="utf-8"))
    assert summary["beta"]["mean"] == pytest.approx(0.4, rel=1e-12, abs=0)
    assert summary["kumaraswamy"]["kl_to_beta"] > 0
    assert summary["dirichlet"]["mean"] == pytest.approx(
        [1 / 12, 10 / 12, 1 / 12], rel=1e-12, abs=0
    )
    deviation = np.sqrt(scipy.stats.dirichlet([1, 10, 1]).var())
    assert summary["dirichlet"]["standard_deviation"] == pytest.approx(
        deviation.tolist(), rel=1e-12, abs=0
    )
    by_fit = {entry["fit"]: entry for entry in summary["softmax_gaussian"]}
    assert by_fit["Laplace, diagonal"]["mean"] == pytest.approx([0.105, 0.791, 0.105], abs=5e-4)
    divergences = [entry["kl_from_dirichlet"] for entry in by_fit.values()]
    assert min(divergences) == by_fit["moments, full"]["kl_from_dirichlet"]


@pytest.mark.slow
def test_same_seed_gives_the_same_files(compared: Path, tmp_path: Path) -> None:
    """A second run, in a process of its own, writes the same bytes."""
    command = ["samplers", "compare", "--a", "2", "--b", "3", "--output", str(tmp_path / "again")]
    root = Path(varproof.command.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-m", "varproof", *command],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    assert "softmax-Gaussian (moments, full)" in done.stdout
    for path in compared.iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes(), path.name


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--a", "-1"), "--a: wanted a finite number above 0, got -1.0"),
        (("--b", "nan"), "--b: wanted a finite number above 0, got nan"),
        (("--alpha", "1", "0", "1"), "--alpha, index [1]: wanted a finite number above 0, got 0.0"),
        (("--alpha", "1", "2"), "expected 3 arguments"),
        (("--alpha", "1e-9", "1", "1"), "use monte_carlo_mean"),
        (("--draws", "0"), "--draws: wanted a whole number from 1 up, got 0"),
        (("--simplex-draws", "2"), "--simplex-draws: wanted a whole number from 3 up, got 2"),
        (("--seed", "-1"), "--seed: wanted a whole number from 0 up, got -1"),
        (("--a", "one"), "wanted a number, got 'one'"),
    ],
)
def test_bad_arguments_end_with_one_line_and_nothing_written(
    arguments: tuple[str, ...], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, one line that names the fault, and an untouched place."""
    assert call(*arguments, "--output", tmp_path / "out" / "deep") == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: ")
    assert message in said.err
    assert said.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_failure_while_writing_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If a figure cannot be written, the folder keeps its old files and gets no new ones."""
    (tmp_path / "summary.json").write_text("old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device", "beta_histograms.png")

    monkeypatch.setattr(running, "save", fail)
    assert call("--output", tmp_path) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["summary.json"]
    assert (tmp_path / "summary.json").read_text() == "old"


def test_help_does_not_import_torch() -> None:
    """The command line's help is fast: it imports neither torch nor matplotlib."""
    program = (
        "import sys; from varproof.command import main\n"
        "try: main(['samplers', 'compare', '--help'])\n"
        "except SystemExit: pass\n"
        "assert not {'torch', 'matplotlib', 'numpy'} & sys.modules.keys()"
    )
    root = Path(varproof.command.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "--alpha" in done.stdout


def test_an_empty_output_path_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is what an unset variable of a shell makes, and would mean the folder of work."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        varproof.command.main(["samplers", "compare", "--output", ""])
    assert "wanted a path, got ''" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_printed_divergences_name_their_direction(capsys: pytest.CaptureFixture[str]) -> None:
    """Each row says from which distribution to which its number of nats is."""
    fit = {"fit": "moments, full", "kl_from_dirichlet": 0.147, "mean": [0.1, 0.9]}
    running._print(  # noqa: SLF001 - the table alone
        {
            "kumaraswamy": {"kl_to_beta": 0.25, "mean": 0.5},
            "beta": {"mean": 0.6},
            "softmax_gaussian": [fit],
            "dirichlet": {"mean": [0.2, 0.8]},
        }
    )
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows[1][:5] == ["Kumaraswamy", "KL(Kumaraswamy", "‖", "Beta)", "0.25"]
    assert rows[3][3:7] == ["KL(Dirichlet", "‖", "softmax-Gaussian)", "0.147"]


def test_units_of_the_error_planes_stand_over_their_own_panels() -> None:
    """A label between two panels would seem to belong to the other one."""
    grid = np.geomspace(0.1, 10, 5)
    figure = figures.draw_plane(plane_error(grid, grid), (1.0, 1.0))
    titles = [panel.get_title(loc="left") + panel.get_title() for panel in figure.axes]
    assert titles[0].endswith("in nats")
    assert titles[1].endswith("in units of x")
    assert [bar.get_ylabel() for bar in figure.axes[2:]] == ["", ""]
