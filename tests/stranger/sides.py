"""The two sides of a claim at one place: whether they are as it says, and if not by how much."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from oracles.reader.cursor import Tree
from oracles.reader.read import read_formula

from stranger.evaluate import number_of, value
from stranger.instances import varied
from stranger.integrals import nodes_of
from stranger.laws import family_law
from stranger.letters import Letter, letters_in, refer
from stranger.page import Line
from stranger.under import Under
from stranger.values import Env, NotEvaluatedError, Scope, Table, Value
from stranger.words import Declared

TOLERANCE = 2e-6
CONST: Tree = ("name", "const", ())


class Wrong(NamedTuple):
    """What is wrong with a claim at one place, and by how much."""

    text: str
    gap: float

    def __bool__(self) -> bool:
        """Whether anything is wrong."""
        return bool(self.text)


RIGHT = Wrong("", 0.0)


def holds(condition: Tree, env: Env) -> bool:
    """Whether a condition of a sentence is met."""
    left, right = (number_of(s, env) for s in condition[2:])
    return bool(left < right if condition[1] == "<" else left <= right)


def compared(tree: Tree, line: Line, env: Env) -> Wrong | None:
    """Return what is wrong with a claim at one place, nothing if it is not, None if undefined."""
    with np.errstate(all="ignore"):
        try:
            return _compared(tree, line, env)
        except np.linalg.LinAlgError:
            return None


def _compared(tree: Tree, line: Line, env: Env) -> Wrong | None:
    _, sign, left, right = tree
    if sign == "~":
        return _distributed(left, right, env)
    if line.note:
        return _constant(left, right, line.note, env)
    first, second = float(number_of(left, env)), float(number_of(right, env))
    if not (np.isfinite(first) and np.isfinite(second)):
        return None
    size = max(abs(first), abs(second))
    slack = TOLERANCE * max(1.0, size)
    gap = first - second
    if sign == "<" and left != right and abs(gap) <= 1e-13 * max(1.0, size):
        return None  # too close to tell
    fine = {
        "=": abs(gap) <= min(slack, 1e-4 * size + 1e-9),
        "<=": gap <= slack,
        "<": gap < 0 if left == right else gap <= slack,
    }
    if sign not in fine:
        message = f"no meaning for {sign}"
        raise NotEvaluatedError(message)
    return RIGHT if fine[sign] else Wrong(f"{first:.10g} against {second:.10g}", abs(gap))


def _constant(left: Tree, right: Tree, note: str, env: Env) -> Wrong | None:
    """Return whether the two sides differ by what some letters do not change."""
    terms = right[1:] if right[0] == "add" else (right,)
    rest: Tree = ("add", ("num", 0), *(t for t in terms if t != CONST))
    for text in note.split(" and "):
        found = [
            float(number_of(left, e)) - float(number_of(rest, e))
            for e in varied(read_formula(text, "text"), env)
        ]
        if not np.isfinite(found).all():
            return None
        spread = max(found) - min(found)
        if spread > TOLERANCE * max(1.0, *map(abs, found)):
            words = f"the constant is {min(found):.10g} and {max(found):.10g} as {text} varies"
            return Wrong(words, spread)
    return RIGHT


def _distributed(left: Tree, right: Tree, env: Env) -> Wrong | None:
    """Compare means of waves of a random quantity with those under the distribution named."""
    said = env.world.said
    used = random_letters(left, said)
    if not used:
        message = "nothing random on the left"
        raise NotEvaluatedError(message)
    scopes = {h: Scope(h) for h in used.values()}
    under = Under((), env)
    under.scopes = set(scopes.values())
    under.env = env.under((), Scope(("num", 0)))
    for name, head in used.items():
        under.env = under.env.under([name], scopes[head])
    if right[0] == "big":
        message = "a product of distributions"
        raise NotEvaluatedError(message)
    sample = value(left, env)
    size = len(sample.entries) if isinstance(sample, Table) else 0
    stated = family_law(right, env, size)
    nodes, weights = stated.rule(nodes_of(stated), 0)
    along = np.random.default_rng(size).uniform(0.4, 1.1, max(size, 1)) / max(size, 1)
    for wave in (np.cos, np.sin):
        for rate in (0.8, 1.9):
            first = float(under.mean(lambda e, w=wave, r=rate: w(r * _seen(value(left, e), along))))
            second = float(np.sum(weights * wave(rate * _seen(nodes, along))))
            if not (np.isfinite(first) and np.isfinite(second)):
                return None
            if abs(first - second) > TOLERANCE:
                return Wrong(f"a mean is {first:.10g} against {second:.10g}", abs(first - second))
    return RIGHT


def _seen(found: Value, along: Value) -> Value:
    if isinstance(found, Table):
        return sum(a * found.entries[k] for a, k in zip(along, sorted(found.entries), strict=True))
    return found


def random_letters(tree: Tree, said: Declared) -> dict[Letter, Tree]:
    """Return the random letters of a formula, through its definitions, with their distributions."""
    found: dict[Letter, Tree] = {}
    waiting, seen = [tree], set()
    while waiting:
        for one in letters_in(waiting.pop()):
            name = refer(one, said.known).letter
            if name in said.meanings and name not in seen:
                seen.add(name)
                waiting.append(said.meanings[name].body)
            for head, random in said.random:
                if random == name:
                    found.setdefault(name, head)
    return found


def shown(tree: Tree, env: Env) -> str:
    """Return the numbers of a claim's own letters."""
    names = {refer(t, env.world.said.known).letter for t in letters_in(tree)}
    names |= {n for n in env.world.said.sizes if n in env.values}
    return ", ".join(
        f"{n} = {_rounded(env.values[n])}" for n in sorted(names, key=str) if n in env.values
    )


def _rounded(found: Value) -> str:
    if isinstance(found, Table):
        return "(" + ", ".join(_rounded(v) for v in found.entries.values()) + ")"
    return f"{float(found):.4g}"
