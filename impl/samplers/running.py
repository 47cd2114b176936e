"""The command `samplers compare`: figures and a summary in a folder, a short table."""

import argparse
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from rich.table import Table
from torch.distributions import Beta, kl_divergence

from impl.console import console
from impl.errors import InputError
from impl.figure_style import save
from impl.files import staged_folder, write_json
from impl.samplers import figures, notebook
from impl.samplers.comparison import (
    DirichletFit,
    Floats,
    compare_fits,
    moments_by_scale,
    plane_error,
    wasserstein,
)
from impl.samplers.kumaraswamy import Kumaraswamy

__all__ = ["run_compare"]

_BARS = (0, 1, 2)
_DIRECTIONS = """\
KL(Kumaraswamy ‖ Beta) is the divergence of a variational bound. KL(Dirichlet ‖ softmax-Gaussian)
has a closed form, and is least where the moments match. Compare only numbers of one direction."""


def _checked(arguments: argparse.Namespace) -> Floats:
    """Check the arguments; return alpha."""
    numbers = {"--a": arguments.a, "--b": arguments.b}
    numbers |= {f"--alpha, index [{place}]": x for place, x in enumerate(arguments.alpha)}
    for name, value in numbers.items():
        if not (np.isfinite(value) and value > 0):
            raise InputError(source=name, wanted="a finite number above 0", got=repr(value))
    for name, value, lowest in (
        ("--draws", arguments.draws, 1),
        ("--simplex-draws", arguments.simplex_draws, len(_BARS)),
        ("--seed", arguments.seed, 0),
    ):
        if value < lowest:
            wanted = f"a whole number from {lowest} up"
            raise InputError(source=name, wanted=wanted, got=str(value))
    return np.array(arguments.alpha)


def run_compare(arguments: argparse.Namespace) -> int:
    """Draw, compare, write figures and summary.json; print the divergences."""
    alpha = _checked(arguments)
    with staged_folder(arguments.output) as folder:
        torch.manual_seed(arguments.seed)
        try:
            fits = compare_fits(alpha)
            drawn = _draw_beta(arguments) | _draw_dirichlet(arguments, alpha, fits)
        except NotImplementedError as error:
            wanted = "concentrations whose approximations' moments can be computed"
            raise InputError(source="--alpha", wanted=wanted, got=str(error)) from None
        for name, figure in drawn.items():
            save(figure, folder / name)
        summary = _summary(arguments, alpha, fits)
        write_json(folder / "summary.json", summary)
    _print(summary)
    return 0


def _draw_beta(arguments: argparse.Namespace) -> dict[str, Figure]:
    a, b, draws = arguments.a, arguments.b, arguments.draws
    direct = notebook.beta_sampler(a, b, draws).numpy().ravel()
    stand_in = notebook.beta_reparametrize(a, b, draws).numpy().ravel()
    grid = np.geomspace(0.1, 10, 41)
    return {
        "beta_histograms": figures.draw_histograms(direct, stand_in, parameters=(a, b)),
        "kumaraswamy_error": figures.draw_plane(plane_error(grid, grid), (a, b)),
    }


def _draw_dirichlet(
    arguments: argparse.Namespace, alpha: Floats, fits: list[DirichletFit]
) -> dict[str, Figure]:
    draws = notebook.dirichlet_sampler(alpha.tolist(), arguments.simplex_draws).numpy()
    others = [fit.law.sample((arguments.simplex_draws,)).numpy() for fit in fits]
    scales = np.geomspace(0.5, 30, 25)
    moments = moments_by_scale(alpha, scales)
    few = list(_BARS)
    return {
        "dirichlet_bars": figures.draw_bars(draws[few], others[0][few], few),
        "dirichlet_simplex": figures.draw_simplex(alpha, draws, fits, others),
        "dirichlet_moments": figures.draw_moments(alpha, scales, moments),
    }


def _summary(
    arguments: argparse.Namespace, alpha: Floats, fits: list[DirichletFit]
) -> dict[str, Any]:
    a, b = (torch.tensor(x, dtype=torch.float64) for x in (arguments.a, arguments.b))
    stand_in, beta = Kumaraswamy(a, b), Beta(a, b)
    total = alpha.sum()
    return {
        "settings": {
            name: getattr(arguments, name)
            for name in ("a", "b", "alpha", "draws", "simplex_draws", "seed")
        },
        "beta": {"mean": float(beta.mean), "variance": float(beta.variance)},
        "kumaraswamy": {
            "mean": float(stand_in.mean),
            "variance": float(stand_in.variance),
            "kl_to_beta": float(kl_divergence(stand_in, beta)),
            "wasserstein_to_beta": float(wasserstein(a.numpy(), b.numpy())),
        },
        "dirichlet": {
            "mean": (alpha / total).tolist(),
            "standard_deviation": np.sqrt(
                alpha * (total - alpha) / (total**2 * (total + 1))
            ).tolist(),
        },
        "softmax_gaussian": [
            {
                "fit": fit.name,
                "loc": fit.law.loc.tolist(),
                "gaussian_variance": fit.law.gaussian_variance.tolist(),
                "mean": fit.mean.tolist(),
                "standard_deviation": fit.standard_deviation.tolist(),
                "kl_from_dirichlet": fit.divergence,
            }
            for fit in fits
        ],
    }


def _print(summary: dict[str, Any]) -> None:
    header = ("distribution", "divergence", "in nats", "mean")
    table = Table(*header, box=None, pad_edge=False)
    kumaraswamy = summary["kumaraswamy"]
    nats, mean = f"{kumaraswamy['kl_to_beta']:.3g}", f"{kumaraswamy['mean']:.4f}"
    table.add_row("Kumaraswamy", "KL(Kumaraswamy ‖ Beta)", nats, mean)
    table.add_row("  Beta", "", "", f"{summary['beta']['mean']:.4f}")
    for fit in summary["softmax_gaussian"]:
        nats, mean = f"{fit['kl_from_dirichlet']:.3g}", ", ".join(f"{x:.4f}" for x in fit["mean"])
        name = f"softmax-Gaussian ({fit['fit']})"
        table.add_row(name, "KL(Dirichlet ‖ softmax-Gaussian)", nats, mean)
    truth = ", ".join(f"{x:.4f}" for x in summary["dirichlet"]["mean"])
    table.add_row("  Dirichlet", "", "", truth)
    console(width=110).print(table)
    console().print(_DIRECTIONS)
