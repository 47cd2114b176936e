"""The number that a formula stands for, where its letters stand for what they do at one place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any

import numpy as np
from oracles.reader.cursor import Tree
from scipy.special import gammaln, polygamma

from stranger.glossary import stacked
from stranger.letters import Letter, is_letter, letters_in, refer, scripts, whole
from stranger.memory import remembered
from stranger.values import Env, NotEvaluatedError, Table, UndeclaredError, UnboundError, Value, at
from stranger.words import POSITIVE, SIMPLEX, UNIT, Meaning

FAMILIES = frozenset({"Any", "Categorical", "Bernoulli", "Beta", "Dirichlet", "Kumaraswamy"})
NAMED = FAMILIES | {"Uniform", "Gamma", "Exponential", "Poisson"}
PI, EULER, IDENTITY = (Letter(("name", x, ())) for x in "πγI")
MEANINGS: dict[str, Callable[..., Any]] = {}
"""What means and densities stand for; the modules that need this one enter themselves."""
_STEPS = ((1, 3 / 4), (2, -3 / 20), (3, 1 / 60))
FUNCTIONS: Mapping[str, Callable[[Value], Value]] = {
    "exp": np.exp,
    "log": lambda x: np.log(np.where(np.asarray(x) > 0, x, np.nan)),
    "Γ": lambda x: np.exp(_log_gamma(x)),
}


def _log_gamma(x: Value) -> Value:
    return np.where(np.asarray(x) > 0, gammaln(np.maximum(x, 1e-300)), np.nan)


def value(tree: Tree, env: Env) -> Value:
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
            return derivative(by, body, env)
        case ("apply", *_):
            return _applied(tree, env)
        case _ if is_letter(tree):
            return referred(tree, env)
        case ("script", *_):
            return _bracketed(tree, env)
    message = f"no meaning for a {tree[0]}"
    raise NotEvaluatedError(message)


def number_of(tree: Tree, env: Env) -> Value:
    """Return the number that a formula stands for; it may be no vector."""
    found = value(tree, env)
    if isinstance(found, Table) or isinstance(found, str):
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


def derivative(by: Tree, body: Tree, env: Env) -> Value:
    """Return a derivative by central differences of the sixth order."""
    logarithm = by[0] == "apply"
    by = by[3][0][1][0] if logarithm else by
    name, below, *_ = refer(by, env.world.said.known | set(env.values))
    places = tuple(number_of(b, env) for b in below)
    old = letter(name, places, env)
    if isinstance(old, Table):
        message = "a derivative by a vector"
        raise NotEvaluatedError(message)
    domain = env.world.said.domains.get(name)
    narrow = logarithm or (domain and domain.kind in {POSITIVE, SIMPLEX, UNIT})
    scale = 0.01 * np.where(old == 0, 1.0, np.minimum(1.0, np.abs(old))) if narrow else 0.01
    if domain and domain.kind == UNIT:
        scale = scale * (1 - old)
    found: Value = 0.0
    for count, weight in _STEPS:
        for sign in (1, -1):
            step = sign * count * scale
            there = shifted(name, places, old * np.exp(step / old) if logarithm else old + step, env)
            found = found + sign * weight * number_of(body, there)
    return found / scale * (old if logarithm else 1.0)


def shifted(name: Letter, places: tuple[Value, ...], new: Value, env: Env) -> Env:
    """Return the same with one entry of a letter that stands for something else."""
    exact = tuple(int(p) for p in places)
    if name in env.averaged:
        plates = len(env.world.said.random[env.averaged[name].head, name].plates)
        unit, rest = (name, exact[:plates]), exact[plates:]
        old = env.units[unit]
        old = old() if callable(old) else old
        return env.bound(unit, Table({**old.entries, rest: new}) if rest else new)
    if not exact:
        return env.holding({name: new})
    return env.holding({name: Table({**letter(name, (), env).entries, exact: new})})


def _applied(tree: Tree, env: Env) -> Value:
    _, head, fence, groups = tree
    arguments = groups[0][1]
    name = head[1] if head[0] == "name" else scripts(head)[0][1]
    if fence == "{":
        (_, sign, left, right) = arguments[0]
        return np.where(np.abs(number_of(left, env) - number_of(right, env)) < 1e-9, 1.0, 0.0)
    if name in {"E", "Var", "KL", "H"} and head[0] == "name" or fence == "[":
        return remembered(tree, env, lambda: MEANINGS["mean"](tree, env))
    said = env.world.said
    reference = refer(head, said.known)
    if reference.letter in said.meanings and said.meanings[reference.letter].arguments:
        return called(tree, env)
    if reference.letter in said.functions:
        return smooth(reference.letter, reference.subscripts, arguments, env)
    if name == "ψ":
        order = {"primes": int, "order": int}
        above = scripts(head)[2]
        return polygamma(order[above[0][0]](above[0][1]) if above else 0, number_of(arguments[0], env))
    if name == "log" and arguments[0][0] == "apply":
        inner = arguments[0]
        if inner[1] == ("name", "Γ", ()):
            return _log_gamma(number_of(inner[3][0][1][0], env))
        if MEANINGS["is density"](inner, env):
            return remembered(inner, env, lambda: MEANINGS["log density"](inner, env))
    if name == "det":
        return np.linalg.det(stacked(value(arguments[0], env)))
    if name == "diag":
        diagonal = value(arguments[0], env).entries
        return Table({(i, j): diagonal[i,] if i == j else 0.0 for (i,) in diagonal for (j,) in diagonal})
    if name in FUNCTIONS:
        return FUNCTIONS[name](number_of(arguments[0], env))
    if MEANINGS["is density"](tree, env):
        return np.exp(remembered(tree, env, lambda: MEANINGS["log density"](tree, env)))
    message = f"no meaning for {name}(…)"
    raise NotEvaluatedError(message)


def called(tree: Tree, env: Env) -> Value:
    """Return a function of the page at arguments, put in for its own letters."""
    said = env.world.said
    reference = refer(tree[1], said.known)
    meaning = said.meanings[reference.letter]
    given = tree[3][0][1]
    if len(given) != len(meaning.arguments or ()):
        message = f"{reference.letter} is a function of {len(meaning.arguments or ())} arguments"
        raise NotEvaluatedError(message)
    found = {n: value(a, env) for n, a in zip(meaning.arguments or (), given, strict=True)}
    found |= {n: number_of(s, env)
              for n, s in zip(meaning.indices, reference.subscripts, strict=True)}  # fmt: skip
    return value(meaning.body, env.holding(found))


def smooth(name: Letter, below: tuple[Tree, ...], arguments: tuple[Tree, ...], env: Env) -> Value:
    """Return a random smooth function of the page at arguments."""
    given: list[Value] = []
    for argument in arguments:
        found = value(argument, env)
        given += found.entries.values() if isinstance(found, Table) else [found]
    key = (name, tuple(int(number_of(b, env)) for b in below), len(given))
    if key not in env.world.functions:
        env.world.functions[key] = _wave(env.world.rng.normal(size=(4, len(given) + 1)))
    return env.world.functions[key](given)


def _wave(c: Value) -> Callable[[list[Value]], Value]:
    def function(given: list[Value]) -> Value:
        a, b, d, e = (sum((r * x for r, x in zip(row[1:], given, strict=True)), row[0]) for row in c)
        return a + np.sin(0.7 * b) + 0.5 * np.cos(0.8 * d) + 0.1 * e * e

    return function
