"""Arguments of `varproof dice`; what the commands do is in `impl.dice.running`."""

import argparse
from typing import Any

from impl.arguments import SEED_HELP, number, path, whole

__all__ = ["add_commands"]

_MODEL = """\
Each point rolls two hidden dice of D1 and D2 faces. Their sum picks one of K = D1 + D2 - 1
dice, and this die, of D3 faces, is rolled. Only its rolls are seen."""

_DICE = f"""\
{_MODEL}

examples:
  varproof dice simulate --points 200 --rolls 10 --faces 2 3 6 --output rolls.csv
  varproof dice fit rolls.csv --faces 2 3 6 --output fit
"""

_SIMULATE = """\
examples:
  Draw dice and 200 points of 10 rolls each, and keep the dice:
    varproof dice simulate --points 200 --rolls 10 --faces 2 3 6 \\
        --output rolls.csv --truth truth.json
  Draw 50 further points from the same dice:
    varproof dice simulate --points 50 --rolls 10 --from-truth truth.json \\
        --output more.csv
"""

_FIT = """\
The file of rolls has a row for each point and a column for each roll. Faces are numbered from 1.
It is a .npy file, or text with cells separated by commas, semicolons, tabs or spaces. A missing
roll is an empty cell or NA. The output says how the file was read.

Mean-field coordinate ascent finds a local optimum, which depends on the start. More restarts may
find a better one.

exit status:
  0  the best restart has converged
  1  the ascent failed, and nothing is written
  2  the input cannot be used, and nothing is written
  3  the results are written, but the best restart has not converged (a line beginning
     "warning:" says so, and summary.json holds it)

examples:
  Fit the rolls of `varproof dice simulate`, and show the true dice in the figures:
    varproof dice fit rolls.csv --faces 2 3 6 --output fit --truth truth.json
  Score other points under the fit:
    varproof dice fit rolls.csv --faces 2 3 6 --output fit --held-out more.csv
  Say that a file has no header and no row names:
    varproof dice fit rolls.csv --faces 2 3 6 --output fit --header no --row-names no
"""


def add_commands(problems: "argparse._SubParsersAction[Any]") -> None:
    """Add `dice simulate` and `dice fit` to the parser of all problems."""
    dice = problems.add_parser(
        "dice",
        help="two hidden dice whose sum picks the die that is rolled",
        description="Simulate and fit the dice model.",
        epilog=_DICE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = dice.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_simulate(commands)
    _add_fit(commands)


def _add_simulate(commands: "argparse._SubParsersAction[Any]") -> None:
    parser = commands.add_parser(
        "simulate",
        help="draw dice and rolls from the model",
        description=f"Draw dice and rolls from the model.\n\n{_MODEL}",
        epilog=_SIMULATE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--points", type=whole, required=True, help="number of points (rows)")
    parser.add_argument("--rolls", type=whole, required=True, help="rolls of each point (columns)")
    parser.add_argument(
        "--output",
        type=path,
        required=True,
        metavar="FILE",
        help="file of rolls to write, .csv or .npy",
    )
    parser.add_argument(
        "--truth", type=path, metavar="FILE", help="write the dice and the hidden faces as JSON"
    )
    parser.add_argument(
        "--from-truth",
        type=path,
        metavar="FILE",
        help="draw from the dice in a file that --truth wrote, in place of new dice",
    )
    _add_shared(parser, faces_needed=False)
    parser.set_defaults(run=_simulate)


def _add_fit(commands: "argparse._SubParsersAction[Any]") -> None:
    parser = commands.add_parser(
        "fit",
        help="fit the mean-field posterior to a file of rolls",
        description=f"Fit the mean-field posterior to a file of rolls.\n\n{_MODEL}",
        epilog=_FIT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("rolls", type=path, metavar="ROLLS", help="text (CSV) or .npy; see below")
    parser.add_argument(
        "--output",
        type=path,
        required=True,
        metavar="FOLDER",
        help="folder to write summary.json, posterior.npz and the figures to",
    )
    parser.add_argument(
        "--header",
        choices=("auto", "yes", "no"),
        default="auto",
        help="whether the first row is a header (auto: if it is words, or column numbers from 0)",
    )
    parser.add_argument(
        "--row-names",
        choices=("auto", "yes", "no"),
        default="auto",
        help="whether the first column holds row names (auto: if the header leaves it unnamed)",
    )
    parser.add_argument("--restarts", type=whole, default=8, help="random starts (default 8)")
    parser.add_argument(
        "--tolerance",
        type=number,
        default=1e-10,
        help="converged at this relative change of the ELBO over one sweep (default 1e-10)",
    )
    parser.add_argument(
        "--max-sweeps", type=whole, default=10_000, help="most sweeps of a restart (default 10000)"
    )
    parser.add_argument(
        "--level",
        type=number,
        default=0.95,
        help="probability of the credible intervals (default 0.95)",
    )
    parser.add_argument(
        "--held-out", type=path, metavar="FILE", help="rolls to score, not to fit; read as ROLLS is"
    )
    parser.add_argument(
        "--truth", type=path, metavar="FILE", help="truth of `simulate`, shown in the figures"
    )
    _add_shared(parser, faces_needed=True)
    parser.set_defaults(run=_fit)


def _add_shared(parser: argparse.ArgumentParser, *, faces_needed: bool) -> None:
    parser.add_argument(
        "--faces",
        type=whole,
        nargs=3,
        required=faces_needed,
        metavar=("D1", "D2", "D3"),
        help="faces of the first hidden die, of the second, and of each of the K rolled dice",
    )
    parser.add_argument("--seed", type=whole, default=0, help=SEED_HELP)
    for name, of, each in (
        ("first", "first hidden die", "1 number or D1"),
        ("second", "second hidden die", "1 number or D2"),
        ("roll", "K rolled dice", "1 number, D3, or K x D3 die by die"),
    ):
        parser.add_argument(
            f"--{name}-concentration",
            type=number,
            nargs="+",
            metavar="X",
            help=f"Dirichlet prior of the {of}: {each}, above 0 (default 1)",
        )


# The numerics are imported by the command that needs them, so that --help is fast.


def _simulate(arguments: argparse.Namespace) -> int:
    from impl.dice.running import run_simulate  # noqa: PLC0415

    return run_simulate(arguments)


def _fit(arguments: argparse.Namespace) -> int:
    from impl.dice.running import run_fit  # noqa: PLC0415

    return run_fit(arguments)
