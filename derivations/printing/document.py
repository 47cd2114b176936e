"""Derivations as a separate document, with evidence from a check made for it."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path, PurePosixPath

from derivations.claims.judging import judge
from derivations.claims.statements import Derivation
from derivations.evidence.runs import write_whole
from derivations.index import derive
from derivations.printing.graph import drawn_graph
from derivations.printing.nodes import Block, Bullets, Document, Heading
from derivations.printing.page import derivation_blocks, said_once, without
from derivations.printing.references import reference_blocks
from derivations.printing.writers.latex import write_latex
from derivations.printing.writers.markdown import write_markdown
from derivations.printing.writers.typst import compile_pdf, write_typst
from derivations.problems import PROBLEMS

SUFFIXES = {"pdf": ".pdf", "latex": ".tex", "markdown": ".md"}
PICTURES = {"pdf": ".svg", "latex": ".pdf", "markdown": ".svg"}


def write_document(keys: list[str], form: str, folder: Path, seed: int) -> Path:
    """Check the derivations of keys and write them to one file in a folder; return its path.

    Pictures are files beside a LaTeX or Markdown file, and are part of a PDF.
    """
    folder.mkdir(parents=True, exist_ok=True)
    derivations = [derive(key) for key in keys]
    path = folder / f"{derivations[0].key if len(keys) == 1 else 'derivations'}{SUFFIXES[form]}"
    with tempfile.TemporaryDirectory() as scratch:
        pictures = Path(scratch)
        document = _document(derivations, pictures, PICTURES[form], seed)
        if form == "pdf":
            content = compile_pdf(write_typst(document), pictures)
        elif form == "latex":
            content = write_latex(document).encode()
        else:
            content = write_markdown(document, myst=False).encode()
        for picture in pictures.iterdir() if form != "pdf" else ():
            write_whole(folder / picture.name, picture.read_bytes())
    write_whole(path, content)
    return path


def _document(
    derivations: list[Derivation], pictures: Path, picture_suffix: str, seed: int
) -> Document:
    """Gather the derivations; assumptions common to all of one problem come once, before them.

    A single derivation is the whole document. Several are grouped under the titles of their models,
    after a table of contents. The references come last.
    """
    blocks: list[Block] = []
    several = len(derivations) > 1
    for problem, group in itertools.groupby(derivations, lambda d: d.key.partition(".")[0]):
        alike = list(group)
        shared = said_once(alike)
        if several:
            blocks.append(Heading(1, (PROBLEMS.get(problem, problem),)))
        if shared:
            blocks += [Heading(2, ("Assumptions",)), Bullets(shared)]
        for derivation in alike:
            name = PurePosixPath(f"{derivation.key}{picture_suffix}")
            graph = drawn_graph(derivation.model, pictures, name)
            judgement = judge(derivation, seed)
            own = without(derivation, shared)
            blocks += derivation_blocks(own, judgement, 1 + several, graph)
    blocks += reference_blocks(derivations)
    title = "Derivations" if several else derivations[0].title
    return Document(title, tuple(blocks), f"checked with seed {seed}", contents=several)
