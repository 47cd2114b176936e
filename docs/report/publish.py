"""Write the report: Markdown pages, the site by Sphinx, the paper by Typst."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from derivations.evidence.runs import write_whole
from derivations.printing.nodes import Block, Document, Figure
from derivations.printing.writers.latex import write_latex
from derivations.printing.writers.markdown import write_markdown
from derivations.printing.writers.typst import compile_pdf, pages_in, write_typst

_ALONE = '#set page(width: auto, height: auto, margin: 0pt)\n#image("{}")\n'
HAND_WRITTEN = ("derive.md", "check.md", "glossary.md")
_EXAMPLE = "<!-- the last example of CONTRIBUTING.md -->"


def write_pages(documents: Mapping[str, Document], folder: Path, docs: Path) -> None:
    """Write the generated pages, and beside them the ones written by hand."""
    for name, document in documents.items():
        path = folder / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = write_markdown(document) + _contents(name, documents)
        path.write_text(text, encoding="utf-8")
    head = (docs / "index.md").read_text(encoding="utf-8")
    summary = (folder / "summary.md").read_text(encoding="utf-8")
    (folder / "summary.md").unlink()
    body = summary.split("\n", 1)[1]
    (folder / "index.md").write_text(f"{head}\n{body}", encoding="utf-8")
    contributing = (docs.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    example = re.findall(r"^```python\n.*?^```$", contributing, re.MULTILINE | re.DOTALL)[-1]
    for name in HAND_WRITTEN:
        text = (docs / name).read_text(encoding="utf-8").replace(_EXAMPLE, example)
        (folder / name).write_text(text, encoding="utf-8")


def _contents(name: str, documents: Mapping[str, Document]) -> str:
    """Return the table of contents for the index of a folder."""
    folder, _, page = name.rpartition("/")
    if page != "index":
        return ""
    inside = [n.removeprefix(f"{folder}/") for n in documents if n.startswith(f"{folder}/")]
    rest = "\n".join(n for n in inside if n != "index")
    return f"\n```{{toctree}}\n:hidden:\n\n{rest}\n```\n" if rest else ""


def build_html(source: Path, site: Path, docs: Path) -> None:
    """Build the site; a warning is an error."""
    shutil.rmtree(site, ignore_errors=True)
    sphinx = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going"]
    subprocess.run([*sphinx, "-c", str(docs), str(source), str(site)], check=True)  # noqa: S603


def build_pdf(document: Document, root: Path, path: Path) -> int:
    """Set a document whose figures are under ``root``; return the number of its pages."""
    source = write_typst(document)
    write_whole(path, compile_pdf(source, root))
    return pages_in(source, root)


def write_source(document: Document, root: Path, path: Path) -> None:
    """Write a document as LaTeX, with its figures in a folder beside it.

    LaTeX takes no SVG: such figures become PDF.
    """
    shutil.rmtree(path.parent, ignore_errors=True)
    figures = path.parent / "figures"
    figures.mkdir(parents=True)
    blocks: list[Block] = []
    for block in document.blocks:
        if isinstance(block, Figure):
            kept, name = root / block.path, "-".join(block.path.parts).replace("-figures-", "-")
            if kept.suffix == ".svg":
                name = f"{PurePosixPath(name).stem}.pdf"
                write_whole(figures / name, compile_pdf(_ALONE.format(block.path), root))
            else:
                shutil.copy(kept, figures / name)
            blocks.append(replace(block, path=PurePosixPath("figures", name)))
        else:
            blocks.append(block)
    path.write_text(write_latex(replace(document, blocks=tuple(blocks))), encoding="utf-8")
