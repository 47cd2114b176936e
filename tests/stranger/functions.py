"""Functions: those of analysis, those that a page defines, and those that are any smooth one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from oracles.reader.cursor import Tree
from scipy.special import gammaln, polygamma

from stranger.evaluate import MEANINGS, number_of, value
from stranger.glossary import stacked
from stranger.letters import Letter, refer, scripts
from stranger.memory import remembered
from stranger.values import Env, NotEvaluatedError, Table, Value


def _applied(tree: Tree, env: Env) -> Value:  # noqa: C901 - one case a function
    _, head, fence, groups = tree
    arguments = groups[0][1]
    name = head[1] if head[0] == "name" else scripts(head)[0][1]
    if fence == "{":
        _, _, left, right = arguments[0]
        return np.where(np.abs(number_of(left, env) - number_of(right, env)) < 1e-9, 1.0, 0.0)
    if (name in {"E", "Var", "KL", "H"} and head[0] == "name") or fence == "[":
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
        return polygamma(
            order[above[0][0]](above[0][1]) if above else 0, number_of(arguments[0], env)
        )
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
        return Table(
            {(i, j): diagonal[i,] if i == j else 0.0 for (i,) in diagonal for (j,) in diagonal}
        )
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
        a, b, d, e = (
            sum((r * x for r, x in zip(row[1:], given, strict=True)), row[0]) for row in c
        )
        return a + np.sin(0.7 * b) + 0.5 * np.cos(0.8 * d) + 0.1 * e * e

    return function


def _log_gamma(x: Value) -> Value:
    return np.where(np.asarray(x) > 0, gammaln(np.maximum(x, 1e-300)), np.nan)


FUNCTIONS: Mapping[str, Callable[[Value], Value]] = {
    "exp": np.exp,
    "log": lambda x: np.log(np.where(np.asarray(x) > 0, x, np.nan)),
    "Γ": lambda x: np.exp(_log_gamma(x)),
}

MEANINGS["function"] = _applied
