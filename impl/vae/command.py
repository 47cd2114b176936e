"""Arguments of `python -m impl vae`; what the commands do is in `impl.vae.running`."""

import argparse
from typing import Any

from impl.arguments import path

__all__ = ["add_commands"]


def add_commands(problems: "argparse._SubParsersAction[Any]") -> None:
    """Add `vae train`, `vae figures` and `vae answers` to the parser of all problems."""
    text = "a variational autoencoder of handwritten digits"
    vae = problems.add_parser("vae", help=text, description=f"{text.capitalize()}.")
    commands = vae.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_train(commands)
    _add_figures(commands)
    _add_answers(commands)


def _add_train(commands: "argparse._SubParsersAction[Any]") -> None:
    text = "train, or go on training, and keep the run in a folder"
    parser = commands.add_parser("train", help=text, description=f"{text.capitalize()}.")
    parser.add_argument("--output", type=path, required=True, metavar="FOLDER", help="of the run")
    parser.add_argument("--epochs", type=int, default=5, help="in all (default 5)")
    parser.add_argument(
        "--data",
        default="auto",
        metavar="SOURCE",
        help="auto (MNIST, downloaded once), sample (embedded), or a folder of four IDX files",
    )
    parser.add_argument(
        "--device", default="auto", help="auto (CUDA where it works), cpu, cuda or cuda:N"
    )
    parser.add_argument("--resume", action="store_true", help="go on from the folder's checkpoint")
    parser.add_argument("--seed", type=int, default=0, help="same seed, same bits (default 0)")
    _add_objective(parser)
    _add_networks(parser)
    parser.set_defaults(run=_train)


def _add_objective(parser: argparse.ArgumentParser) -> None:
    # Choices are checked with the settings, so that the names stand in one place alone.
    parser.add_argument("--objective", default="kl", help="kl, mmd or iwae (default kl)")
    parser.add_argument(
        "--samples", type=int, default=1, help="draws an image, the k of iwae (default 1)"
    )
    parser.add_argument(
        "--likelihood", default="bernoulli", help="bernoulli or gaussian (default bernoulli)"
    )
    parser.add_argument(
        "--likelihood-variance", type=float, default=1.0, help="of a Gaussian pixel (default 1)"
    )
    parser.add_argument(
        "--mmd-weight", type=float, default=1.0, help="of the squared MMD (default 1)"
    )
    parser.add_argument(
        "--mmd-bandwidth", type=float, default=2.0, help="variance b of the kernel (default 2)"
    )
    parser.add_argument("--mmd-statistic", default="v", help="v or u (default v)")
    parser.add_argument("--grey", action="store_true", help="train on grey levels, not 0 and 1")


def _add_networks(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--latent", type=int, default=200, help="latent variables (default 200)")
    parser.add_argument("--hidden", type=int, default=400, help="units of a layer (default 400)")
    parser.add_argument("--batch", type=int, default=100, help="images of a step (default 100)")
    parser.add_argument(
        "--learning-rate", type=float, default=1e-3, help="Adam's step size (default 0.001)"
    )
    parser.add_argument(
        "--precision", default="float32", help="float32, float64 or bf16 (default float32)"
    )


def _add_figures(commands: "argparse._SubParsersAction[Any]") -> None:
    text = "draw what a run has learned: reconstructions, images from noise, latents, losses"
    parser = commands.add_parser("figures", help=text, description=f"{text.capitalize()}.")
    parser.add_argument("run_folder", type=path, metavar="RUN", help="folder of `vae train`")
    parser.add_argument("--output", type=path, required=True, metavar="FOLDER")
    parser.add_argument(
        "--data", metavar="SOURCE", help="where the run's digits are, if not where auto finds them"
    )
    parser.add_argument("--index", type=int, default=21, help="of a test image (default 21)")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    parser.add_argument("--seed", type=int, default=0, help="same seed, same bits (default 0)")
    parser.set_defaults(run=_figures)


def _add_answers(commands: "argparse._SubParsersAction[Any]") -> None:
    text = "run the experiments behind the answers on latents, KL and MMD"
    parser = commands.add_parser("answers", help=text, description=f"{text.capitalize()}.")
    parser.add_argument("--output", type=path, required=True, metavar="FOLDER")
    parser.add_argument(
        "--data",
        default="auto",
        metavar="SOURCE",
        help="auto (MNIST, downloaded once), sample (embedded), or a folder of four IDX files",
    )
    parser.add_argument("--quick", action="store_true", help="few short runs of small networks")
    parser.add_argument(
        "--runs",
        type=path,
        metavar="FOLDER",
        help="keep the trained runs there, and go on with them",
    )
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    parser.set_defaults(run=_answers)


# The numerics are imported by the command that needs them, so that --help is fast.


def _train(arguments: argparse.Namespace) -> int:
    from impl.vae.running import run_train  # noqa: PLC0415

    return run_train(arguments)


def _figures(arguments: argparse.Namespace) -> int:
    from impl.vae.running_figures import run_figures  # noqa: PLC0415

    return run_figures(arguments)


def _answers(arguments: argparse.Namespace) -> int:
    from impl.vae.running_answers import run_answers  # noqa: PLC0415

    return run_answers(arguments)
