"""Lists of items: values with units, words, and labels before them."""

from __future__ import annotations

from fractions import Fraction

from rlvr_math.reading.lexer import Token
from rlvr_math.reading.numbers import alters, joins
from rlvr_math.reading.parser.grammar import END, Grammar, UnreadableError
from rlvr_math.reading.parser.operators import RELATION_SIGNS
from rlvr_math.reading.tree import Collection, Constant, Quantity, Relation, Tree, Words

_SEPARATORS = frozenset({",", ";", "and", "or", "\\\\", "&"})
_WORD_NUMBERS = {
    word: number
    for number, word in enumerate("zero one two three four five six seven eight nine ten eleven twelve".split())
}
_PUNCTUATION = frozenset({".", "(", ")", "'", '"', "?", ":", "*", "-"})
_ARTICLES = frozenset("a an the is are it its".split())


class ListGrammar(Grammar):
    """The outermost productions."""

    def answer(self) -> Tree:
        """Read a list of items, or the only one."""
        items = self.items(frozenset())
        if not items:
            raise UnreadableError("nothing to read")
        return items[0] if len(items) == 1 else Collection("", "", _grouped(tuple(items), self.tokens))

    def items(self, closing: frozenset[str]) -> list[Tree]:
        """Read items and the separators between them, up to a closing sign or the end."""
        items: list[Tree] = []
        self.deeper()
        while not self.ends(closing):
            if self.accept(*_SEPARATORS):
                continue
            items.append(self.item(closing))
            if not self.ends(closing) and self.peek().text not in _SEPARATORS:
                raise UnreadableError(f"unexpected {self.peek().text!r}")
        self.depth -= 1
        return items

    def ends(self, closing: frozenset[str]) -> bool:
        """Return whether the text or the list ends here."""
        return self.peek() is END or self.peek().text in closing

    def item(self, closing: frozenset[str]) -> Tree:
        """Read one item of a list: words, or a relation and what stands behind it."""
        self.accept("≈")
        start = self.position
        labelled = self.label()
        if labelled:
            start = self.position
        if self.peek().sort == "word":
            number = _WORD_NUMBERS.get(self.peek().text.lower())
            if number is None or self.peek(1).text in RELATION_SIGNS:
                return self.words(start, closing)
            self.position += 1
            tree: Tree = Constant(Fraction(number))
        else:
            tree = self.relation()
        unit = self.unit(closing)
        if unit is None:
            return self.words(start, closing)
        return Quantity(tree, unit) if unit else tree

    def label(self) -> bool:
        """Skip a label such as ``Paolo:`` before an item; a single letter's colon is a ratio's or a choice's."""
        if self.peek().sort != "word":
            return False
        ahead = 0
        while self.peek(ahead).sort == "word" or (ahead and self.peek(ahead).sort in {"number", "symbol"}):
            ahead += 1
        if ahead and self.peek(ahead).text == ":":
            self.position += ahead + 1
            return True
        return False

    def words(self, start: int, closing: frozenset[str]) -> Tree:
        """Read an item as words up to the next separator."""
        self.position = start
        found: list[str] = []
        while not self.ends(closing):
            token = self.peek()
            if token.sort == "operator" and token.text in _SEPARATORS:
                break
            text = token.text.lower()
            self.position += 1
            if text in _PUNCTUATION or text in _ARTICLES:
                continue
            glued = found and not token.spaced and token.sort in {"symbol", "number"} and token.text.isalnum()
            if glued and self.tokens[self.position - 2].sort == token.sort:
                found[-1] += text
            else:
                found.append(str(_WORD_NUMBERS.get(text, text)))
        if not found:
            raise UnreadableError("nothing but punctuation")
        return Words(" ".join(found))

    def unit(self, closing: frozenset[str]) -> str | None:
        """Read a unit's words behind a value; None if what stands there is none."""
        parts: list[str] = []
        while self.peek().sort == "word" or (parts and self.is_unit_sign()):
            token = self.take()
            if token.text == "^" and self.accept("{"):
                parts.append("^" + self.take().text)
                self.expect("}")
            elif token.text == "^":
                parts.append("^" + self.take().text)
            else:
                parts.append(token.text)
                if alters(token.text) or joins(token.text):
                    raise UnreadableError(f"{token.text!r} changes what stands before it")
        if parts and not (self.ends(closing) or self.peek().text in _SEPARATORS):
            return None
        return " ".join(parts).replace(" / ", "/").replace(" ^", "^").strip(" .")

    def is_unit_sign(self) -> bool:
        """Return whether the next token may stand between the words of a unit."""
        token = self.peek()
        return token.text in {"/", "^", ".", "-"} or (token.sort == "symbol" and len(token.text) == 1)


def _grouped(items: tuple[Tree, ...], tokens: list[Token]) -> tuple[Tree, ...]:
    """Read ``x=1, y=2; x=3, y=4`` as two solutions of two parts each."""
    separators = {token.text for token in tokens if token.sort == "operator"}
    if "," not in separators or separators.isdisjoint({";", "or"}):
        return items
    equations = [item for item in items if isinstance(item, Relation)]
    size = _solution_size(equations) if len(equations) == len(items) else 0
    if not size:
        return items
    values = [equation.sides[1] for equation in equations]
    return tuple(Collection("(", ")", tuple(values[at : at + size])) for at in range(0, len(values), size))


def _solution_size(equations: list[Relation]) -> int:
    """Return how many equations make one of several solutions; 0 if the names do not repeat in the same order."""
    names = [equation.sides[0] for equation in equations if equation.signs == ("=",)]
    size = next((index for index, name in enumerate(names) if index and name == names[0]), 0)
    if size <= 1 or len(names) != len(equations) or names != names[:size] * (len(names) // size):
        return 0
    return size
