"""The tokens of an answer and the place in them: what every production of the grammar reads with."""

from __future__ import annotations

from abc import ABC, abstractmethod

from rlvr_math.limits import TREE_DEPTH_LIMIT, OverLimitError
from rlvr_math.reading.lexer import Token
from rlvr_math.reading.tree import Tree

END = Token("end of text", "")


class UnreadableError(ValueError):
    """The text is no answer that is understood; says at which token."""


class Grammar(ABC):
    """Reads tokens from left to right; each production is a method of a subclass.

    The abstract methods are the productions that other files call.
    """

    position = 0
    depth = 0
    in_absolute = 0
    # Whether a command's argument of one token is read: a bracket behind it belongs to something else.
    one_token = False
    # The letters that the sums and limits around the place bind.
    bound_letters: frozenset[str] = frozenset()
    # How many integrals wait for their differential, and how many brackets stood open where the innermost began.
    open_integrals = 0
    body_level: int | None = None
    # Behind the sign of a congruence, "mod" names its modulus and is no operation.
    in_class = False
    # Between the brackets of a set a colon ends the expression, elsewhere it is a ratio's.
    in_set = False

    def __init__(self, tokens: list[Token]) -> None:
        # Three ends, so that looking two ahead needs no question.
        self.tokens = [*tokens, END, END, END]
        self.levels_found: list[int] = []

    def peek(self, ahead: int = 0) -> Token:
        """Return the next token, or one further ahead, and leave it."""
        return self.tokens[self.position + ahead]

    def take(self) -> Token:
        """Return the next token and go past it."""
        token = self.tokens[self.position]
        if token is not END:
            self.position += 1
        return token

    def accept(self, *texts: str) -> str:
        """Take the next token if it is one of the signs; returns it, or nothing."""
        token = self.tokens[self.position]
        if token.text in texts and token.sort in {"operator", "relation"}:
            self.position += 1
            return token.text
        return ""

    def expect(self, *texts: str) -> str:
        """Take the next token, which must be one of the signs."""
        found = self.accept(*texts)
        if not found:
            raise UnreadableError(f"expected {texts[0]!r}, found {self.peek().text!r}")
        return found

    def deeper(self) -> None:
        """Count a level of nesting; whoever counts it takes it back."""
        self.depth += 1
        if self.depth > TREE_DEPTH_LIMIT:
            raise OverLimitError(f"an answer nested deeper than {TREE_DEPTH_LIMIT}")

    @abstractmethod
    def items(self, closing: frozenset[str]) -> list[Tree]:
        """Read the items of a list up to a closing sign."""

    @abstractmethod
    def relation(self) -> Tree:
        """Read sides and the signs between them, or one side alone."""

    @abstractmethod
    def sum(self) -> Tree:
        """Read terms and the signs between them."""

    @abstractmethod
    def product(self) -> Tree:
        """Read factors, with signs of multiplication or without."""

    @abstractmethod
    def power(self) -> Tree:
        """Read a value with the marks behind it and its exponent."""

    @abstractmethod
    def declares(self) -> bool:
        """Return whether brackets with a membership follow a value."""

    @abstractmethod
    def starts_factor(self) -> bool:
        """Return whether the next token starts a factor that no sign of multiplication announces."""

    @abstractmethod
    def ends_body(self) -> bool:
        """Return whether the next token starts the differential of the innermost open integral."""

    @abstractmethod
    def at_bar(self, tree: Tree) -> Tree:
        """Read the bar and the place behind an expression, if they are there."""

    @abstractmethod
    def applies(self, name: str) -> bool:
        """Return whether a letter is the name of a function: what stands in the brackets behind it decides."""

    @abstractmethod
    def application(self, name: str) -> Tree:
        """Read the arguments of a letter that is a function."""

    @abstractmethod
    def argument(self) -> Tree:
        """Read a command's argument: braces, or one token."""

    @abstractmethod
    def primary(self) -> Tree:
        """Read a value without the marks behind it."""

    @abstractmethod
    def bracketed(self, token: Token) -> Tree:
        """Read what an opening bracket, already taken, starts."""

    @abstractmethod
    def environment(self, name: str) -> Tree:
        r"""Read what ``\begin``, already taken, starts."""
