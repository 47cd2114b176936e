"""The report's section on the audit: every claim by library, each failure with its script."""

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
"""Short names of libraries for the header of a table."""
EVERYTHING = 99
"""The number of lost bits in the record if the result is NaN."""
GOOD, ABSENT = "established", "not offered"
Run = dict[str, Any]
Row = dict[str, Any]


def headline(run: Run) -> Prose:
    """Return the outcome of a run as one line, emphasized if our own samplers fail."""
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
                "The claims about our own samplers were checked for public libraries, too, on "
                f"grids that include extreme parameters. There are {counts.total()} claims, each "
                f"for one library and type: {counts['established']} are established and "
                f"{counts['refuted']} refuted. As a control, the same checks were applied to our "
                f"samplers: {own['established']} of {own.total()} claims are established.",
            )
        ),
        Paragraph(
            (
                "A number is refuted if its relative error exceeds 1e-6 (1e-3 in float32, and for "
                "gradients). Below one nat the error is absolute. The error that follows from "
                "rounding the inputs is subtracted. A sampler is refuted if its draws have a "
                "probability below 1e-9. An exception, or a result that is documented as "
                "undefined, does not count as a failure. For every refuted claim there is a script "
                "of at most ten lines that shows the failure in a separate process.",
            )
        ),
        Paragraph((f"Recorded on {run['machine']}; {versions}.",)),
        Code(run["command"], "sh"),
        Paragraph(
            (
                "In the tables a claim is about one distribution in all types. It is established "
                "if it is established in every type that the library offers. If it is refuted in "
                "one type only, the entry names the type and links to the script. An empty entry "
                "means that the library does not offer the function.",
            )
        ),
        _by_library(run["rows"]),
        _summary(run["rows"]),
        *_refusals(rows, level + 1),
        *_answered(rows, level + 1),
        *_failures(rows, level + 1),
    ]


def _by_library(rows: list[Row]) -> Table:
    """Return the number of claims with each verdict, by library."""
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
    """Return the table of claims by library, grouped by distribution."""
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
    """Return the verdict on a claim in a library; a refuted claim links to its scripts."""
    end = _end(rows)
    if end in {GOOD, ABSENT}:
        return (end,) if end == GOOD else ()
    if any(row["verdict"] == "refuted" for row in rows):
        return (Link(end, f"#{_label(rows[0])}", strong=True),)
    return (Strong(end),)


def _label(row: Row) -> str:
    """Return the label of the section about a refuted claim."""
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
    """Return what libraries refuse, which does not count as a failure."""
    lines = [
        (f"{row['library']}, {row['distribution']}, {row['claim']}: ", Literal(row["declined"]))
        for row in rows
        if row["declined"]
    ]
    if not lines:
        return []
    return [Heading(level, ("Refusals (not failures)",)), Bullets(tuple(lines))]


def _answered(rows: list[Row], level: int) -> list[Block]:
    """Return the threads about claims that hold in every type checked, once for all libraries."""
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
            Paragraph((f"Claimed: {first['statement']}. Checked at {first['grid']}.",)),
        ]
        printed: set[str] = set()
        for _, group in groupby(members, key=lambda row: row["library"]):
            blocks += _library(list(group), printed)
    return blocks


def _library(rows: list[Row], printed: set[str]) -> list[Block]:
    """Return one library's failures of a claim; Pyro's are collapsed if they equal PyTorch's."""
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
    """Return the worst excess error in words, if there is one."""
    bits = row["worst"]["excess_bits"]
    if bits <= 0:
        return ""
    return ", all digits lost" if bits >= EVERYTHING else f", {bits:.0f} bits lost at worst"
