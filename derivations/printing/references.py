"""The list of references at the end of a document, from the project's bibliography."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from importlib.resources import files

from derivations.claims.statements import Derivation
from derivations.printing.nodes import Block, Bullets, Heading, Link, Literal, Prose

_ENTRY = re.compile(r"^@\w+\{(\w+),\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"^ *(\w+) *= *\{(.*)\},$", re.MULTILINE)
_ACCENT = re.compile(r"\{\\(['\"])(\w)\}")
_ACCENTS = {"'": "\N{COMBINING ACUTE ACCENT}", '"': "\N{COMBINING DIAERESIS}"}
_VENUES = ("journal", "booktitle", "publisher", "school")


def reference_blocks(derivations: Iterable[Derivation]) -> list[Block]:
    """Return the section with all sources of derivations and of their rules, by their keys."""
    cited = {
        source.partition(",")[0]
        for derivation in derivations
        for source in (*derivation.sources, *(step.rule.source for step in derivation.steps))
        if source
    }
    if not cited:
        return []
    known = bibliography()
    return [Heading(1, ("References",)), Bullets(tuple(known[key] for key in sorted(cited)))]


def bibliography() -> dict[str, Prose]:
    """Return every source of the bibliography as one line, by its key."""
    text = files("derivations").joinpath("references.bib").read_text(encoding="utf-8")
    return {key: _reference(key, dict(_FIELD.findall(body))) for key, body in _ENTRY.findall(text)}


def _reference(key: str, fields: dict[str, str]) -> Prose:
    """Return a source as one line: its key, authors, title, place and year."""
    told = {name: _plain(value) for name, value in fields.items()}
    authors = ", ".join(" ".join(reversed(a.split(", "))) for a in told["author"].split(" and "))
    place = next(told[name] for name in _VENUES if name in told)
    if "volume" in told:
        place += f" {told['volume']}" + (f" ({told['number']})" if "number" in told else "")
    parts = [place, *(told[name] for name in ("pages", "year") if name in told)]
    line: Prose = (Literal(key), f": {authors}. {told['title']}. {', '.join(parts)}.")
    doi = told.get("doi")
    return (*line, " ", Link(f"doi:{doi}", f"https://doi.org/{doi}")) if doi else line


def _plain(value: str) -> str:
    """Return the text of a field without BibTeX markup."""
    text = _ACCENT.sub(lambda m: unicodedata.normalize("NFC", m[2] + _ACCENTS[m[1]]), value)
    return re.sub(r"[{}]", "", text).replace("--", "\N{EN DASH}").replace("\\&", "&")
