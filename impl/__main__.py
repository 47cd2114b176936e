"""Command line of the numerical twins: `python -m impl PROBLEM COMMAND`."""

import argparse
import sys
from typing import NoReturn

from impl.dice import command as dice
from impl.samplers import command as samplers
from impl.vae import command as vae


class _Parser(argparse.ArgumentParser):
    """Parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"error: {message} (see {self.prog} --help)\n")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return its exit code: 0, 1 for a failed fit, 2 for bad input."""
    parser = _Parser(prog="python -m impl", description="Variational inference that runs.")
    problems = parser.add_subparsers(title="problems", metavar="PROBLEM", required=True)
    dice.add_commands(problems)
    samplers.add_commands(problems)
    vae.add_commands(problems)
    chosen = parser.parse_args(arguments)
    try:
        code: int = chosen.run(chosen)
    except KeyboardInterrupt:
        sys.stderr.write("error: interrupted, nothing written\n")
        return 130
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        sys.stderr.write(f"error: {where}{(error.strerror or str(error)).lower()}\n")
        return 2
    except MemoryError as error:
        got = str(error).lower() or "one that does not"
        sys.stderr.write(f"error: wanted a problem that fits into memory, got {got}\n")
        return 2
    except ValueError as error:
        from impl.errors import InputError  # noqa: PLC0415 - keeps --help fast

        if not isinstance(error, InputError):
            raise
        sys.stderr.write(f"error: {error}\n")
        return 2
    return code


if __name__ == "__main__":
    sys.exit(main())
