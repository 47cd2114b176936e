# PYTHON_ARGCOMPLETE_OK
"""The command line: `varproof COMMAND`, also `python -m varproof COMMAND`."""

import argparse
import os
import re
import sys
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

import varproof
from derivations.index import UnknownKeyError
from impl import samplers_command as samplers
from impl.dice import command as dice
from impl.errors import InputError
from impl.vae import command as vae
from varproof import derivation_commands, fit_command, report_command

__all__ = ["main"]

DESCRIPTION = "Derive variational inference symbolically, check every step, run it on data."
EXAMPLES = """\
examples:
  varproof list                                what is derived
  varproof show dice.q_rho                     one derivation, step by step
  varproof check                               derive and check everything
  varproof document dice --output paper        a PDF of a problem's derivations
  varproof check my_model.py                   a model of your own
  varproof fit my_model.py --data x.npz --set K=3 alpha=1 --output fit
  varproof dice simulate --points 1000 --rolls 10 --faces 6 6 6 --output rolls.csv
  varproof dice fit rolls.csv --faces 6 6 6 --output fit

`varproof COMMAND --help` says more. `eval "$(register-python-argcomplete varproof)"` completes
commands and keys in bash and zsh, once argcomplete is installed.
"""
MISUSED, INTERRUPTED, NO_READER = 2, 130, 141
"""Exit statuses besides 0 and 1; the last two are a shell's own for SIGINT and SIGPIPE."""


class _Parser(argparse.ArgumentParser):
    """Parser whose errors are one line, which names the help of the command that was meant."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:  # noqa: ANN401 - as argparse has it
        """Refuse what is left over here, where it is known of which command it is."""
        found, left = super().parse_known_args(args, namespace)
        if left and left[0].startswith("-"):
            self.error(f"wanted an option of {self.prog}, got {left[0]}")
        if left:
            what = "key" if self.prog.endswith(" list") else "further argument"
            self.error(f"{self.prog} takes no {what}, got {left[0]!r}")
        return found, left

    def error(self, message: str) -> NoReturn:
        said = re.sub(r"^argument (?=-)", "", message)
        if unknown := _UNKNOWN_COMMAND.match(message):
            near = get_close_matches(unknown[1], re.findall(r"[\w-]+", unknown[2]))
            asked = f"; did you mean {' or '.join(near)}?" if near else ""
            said = f"wanted a command, got {unknown[1]!r}{asked}"
        self.exit(MISUSED, f"error: {said} (see {self.prog} --help)\n")


_UNKNOWN_COMMAND = re.compile(r"argument COMMAND: invalid choice: '(.*?)' \(choose from (.*)\)")


class _Version(argparse.Action):
    """Print the version, which is looked up only then."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        print(f"varproof {varproof.__version__}")
        parser.exit()


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return its exit status.

    It is 0, or 1 where something is not established, 2 for misuse or bad input, 3 for a fit that
    has not converged, 130 for an interruption.
    """
    parser = _parser()
    if "_ARGCOMPLETE" in os.environ:
        import argcomplete  # noqa: PLC0415 - only a shell that completes needs it

        argcomplete.autocomplete(parser)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal may lack mathematical letters
            stream.reconfigure(errors="backslashreplace")
    chosen = parser.parse_args(arguments)
    # A notebook may have chosen a backend that is not installed here, which Matplotlib then refuses
    # to be imported with. A command has its process to itself and draws to files.
    os.environ |= {"MPLBACKEND": "agg", "MATPLOTLIBRC": os.devnull}
    try:
        code: int = chosen.run(chosen)
        sys.stdout.flush()
    except (InputError, UnknownKeyError) as error:
        return _refused(_message(error, chosen))
    except BrokenPipeError:  # the reader has seen enough; Python must not flush once more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NO_READER
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _refused(f"{where}{(error.strerror or str(error)).lower()}")
    except MemoryError as error:
        got = str(error).lower() or "one that does not"
        return _refused(f"wanted a problem that fits into memory, got {got}")
    except KeyboardInterrupt:
        sys.stderr.write("error: interrupted, nothing written\n")
        return INTERRUPTED
    return code


def _message(error: InputError | UnknownKeyError, chosen: argparse.Namespace) -> str:
    """Return the message of an error, with the option in place of a parameter's name."""
    if not isinstance(error, InputError):
        return str(error.args[0])
    given = vars(chosen)
    paths = {str(value) for value in given.values() if isinstance(value, Path)}
    names = re.match(r"\w+( x \w+)*(?=$|, )", error.source)
    if names is None or names[0] in paths:
        return str(error)
    parameters = [n if n in given else n.removesuffix("_size") for n in names[0].split(" x ")]
    if not set(parameters) <= given.keys():
        return str(error)
    options = " x ".join(f"--{name.replace('_', '-')}" for name in parameters)
    return f"{options}{str(error)[names.end() :]}"


def _refused(message: str) -> int:
    sys.stderr.write(f"error: {message}\n")
    return MISUSED


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="varproof",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    derivation_commands.add_commands(commands)
    fit_command.add_commands(commands)
    dice.add_commands(commands)
    samplers.add_commands(commands)
    vae.add_commands(commands)
    report_command.add_commands(commands)
    return parser
