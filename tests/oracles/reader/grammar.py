"""The grammar of a printed formula, the same for every format.

It reads as a mathematician does: a sum sign takes the whole product after it, factors stand side
by side, a logarithm without parentheses takes one letter. What could be read in two ways is
refused: a factor after ``a/b``, or after ``log a``; a minus after a sign.

Trees are tuples, the first item being their kind: ``num``, ``name``, ``script``, ``neg``,
``add``, ``mul``, ``div``, ``pow``, ``root``, ``big``, ``apply``, ``bracket``, ``partial``,
``relation``, ``primes``, ``order``, ``star``.
"""

from __future__ import annotations

from fractions import Fraction

from oracles.reader.tokens import GROUP, UNGROUP, ReadingError, Token

Tree = tuple  # a tuple of strings, numbers and trees

RELATIONS = frozenset({"=", ":=", "<=", ">=", "<", ">", "~", "∝", "∈"})
CLOSING = {"(": ")", "[": "]", "{": "}"}
BARE = frozenset({"log", "det"})
"""The functions that are written without parentheses around a letter."""
DERIVATIVE, SLASH, TIMES = Token("sign", "∂"), Token("sign", "/"), Token("sign", "·")
END = Token("end")


def read(tokens: list[Token]) -> Tree:
    """Return the tree of a formula: an expression, or a relation between two."""
    reader = Reader(tokens)
    tree = reader.relation()
    if reader.next != END:
        reader.refuse("the end")
    return tree


class Reader:
    """One reading of one list of tokens, from left to right."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0

    @property
    def next(self) -> Token:
        """The token to be read."""
        return self.peek(0)

    def peek(self, ahead: int) -> Token:
        """Return a token further on."""
        place = self.at + ahead
        return self.tokens[place] if place < len(self.tokens) else END

    def take(self, *wanted: Token) -> Token:
        """Consume a token, which must be one of those wanted if any are named."""
        token = self.next
        if wanted and token not in wanted:
            self.refuse(" or ".join(t.text or t.kind for t in wanted))
        self.at += 1
        return token

    def takes(self, token: Token) -> bool:
        """Consume a token if it is the next one."""
        found = self.next == token
        self.at += found
        return found

    def refuse(self, wanted: str) -> None:
        """Raise: the formula is not one, or is ambiguous."""
        shown = " ".join(t.text or t.kind for t in self.tokens[max(self.at - 8, 0) : self.at + 4])
        message = f"wanted {wanted}, got {self.next.text or self.next.kind!r} in: {shown}"
        raise ReadingError(message)

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

    def listed(self) -> tuple[Tree, ...]:
        """Read expressions or relations between commas."""
        items = [self.item()]
        while self.takes(Token("sign", ",")):
            items.append(self.item())
        return tuple(items)

    def item(self) -> Tree:
        """Read one item of a list; primes and a star are items of scripts."""
        primes = 0
        while self.takes(Token("prime")):
            primes += 1
        if primes:
            return ("primes", primes)
        return ("star",) if self.takes(Token("sign", "*")) else self.relation()

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


def _product(factors: list[Tree]) -> Tree:
    return factors[0] if len(factors) == 1 else ("mul", *factors)
