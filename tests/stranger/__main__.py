"""``python tests/stranger FILE``: one line for each claim of a printed derivation."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])

from stranger.verdicts import AGREES, DEFINES, DISAGREES, NOT_EVALUATED, verdicts  # noqa: E402 - after the path

UNUSABLE = 2
"""The exit status for a file that cannot be read or holds no claims."""


def main(arguments: list[str]) -> int:
    """Try the claims of a file; return 0 if none disagrees, 1 if one does, 2 without any."""
    parser = argparse.ArgumentParser(
        prog="python tests/stranger",
        description="Evaluate every claim of a derivation that `varproof show KEY` printed.",
        epilog="exit status: 0 if no claim disagrees, 1 if one does, 2 if none could be tried",
    )
    parser.add_argument("file", metavar="FILE", help="a printed derivation; - reads what is piped")
    name = parser.parse_args(arguments).file
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text in UTF-8"
        sys.stderr.write(f"error: {name}: {reason.lower()}\n")
        return UNUSABLE
    counts = Counter[str]()
    for verdict in verdicts(text):
        if verdict.finding != DEFINES:
            sys.stdout.write(f"{verdict}\n")
            counts[verdict.finding] += 1
    if not counts:
        sys.stderr.write(f"error: no claims found in {name}\n")
        return UNUSABLE
    others = f", {counts[NOT_EVALUATED]} not evaluated" if counts[NOT_EVALUATED] else ""
    found = f"{counts[AGREES]} agree, {counts[DISAGREES]} disagree{others}"
    sys.stdout.write(f"{counts.total()} claims: {found}\n")
    tried = counts[AGREES] + counts[DISAGREES]
    return int(counts[DISAGREES] > 0) if tried else UNUSABLE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
