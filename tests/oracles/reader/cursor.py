"""A place in a list of tokens, and trees as the grammar builds them."""

from __future__ import annotations

from oracles.reader.tokens import ReadingError, Token

Tree = tuple  # a tuple of strings, numbers and trees

END = Token("end")


class Cursor:
    """A place in a list of tokens, which is read from left to right."""

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
