"""Arguments of `varproof vae`; what the commands do is in `impl.vae.running`."""

import argparse
from typing import Any

from impl.arguments import SEED_HELP, number, path, whole
from impl.errors import needing_extra
from impl.vae.settings import LIKELIHOODS, OBJECTIVES, PRECISIONS, STATISTICS

__all__ = ["add_commands"]

_DATA = "auto (MNIST, downloaded once), sample (embedded), or a folder of four IDX files"
_DEVICE = "auto (CUDA where it works), cpu, cuda or cuda:N"
_EXAMPLES = {
    "train": """\
examples:
  Train with the evidence lower bound, and go on for five more epochs:
    varproof vae train --epochs 5 --output runs/kl
    varproof vae train --epochs 10 --output runs/kl --resume
  Train with the squared MMD in place of the KL divergence:
    varproof vae train --objective mmd --mmd-weight 1000 --output runs/mmd
  Try it on the embedded sample, without a download:
    varproof vae train --data sample --epochs 1 --output runs/sample
""",
    "figures": """\
examples:
  varproof vae figures runs/kl --output figures/kl
""",
    "answers": """\
examples:
  Try the experiments out on the embedded sample:
    varproof vae answers --data sample --quick --output answers
  Run them all, and keep the trained networks to go on with:
    varproof vae answers --runs runs --output answers
""",
}


def add_commands(problems: "argparse._SubParsersAction[Any]") -> None:
    """Add `vae train`, `vae figures` and `vae answers` to the parser of all problems."""
    vae = _added(problems, "vae", "a variational autoencoder of handwritten digits")
    commands = vae.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_train(commands)
    _add_figures(commands)
    _add_answers(commands)


def _added(
    parsers: "argparse._SubParsersAction[Any]", name: str, text: str, more: str = ""
) -> argparse.ArgumentParser:
    """Add a command whose help is a text, and its description the same text as a sentence."""
    parser: argparse.ArgumentParser = parsers.add_parser(
        name,
        help=text,
        description=f"{text[0].upper()}{text[1:]}.{more}",
        epilog=_EXAMPLES.get(name),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    return parser


def _add_train(commands: "argparse._SubParsersAction[Any]") -> None:
    text = "train, or go on training, and keep the run in a folder"
    parser = _added(commands, "train", text)
    parser.add_argument(
        "--output", type=path, required=True, metavar="FOLDER", help="folder of the run"
    )
    parser.add_argument(
        "--epochs", type=whole, default=5, metavar="N", help="epochs in all (default 5)"
    )
    parser.add_argument(
        "--data", default="auto", metavar="SOURCE", help=f"where the digits are: {_DATA}"
    )
    parser.add_argument("--device", default="auto", help=f"device to compute on: {_DEVICE}")
    parser.add_argument("--resume", action="store_true", help="go on from the folder's checkpoint")
    parser.add_argument("--seed", type=whole, default=0, metavar="N", help=SEED_HELP)
    _add_objective(parser)
    _add_networks(parser)
    parser.set_defaults(run=_train)


def _add_objective(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--objective",
        choices=OBJECTIVES,
        default="kl",
        help="minus the evidence lower bound (kl, the default), its KL divergence replaced by the "
        "squared MMD (mmd), or minus the importance-weighted bound (iwae)",
    )
    parser.add_argument(
        "--samples",
        type=whole,
        default=1,
        metavar="K",
        help="latents drawn for each image (default 1); iwae takes the logarithm of the mean of "
        "their K importance weights, and its bound rises with K",
    )
    parser.add_argument(
        "--likelihood",
        choices=LIKELIHOODS,
        default="bernoulli",
        help="distribution of a pixel given the latents (default bernoulli)",
    )
    parser.add_argument(
        "--likelihood-variance",
        type=number,
        default=1.0,
        metavar="X",
        help="variance of a Gaussian pixel (default 1)",
    )
    parser.add_argument(
        "--mmd-weight",
        type=number,
        default=1.0,
        metavar="X",
        help="weight of the squared MMD in the loss (default 1)",
    )
    parser.add_argument(
        "--mmd-bandwidth",
        type=number,
        default=2.0,
        metavar="X",
        help="variance b of the kernel exp(-||x - y||^2 / (2 b)) (default 2)",
    )
    parser.add_argument(
        "--mmd-statistic",
        choices=STATISTICS,
        default="v",
        help="V-statistic, as in the notebook, or the unbiased U-statistic (default v)",
    )
    parser.add_argument("--grey", action="store_true", help="train on grey levels, not 0 and 1")


def _add_networks(parser: argparse.ArgumentParser) -> None:
    for name, default, text in (
        ("--latent", 200, "latent variables"),
        ("--hidden", 400, "units of each hidden layer"),
        ("--batch", 100, "images in each step"),
    ):
        parser.add_argument(
            name, type=whole, default=default, metavar="N", help=f"{text} (default {default})"
        )
    parser.add_argument(
        "--learning-rate",
        type=number,
        default=1e-3,
        metavar="X",
        help="Adam's step size (default 0.001)",
    )
    parser.add_argument(
        "--precision",
        choices=PRECISIONS,
        default="float32",
        help="precision of weights and arithmetic; with bf16, of matrix products alone "
        "(default float32)",
    )


def _add_figures(commands: "argparse._SubParsersAction[Any]") -> None:
    text = "draw what a run has learned: reconstructions, images from noise, latents, losses"
    parser = _added(commands, "figures", text)
    parser.add_argument("run_folder", type=path, metavar="RUN", help="folder of `vae train`")
    parser.add_argument(
        "--output",
        type=path,
        required=True,
        metavar="FOLDER",
        help="folder to write figures and numbers to",
    )
    parser.add_argument(
        "--data", metavar="SOURCE", help="where the run's digits are, if not where auto finds them"
    )
    parser.add_argument(
        "--index",
        type=whole,
        default=21,
        metavar="N",
        help="test image to reconstruct (default 21)",
    )
    parser.add_argument("--device", default="auto", help=f"device to compute on: {_DEVICE}")
    parser.add_argument("--seed", type=whole, default=0, metavar="N", help=SEED_HELP)
    parser.set_defaults(run=_figures)


def _add_answers(commands: "argparse._SubParsersAction[Any]") -> None:
    text = "run the experiments behind the answers on latents, KL and MMD"
    more = (
        " The verdicts are of the runs that were made. With --quick, or on the embedded sample, "
        "these are too short and too few to say much about the claims."
    )
    parser = _added(commands, "answers", text, more)
    parser.add_argument(
        "--output",
        type=path,
        required=True,
        metavar="FOLDER",
        help="folder to write figures and numbers to",
    )
    parser.add_argument(
        "--data", default="auto", metavar="SOURCE", help=f"where the digits are: {_DATA}"
    )
    parser.add_argument(
        "--quick", action="store_true", help="few short runs of small networks, to try it out"
    )
    parser.add_argument(
        "--runs",
        type=path,
        metavar="FOLDER",
        help="keep the trained runs there, and go on with them",
    )
    parser.add_argument("--device", default="auto", help=f"device to compute on: {_DEVICE}")
    parser.set_defaults(run=_answers)


# The numerics are imported by the command that needs them, so that --help is fast.


def _train(arguments: argparse.Namespace) -> int:
    with needing_extra("torch"):
        from impl.vae.running import run_train  # noqa: PLC0415

    return run_train(arguments)


def _figures(arguments: argparse.Namespace) -> int:
    with needing_extra("torch"):
        from impl.vae.running_figures import run_figures  # noqa: PLC0415

    return run_figures(arguments)


def _answers(arguments: argparse.Namespace) -> int:
    with needing_extra("torch"):
        from impl.vae.running_answers import run_answers  # noqa: PLC0415

    return run_answers(arguments)
