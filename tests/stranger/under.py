"""The distribution that a mean is under, and means by linearity, term by term."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain

import numpy as np
from oracles.reader.cursor import Tree

from stranger.densities import ask, conditional, evidence, is_density, log_density
from stranger.evaluate import letter, number_of, summed_over
from stranger.integrals import mean, touched
from stranger.laws import ancestors, at_plates, family_law, is_family, units_of
from stranger.letters import is_letter, refer
from stranger.memory import remembered
from stranger.values import (
    Env,
    NotEvaluatedError,
    Scope,
    UnboundError,
    Unit,
    Value,
)
from stranger.words import Part

Formula = Callable[[Env], Value]
Term = tuple[Value, Tree, Env, Formula]


class Under:
    """The distribution that a mean is under: its random letters, those held, those given."""

    def __init__(self, below: tuple[Tree, ...], env: Env) -> None:
        self.env = env
        self.scopes: set[Scope] = set()
        self.given: list[Unit] = []
        for item in below:
            if item[0] == "neg":
                self._hold(item[1])
                continue
            for one in item[1:] if item[0] == "mul" else (item,):
                self._enter(one)
        self.share = evidence(self.given, self.env) if self.given else 1.0

    def _enter(self, one: Tree) -> None:
        said = self.env.world.said
        head = one[1] if one[0] == "apply" else one
        joint = said.of_head(head)
        if not joint:
            message = "a mean under a distribution that is not printed"
            raise NotEvaluatedError(message)
        scope = Scope(head)
        self.scopes.add(scope)
        if one[0] != "apply":
            self.env = self.env.under(said.first_of(head), scope)
            return
        asked = ask(one, self.env)
        names = {u[0] for u in asked.units}
        names |= {n for n in joint if n.plated and n._replace(plated=False) in names}
        given = {u[0] for u in asked.given}
        self.env = self.env.under(ancestors(names, head, said) - given, scope)
        if any(ancestors([g], head, said) & names for g in given):
            self.env = replace(
                self.env,
                averaged={**self.env.averaged, **dict.fromkeys(given, scope)},
                units={**self.env.units, **asked.given},
            )
            self.given += asked.given

    def _hold(self, held: Tree) -> None:
        name, below, *_ = refer(held, self.env.world.said.known)
        scope = self.env.averaged.get(name)
        if scope is None:
            return
        places = tuple(int(number_of(b, self.env)) for b in below)
        part = self.env.world.said.random[scope.head, name]
        outer = {u: letter(*u, self.outside) for u in units_of(part, places, self.env)}
        self.env = replace(self.env, units={**self.env.units, **outer})

    @property
    def outside(self) -> Env:
        """What letters stand for outside the mean."""
        averaged = {k: s for k, s in self.env.averaged.items() if s not in self.scopes}
        return replace(self.env, averaged=averaged)

    def mean(self, formula: Formula) -> Value:
        """Return the mean of a formula."""
        if not self.given:
            return mean(formula, self.env, self.scopes)

        def weighed(env: Env) -> Value:
            return formula(env) * np.exp(sum(conditional(u, env) for u in self.given))

        return mean(weighed, self.env, self.scopes) / self.share

    def linear(self, tree: Tree) -> Value:
        """Return the mean of a formula, term by term."""
        return sum((c * self._once(*term) for c, *term in self.terms(tree, self.env)), 0.0)

    def _once(self, key: Tree, env: Env, formula: Formula) -> Value:
        """Return the mean of a term, or what it was where all its letters stood for the same."""
        if self.given:
            return self.mean(formula)
        return remembered(("mean", key), env, lambda: self.mean(formula))

    def terms(  # noqa: C901, PLR0912 - one case a kind
        self, tree: Tree, env: Env
    ) -> Iterator[Term]:
        """Return the terms of a formula, with the factors that are not random before them."""
        match tree:
            case ("add", *terms):
                for term in terms:
                    yield from self.terms(term, env)
                return
            case ("neg", body):
                yield from ((-c, *term) for c, *term in self.terms(body, env))
                return
            case ("mul", *factors):
                fixed, random = self._told(factors, env)
                if len(random) == 1:
                    yield from ((fixed * c, *term) for c, *term in self.terms(random[0], env))
                    return
                if not random:
                    yield 1.0, tree, env, lambda _: fixed
                    return
                yield from self._product(fixed, random, env)
                return
            case ("div", above, below):
                fixed, random = self._told([below], env)
                if not random:
                    yield from ((c / fixed, *term) for c, *term in self.terms(above, env))
                    return
            case ("big", "sum", entries, _, body) if len(entries[0]) > 2:
                for inside in summed_over(tree, env):
                    yield from self.terms(body, inside)
                return
            case ("apply", ("name", "log", ()), _, ((None, (inner,)),)):
                found = self._of_log(inner, env)
                if found is not None:
                    yield from found
                    return
        if is_letter(tree):
            body = _definition(tree, env)
            if body is not None:
                yield from self.terms(*body)
                return
        yield 1.0, tree, env, _later(tree, env)

    def _product(self, fixed: Value, random: list[Tree], env: Env) -> Iterator[Term]:
        """Return a product as one term: the mean of what is independent of the rest is a factor."""
        groups: list[tuple[set[Unit], list[Tree]]] = []
        for factor in random:
            needs = set(touched(_later(factor, env), self.env, self.scopes))
            linked = [g for g in groups if g[0] & needs or self.given]
            groups = [g for g in groups if g not in linked]
            groups.append(
                (needs.union(*(g[0] for g in linked)), sum((g[1] for g in linked), [factor]))
            )
        for _, factors in groups[1:]:
            inside: Tree = ("mul", *factors)
            fixed = fixed * self._once(inside, env, _later(inside, env))
        last: Tree = ("mul", *groups[0][1])
        yield fixed, last, env, _later(last, env)

    def _told(self, factors: list[Tree], env: Env) -> tuple[Value, list[Tree]]:
        """Tell the factors that are random from the product of the others."""
        fixed: Value = 1.0
        random = []
        for factor in factors:
            try:
                fixed = fixed * number_of(factor, env)
            except UnboundError as missing:
                if missing.scope not in self.scopes:
                    raise
                random.append(factor)
        return fixed, random

    def _of_log(self, inner: Tree, env: Env) -> Iterator[Term] | None:
        """Return the terms of the log of a product of densities."""
        log: Tree = ("name", "log", ())
        if inner[0] in {"mul", "div"}:
            signs = [1, -1] if inner[0] == "div" else [1] * (len(inner) - 1)
            if all(_positive(part, env) for part in inner[1:]):
                parts = [("apply", log, "(", ((None, (p,)),)) for p in inner[1:]]
                return (
                    (s * c, *term)
                    for s, p in zip(signs, parts, strict=True)
                    for c, *term in self.terms(p, env)
                )
        if is_density(inner, env) and not is_family(inner):
            return self._of_density(inner, env)
        return None

    def _of_density(self, inner: Tree, env: Env) -> Iterator[Term] | None:
        """Return the log conditionals of a density's letters, if it is the product of these."""
        try:
            asked = ask(inner, env)
        except NotEvaluatedError:
            return None
        said = env.world.said
        names = {u[0] for u in (*asked.units, *asked.given)}
        heads = {u[0] for u in asked.units}
        below = any(ancestors([u[0]], asked.scope.head, said) & heads for u in asked.given)
        every = {u for n in names for u in units_of(said.random[asked.scope.head, n], (), env)}
        all_named = every == {*asked.units, *asked.given}
        if not all_named or ancestors(names, asked.scope.head, said) != names:
            return None
        joint = said.of_head(asked.scope.head)
        plain = all(a[0] != "relation" for _, items in inner[3] for a in items) and all(
            refer(a, said.known).letter in {*names, *env.values} for a in inner[3][0][1]
        )
        plain = plain and names >= {refer(a, said.known).letter for a in inner[3][0][1]}

        def term(unit: Unit) -> Formula:
            def formula(found: Env) -> Value:
                there = _with_units(env, found)
                if plain:
                    part = joint[unit[0]]
                    law = family_law(part.family, at_plates(part, unit, there))
                    return law.log_density(letter(*unit, there))
                again = ask(inner, there)
                units = {**again.env.units, **again.given, **again.units}
                return conditional(unit, replace(again.env, units=units))

            return formula

        def term_of(unit: Unit) -> Term:
            key = inner if not plain else _key(joint[unit[0]])
            return 1.0, (f"log density {unit[1]}", key), env, term(unit)

        if not below:
            return map(term_of, asked.units)
        given = tuple(a for a in inner[3][1][1] if refer(a, said.known).letter in joint)
        evidence_of: Tree = ("apply", inner[1], "(", ((None, given),))
        rest: Term = (-1.0, evidence_of, env, lambda _: log_density(evidence_of, env))
        return chain(map(term_of, (*asked.units, *asked.given)), (rest,))


def _key(part: Part) -> Tree:
    """Return a tree with the letters that a log conditional depends on."""
    letter_tree: Tree = ("script", part.letter.base, (), part.letter.above)
    if not part.letter.above:
        letter_tree = part.letter.base
    return ("conditional", part.head, letter_tree, part.family)


def _positive(tree: Tree, env: Env) -> bool:
    if tree[0] in {"mul", "div"}:
        return all(_positive(t, env) for t in tree[1:])
    return is_density(tree, env)


def _with_units(env: Env, found: Env) -> Env:
    """Return the place of a term, with what the mean has bound since."""
    return replace(env, units={**env.units, **found.units}, depth=found.depth)


def _later(tree: Tree, env: Env) -> Formula:
    return lambda found: number_of(tree, _with_units(env, found))


def _definition(tree: Tree, env: Env) -> tuple[Tree, Env] | None:
    """Return what a letter is defined as, and its indices there."""
    said = env.world.said
    name, below, raised, inverse = refer(tree, said.known)
    meaning = said.meanings.get(name)
    if meaning is None or meaning.arguments is not None or raised is not None or inverse:
        return None
    if name in env.values or len(below) != len(meaning.indices):
        return None
    places = tuple(number_of(b, env) for b in below)
    return meaning.body, env.holding(dict(zip(meaning.indices, places, strict=True)))
