"""Write the report: Markdown pages, the site by Sphinx, the paper by Typst."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from derivations.evidence.runs import write_whole
from derivations.printing.nodes import Document
from derivations.printing.writers.markdown import write_markdown
from derivations.printing.writers.typst import compile_pdf, write_typst

HAND_WRITTEN = ("glossary.md", "references.md")


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
    for name in HAND_WRITTEN:
        shutil.copy(docs / name, folder / name)


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


def build_pdf(document: Document, root: Path, path: Path) -> None:
    """Build the paper, with its figures under ``root``."""
    write_whole(path, compile_pdf(write_typst(document), root))
