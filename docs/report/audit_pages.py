"""What the report shows of the audit: every claim by library, and each failure with its script."""

from __future__ import annotations

import re
from collections import Counter
from itertools import groupby
from typing import Any

from audit import COMMAND, SCHEMA

from derivations.printing.nodes import (
    Block,
    Bullets,
    Code,
    Heading,
    Link,
    Literal,
    Paragraph,
    Prose,
    Strong,
    Table,
)
from report.records import alarming

__all__ = ["COMMAND", "RECORD", "SCHEMA", "TITLE", "blocks", "headline"]

TITLE = "Public libraries, by the same claims"
RECORD = "audit.json"
SHORT = {"torch.distributions": "torch", "impl.samplers": "ours"}
"""Libraries by names that fit the head of a column."""
EVERYTHING = 99
"""What the record says of bits lost where the result is no number."""
GOOD, ABSENT = "established", "not offered"
Run = dict[str, Any]
Row = dict[str, Any]


def headline(run: Run) -> Prose:
    """Return what came of a run in a line; it stands out where our own samplers fail."""
    rows = [row for row in run["rows"] if row["verdict"] != "not offered"]
    counts = Counter(row["verdict"] for row in rows if not row["control"])
    own = Counter(row["verdict"] for row in rows if row["control"])
    return (
        f"in other libraries {counts['established']} claims established, {counts['refuted']} "
        "refuted, each by a script; of ours ",
        alarming(
            own.total() - own["established"], f"{own['established']} of {own.total()} established"
        ),
    )


def blocks(run: Run, level: int = 1) -> list[Block]:
    """Return the section on public libraries, under a heading of that level."""
    rows = [row for row in run["rows"] if row["verdict"] != "not offered"]
    counts = Counter(row["verdict"] for row in rows if not row["control"])
    own = Counter(row["verdict"] for row in rows if row["control"])
    versions = ", ".join(f"{name} {version}" for name, version in run["versions"].items())
    return [
        Heading(level, (TITLE,)),
        Paragraph(
            (
                "What is claimed of our own samplers is asked of public libraries, too, over grids "
                "that include extreme parameters. Of "
                f"{counts.total()} claims, each in one library and type, "
                f"{counts['established']} are established and {counts['refuted']} refuted. Our "
                f"samplers go through the same judges as a control: {own['established']} of "
                f"{own.total()} established.",
            )
        ),
        Paragraph(
            (
                "A number is refuted if it is off by more than 1e-6 (1e-3 in float32, and for "
                "gradients) of its size, or of one nat where it is smaller, beyond what rounding "
                "the inputs forces; a sampler, if its draws have a probability below 1e-9. What a "
                "library refuses with an exception, or documents as undefined, is no failure. "
                "Nothing is called refuted but what a script of at most ten lines shows, run "
                "outside the audit's own process.",
            )
        ),
        Paragraph((f"Recorded on {run['machine']}; {versions}.",)),
        Code(run["command"], "sh"),
        Paragraph(
            (
                "In the tables a claim is about one distribution in all types. It is established "
                "if it is so in every type that is offered. What is refuted in one type alone says "
                "in which, and leads to its script. An empty place is not offered.",
            )
        ),
        _by_library(run["rows"]),
        _summary(run["rows"]),
        *_refusals(rows, level + 1),
        *_answered(rows, level + 1),
        *_failures(rows, level + 1),
    ]


def _by_library(rows: list[Row]) -> Table:
    """Return how many claims came to each end, by library."""
    claims = dict.fromkeys((row["distribution"], row["claim"]) for row in rows)
    ends = {
        name: Counter(_end(_select(rows, name, *claim)) for claim in claims)
        for name in dict.fromkeys(row["library"] for row in rows)
    }
    others = sorted({end for counts in ends.values() for end in counts} - {GOOD, ABSENT})
    columns = (GOOD, *others, ABSENT)
    return Table(
        (("Library",), ("Claims",), *((end.capitalize(),) for end in columns)),
        tuple(
            ((name,), *((str(n),) for n in (counts.total(), *(counts[e] for e in columns))))
            for name, counts in ends.items()
        ),
    )


def _summary(rows: list[Row]) -> Table:
    """Return the table of claims by libraries, those about a distribution below its name."""
    names = list(dict.fromkeys(row["library"] for row in rows))
    claims = dict.fromkeys((row["distribution"], row["claim"]) for row in rows)
    lines: list[tuple[Prose, ...]] = []
    for distribution, group in groupby(claims, key=lambda pair: pair[0]):
        lines.append(((Strong(distribution),), *(() for _ in names)))
        lines += [
            ((claim,), *(_cell(_select(rows, name, distribution, claim)) for name in names))
            for _, claim in group
        ]
    return Table((("Claim",), *((SHORT.get(name, name),) for name in names)), tuple(lines))


def _select(rows: list[Row], library: str, distribution: str, claim: str) -> list[Row]:
    wanted = (library, distribution, claim)
    return [row for row in rows if (row["library"], row["distribution"], row["claim"]) == wanted]


def _cell(rows: list[Row]) -> Prose:
    """Return how a claim ended in a library; what is refuted leads to its scripts."""
    end = _end(rows)
    if end in {GOOD, ABSENT}:
        return (end,) if end == GOOD else ()
    if any(row["verdict"] == "refuted" for row in rows):
        return (Link(end, f"#{_label(rows[0])}", strong=True),)
    return (Strong(end),)


def _label(row: Row) -> str:
    """Return the label of the section about a claim that is refuted."""
    return re.sub(r"[^a-z]+", "-", f"audit {row['distribution']} {row['claim']}".lower())


def _end(rows: list[Row]) -> str:
    """Return the verdicts of all types in a few words."""
    offered = {r["type"]: r["verdict"] for r in rows if r["verdict"] != "not offered"}
    found = set(offered.values())
    if not found:
        return ABSENT
    if len(found) == 1 and (found == {GOOD} or len(offered) == len(rows)):
        return str(found.pop())
    return ", ".join(f"{verdict} in {name}" for name, verdict in offered.items() if verdict != GOOD)


def _refusals(rows: list[Row], level: int) -> list[Block]:
    """Return what libraries refuse: answers of their own, and no failures."""
    lines = [
        (f"{row['library']}, {row['distribution']}, {row['claim']}: ", Literal(row["declined"]))
        for row in rows
        if row["declined"]
    ]
    if not lines:
        return []
    return [Heading(level, ("Refusals, which are no failures",)), Bullets(tuple(lines))]


def _answered(rows: list[Row], level: int) -> list[Block]:
    """Return the threads about what holds in every type tried, once for all their libraries."""
    lines: list[Prose] = []
    for distribution, claim in dict.fromkeys((r["distribution"], r["claim"]) for r in rows):
        libraries: dict[Prose, list[str]] = {}
        for name in dict.fromkeys(row["library"] for row in rows):
            members = _select(rows, name, distribution, claim)
            if {row["verdict"] for row in members} == {"established"} and members[0]["threads"]:
                libraries.setdefault(_links(members[0]["threads"]), []).append(name)
        lines += [
            (f"{distribution}, {claim}, in {' and '.join(names)}: ", *links)
            for links, names in libraries.items()
        ]
    if not lines:
        return []
    return [Heading(level, ("Reported upstream, and established here",)), Bullets(tuple(lines))]


def _links(threads: list[dict[str, str]]) -> Prose:
    parts: list[Link | str] = []
    for thread in threads:
        name = "/".join(thread["address"].split("/")[-4:]).replace("/issues/", " ")
        parts += [Link(name.replace("/pull/", " "), thread["address"])]
        parts += [f" ({thread['state']}, read {thread['read']}), "]
    parts[-1] = str(parts[-1]).removesuffix(", ") + "."
    return tuple(parts)


def _failures(rows: list[Row], level: int) -> list[Block]:
    """Return a section for each claim that is refuted somewhere, library by library."""
    refuted = [row for row in rows if row["verdict"] == "refuted"]
    claims = dict.fromkeys((row["distribution"], row["claim"]) for row in refuted)
    blocks: list[Block] = []
    for distribution, claim in claims:
        members = [r for r in refuted if (r["distribution"], r["claim"]) == (distribution, claim)]
        first = members[0]
        blocks += [
            Heading(level, (f"{distribution}: {claim}",), _label(first)),
            Paragraph((f"Claimed: {first['statement']}. Tried at {first['grid']}.",)),
        ]
        printed: set[str] = set()
        for _, group in groupby(members, key=lambda row: row["library"]):
            blocks += _library(list(group), printed)
    return blocks


def _library(rows: list[Row], printed: set[str]) -> list[Block]:
    """Return one library's failures of a claim; Pyro's are folded where they are PyTorch's."""
    first = rows[0]
    types = " and ".join(
        f"{row['type']} ({row['answers'].get('wrong', 0)} of {row['cases']} cases wrong"
        f"{_bits(row)})"
        for row in rows
    )
    threads = _links(first["threads"]) if first["threads"] else ("no thread found.",)
    blocks: list[Block] = [
        Paragraph((Strong(first["library"]), f", {types}. Upstream: ", *threads))
    ]
    if first["remark"]:
        blocks.append(Paragraph((first["remark"],)))
    for place, row in enumerate(rows):
        shown = row["reproducer"]
        text = (
            f"{shown['script']}\n\n# prints {shown['output']}\n# right: {shown['wanted']}\n"
            f"# by: {row['how']}\n"
        )
        lines = shown["script"].replace("pyro.distributions", "torch.distributions")
        repeats = place > 0 or f"{lines}{shown['output']}" in printed
        title = f"The script in {row['type']}" if place else f"The script with {row['library']}"
        blocks.append(Code(text, "python", title if repeats else ""))
        printed.add(f"{lines}{shown['output']}")
    return blocks


def _bits(row: Row) -> str:
    """Return the worst excess error, where there is a number for it."""
    bits = row["worst"]["excess_bits"]
    if bits <= 0:
        return ""
    return ", all digits lost" if bits >= EVERYTHING else f", {bits:.0f} bits lost at worst"
