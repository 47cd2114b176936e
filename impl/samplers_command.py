"""Arguments of `varproof samplers`; what the command does is in `impl.samplers.running`."""

import argparse
from typing import Any

from impl.arguments import path
from impl.errors import needing_extra

__all__ = ["add_commands"]


def add_commands(problems: "argparse._SubParsersAction[Any]") -> None:
    """Add `samplers compare` to the parser of all problems."""
    samplers = problems.add_parser(
        "samplers",
        help="reparameterized distributions in place of Beta and Dirichlet",
        description="Reparameterized distributions in place of Beta and Dirichlet.",
    )
    commands = samplers.add_subparsers(title="commands", metavar="COMMAND", required=True)
    parser = commands.add_parser(
        "compare",
        help="compare Kumaraswamy with Beta, and the softmax-Gaussian with Dirichlet",
        description="Compare Kumaraswamy with Beta, and the softmax-Gaussian with Dirichlet.",
    )
    parser.add_argument("--a", type=float, default=1.0, help="of Beta(a, b) (default 1)")
    parser.add_argument("--b", type=float, default=0.7, help="of Beta(a, b) (default 0.7)")
    parser.add_argument(
        "--alpha",
        type=float,
        nargs=3,
        default=[1.0, 10.0, 1.0],
        metavar="X",
        help="of Dirichlet(alpha), three numbers (default 1 10 1)",
    )
    parser.add_argument("--draws", type=int, default=1000, help="from a Beta (default 1000)")
    parser.add_argument(
        "--simplex-draws", type=int, default=100, help="from a Dirichlet (default 100)"
    )
    parser.add_argument("--seed", type=int, default=0, help="same seed, same bits (default 0)")
    parser.add_argument("--output", type=path, required=True, metavar="FOLDER")
    parser.set_defaults(run=_compare)


def _compare(arguments: argparse.Namespace) -> int:
    # The numerics are imported by the command that needs them, so that --help is fast.
    with needing_extra("torch"):
        from impl.samplers.running import run_compare  # noqa: PLC0415

    return run_compare(arguments)
