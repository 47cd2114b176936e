"""``python tests/stranger FILE``: one line for each claim of a printed derivation."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])

from stranger.verdicts import DEFINES, DISAGREES, verdicts  # noqa: E402 - after the path


def main(arguments: list[str]) -> int:
    """Try the claims of the file named, or of what is piped in; 1 if one disagrees."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python tests/stranger FILE (or - for what is piped in)\n")
        return 2
    text = sys.stdin.read() if arguments[0] == "-" else Path(arguments[0]).read_text("utf-8")
    disagree = False
    for verdict in verdicts(text):
        if verdict.finding != DEFINES:
            sys.stdout.write(f"{verdict}\n")
            disagree |= verdict.finding == DISAGREES
    return int(disagree)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
