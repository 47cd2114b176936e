"""Arguments of the commands on derivations: list, show, check, mutate, attack, document."""

import argparse
import errno
import math
import os
import re
import threading
from functools import partial
from pathlib import Path
from typing import Any

from derivations.evidence.limits import LIMIT
from derivations.index import entries, keys_of
from derivations.problems import PROBLEMS
from impl.arguments import path
from impl.errors import InputError

__all__ = ["add_commands"]

DEFAULT_SEED = 0
WHICH = "a key, or a problem for all of its keys"
WHICH_IF_ANY = f"{WHICH} (default: every key)"
EXAMPLES = {
    "list": "",
    "show": """\
examples:
  varproof show dice.q_rho                    to read in a terminal
  varproof show dice.q_rho --format latex     to paste; needs amsmath and amssymb
""",
    "check": """\
Each line of the output is a derivation: its verdict, its time, and how many claims each kind of
evidence established. What is refuted or unknown is listed below its derivation, with a reason.

examples:
  varproof check                              everything
  varproof check dice mmd.u_statistic         the derivations of a problem, and one more
  varproof check dice --seed 1                at other random points
""",
    "document": """\
examples:
  varproof document dice --output paper                  paper/derivations.pdf
  varproof document dice.q_rho --format latex --output paper
""",
    "mutate": """\
A changed statement is refused if it cannot be built, or else judged again. It survives if it is
established with this seed and refuted with another.

examples:
  varproof mutate dice.q_rho                  every change there is
  varproof mutate --most 4                    at most four of each statement, drawn at random
""",
    "attack": """\
Edge cases are sizes of one, equal sizes and values, zeros and ones, and values at both ends of
their domains. Claims that contain an expectation or state a distribution are not evaluated, since
quadrature is not accurate at edge cases. A point is unknown if the digits do not suffice to decide.

exit status:
  0  no claim failed
  1  a claim failed, or more than a fifth of a derivation's points are unknown
  2  the keys cannot be used, or none of their claims can be evaluated at edge cases

examples:
  varproof attack kumaraswamy
""",
}


def add_commands(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add the commands on derivations to the parser of all commands."""
    text = "list the derivations: their keys, the questions they answer, their titles"
    _added(commands, "list", text).set_defaults(run=_list)
    _add_show(commands)
    _add_check(commands)
    _add_document(commands)
    _add_mutate(commands)
    _add_attack(commands)


def _add_show(commands: "argparse._SubParsersAction[Any]") -> None:
    text = "print derivations, every step, without their evidence"
    parser = _added(commands, "show", text)
    keys = parser.add_argument("keys", nargs="+", type=_key, metavar="KEY", help=WHICH)
    keys.completer = _completed  # type: ignore[attr-defined]
    parser.add_argument(
        "--format",
        choices=("text", "latex", "typst", "json"),
        default="text",
        help="(default: text)",
    )
    parser.set_defaults(run=_show)


def _add_check(commands: "argparse._SubParsersAction[Any]") -> None:
    text = "check every step and result; the exit status is 1 unless all are established"
    parser = _added(commands, "check", text)
    _add_keys(parser)
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="(default: text)"
    )
    parser.add_argument(
        "--limit",
        type=_limit,
        default=LIMIT,
        metavar="SECONDS",
        help="seconds that each check may take (default: %(default)g)",
    )
    parser.set_defaults(run=_check)


def _add_document(commands: "argparse._SubParsersAction[Any]") -> None:
    text = "check derivations and write them with their evidence as a document"
    parser = _added(commands, "document", text)
    _add_keys(parser)
    parser.add_argument(
        "--format", choices=("pdf", "latex", "markdown"), default="pdf", help="(default: pdf)"
    )
    parser.add_argument(
        "--output",
        type=path,
        required=True,
        metavar="FOLDER",
        help="folder to write the document and its pictures to",
    )
    parser.set_defaults(run=_document)


def _add_mutate(commands: "argparse._SubParsersAction[Any]") -> None:
    text = "change every statement on purpose; the exit status is 1 if a change survives"
    parser = _added(commands, "mutate", text)
    _add_keys(parser)
    parser.add_argument(
        "--most",
        type=_most,
        metavar="N",
        help="draw at most N changes of each statement at random (default: make all there are)",
    )
    parser.add_argument("--json", type=path, metavar="FILE", help="write the counts there too")
    parser.set_defaults(run=_mutate)


def _add_attack(commands: "argparse._SubParsersAction[Any]") -> None:
    text = "check claims at edge cases of their assumptions; the exit status is 1 if one fails"
    parser = _added(commands, "attack", text)
    _add_keys(parser)
    parser.add_argument("--json", type=path, metavar="FILE", help="write the counts there too")
    parser.set_defaults(run=_attack)


def _added(
    commands: "argparse._SubParsersAction[Any]", name: str, text: str
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=text,
        description=f"{text[0].upper()}{text[1:]}.",
        epilog=EXAMPLES[name],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    return parser


def _add_keys(parser: argparse.ArgumentParser) -> None:
    keys = parser.add_argument("keys", nargs="*", type=_key, metavar="KEY", help=WHICH_IF_ANY)
    keys.completer = _completed  # type: ignore[attr-defined]
    parser.add_argument(
        "--seed",
        type=_seed,
        default=DEFAULT_SEED,
        metavar="N",
        help="seed of the random points (default: 0)",
    )


def _completed(**_: object) -> list[str]:
    """Return what a shell may complete a key to."""
    return [*PROBLEMS, *(e.key for e in entries())]


INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
"""Letters of no width, which a key copied from a PDF or a web page may hold."""


def _key(text: str) -> str:
    return INVISIBLE.sub("", text)


def _most(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        message = f"wanted a whole number from 1 up, got {text!r}"
        raise argparse.ArgumentTypeError(message)
    return int(text)


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


def _refuse_unwritable(file: Path | None) -> None:
    """Raise what writing a file would raise, before the work that it is to hold."""
    if file is None:
        return
    above = next(parent for parent in file.absolute().parents if parent.exists())
    if file.is_dir():
        number, where = errno.EISDIR, file
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
    keys = _chosen(options)
    from derivations.printing.show import show  # noqa: PLC0415 - `list` must start without SymPy

    shown = [show(key, options.format) for key in keys]
    if options.format == "json" and len(shown) > 1:
        shown = ["[" + ",\n".join(shown) + "]"]
    print("\n\n".join(shown))
    return 0


def _check(options: argparse.Namespace) -> int:
    keys = _chosen(options)
    from derivations.evidence.runs import prepare  # noqa: PLC0415 - as above

    if len(keys) > 1 and (os.cpu_count() or 1) > 1:
        prepare("derivations.claims.report")
    from derivations.claims.report import check_and_print  # noqa: PLC0415 - as above

    as_json = options.format == "json"
    return check_and_print(keys, options.seed, as_json=as_json, limit=options.limit)


def _mutate(options: argparse.Namespace) -> int:
    keys = _chosen(options)
    _refuse_unwritable(options.json)
    from derivations.claims.mutation_report import mutate_and_print  # noqa: PLC0415 - as above

    return mutate_and_print(keys, options.seed, options.most, options.json)


def _attack(options: argparse.Namespace) -> int:
    keys = _chosen(options)
    _refuse_unwritable(options.json)
    from derivations.evidence.attack.claims import attacked  # noqa: PLC0415 - as above
    from derivations.evidence.attack.command import attack_and_say  # noqa: PLC0415 - as above
    from derivations.index import derive  # noqa: PLC0415 - as above

    if not any(attacked(derive(key))[0] for key in keys):
        raise InputError(
            source=" ".join(keys),
            wanted="a claim that can be evaluated at edge cases",
            got="none: all contain expectations or state distributions",
        )

    return attack_and_say(keys, options.seed, options.json, partial(print, flush=True))


def _document(options: argparse.Namespace) -> int:
    keys = _chosen(options)
    from derivations.printing.document import write_document  # noqa: PLC0415 - as above

    print(write_document(keys, options.format, options.output, options.seed))
    return 0


def _chosen(options: argparse.Namespace) -> list[str]:
    """Return the keys that are asked for, each once; none asked for means all."""
    asked = dict.fromkeys(key for name in options.keys for key in keys_of(name))
    return list(asked) or [e.key for e in entries()]
