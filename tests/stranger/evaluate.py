"""The number that a formula stands for, where its letters stand for what they do at one place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np
from oracles.reader.cursor import Tree

from stranger.glossary import stacked
from stranger.letters import Letter, is_letter, letters_in, refer, whole
from stranger.memory import remembered
from stranger.values import Env, NotEvaluatedError, Table, UnboundError, UndeclaredError, Value, at
from stranger.words import Meaning

PI, EULER, IDENTITY = (Letter(("name", x, ())) for x in "πγI")
MEANINGS: dict[str, Callable[..., Any]] = {}
"""What functions, derivatives, means and densities stand for; their modules enter themselves."""


def value(tree: Tree, env: Env) -> Value:  # noqa: C901, PLR0912 - one case a kind
    """Return what a formula stands for."""
    match tree:
        case ("num", number):
            return float(number)
        case ("neg", body):
            return -number_of(body, env)
        case ("add", *terms):
            return sum((number_of(t, env) for t in terms[1:]), number_of(terms[0], env))
        case ("mul", *factors):
            found: Value = 1.0
            for factor in factors:
                found = found * number_of(factor, env)
            return found
        case ("div", above, below):
            return np.true_divide(number_of(above, env), number_of(below, env))
        case ("pow", base, exponent):
            return power(number_of(base, env), number_of(exponent, env))
        case ("root", body):
            return np.sqrt(number_of(body, env))
        case ("big", *_):
            return _big(tree, env)
        case ("partial", by, body):
            return MEANINGS["derivative"](by, body, env)
        case ("apply", *_):
            return MEANINGS["function"](tree, env)
        case _ if is_letter(tree):
            return referred(tree, env)
        case ("script", *_):
            return _bracketed(tree, env)
    message = f"no meaning for a {tree[0]}"
    raise NotEvaluatedError(message)


def number_of(tree: Tree, env: Env) -> Value:
    """Return the number that a formula stands for; it may be no vector."""
    found = value(tree, env)
    if isinstance(found, (Table, str)):
        message = "a vector where a number is wanted"
        raise NotEvaluatedError(message)
    return found


def power(base: Value, exponent: Value) -> Value:
    """Return a power; a negative number has whole powers alone."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.power(np.asarray(base, float), exponent)


def referred(tree: Tree, env: Env) -> Value:
    """Return what a letter with its subscripts stands for, or its inverse, or its power."""
    found = refer(tree, env.world.said.known | set(env.values))
    subscripts = tuple(number_of(s, env) for s in found.subscripts)
    if found.inverse:
        name = found.letter
        key: Tree = ("inverse", ("script", name.base, (), name.above) if name.above else name.base)
        inverse = remembered(key, env, lambda: _inverse(letter(name, (), env)))
        return at(inverse, subscripts)
    base = letter(found.letter, subscripts, env)
    return base if found.power is None else power(base, number_of(found.power, env))


def letter(name: Letter, subscripts: tuple[Value, ...], env: Env) -> Value:
    """Return what a letter stands for: what is random, given, defined, or a constant."""
    if name in env.averaged:
        return _random(name, subscripts, env)
    if name in env.values:
        return at(env.values[name], subscripts)
    meaning = env.world.said.meanings.get(name)
    if meaning is not None and meaning.arguments is None:
        return _defined(meaning, subscripts, env)
    if name in {PI, EULER} and not subscripts:
        return np.pi if name == PI else np.euler_gamma
    if name == IDENTITY:
        return "I"
    raise UndeclaredError(name)


def _random(name: Letter, subscripts: tuple[Value, ...], env: Env) -> Value:
    scope = env.averaged[name]
    plates = env.world.said.random[scope.head, name].plates
    given = subscripts[: len(plates)]
    for n, place in enumerate(given):
        if np.ndim(place):
            states = np.unique(np.asarray(place))
            rows = {s: _random(name, (*given[:n], s, *subscripts[n + 1 :]), env) for s in states}
            return Table({(int(s),): v for s, v in rows.items()}).at((place,))
    if len(given) < len(plates):
        rest = [counted(*ends, env) for _, *ends in plates[len(given) :]]
        rows = {places: _random(name, (*given, *places), env) for places in product(*rest)}
        return _joined(rows)
    unit = (name, tuple(int(s) for s in given))
    if unit not in env.units:
        raise UnboundError(unit, scope)
    env.world.seen.add(unit)
    held = env.units[unit]
    return at(held() if callable(held) else held, subscripts[len(plates) :])


def _joined(rows: dict[tuple[int, ...], Value]) -> Table:
    """Return a table of numbers, or of the rows of tables."""
    found: dict[tuple[int, ...], Value] = {}
    for places, row in rows.items():
        inside = row.entries if isinstance(row, Table) else {(): row}
        found |= {(*places, *k): v for k, v in inside.items()}
    return Table(found)


def _defined(meaning: Meaning, subscripts: tuple[Value, ...], env: Env) -> Value:
    given = len(meaning.indices)
    if len(subscripts) < given:
        missing = meaning.indices[len(subscripts) :]
        rows = list(product(*(index_range(i, env) for i in missing)))
        places = tuple(map(float, subscripts))
        return remembered(
            (f"whole {meaning.letter} {places}", meaning.body),
            env,
            lambda: _joined({r: _defined(meaning, (*subscripts, *r), env) for r in rows}),
        )
    inside = env.holding(dict(zip(meaning.indices, subscripts[:given], strict=True)))
    return at(value(meaning.body, inside), subscripts[given:])


def index_range(index: Letter, env: Env) -> range:
    """Return the places that an index runs over, as the page says somewhere."""
    ends = env.world.said.ranges.get(index)
    if ends is None:
        message = f"the range of {index} is not printed"
        raise NotEvaluatedError(message)
    return counted(*ends, env)


def counted(lower: Tree, upper: Tree, env: Env) -> range:
    """Return the whole numbers between two ends."""
    first, last = float(number_of(lower, env)), float(number_of(upper, env))
    if first % 1 or last % 1:
        message = "an end of a sum is not a whole number"
        raise NotEvaluatedError(message)
    return range(int(first), int(last) + 1)


def summed_over(tree: Tree, env: Env) -> Iterator[Env]:
    """Return the places that a sum or a product runs over."""
    _, _, entries, conditions, _ = tree
    names = [whole(e[1]) for e in entries]
    ranges = [counted(*e[2:], env) if len(e) > 2 else index_range(n, env)
              for e, n in zip(entries, names, strict=True)]  # fmt: skip
    for places in product(*ranges):
        inside = env.holding(dict(zip(names, places, strict=True)))
        if all(abs(number_of(c[2], inside) - number_of(c[3], inside)) < 1e-9 for c in conditions):
            yield inside


def _big(tree: Tree, env: Env) -> Value:
    kind, entries, body = tree[1], tree[2], tree[4]
    first = whole(entries[0][1])
    places = summed_over(tree, env)
    if len(entries[0]) == 2 and first not in env.world.said.ranges:
        places = MEANINGS["states"](entries, env)
    found: Value = 0.0 if kind == "sum" else 1.0
    for inside in places:
        part = number_of(body, inside)
        found = found + part if kind == "sum" else found * part
    return found


def _inverse(matrix: Value) -> Table:
    whole_matrix = np.linalg.inv(stacked(matrix))
    size = whole_matrix.shape[-1]
    places = product(range(size), repeat=2)
    return Table({(i + 1, j + 1): whole_matrix[..., i, j] for i, j in places})


def _bracketed(tree: Tree, env: Env) -> Value:
    """Return ``[body]_{x=v}``, a vector or a matrix by its entries, or an entry of one."""
    _, base, below, above = tree
    body = base[1] if base[0] == "bracket" else base
    if below and below[0][0] == "relation":
        return value(body, replaced(below, env))
    inside = set(letters_in(body))
    bound = [b for b in below if b in inside]
    if not bound:
        found = value(body, env)
        found = _inverse(found) if above else found
        return at(found, tuple(number_of(b, env) for b in below))
    return remembered(tree, env, lambda: _by_entries(body, [whole(b) for b in bound], above, env))


def _by_entries(body: Tree, names: list[Letter], above: tuple[Tree, ...], env: Env) -> Table:
    rows = product(*(index_range(n, env) for n in names))
    table = _joined({r: value(body, env.holding(dict(zip(names, r, strict=True)))) for r in rows})
    return _inverse(table) if above else table


def replaced(equations: tuple[Tree, ...], env: Env) -> Env:
    """Return the same where letters stand for other values, all taken before."""
    found: dict[Letter, Value] = {}
    known = env.world.said.known | set(env.values)
    for _, _, left, right in equations:
        name, below, *_ = refer(left, known)
        old = letter(name, (), env)
        if below:
            places = [whole(b) for b in below]
            new = {k: number_of(right, env.holding(dict(zip(places, k, strict=True))))
                   for k in old.entries}  # fmt: skip
            found[name] = Table(new)
            continue
        new_value = value(right, env)
        if isinstance(old, Table) and not isinstance(new_value, Table):
            new_value = Table(dict.fromkeys(old.entries, new_value))
        found[name] = new_value
    return env.holding(found)
