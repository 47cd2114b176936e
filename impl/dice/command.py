"""Arguments of `python -m impl dice`; what the commands do is in `impl.dice.running`."""

import argparse
from typing import Any

from impl.arguments import path

__all__ = ["add_commands"]


def add_commands(problems: "argparse._SubParsersAction[Any]") -> None:
    """Add `dice simulate` and `dice fit` to the parser of all problems."""
    text = "two hidden dice whose sum picks the die that is rolled"
    dice = problems.add_parser("dice", help=text, description=f"The dice model: {text}.")
    commands = dice.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_simulate(commands)
    _add_fit(commands)


def _add_simulate(commands: "argparse._SubParsersAction[Any]") -> None:
    text = "draw dice and rolls from the model"
    parser = commands.add_parser("simulate", help=text, description=f"{text.capitalize()}.")
    parser.add_argument("--points", type=int, required=True, help="number of points (rows)")
    parser.add_argument("--rolls", type=int, required=True, help="rolls of each point (columns)")
    parser.add_argument("--output", type=path, required=True, metavar="FILE", help=".csv or .npy")
    parser.add_argument("--truth", type=path, metavar="FILE", help="write the hidden truth as JSON")
    _add_shared(parser)
    parser.set_defaults(run=_simulate)


def _add_fit(commands: "argparse._SubParsersAction[Any]") -> None:
    text = "fit the mean-field posterior to a file of rolls"
    parser = commands.add_parser("fit", help=text, description=f"{text.capitalize()}.")
    parser.add_argument(
        "rolls",
        type=path,
        metavar="ROLLS",
        help="CSV (header optional, empty cells are missing rolls) or .npy of rows of faces from 1",
    )
    parser.add_argument("--output", type=path, required=True, metavar="FOLDER")
    parser.add_argument("--restarts", type=int, default=8, help="random starts (default 8)")
    parser.add_argument(
        "--tolerance", type=float, default=1e-10, help="relative ELBO change (default 1e-10)"
    )
    parser.add_argument("--max-sweeps", type=int, default=10_000, help="a restart (default 10000)")
    parser.add_argument(
        "--level", type=float, default=0.95, help="of the credible intervals (default 0.95)"
    )
    parser.add_argument("--held-out", type=path, metavar="FILE", help="rolls to score, not to fit")
    parser.add_argument("--truth", type=path, metavar="FILE", help="of `simulate`, for the figures")
    _add_shared(parser)
    parser.set_defaults(run=_fit)


def _add_shared(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--faces",
        type=int,
        nargs=3,
        required=True,
        metavar=("D1", "D2", "D3"),
        help="faces of the two hidden dice and of the rolled dice",
    )
    parser.add_argument("--seed", type=int, default=0, help="same seed, same bits (default 0)")
    for name, each in (
        ("first", "1 or D1 numbers"),
        ("second", "1 or D2 numbers"),
        ("roll", "1 or D3 numbers, or all K x D3, die by die"),
    ):
        parser.add_argument(
            f"--{name}-concentration",
            type=float,
            nargs="+",
            default=[1.0],
            metavar="X",
            help=f"Dirichlet prior: {each} above 0 (default 1)",
        )


# The numerics are imported by the command that needs them, so that --help is fast.


def _simulate(arguments: argparse.Namespace) -> int:
    from impl.dice.running import run_simulate  # noqa: PLC0415

    return run_simulate(arguments)


def _fit(arguments: argparse.Namespace) -> int:
    from impl.dice.running import run_fit  # noqa: PLC0415

    return run_fit(arguments)
