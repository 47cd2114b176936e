"""One derivation for reading or copying: text, LaTeX, Typst or JSON, without its evidence."""

from __future__ import annotations

import json
from collections.abc import Callable

from derivations.calculus.steps import Derivation, Relation
from derivations.catalogue import derive
from derivations.printing.derivation import copyable_latex, stated_blocks
from derivations.printing.graph import graph_text
from derivations.printing.nodes import Prose
from derivations.printing.notation import display_text, display_typst, to_latex, to_text
from derivations.printing.writers.latex import latex_blocks
from derivations.printing.writers.typst import typst_blocks


def show(key: str, form: str) -> str:
    """Return the derivation of a key in one of the forms ``text latex typst json``."""
    return _FORMS[form](derive(key))


def _text(derivation: Derivation) -> str:
    lines = [f"{derivation.title}  [{derivation.key}, {derivation.question}]", "", "Assumptions"]
    lines += [f"  - {plain(a)}" for a in derivation.assumptions]
    for number, step in enumerate(derivation.steps, 1):
        source = f" [{step.rule.source}]" if step.rule.source else ""
        lines += ["", f"{number}. {step.rule.name}{source}", f"   {plain(step.rule.prose)}", ""]
        lines.append(_indented(display_text(step.relation)))
    if derivation.model is not None:
        lines += ["", "Graph", "", _indented(graph_text(derivation.model))]
    lines += ["", "Result", ""]
    lines += [_indented(display_text(r)) + "\n" for r in derivation.results]
    return "\n".join(lines).rstrip()


def _indented(text: str) -> str:
    return "\n".join(f"     {line}" for line in text.splitlines())


def plain(prose: Prose) -> str:
    """Return prose as text, formulas in Unicode."""
    return "".join(p if isinstance(p, str) else _plain_part(p) for p in prose)


def _plain_part(part: object) -> str:
    text = getattr(part, "text", None)
    return str(text) if text is not None else to_text(part)


def _latex(derivation: Derivation) -> str:
    return f"{latex_blocks(stated_blocks(derivation))}\n\n{copyable_latex(derivation.results)}"


def _typst(derivation: Derivation) -> str:
    results = "\n\n".join(f"$ {display_typst(r)} $" for r in derivation.results)
    return f"{typst_blocks(stated_blocks(derivation))}\n\n{results}"


def _json(derivation: Derivation) -> str:
    data = {
        "key": derivation.key,
        "title": derivation.title,
        "question": derivation.question,
        "assumptions": [plain(a) for a in derivation.assumptions],
        "steps": [
            {
                "rule": s.rule.name,
                "statement": plain(s.rule.prose),
                "source": s.rule.source,
                **_relation(s.relation),
            }
            for s in derivation.steps
        ],
        "results": [_relation(r) for r in derivation.results],
        "twins": list(derivation.twins),
        "sources": list(derivation.sources),
    }
    return json.dumps(data, indent=2, ensure_ascii=False)


def _relation(relation: Relation) -> dict[str, str]:
    return {"text": to_text(relation), "latex": to_latex(relation)}


_FORMS: dict[str, Callable[[Derivation], str]] = {
    "text": _text,
    "latex": _latex,
    "typst": _typst,
    "json": _json,
}
