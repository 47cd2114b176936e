"""How a name is printed: Greek names, accents, trailing digits, primes, superscripts."""

from __future__ import annotations

import re
from functools import cache

from derivations.printing.layout import Letter, Mark, Number, Phrase, Row, Script, Sign

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η",
    "theta": "θ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ",
    "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "upsilon": "υ", "phi": "φ", "chi": "χ",
    "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ",
    "Pi": "Π", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
}  # fmt: skip
DECORATIONS = ("hat", "tilde", "bar", "bold", "cal")

_DECORATED = re.compile(rf"({'|'.join(DECORATIONS)})\((.+)\)")
_PARTS = re.compile(r"(?P<base>[^_^']+)(?P<primes>'*)(?P<scripts>(?:[_^][^_^]+)*)")
_DIGITS = re.compile(r"(?P<word>[A-Za-z]+)(?P<digits>[0-9]+)")
_LAMBDA = {"lamda": "lambda", "lam": "lambda"}


def _plain(name: str) -> Mark:
    """Return a letter, a number or, for any other name, upright words."""
    name = _LAMBDA.get(name, name)
    if name.isdigit():
        return Number(name)
    return Letter(name) if name in GREEK or (len(name) == 1 and name.isalpha()) else Phrase(name)


def _decorated(base: str) -> Mark:
    """Return a base with its accents and styles."""
    found = _DECORATED.fullmatch(base)
    if found is None:
        return _plain(base)
    inner = _decorated(found[2])
    if not isinstance(inner, Letter):
        message = f"{base}: wanted one letter under {found[1]}, got {found[2]}"
        raise ValueError(message)  # noqa: TRY004 - an error of the name, not of its type
    return Letter(inner.name, (*inner.decorations, found[1]))


@cache
def name_marks(name: str, digits: str = "_") -> tuple[Mark, Mark | None, Mark | None]:
    """Split a name into letter, subscript and superscript.

    ``digits`` says where trailing digits belong: ``_`` for symbols (``D1`` is D with subscript
    1), ``^`` for arrays, whose subscripts are indices. Explicit ``_`` and ``^`` take precedence.
    """
    found = _PARTS.fullmatch(name)
    if found is None:
        return Phrase(name), None, None
    base, primes = found["base"], len(found["primes"])
    scripts: dict[str, list[Mark]] = {"_": [], "^": []}
    trailing = _DIGITS.fullmatch(base)
    if trailing is not None:
        base = trailing["word"]
        scripts[digits].append(Number(trailing["digits"]))
    for mark, text in re.findall(r"([_^])([^_^]+)", found["scripts"]):
        scripts[mark].append(_of_script(text))
    if primes:
        scripts["^"].insert(0, Row((Sign("prime"),) * primes))
    return _decorated(base), _joined(scripts["_"]), _joined(scripts["^"])


def _of_script(text: str) -> Mark:
    """Return the marks of a script; a star at its end denotes an optimum."""
    if not text.endswith("*"):
        return _decorated(text)
    star = Sign("star")
    return Row((_decorated(text[:-1]), star)) if len(text) > 1 else star


def _joined(marks: list[Mark]) -> Mark | None:
    if len(marks) <= 1:
        return marks[0] if marks else None
    joined: list[Mark] = [marks[0]]
    for mark in marks[1:]:
        joined += [Sign("comma"), mark]
    return Row(tuple(joined))


def symbol_mark(name: str) -> Mark:
    """Return the marks of a symbol or index name."""
    base, below, above = name_marks(name)
    return base if below is None and above is None else Script(base, below, above)
