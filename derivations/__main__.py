"""The derivations from the command line: list, show, check, mutate, attack, document."""

from __future__ import annotations

import argparse
import errno
import math
import os
import sys
import threading
from functools import partial
from pathlib import Path

from derivations.evidence.limits import LIMIT
from derivations.index import UnknownKeyError, entries, keys_of
from derivations.problems import PROBLEMS

USAGE_ERROR = 2
DEFAULT_SEED = 0
WHICH = "a key, or a problem for all of its keys"
WHICH_IF_ANY = f"{WHICH} (default: every key)"


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return its exit code: 0, 1 if something is not established, 2 for misuse."""
    options = _parser().parse_args(arguments)
    try:
        options.keys = list(dict.fromkeys(key for name in options.keys for key in keys_of(name)))
        if getattr(options, "json", None) is not None:
            _refuse_unwritable(options.json)
        code: int = options.run(options)
    except UnknownKeyError as error:
        print(f"error: {error.args[0]}", file=sys.stderr)
        return USAGE_ERROR
    except BrokenPipeError:  # the reader has seen enough; Python must not flush once more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return USAGE_ERROR
    except OSError as error:
        print(f"error: cannot write {error.filename}: {error.strerror}", file=sys.stderr)
        return USAGE_ERROR
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m derivations", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    listing = commands.add_parser("list", help="the keys, the questions they answer, their titles")
    listing.set_defaults(run=_list, keys=[])
    showing = commands.add_parser("show", help="derivations, every step, without their evidence")
    showing.add_argument("keys", nargs="+", metavar="KEY", help=WHICH)
    showing.add_argument("--format", choices=("text", "latex", "typst", "json"), default="text")
    showing.set_defaults(run=_show)
    checking = commands.add_parser(
        "check", help="check every step and result; exit 1 unless all hold"
    )
    checking.add_argument("keys", nargs="*", metavar="KEY", help=WHICH_IF_ANY)
    checking.add_argument("--format", choices=("text", "json"), default="text")
    checking.add_argument("--seed", type=_seed, default=DEFAULT_SEED, help="of the random points")
    checking.add_argument(
        "--limit",
        type=_limit,
        default=LIMIT,
        metavar="SECONDS",
        help="that each check may take (default: %(default)g)",
    )
    checking.set_defaults(run=_check)
    mutating = commands.add_parser(
        "mutate", help="change every statement on purpose; exit 1 if a change survives"
    )
    mutating.add_argument("keys", nargs="*", metavar="KEY", help=WHICH_IF_ANY)
    mutating.add_argument("--seed", type=_seed, default=DEFAULT_SEED, help="of the random points")
    mutating.add_argument(
        "--most",
        type=_seed,
        metavar="N",
        help="changes of each statement, drawn (default: all there are)",
    )
    mutating.add_argument("--json", type=Path, metavar="PATH", help="write the counts there too")
    mutating.set_defaults(run=_mutate)
    attacking = commands.add_parser(
        "attack",
        help="try every claim at hostile points; exit 1 if any fails",
    )
    attacking.add_argument("keys", nargs="*", metavar="KEY", help=WHICH_IF_ANY)
    attacking.add_argument("--seed", type=_seed, default=DEFAULT_SEED, help="of the points")
    attacking.add_argument("--json", type=Path, metavar="PATH", help="write the counts there too")
    attacking.set_defaults(run=_attack)
    documenting = commands.add_parser("document", help="derivations with their evidence, to keep")
    documenting.add_argument("keys", nargs="*", metavar="KEY", help=WHICH_IF_ANY)
    documenting.add_argument("--format", choices=("pdf", "latex", "markdown"), default="pdf")
    documenting.add_argument("--output", type=Path, required=True, metavar="DIR")
    documenting.add_argument(
        "--seed", type=_seed, default=DEFAULT_SEED, help="of the random points"
    )
    documenting.set_defaults(run=_document)
    return parser


def _seed(text: str) -> int:
    if not text.isdecimal():
        message = f"wanted a whole number, zero or more, got {text!r}"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def _limit(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= threading.TIMEOUT_MAX:
        message = f"wanted a number of seconds above zero, got {text!r}"
        raise argparse.ArgumentTypeError(message)
    return seconds


def _refuse_unwritable(path: Path) -> None:
    """Raise what writing a file would raise, before the work that it is to hold."""
    above = next(parent for parent in path.absolute().parents if parent.exists())
    if path.is_dir():
        number, where = errno.EISDIR, path
    elif not above.is_dir():
        number, where = errno.ENOTDIR, above
    elif not os.access(above, os.W_OK | os.X_OK):
        number, where = errno.EACCES, above
    else:
        return
    raise OSError(number, os.strerror(number), str(where))


def _list(_: argparse.Namespace) -> int:
    widths = [max(len(getattr(e, field)) for e in entries()) for field in ("key", "question")]
    for problem, title in PROBLEMS.items():
        print(f"{problem}: {title}")
        for e in (e for e in entries() if e.problem == problem):
            print(f"  {e.key:<{widths[0]}}  {e.question:<{widths[1]}}  {e.title}")
    return 0


def _show(options: argparse.Namespace) -> int:
    from derivations.printing.show import show  # noqa: PLC0415 - `list` must start without SymPy

    shown = [show(key, options.format) for key in options.keys]
    if options.format == "json" and len(shown) > 1:
        shown = ["[" + ",\n".join(shown) + "]"]
    print("\n\n".join(shown))
    return 0


def _check(options: argparse.Namespace) -> int:
    from derivations.evidence.runs import prepare  # noqa: PLC0415 - as above

    if len(_chosen(options)) > 1:
        prepare("derivations.claims.report")
    from derivations.claims.report import check_and_print  # noqa: PLC0415 - as above

    return check_and_print(
        _chosen(options),
        options.seed,
        as_json=options.format == "json",
        limit=options.limit,
    )


def _mutate(options: argparse.Namespace) -> int:
    from derivations.claims.mutation_report import mutate_and_print  # noqa: PLC0415 - as above

    return mutate_and_print(_chosen(options), options.seed, options.most, options.json)


def _attack(options: argparse.Namespace) -> int:
    from derivations.evidence.attack.command import attack_and_say  # noqa: PLC0415 - as above

    return attack_and_say(_chosen(options), options.seed, options.json, partial(print, flush=True))


def _document(options: argparse.Namespace) -> int:
    from derivations.printing.document import write_document  # noqa: PLC0415 - as above

    path = write_document(_chosen(options), options.format, options.output, options.seed)
    print(path)
    return 0


def _chosen(options: argparse.Namespace) -> list[str]:
    return options.keys or [e.key for e in entries()]


if __name__ == "__main__":
    sys.exit(main())
