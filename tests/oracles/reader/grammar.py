"""The grammar of a printed formula, the same for every format.

It reads as a mathematician does: a sum sign takes the whole product after it, factors stand side
by side, a logarithm without parentheses takes one letter. What could be read in two ways is
refused: a factor after ``a/b``, or after ``log a``; a minus after a sign.

Trees are tuples, the first item being their kind: ``num``, ``name``, ``script``, ``neg``,
``add``, ``mul``, ``div``, ``pow``, ``root``, ``big``, ``apply``, ``bracket``, ``partial``,
``relation``, ``primes``, ``order``, ``star``.
"""

from __future__ import annotations

from oracles.reader.cursor import END, Tree
from oracles.reader.factors import BARE, DERIVATIVE, SLASH, FactorReader
from oracles.reader.tokens import GROUP, UNGROUP, Token

RELATIONS = frozenset({"=", ":=", "<=", ">=", "<", ">", "~", "∝", "∈"})
TIMES = Token("sign", "·")


def read(tokens: list[Token]) -> Tree:
    """Return the tree of a formula: an expression, or a relation between two."""
    reader = Reader(tokens)
    tree = reader.relation()
    if reader.next != END:
        reader.refuse("the end")
    return tree


class Reader(FactorReader):
    """One reading of one formula."""

    def relation(self) -> Tree:
        """Read an expression, and the one it is related to if there is one."""
        left = self.terms()
        if self.next.kind == "sign" and self.next.text in RELATIONS:
            return ("relation", self.take().text, left, self.terms())
        return left

    def terms(self) -> Tree:
        """Read terms with their signs."""
        terms = [self.term(negative=self.takes(Token("sign", "-")))]
        while self.next in {Token("sign", "+"), Token("sign", "-")}:
            terms.append(self.term(negative=self.take().text == "-"))
        return terms[0] if len(terms) == 1 else ("add", *terms)

    def term(self, *, negative: bool) -> Tree:
        """Read one term, after its sign."""
        return ("neg", self.product()) if negative else self.product()

    def product(self) -> Tree:
        """Read factors side by side, up to the end of the term."""
        factors: list[Tree] = []
        while True:
            if self.starts_greedy():
                factors.append(self.greedy())
                break
            if self.starts_factor():
                last = self.at
                factors.append(self.factor())
                if self.is_bare_call(last) and (self.starts_factor() or self.next == TIMES):
                    self.refuse("parentheses that say what the function is of")
            elif factors and self.takes(TIMES):
                if not (self.starts_factor() or self.starts_greedy()):
                    self.refuse("a factor")
                continue
            else:
                break
            if self.takes(SLASH):
                factors = [("div", _product(factors), self.factor())]
                if self.starts_factor() or self.starts_greedy() or self.next in {TIMES, SLASH}:
                    self.refuse("parentheses that say what the quotient is")
        if not factors:
            self.refuse("a term")
        return _product(factors)

    def is_bare_call(self, start: int) -> bool:
        """Whether the factor that started there was a function without parentheses."""
        first, second = self.tokens[start], self.tokens[min(start + 1, len(self.tokens) - 1)]
        return first.kind == "name" and first.text in BARE and second != Token("open", "(")

    def starts_factor(self) -> bool:
        """Whether a factor comes next."""
        kinds = {"name", "number", "open", "accent", "fraction", "root"}
        return self.next.kind in kinds or self.next == DERIVATIVE

    def greedy(self) -> Tree:
        """Read what takes the rest of its product."""
        if self.next.kind == "big":
            return self.big()
        framed = self.take().kind == "fraction"
        self.take(*[GROUP] * framed, *[DERIVATIVE] * (not framed))
        if framed:
            self.take(DERIVATIVE)
            self.take(UNGROUP)
            self.take(GROUP)
        else:
            self.take(SLASH)
        self.take(DERIVATIVE)
        by = self.factor()
        self.take(UNGROUP if framed else Token("close", ")"))
        return ("partial", by, self.product())

    def big(self) -> Tree:
        """Read a sum or product sign, what it runs over, and its body."""
        kind = self.take().text
        self.take(Token("sub"))
        self.take(GROUP)
        if self.takes(Token("open", "(")):
            indices = self.listed()
            self.take(Token("close", ")"))
        else:
            indices = self.listed()
        entries: tuple[Tree, ...] = tuple(("over", i) for i in indices)
        conditions: list[Tree] = []
        if self.takes(Token("sign", ":")):
            conditions = list(self.listed())
        elif len(indices) == 1 and indices[0][:2] == ("relation", "="):
            upper = self.terms() if self.takes(Token("sign", "..")) else None
            if upper is None:
                self.take(UNGROUP)
                self.take(Token("sup"))
                self.take(GROUP)
                upper = self.terms()
            entries = (("over", *indices[0][2:], upper),)
        self.take(UNGROUP)
        return ("big", kind, entries, tuple(conditions), self.product())


def _product(factors: list[Tree]) -> Tree:
    return factors[0] if len(factors) == 1 else ("mul", *factors)
