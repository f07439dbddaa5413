r"""Expressions evaluated at a place, or between two: ``x^3|_{x=3}`` and ``[x^3]_0^3``."""

from __future__ import annotations

from rlvr_math.reading.parser.grammar import Grammar, UnreadableError
from rlvr_math.reading.tree import Call, Relation, Symbol, Tree, minus, symbols_in

_CONSTANTS = frozenset({"i", "e", "pi", "∞"})
# What stands in front of a place: below or above.
_MARKS = frozenset({"_", "^"})


class EvaluatedGrammar(Grammar):
    """Productions of a place behind an expression."""

    def at_bar(self, tree: Tree) -> Tree:
        """Read the bar and the place behind an expression, if they are there."""
        if self.in_absolute or self.peek(1).text != "_":
            return tree
        self.position += 1
        return self.at_places(tree)

    def has_places(self) -> bool:
        """Return whether square brackets have places behind them: two, or one that names its letter."""
        if self.peek().text != "_":
            return False
        if self.peek(1).text != "{":
            return self.peek(2).text == "^"
        ahead, depth = 2, 1
        while depth and self.peek(ahead).sort != "end of text":
            depth += {"{": 1, "}": -1}.get(self.peek(ahead).text, 0)
            if self.peek(ahead).text == "=" and depth == 1:
                return True
            ahead += 1
        return self.peek(ahead).text == "^"

    def at_places(self, tree: Tree) -> Tree:
        """Read the places behind a bar, and return what the expression is there."""
        places: dict[str, list[Tree]] = {}
        while (mark := self.peek().text) in _MARKS and mark not in places:
            self.position += 1
            places[mark] = self.place()
        below, above = places.get("_", []), places.get("^", [])
        lower = self.at_each(tree, below)
        if not above:
            return lower
        if len(above) != 1 or len(below) != 1:
            raise UnreadableError("a range of several letters")
        letter = _letter_of(below[0])
        if letter is not None and _letter_of(above[0]) is None:
            above = [Relation(("=",), (letter, above[0]))]
        return minus(self.at_each(tree, above), lower)

    def place(self) -> list[Tree]:
        """Read a place: a value, or letters with their values."""
        if not self.accept("{"):
            return [self.argument()]
        found = self.items(frozenset({"}"}))
        self.expect("}")
        return found

    def at_each(self, tree: Tree, places: list[Tree]) -> Tree:
        """Return an expression at a place; a value without a letter is that of its only letter."""
        for place in places:
            letter = _letter_of(place)
            if letter is not None and isinstance(place, Relation):
                tree = Call("at", (tree, letter, place.sides[1]))
                continue
            letters = symbols_in(tree) - _CONSTANTS
            if isinstance(place, Relation) or len(letters) > 1:
                raise UnreadableError("a place without its letter")
            tree = Call("at", (tree, Symbol(*letters), place)) if letters else tree
        return tree


def _letter_of(place: Tree) -> Symbol | None:
    """Return the letter of ``x=3``; None if the place is a value."""
    if isinstance(place, Relation) and place.signs == ("=",) and isinstance(place.sides[0], Symbol):
        return place.sides[0]
    return None
