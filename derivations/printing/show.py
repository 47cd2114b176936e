"""One derivation for reading or copying: text, LaTeX, Typst or JSON, without its evidence."""

from __future__ import annotations

import json
from collections.abc import Callable

from derivations.claims.statements import Claim, Definition, Derivation
from derivations.index import derive
from derivations.printing.assumptions import explained, sentences
from derivations.printing.graph import graph_text
from derivations.printing.nodes import Prose
from derivations.printing.notation import display_text, display_typst, to_latex, to_text
from derivations.printing.page import copyable_latex, note_on, stated_blocks
from derivations.printing.writers.latex import latex_blocks
from derivations.printing.writers.typst import typst_blocks


def show(key: str, form: str) -> str:
    """Return the derivation of a key in one of the forms ``text latex typst json``."""
    return shown(derive(key), form)


def shown(derivation: Derivation, form: str) -> str:
    """Return a derivation in one of the forms ``text latex typst json``."""
    return _FORMS[form](derivation)


def _text(derivation: Derivation) -> str:
    told = ", ".join(filter(None, (derivation.key, derivation.question)))
    lines = [f"{derivation.title}  [{told}]"]
    if derivation.code:
        lines.append(f"Computed by {', '.join(derivation.code)}")
    lines += ["", "Assumptions"]
    lines += [f"  - {plain(s)}" for s in sentences(derivation.assumptions)]
    for number, step in enumerate(derivation.steps, 1):
        source = f" [{step.rule.source}]" if step.rule.source else ""
        prose = plain(explained(step.rule, derivation.assumptions))
        lines += ["", f"{number}. {step.rule.name}{source}", f"   {prose}", ""]
        lines.append(_indented(display_text(step.claim)))
        if note := note_on(step.claim):
            lines += ["", f"   {plain(note)}"]
    if derivation.model is not None:
        lines += ["", "Graph", "", _indented(graph_text(derivation.model))]
    lines += ["", "Result", ""]
    lines += [_indented(display_text(r)) + "\n" for r in derivation.results]
    if derivation.remarks:
        lines += ["Remarks", *(f"  - {plain(r)}" for r in derivation.remarks)]
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
        "assumptions": [plain(s) for s in sentences(derivation.assumptions)],
        "steps": [
            {
                "rule": s.rule.name,
                "statement": plain(explained(s.rule, derivation.assumptions)),
                "source": s.rule.source,
                "kind": "definition" if isinstance(s.claim, Definition) else "claim",
                **_statement(s.claim),
            }
            for s in derivation.steps
        ],
        "results": [_statement(r) for r in derivation.results],
        "remarks": [plain(r) for r in derivation.remarks],
        "code": list(derivation.code),
        "sources": list(derivation.sources),
    }
    return json.dumps(data, indent=2, ensure_ascii=False)


def _statement(statement: Claim | Definition) -> dict[str, str]:
    return {"text": to_text(statement), "latex": to_latex(statement)}


_FORMS: dict[str, Callable[[Derivation], str]] = {
    "text": _text,
    "latex": _latex,
    "typst": _typst,
    "json": _json,
}
