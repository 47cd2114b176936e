"""The command `varproof fit`: a user's model, the data in a file, the results in a folder."""

import argparse
import contextlib
from typing import TYPE_CHECKING, Any

from derivations.index import FileError
from impl.arguments import SEED_HELP, number, path, whole
from impl.errors import InputError

if TYPE_CHECKING:
    from derivations.declaring import DeclaredModel
    from varproof.fitting import Fit

__all__ = ["add_commands"]

NOT_CONVERGED = 3
"""Exit status of a fit that is written but has not converged."""

_HELP = """\
The data is a .npz file with an array under the name of each observed variable, a .npy file for a
model that observes one variable, or a .csv or .parquet file: a column for each observed variable,
or all columns for a model that observes one variable with two axes. Missing values are NaN, or
empty cells. States count from 1, as in the formulas, unless --states-from 0 is given.

The folder then holds summary.json (bound, means, intervals), posterior.npz (the parameters of every
factor), trace.csv and bound.svg (the bound after each sweep).

exit status:
  0  the best restart has converged
  2  the input cannot be used, and nothing is written
  3  the results are written, but the best restart has not converged

examples:
  varproof fit my_model.py --data words.npz --set K=20 V=5000 alpha=0.1 eta=0.01 --output fit
  varproof fit my_model.py --data heights.csv --set K=2 alpha=1 m0=170 t0=0.01 a=1 b=1 --output fit
"""


def add_commands(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add `fit` to the parser of all commands."""
    parser = commands.add_parser(
        "fit",
        help="fit a model of your own to data by its derived updates",
        description="Fit a model that a file declares to data, by its derived updates.",
        epilog=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "model", metavar="MODEL", help="a file that declares a model; FILE::NAME for one of several"
    )
    parser.add_argument("--data", type=path, required=True, metavar="FILE", help="the observations")
    parser.add_argument(
        "--set",
        nargs="+",
        default=[],
        metavar="NAME=VALUE",
        help="sizes that the data does not show, and given numbers; a list is written alpha=1,2,3",
    )
    parser.add_argument(
        "--output", type=path, required=True, metavar="FOLDER", help="folder for the results"
    )
    parser.add_argument("--restarts", type=whole, default=8, help="random starts (default 8)")
    parser.add_argument("--sweeps", type=whole, default=1000, help="most sweeps (default 1000)")
    parser.add_argument(
        "--tolerance",
        type=number,
        default=1e-8,
        help="relative gain of a sweep below which it has converged (default 1e-8)",
    )
    parser.add_argument("--seed", type=whole, default=0, help=SEED_HELP)
    parser.add_argument(
        "--states-from",
        type=whole,
        choices=(0, 1),
        default=1,
        help="number of the first state in the data (default 1)",
    )
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from derivations.calculus.declaration import ModelError  # noqa: PLC0415 - help without SymPy
    from derivations.calculus.mean_field import NotConjugateError  # noqa: PLC0415 - as above
    from impl.console import say  # noqa: PLC0415 - as above
    from impl.engine.ascent import FallingError  # noqa: PLC0415 - as above
    from impl.files import staged_folder  # noqa: PLC0415 - as above
    from varproof.fit_results import read_data, write_results  # noqa: PLC0415 - as above
    from varproof.fitting import fit  # noqa: PLC0415 - as above
    from varproof.fitting_data import DataError  # noqa: PLC0415 - as above

    model = _model(options.model)
    settings: dict[str, Any] = dict(_setting(text) for text in options.set)
    data = read_data(options.data, [v for v in model.model.variables if v.observed])
    ends: dict[int, tuple[int, float]] = {}

    def progress(start: int, sweep: int, bound: float) -> None:
        if start not in ends and start - 1 in ends:
            _say_end(start - 1, ends, options.restarts, say)
        ends[start] = (sweep, bound)

    try:
        with staged_folder(options.output) as folder:
            found: Fit = fit(
                model,
                data,
                restarts=options.restarts,
                seed=options.seed,
                tolerance=options.tolerance,
                sweeps=options.sweeps,
                states_from=options.states_from,
                progress=progress,
                **settings,
            )
            _say_end(max(ends), ends, options.restarts, say)
            write_results(found, folder, options)
    except (
        DataError,
        ModelError,
        NotConjugateError,
        FallingError,
        NotImplementedError,
    ) as error:
        raise FileError(str(error)) from None
    print(f"bound {found.elbo:.6f} nats, {len(found.trace)} sweeps: {options.output}")
    if not found.converged:
        say(f"warning: the best restart has not converged in {options.sweeps} sweeps")
        return NOT_CONVERGED
    return 0


def _say_end(start: int, ends: dict[int, tuple[int, float]], of: int, say: Any) -> None:  # noqa: ANN401 - a function of text
    sweep, bound = ends[start]
    say(f"start {start} of {of}: bound {bound:.3f} after {sweep} sweeps")


def _model(name: str) -> "DeclaredModel":
    from derivations.declaring.files import SEPARATOR, models  # noqa: PLC0415 - as above

    file, _, wanted = name.partition(SEPARATOR)
    known = models(file)
    if wanted in known:
        return known[wanted]
    if len(known) == 1 and not wanted:
        return next(iter(known.values()))
    names = ", ".join(known) or "no model"
    message = f"{file}: wanted one model, as {file}{SEPARATOR}NAME; it declares {names}"
    raise FileError(message)


def _setting(text: str) -> tuple[str, Any]:
    """Return the name and value of ``NAME=VALUE``; a value with commas is a list."""
    from varproof.fitting_data import OPTIONS  # noqa: PLC0415 - as above

    name, equals, value = text.partition("=")
    if equals and name.isidentifier() and name not in OPTIONS:
        with contextlib.suppress(ValueError):
            numbers = [float(part) for part in value.split(",")]
            return name, numbers[0] if len(numbers) == 1 else numbers
    raise InputError(source="--set", wanted="NAME=VALUE with a number or a list 1,2,3", got=text)
