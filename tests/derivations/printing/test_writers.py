"""Documents: any text survives in every format, and the PDF can be made again byte for byte."""

from __future__ import annotations

import json
import re
import string
import unicodedata
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest
import typst
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from sympy import Symbol, log

from derivations.calculus.steps import Finding, Verdict
from derivations.claims.statements import equal
from derivations.printing.nodes import (
    Admonition,
    Bullets,
    Chain,
    ChainLine,
    Code,
    Document,
    Figure,
    FinePrint,
    Formula,
    Heading,
    Link,
    Literal,
    Paragraph,
    StepBlock,
    Strong,
    Table,
)
from derivations.printing.writers import latex, markdown
from derivations.printing.writers import typst as typst_writer
from derivations.printing.writers.latex import write_latex
from derivations.printing.writers.markdown import write_markdown
from derivations.printing.writers.typst import TypesettingError, compile_pdf, write_typst

if TYPE_CHECKING:
    from collections.abc import Callable

a, b = Symbol("a"), Symbol("b")
HOSTILE = r"100% _of_ #it *costs* `$5` @home \n <b> [x] {y} ~ ^ & | \end{verbatim} // -- 1. $$"
ESTABLISHED = Finding("proof", "equal", Verdict.ESTABLISHED, {"largest_difference": 1.25e-14})
UNKNOWN = Finding("enclosure", "equal", Verdict.UNKNOWN, {}, "precision exhausted")
MARKED_STARTS = [
    "1. one", "12) one", "- one", "+ one", "* one", "= one", "# one", "> one", "/ one: two",
    ":::{note}", "(label)=", "% comment", "// comment", "```", "$$", "https://a.b/c", "a == b",
    "![a](b)", "{{ a }}", "---", "@key", "<a>", "~~~",
]  # fmt: skip
any_character = st.characters(exclude_categories=["Cs", "Co", "Cn"])
marks = st.sampled_from(string.punctuation + " \n1a")
texts = st.text(st.one_of(marks, any_character), max_size=30)


def everything(figure: str = "") -> Document:
    """One block of every kind, all words hostile."""
    blocks = (
        Heading(1, (HOSTILE, a), "key.one"),
        Paragraph(
            (HOSTILE, log(a), HOSTILE, Strong(HOSTILE), Literal(HOSTILE), Link(HOSTILE, "x"))
        ),
        Formula(equal(a, b), "key.two"),
        Formula(a + b),
        Bullets(((HOSTILE, a), (b,))),
        Table((("One",), (HOSTILE,)), (((a,), (HOSTILE,)),), (HOSTILE,)),
        Code(HOSTILE, "python"),
        Code("```\n" + HOSTILE, "latex", "Folded <here>"),
        Admonition("danger", HOSTILE, (HOSTILE,)),
        StepBlock(1, HOSTILE, (HOSTILE,), "bishop2006", equal(a, b), (HOSTILE,), (ESTABLISHED,)),
        StepBlock(2, "rule", ("says",), "", equal(b, a), (), ()),
        StepBlock(3, "rule", ("says",), "", equal(b, b), (), (ESTABLISHED, UNKNOWN)),
        Chain((ChainLine(equal(a, b), (HOSTILE, a)), ChainLine(equal(a, a), (), HOSTILE))),
        FinePrint((HOSTILE, Strong(HOSTILE), a)),
    )
    if figure:
        blocks += (Figure(PurePosixPath(figure), (HOSTILE,), HOSTILE, 0.5),)
    return Document(HOSTILE, blocks, HOSTILE, (HOSTILE,))


def one_line(text: str) -> str:
    """Return what is left of text on paper: printable, white space runs as one blank."""
    shown = "".join(c for c in text if c.isprintable() or c.isspace())
    return " ".join(shown.split())


def test_pdf_of_everything_has_no_warnings_and_the_same_bytes_again(tmp_path: Path) -> None:
    """Typst warns of nothing in any block; a second compilation gives the same file."""
    box = 'width="9" height="9"'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {box}><rect {box}/></svg>'
    (tmp_path / "box.svg").write_text(svg)
    source = write_typst(everything("box.svg"))
    first = compile_pdf(source, tmp_path)
    assert first.startswith(b"%PDF")
    assert compile_pdf(source, tmp_path) == first
    assert b"CreationDate" not in first


def test_typst_errors_and_warnings_are_errors(tmp_path: Path) -> None:
    """A missing figure and a mere warning both stop the document."""
    with pytest.raises(TypesettingError, match=r"missing\.svg"):
        compile_pdf(write_typst(everything("missing.svg")), tmp_path)
    with pytest.raises(TypesettingError, match="font"):
        compile_pdf('#set text(font: "No Such Font")\nx', tmp_path)


def flattened(content: object) -> str:
    """Return the text of Typst content."""
    if isinstance(content, list):
        return "".join(map(flattened, content))
    assert isinstance(content, dict)
    if content["func"] == "space":
        return " "
    return content["text"] if "text" in content else flattened(content.get("children", []))


@pytest.mark.parametrize("text", MARKED_STARTS)
def test_marks_that_begin_a_block_begin_none(text: str) -> None:
    """Lists, headings, labels, comments and fences are only those the nodes ask for."""
    source = f"#metadata([{typst_writer.escaped(text)}]) <m>".encode()
    (found,) = json.loads(typst.query(source, "<m>"))
    assert flattened(found["value"]) == text
    (_, inline, _) = MarkdownIt("commonmark").parse(markdown.escaped(text))
    assert "".join(c.content for c in inline.children) == text
    assert re.match(r"\\|\d+\\|https|a |/", markdown.escaped(text))


@settings(max_examples=60, deadline=None)
@given(texts)
def test_typst_sets_any_text_as_it_stands(text: str) -> None:
    """Escaped text compiles and comes out as it went in, no markup in it having worked."""
    escaped = typst_writer.escaped(text)
    source = f"#metadata([{escaped}]) <m>".encode()
    (found,) = json.loads(typst.query(source, "<m>"))
    assert one_line(flattened(found["value"])) == one_line(text)


@settings(deadline=None)
@given(texts)
@example(r"\new")
@example(r"ends in \\")
@example(r'"\" and \"')
def test_typst_strings_are_what_they_quote(text: str) -> None:
    """A string literal, as used for code and titles, has the value that was quoted."""
    source = f"#metadata({typst_writer._string(text)}) <m>".encode()  # noqa: SLF001
    (found,) = json.loads(typst.query(source, "<m>"))
    assert found["value"] == "".join(c for c in text if c.isprintable() or c == "\n")


@settings(deadline=None)
@given(texts)
def test_markdown_shows_any_text_as_it_stands(text: str) -> None:
    """A CommonMark parser finds one paragraph of nothing but that text."""
    shown = one_line(text)
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown.escaped(shown))
    if not shown:
        assert not tokens
        return
    assert [t.type for t in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    assert {c.type for c in tokens[1].children} <= {"text", "text_special"}
    found = "".join(c.content for c in tokens[1].children)
    assert found == shown


@settings(deadline=None)
@given(texts)
def test_latex_leaves_no_special_character_alone(text: str) -> None:
    """Taken apart into LaTeX tokens, escaped text has no command but the known spellings."""
    known = {"textbackslash", "textasciitilde", "textasciicircum", "textless", "textgreater",
             "textbar", "textquotedbl", "textasciigrave", "ldots"}  # fmt: skip
    escaped = re.sub(r"\$(?:\\?[A-Za-z]+|-|')\$", "", latex.escaped(text))
    commands = set(re.findall(r"\\([A-Za-z]+)\{\}", escaped))
    assert commands <= known
    bare = re.sub(r"\\[A-Za-z]+\{\}|\\[{}$&#_%]|-\{\}", "", escaped)
    assert not set(bare) & set('\\{}$&#_%~^<>|`"')


def test_latex_article_closes_what_it_opens() -> None:
    """Every environment of the article ends, in order."""
    source = re.sub(
        r"\\begin\{verbatim\}.*?\\end\{verbatim\}", "", write_latex(everything()), flags=re.DOTALL
    )
    source = source.replace(latex.escaped(r"\end{verbatim}"), "")
    stack = []
    for word, name in re.findall(r"\\(begin|end)\{(\w+\*?)\}", source):
        if word == "begin":
            stack.append(name)
        else:
            assert stack.pop() == name
    assert not stack


def test_a_column_is_as_wide_as_what_is_seen() -> None:
    """The address behind a link takes no room, nor do the marks around a word."""
    linked = (Link("torch 4602", "https://example.org/a/long/path/to/some/thread/4602"),)
    table = Table((("Where",), ("What",)), ((linked, ("word " * 30,)),))
    assert "columns: (auto, 90fr,)" in write_typst(Document("", (table,)))


def test_a_box_stays_on_the_page_of_what_it_is_about() -> None:
    """The paragraph before it goes over to the next page with it."""
    blocks = (Paragraph(("one",)), Paragraph(("two",)), Admonition("note", "Established", ("so",)))
    text = write_typst(Document("", blocks))
    assert "#block(sticky: true)[two]\n\n#admonition" in text
    assert "[one]" not in text


def test_many_short_columns_leave_room_for_a_long_one() -> None:
    """Beside prose they take their own width only where that is little in all."""
    prose, short = ("word " * 12,), ("a cell of twenty-five let",)
    row = (prose, *[short] * 3)
    text = write_typst(Document("", (Table(row, (row,)),)))
    assert "columns: (60fr, 25fr, 25fr, 25fr,)" in text
    few = (prose, short, ("yes",))
    assert "columns: (60fr, auto, auto,)" in write_typst(Document("", (Table(few, (few,)),)))


@pytest.mark.parametrize("write", [write_latex, write_typst, write_markdown])
def test_missing_or_failing_evidence_is_said_aloud(write: Callable[[Document], str]) -> None:
    """A step without findings, and one with an open finding, say so in every format."""
    text = write(everything())
    assert text.count("Not established") == 2
    assert "precision exhausted" in text
    assert "1.25e" in text


def test_myst_labels_headings_and_formulas_and_plain_markdown_has_none() -> None:
    """Labels are for Sphinx; the plain dialect shows only what any Markdown host renders."""
    document = everything()
    myst, plain = write_markdown(document), write_markdown(document, myst=False)
    assert "(key.one)=\n## " in myst
    assert "$$ (key.two)" in myst
    assert "key.one" not in plain
    assert ":::" not in plain


def test_code_is_shown_to_the_letter_in_a_list_and_in_a_table() -> None:
    """What is copied is the code, with the bars that it had; a bar ends no cell."""
    code = r"int | None + `a`, r'\|'"
    blocks = (Bullets(((Literal(code),),)), Table((("One",),), (((Literal(code),),),)))
    page = write_markdown(Document("Code", blocks))
    tokens = MarkdownIt().enable("table").parse(page)
    shown = [c.content for t in tokens for c in t.children or () if c.type == "code_inline"]
    assert shown == [code, code]


def test_table_rows_must_match_the_header() -> None:
    """A row of the wrong length is refused when the table is made."""
    with pytest.raises(ValueError, match="wanted rows of 1 cells, got 2"):
        Table((("One",),), ((("1",), ("2",)),))


def test_hostile_text_is_hostile() -> None:
    """The sample holds every ASCII mark that some format gives a meaning to."""
    marks = {c for c in HOSTILE if unicodedata.category(c)[0] in "PS"}
    assert set("%_#*`$@\\<[{~^&|/-") <= marks
