"""Reading one factor: a letter with its scripts and arguments, a fraction, a parenthesis."""

from __future__ import annotations

from abc import ABC, abstractmethod
from fractions import Fraction

from oracles.reader.cursor import Cursor, Tree
from oracles.reader.tokens import GROUP, UNGROUP, Token

CLOSING = {"(": ")", "[": "]", "{": "}"}
BARE = frozenset({"log", "det"})
"""The functions that are written without parentheses around a letter."""
DERIVATIVE, SLASH, STAR = (Token("sign", s) for s in "∂/*")


class FactorReader(Cursor, ABC):
    """What reads a factor; how terms and relations are read is up to ``grammar``."""

    @abstractmethod
    def terms(self) -> Tree:
        """Read terms with their signs."""

    @abstractmethod
    def relation(self) -> Tree:
        """Read an expression, and the one it is related to if there is one."""

    def starts_greedy(self) -> bool:
        """Whether a sum, a product or a derivative of all that follows comes next."""
        if self.next.kind == "big":
            return True
        if self.next.kind == "fraction":
            return self.peek(2) == DERIVATIVE and self.peek(3) == UNGROUP
        return self.next == Token("open", "(") and (self.peek(1), self.peek(2)) == (
            DERIVATIVE,
            SLASH,
        )

    def listed(self) -> tuple[Tree, ...]:
        """Read expressions or relations between commas; a star may follow without one."""
        items = [self.item()]
        while self.next in {Token("sign", ","), STAR}:
            self.takes(Token("sign", ","))
            items.append(self.item())
        return tuple(items)

    def item(self) -> Tree:
        """Read one item of a list; primes and a star are items of scripts."""
        primes = 0
        while self.takes(Token("prime")):
            primes += 1
        if primes:
            return ("primes", primes)
        return ("star",) if self.takes(STAR) else self.relation()

    def factor(self) -> Tree:
        """Read one factor with its scripts and arguments."""
        if self.next == DERIVATIVE:
            return self.quotient_of_differentials()
        if self.next.kind == "fraction":
            return self.fraction()
        if self.takes(Token("root")):
            closing = UNGROUP if self.take(GROUP, Token("open", "(")) == GROUP else None
            inside = self.terms()
            self.take(closing or Token("close", ")"))
            return ("root", inside)
        if self.next.kind == "open":
            return self.enclosed()
        if self.next.kind == "number":
            number = ("num", Fraction(self.take().text))
            below, above = self.scripts()
            if below or len(above) > 1:
                self.refuse("no subscript on a number")
            return ("pow", number, above[0]) if above else number
        return self.called(self.scripted(self.name()))

    def name(self) -> Tree:
        """Read a letter or a word, with its accents from the inside out."""
        if self.next.kind == "accent":
            accent = self.take().text
            self.take(GROUP)
            _, text, accents = self.name()
            self.take(UNGROUP)
            return ("name", text, accents if accent == "roman" else (*accents, accent))
        if self.next.kind != "name":
            self.refuse("a letter")
        token = self.take()
        return ("name", token.text, token.accents)

    def scripts(self) -> tuple[tuple[Tree, ...], tuple[Tree, ...]]:
        """Read the subscripts and the superscripts that come next, at most one group of each."""
        found: dict[str, tuple[Tree, ...]] = {}
        while self.next.kind in {"sub", "sup"}:
            kind = self.take().kind
            if kind in found:
                self.refuse("one group of scripts")
            self.take(GROUP)
            found[kind] = self.ordered() or self.listed()
            self.take(UNGROUP)
        return found.get("sub", ()), found.get("sup", ())

    def ordered(self) -> tuple[Tree, ...]:
        """Read the order of a derivative: a number that is alone in its parentheses."""
        ahead = [self.peek(n) for n in range(4)]
        if [t.kind for t in ahead] != ["open", "number", "close", "ungroup"]:
            return ()
        self.at += 3
        return (("order", int(ahead[1].text)),)

    def scripted(self, base: Tree) -> Tree:
        """Read the scripts of a base."""
        below, above = self.scripts()
        return ("script", base, below, above) if below or above else base

    def called(self, head: Tree) -> Tree:
        """Read the arguments of a function, if any come next."""
        if head[0] == "name" and head[1] in BARE and self.next != Token("open", "("):
            if self.next.kind not in {"name", "accent", "open"}:
                self.refuse("what the function is of")
            return ("apply", head, "(", ((None, (self.factor(),)),))
        if self.next.kind != "open" or self.starts_greedy():
            return head
        symbol = self.take().text
        groups: list[tuple[str | None, tuple[Tree, ...]]] = []
        separator = None
        while True:
            if self.next == Token("close", CLOSING[symbol]):
                groups.append((separator, ()))
                break
            groups.append((separator, self.listed()))
            if self.next not in {Token("sign", "|"), Token("sign", "‖")}:
                break
            separator = self.take().text
        self.take(Token("close", CLOSING[symbol]))
        if self.next.kind in {"sub", "sup"}:
            self.refuse("no script on the arguments of a function")
        return ("apply", head, symbol, tuple(groups))

    def enclosed(self) -> Tree:
        """Read what stands in parentheses or brackets, and its scripts."""
        symbol = self.take(Token("open", "("), Token("open", "[")).text
        inside = self.terms()
        self.take(Token("close", CLOSING[symbol]))
        below, above = self.scripts()
        base = ("bracket", inside) if symbol == "[" else inside
        if below or symbol == "[":
            return ("script", base, below, above)
        if len(above) > 1:
            self.refuse("one power")
        return ("pow", inside, above[0]) if above else inside

    def fraction(self) -> Tree:
        """Read one formula over another."""
        self.take()
        self.take(GROUP)
        differential = self.takes(DERIVATIVE)
        above = self.factor() if differential else self.terms()
        self.take(UNGROUP)
        self.take(GROUP)
        if differential:
            self.take(DERIVATIVE)
        below = self.factor() if differential else self.terms()
        self.take(UNGROUP)
        return ("partial", below, above) if differential else ("div", above, below)

    def quotient_of_differentials(self) -> Tree:
        """Read a derivative written with a slash."""
        self.take(DERIVATIVE)
        body = self.factor()
        self.take(SLASH)
        self.take(DERIVATIVE)
        return ("partial", self.factor(), body)
