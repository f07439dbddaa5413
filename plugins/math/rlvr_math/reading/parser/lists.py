"""Lists of items: values with units, words, and labels before them."""

from __future__ import annotations

from itertools import takewhile

from rlvr_math.reading.lexer import Token
from rlvr_math.reading.number_words import SINGLE_WORDS, WORDS_LIMIT, cardinal_at
from rlvr_math.reading.numbers import alters, joins
from rlvr_math.reading.parser.conditions import connected
from rlvr_math.reading.parser.congruences import with_modulus
from rlvr_math.reading.parser.grammar import END, Grammar, UnreadableError
from rlvr_math.reading.parser.operators import RELATION_SIGNS
from rlvr_math.reading.tree import (
    APPROXIMATE,
    Call,
    Collection,
    Constant,
    Quantity,
    Relation,
    Symbol,
    Tree,
    Words,
    key_of,
)

_SEPARATORS = frozenset({",", ";", "and", "or", "\\\\", "&"})
# Words behind a relation that say for which letters it holds, and sets of numbers by their names.
_QUANTIFIERS = frozenset("all any every each some".split())
_QUANTIFIED = _QUANTIFIERS | frozenset(
    (
        "real integer integers integral number numbers rational complex natural whole constant constants arbitrary "
        "values value of in where is are a an and reals rationals positive negative nonnegative nonzero"
    ).split()
)
# The same behind "where": "k is an integer" says what goes without saying, "k is a natural number" says more.
_WHOLE = frozenset(
    "is are a an any some arbitrary integer integers whole number numbers constant constants real".split()
)
_INTRODUCING = frozenset("only just exactly precisely".split())
_PERCENT = frozenset({"percent", "pct", "per cent"})
_SHARES = frozenset("percent pct percentage".split())
_PUNCTUATION = frozenset({".", "(", ")", "'", '"', "?", ":", "*", "-"})
_ARTICLES = frozenset("a an the is are it its".split())


class ListGrammar(Grammar):
    """The outermost productions."""

    def answer(self) -> Tree:
        """Read a list of items, or the only one."""
        starts_with_comma = self.peek().text == ","
        items = self.items(frozenset())
        if not items or starts_with_comma:
            raise UnreadableError("nothing to read")
        return items[0] if len(items) == 1 else Collection("", "", _grouped(with_modulus(tuple(items))))

    def items(self, closing: frozenset[str]) -> list[Tree]:
        """Read items and the separators between them, up to a closing sign or the end."""
        items: list[Tree] = []
        separators: list[set[str]] = []
        self.deeper()
        while True:
            token = self.tokens[self.position]
            # A bar at the start of an item of a set opens an absolute value; behind one it starts the condition.
            if (token is END or token.text in closing) and (token.text != "|" or len(separators) < len(items)):
                break
            if token.text in _SEPARATORS and self.accept(token.text):
                _note_separator(token.text, separators, len(items))
                continue
            if items and token.text == "for":
                self.quantifier(self.position, closing)
                if self.ends(closing) or self.peek().text in _SEPARATORS:
                    continue
            items.append(self.item(closing))
            behind = self.tokens[self.position]
            if self.declares():
                separators.append({","})
            elif not (behind is END or behind.text in closing or behind.text in _SEPARATORS):
                raise UnreadableError(f"unexpected {behind.text!r}")
        self.depth -= 1
        return connected(items, separators[: len(items) - 1]) if len(items) > 1 else items

    def ends(self, closing: frozenset[str]) -> bool:
        """Return whether the text or the list ends here."""
        return self.peek() is END or self.peek().text in closing

    def item(self, closing: frozenset[str]) -> Tree:
        """Read one item of a list: words, or a relation and what stands behind it."""
        token = self.tokens[self.position]
        if token.text == APPROXIMATE and self.accept(APPROXIMATE):
            return Call(APPROXIMATE, (self.item(closing),))
        is_word = token.sort == "word"
        if is_word and token.text.lower() in _INTRODUCING and self.peek(1).sort not in {"word", END.sort}:
            self.position += 1
        start = self.position
        if is_word:
            self.label()
            start = self.position
        if is_word and self.peek().sort == "word":
            tree = self.cardinal() or self.named()
            if tree is None:
                return self.words(start, closing)
        else:
            tree = self.relation()
            self.quantifier(start, closing)
        unit = self.unit(closing) if self.peek().sort == "word" else ""
        if unit is None:
            return self.words(start, closing)
        return Quantity(tree, "%" if unit.lower() in _PERCENT else unit) if unit else tree

    def cardinal(self) -> Tree | None:
        """Read a number in words; None if none starts here, or a relation makes it a name."""
        words, ahead = "", 0
        ends: dict[int, int] = {}
        while self.peek(ahead).sort == "word" or (ahead and self.peek(ahead).text == "-"):
            words += self.peek(ahead).text + ("" if self.peek(ahead).text == "-" else " ")
            ahead += 1
            ends[len(words.rstrip())] = ahead
            if ahead == WORDS_LIMIT:
                break
        found = cardinal_at(words.replace("- ", "-"), 0)
        used = ends.get(found[1]) if found else None
        if found is None or used is None or self.peek(used).text in RELATION_SIGNS:
            return None
        self.position += used
        return Constant(found[0])

    def named(self) -> Tree | None:
        """Read a value that words name, such as ``Maximum = 2``; None if no equals sign follows the words."""
        ahead = 1
        while self.peek(ahead).sort == "word":
            ahead += 1
        if self.peek(ahead).text != "=":
            return None
        name = " ".join(each.text.lower() for each in self.tokens[self.position : self.position + ahead])
        self.position += ahead + 1
        value = self.relation()
        signs, sides = (value.signs, value.sides) if isinstance(value, Relation) else ((), (value,))
        return Relation(("=", *signs), (Words(name), *sides))

    def quantifier(self, item: int, closing: frozenset[str]) -> None:
        r"""Skip what says for which letters a relation holds: ``for all x \in \mathbb{R}``, ``for some constant c``."""
        start = self.position
        names_letter = self.peek().text in {"where", "with"} and self.peek(1).sort == "symbol"
        if not names_letter and (self.peek().text != "for" or self.peek(1).text not in _QUANTIFIERS):
            return
        words, signs = (_WHOLE, "{}") if names_letter else (_QUANTIFIED, "∈{}")
        # "for some" names a constant; with a letter that the left side has, it holds for some values only.
        before = takewhile(lambda token: token.text != "=", self.tokens[item:start])
        left = {token.text for token in before} if self.peek(1).text == "some" else set()
        self.position += 2
        while not self.ends(closing) and self.peek().text not in {",", ";", "\\\\"}:
            token = self.take()
            is_quantified = token.sort == "word" and token.text.lower() in words
            is_letter = token.sort == "symbol" and token.text not in left
            if not (is_quantified or is_letter or token.text in signs):
                self.position = start
                return

    def label(self) -> None:
        """Skip a label such as ``Paolo:`` before an item; a single letter's colon is a ratio's or a choice's."""
        ahead = 1
        while self.peek(ahead).sort in {"word", "number", "symbol"}:
            ahead += 1
        if self.peek(ahead).text == ":":
            self.position += ahead + 1

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
            is_glued = _are_glued(self.tokens[self.position - 2], token)
            # A capital A within a text is a name.
            is_article = text in _ARTICLES and not (found and token.text == "A") and not _are_glued(token, self.peek())
            if text in _PUNCTUATION or is_article:
                continue
            if is_glued:
                found[-1] += text
            else:
                found.append(str(SINGLE_WORDS.get(text, text)))
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
        if len(parts) > 1 and parts[0].lower() in _SHARES:
            raise UnreadableError("a share of something")
        if parts and not (self.ends(closing) or self.peek().text in _SEPARATORS):
            return None
        return " ".join(parts).replace(" / ", "/").replace(" ^", "^").strip(" .")

    def is_unit_sign(self) -> bool:
        """Return whether the next token may stand between the words of a unit."""
        token = self.peek()
        return token.text in {"/", "^", ".", "-"} or (token.sort == "symbol" and len(token.text) == 1)


def _note_separator(sign: str, separators: list[set[str]], count: int) -> None:
    """Note a sign that stands behind so many items; one before the first item separates nothing."""
    if len(separators) < count:
        separators.append(set())
    if separators:
        separators[-1].add(sign)


def _are_glued(token: Token, behind: Token) -> bool:
    """Return whether two letters, or two numbers, stand side by side as in the name ``ABC``."""
    is_part = behind.sort in {"symbol", "number"} and behind.text.isalnum() and not behind.spaced
    return is_part and token.sort == behind.sort


def _grouped(items: tuple[Tree, ...]) -> tuple[Tree, ...]:
    """Read ``x=1, y=2; x=3, y=4`` as two solutions of two parts each, the parts in the order of their names."""
    if all(map(_is_chain_of_names, items)):
        return tuple(_solution_of_chain(item) for item in items if isinstance(item, Relation))
    equations = [item for item in items if isinstance(item, Relation) and item.signs == ("=",)]
    size = _solution_size(equations) if len(equations) == len(items) else 0
    if not size:
        return items
    solutions = (
        sorted(equations[at : at + size], key=lambda each: key_of(each.sides[0]).lower())
        for at in range(0, len(items), size)
    )
    return tuple(Collection("(", ")", tuple(solution)) for solution in solutions)


def _is_chain_of_names(tree: Tree) -> bool:
    match tree:
        case Relation(signs=signs, sides=(*names, last)) if not isinstance(last, Symbol):
            return len(signs) > 1 and set(signs) == {"="} and all(isinstance(name, Symbol) for name in names)
        case _:
            return False


def _solution_of_chain(chain: Relation) -> Tree:
    """Return ``x=y=1`` as a tuple of named values."""
    return Collection("(", ")", tuple(Relation(("=",), (name, chain.sides[-1])) for name in chain.sides[:-1]))


def _solution_size(equations: list[Relation]) -> int:
    """Return how many equations make one of several solutions; 0 if the same names do not come again and again."""
    names = [key_of(equation.sides[0]) for equation in equations]
    size = next((index for index, name in enumerate(names) if name in names[:index]), 1)
    first = set(names[:size])
    are_same = all(set(names[at : at + size]) == first for at in range(size, len(names), size))
    return size if size > 1 and are_same and len(names) % size == 0 else 0
