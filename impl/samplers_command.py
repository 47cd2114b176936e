"""Arguments of `varproof samplers`; what the command does is in `impl.samplers.running`."""

import argparse
from typing import Any

from impl.arguments import SEED_HELP, number, path, whole
from impl.errors import needing_extra

__all__ = ["add_commands"]

_EXAMPLES = """\
The table shows KL(Kumaraswamy ‖ Beta), the divergence of a variational bound, and
KL(Dirichlet ‖ softmax-Gaussian), which has a closed form and is least where the moments match.
The directions differ, so the numbers of one cannot be compared with those of the other.

examples:
  varproof samplers compare --a 1 --b 0.7 --alpha 1 10 1 --output figures
  varproof samplers compare --a 0.5 --b 2 --draws 100000 --output figures
"""


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
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for name, default in (("a", 1.0), ("b", 0.7)):
        text = f"parameter {name} of Beta(a, b) (default {default:g})"
        parser.add_argument(f"--{name}", type=number, default=default, help=text)
    parser.add_argument(
        "--alpha",
        type=number,
        nargs=3,
        default=[1.0, 10.0, 1.0],
        metavar="X",
        help="parameter of Dirichlet(alpha), three numbers (default 1 10 1)",
    )
    parser.add_argument(
        "--draws",
        type=whole,
        default=1000,
        help="draws from the Beta and from its approximation (default 1000)",
    )
    parser.add_argument(
        "--simplex-draws",
        type=whole,
        default=100,
        help="draws from the Dirichlet and from its approximations (default 100)",
    )
    parser.add_argument("--seed", type=whole, default=0, help=SEED_HELP)
    parser.add_argument(
        "--output",
        type=path,
        required=True,
        metavar="FOLDER",
        help="folder to write figures and numbers to",
    )
    parser.set_defaults(run=_compare)


def _compare(arguments: argparse.Namespace) -> int:
    # The numerics are imported by the command that needs them, so that --help is fast.
    with needing_extra("torch"):
        from impl.samplers.running import run_compare  # noqa: PLC0415

    return run_compare(arguments)
