"""Whether an answer's tree is the reference's: structure by structure, down to expressions."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

from rlvr_math.comparing.exact import rational_of
from rlvr_math.comparing.expressions import numeric_value, same_value
from rlvr_math.comparing.regions import region_of, same_region, shifted
from rlvr_math.limits import OverLimitError, Steps
from rlvr_math.options import GradeOptions
from rlvr_math.reading.tree import (
    Call,
    Collection,
    Constant,
    Grid,
    Power,
    Product,
    Quantity,
    Relation,
    Sum,
    Symbol,
    Tree,
    Words,
    children,
    inverted,
    key_of,
    minus,
    multiplied,
    negated,
    renamed,
    symbols_in,
)
from rlvr_math.reading.units import unit_in

# Several plus/minus signs stand for this many values at most.
VARIANTS_LIMIT = 32
# Lists without order are matched item by item.
ITEMS_LIMIT = 200
_CONSTANTS = frozenset({"i", "e", "pi", "∞"})
_INTEGRATION_CONSTANTS = frozenset({"C", "c", "K", "k", "D"})
_TWO_SIDES = 2


class Comparison:
    """One comparison: its options, its budget of steps, and the stage that decided last."""

    def __init__(self, options: GradeOptions) -> None:
        self.options = options
        self.steps = Steps()
        self.stage = "form"

    def equivalent(self, right: Tree, answer: Tree) -> bool:
        """Say whether an answer is the reference, a free letter of it renamed where that may be.

        Raises:
            OverLimitError: The budget is used up.
        """
        if self.same(right, answer):
            return True
        renaming = _renaming(right, answer, self.options)
        return bool(renaming) and self.same(right, renamed(answer, renaming))

    def same(self, right: Tree, answer: Tree) -> bool:
        """Say whether one tree is another, as they stand."""
        self.steps.spend()
        if right == answer:
            return True
        right, answer = _peeled(right), _peeled(answer)
        if has_plus_minus(right) or has_plus_minus(answer):
            right, answer = expanded(right), expanded(answer)
        if isinstance(right, Relation) or isinstance(answer, Relation):
            return self._same_relations(right, answer)
        if isinstance(right, Quantity) or isinstance(answer, Quantity):
            return self._same_quantities(right, answer)
        if isinstance(right, Words) or isinstance(answer, Words):
            return self._same_words(right, answer)
        if isinstance(right, Collection) or isinstance(answer, Collection):
            return self._same_collections(right, answer)
        if isinstance(right, Grid) or isinstance(answer, Grid):
            return self._same_grids(right, answer)
        return self._same_expressions(right, answer)

    # Expressions

    def _same_expressions(self, right: Tree, answer: Tree) -> bool:
        infinite = [_infinity(tree) for tree in (right, answer)]
        if any(infinite):
            return infinite[0] == infinite[1]
        same, self.stage = same_value(right, answer, self.steps)
        if same or symbols_in(right) - _CONSTANTS or symbols_in(answer) - _CONSTANTS:
            return same
        return self._near(right, answer)

    def _near(self, right: Tree, answer: Tree) -> bool:
        """Compare constants as decimals: the rounding of a value, or within the tolerance."""
        value, other = (numeric_value(tree, self.steps) for tree in (right, answer))
        if value is None or other is None:
            return False
        if any(
            not _terminates(exact) and _rounds(tree, target, self.options.rounding_digits)
            for tree, target, exact in ((right, other, answer), (answer, value, right))
        ):
            self.stage = "rounding"
            return True
        if not self.options.tolerance or value.denominator == other.denominator == 1:
            return False
        self.stage = "tolerance"
        return abs(value - other) <= Fraction(self.options.tolerance) * abs(value)

    # Quantities

    def _same_quantities(self, right: Tree, answer: Tree) -> bool:
        (value, unit), (other, theirs) = _measured(right), _measured(answer)
        if isinstance(value, Collection) or isinstance(other, Collection):
            return unit in {theirs, ""} and self.same(value, other)
        if unit.startswith("base") or theirs.startswith("base"):
            return unit == theirs and self.same(value, other)
        if "%" in {unit, theirs}:
            return self._same_percent(value, unit, other, theirs)
        if "degree" in {unit, theirs}:
            return self._same_angle(value, unit, other, theirs)
        mine, yours = unit_in(unit), unit_in(theirs)
        if not mine.dimensions or (not yours.dimensions and self.options.unit_optional):
            return self.same(value, other)
        if mine.dimensions == (("money", 1),) and not yours.dimensions:
            return self.same(value, other)
        if mine.dimensions != yours.dimensions:
            return False
        if mine.worth == yours.worth:
            return self.same(value, other)
        worth = (Constant(mine.worth), Constant(yours.worth))
        return self.same(multiplied([value, worth[0]]), multiplied([other, worth[1]]))

    def _same_percent(self, value: Tree, unit: str, other: Tree, theirs: str) -> bool:
        hundredth = Constant(Fraction(1, 100))
        if unit == theirs:
            return self.same(value, other)
        if self.options.percent_as_number and "" in {unit, theirs} and self.same(value, other):
            return True
        if not {unit, theirs} <= {"%", ""}:
            return False
        infinite = any(_infinity(tree) for tree in (value, other))
        scaled = [
            multiplied([tree, hundredth]) if mark == "%" and not infinite else tree
            for tree, mark in ((value, unit), (other, theirs))
        ]
        return self.same(scaled[0], scaled[1])

    def _same_angle(self, value: Tree, unit: str, other: Tree, theirs: str) -> bool:
        """Compare angles; degrees are commonly left out, and radians hold pi."""
        if not {unit, theirs} <= {"degree", "degrees", "", "deg"}:
            return False
        if unit == theirs or "pi" not in symbols_in(value) | symbols_in(other):
            return self.same(value, other)
        turns = multiplied([Symbol("pi"), Constant(Fraction(1, 180))])
        angles = [multiplied([tree, turns]) if mark else tree for tree, mark in ((value, unit), (other, theirs))]
        return self.same(angles[0], angles[1])

    # Words

    def _same_words(self, right: Tree, answer: Tree) -> bool:
        self.stage = "words"
        mine, yours = _text_of(right), _text_of(answer)
        return bool(mine) and mine == yours

    # Lists, sets, tuples, intervals

    def _same_collections(self, right: Tree, answer: Tree) -> bool:
        if not isinstance(right, Collection) or not isinstance(answer, Collection):
            if isinstance(right, Grid) or isinstance(answer, Grid):
                return self._same_vector(right, answer)
            return self._same_regions(right, answer) or self._named_single(right, answer)
        if _is_region(right) or _is_region(answer):
            return self._same_regions(right, answer)
        kinds = (right.opening, answer.opening)
        if kinds[0] in {"", "{"} and kinds[1] in {"", "{"}:
            return self._same_unordered(right, answer)
        if kinds[0] == kinds[1] and right.closing == answer.closing:
            return self._same_in_order(right.items, answer.items)
        if "" in kinds and {right.closing, answer.closing} <= {"", ")"}:
            return self._same_in_order(right.items, answer.items)
        return False

    def _named_single(self, right: Tree, answer: Tree) -> bool:
        """A set of one element is no element, but a list of one is."""
        for one, other in ((right, answer), (answer, right)):
            if (
                isinstance(one, Collection)
                and one.opening in {"", "{"}
                and len(one.items) == 1
                and not isinstance(other, Collection)
            ):
                return self.same(one.items[0], other) if one is right else self.same(other, one.items[0])
        return False

    def _same_in_order(self, mine: tuple[Tree, ...], yours: tuple[Tree, ...]) -> bool:
        if len(mine) != len(yours):
            return False
        return all(self.same(one, other) for one, other in zip(mine, yours, strict=True))

    def _same_unordered(self, right: Collection, answer: Collection) -> bool:
        """Match items one to one; a set counts equal items once."""
        mine, yours = list(right.items), list(answer.items)
        if max(len(mine), len(yours)) > ITEMS_LIMIT:
            raise OverLimitError(f"a list of more than {ITEMS_LIMIT} items")
        if right.opening == "{" and answer.opening == "{":
            mine, yours = self._distinct(mine), self._distinct(yours)
        if len(mine) != len(yours):
            return self._flat(right, answer)
        for item in mine:
            index = next((index for index, other in enumerate(yours) if self.same(item, other)), None)
            if index is None:
                return self._same_regions(right, answer)
            del yours[index]
        return True

    def _flat(self, right: Collection, answer: Collection) -> bool:
        """Compare again with lists within lists flattened, if there are any."""
        flat = [_flattened(tree) for tree in (right, answer)]
        if (flat[0], flat[1]) == (right, answer) or len(flat[0].items) != len(flat[1].items):
            return False
        return self._same_unordered(flat[0], flat[1])

    def _distinct(self, items: list[Tree]) -> list[Tree]:
        found: list[Tree] = []
        for item in items:
            if not any(self.same(item, other) for other in found):
                found.append(item)
        return found

    def _same_regions(self, right: Tree, answer: Tree) -> bool:
        one, other = region_of(right, self.steps), region_of(answer, self.steps)
        if one is None or other is None:
            return False
        self.stage = "regions"
        return same_region(one, other, self.same, self.steps)

    # Matrices

    def _same_grids(self, right: Tree, answer: Tree) -> bool:
        right, answer = _summed(right), _summed(answer)
        if not isinstance(right, Grid) or not isinstance(answer, Grid):
            return self._same_vector(right, answer)
        if [len(row) for row in right.rows] != [len(row) for row in answer.rows]:
            return False
        pairs = zip(right.rows, answer.rows, strict=True)
        return all(self._same_in_order(mine, yours) for mine, yours in pairs)

    def _same_vector(self, right: Tree, answer: Tree) -> bool:
        """Compare a column or row with a tuple of as many items, where the option allows."""
        for one, other in ((right, answer), (answer, right)):
            if isinstance(one, Grid) and isinstance(other, Collection) and other.opening in {"(", "["}:
                cells = children(one)
                flat = min(len(one.rows), max(map(len, one.rows), default=0)) == 1
                return flat and self.options.vector_as_tuple and self._same_in_order(cells, other.items)
        return False

    # Relations

    def _same_relations(self, right: Tree, answer: Tree) -> bool:
        if isinstance(right, Relation) and isinstance(answer, Relation):
            return self._same_two_relations(right, answer) or bool(self._region_pair(right, answer))
        regions = self._region_pair(right, answer)
        if regions is not None:
            return regions
        if isinstance(right, Relation):
            value = _value_of(right, asked=False)
            return value is not None and self.same(value, answer)
        value = _value_of(answer, asked=True) if isinstance(answer, Relation) else None
        return value is not None and self._consistent(answer, value) and self.same(right, value)

    def _consistent(self, chain: Tree, value: Tree) -> bool:
        """Say whether a chain of constants is true: "17+2 = 18" says two things."""
        constants = not symbols_in(chain) - _CONSTANTS
        return not constants or all(self.same(value, side) for side in children(chain))

    def _region_pair(self, right: Tree, answer: Tree) -> bool | None:
        """Compare as stretches of the real line, where at least one side is an inequality or a membership."""
        told = [
            isinstance(tree, Relation) and any(sign in "<=>=!=∈" and sign != "=" for sign in tree.signs)
            for tree in (right, answer)
        ]
        if not any(told):
            return None
        one, other = region_of(right, self.steps), region_of(answer, self.steps)
        if one is None or other is None:
            return None
        if all(told) and isinstance(right, Relation) and isinstance(answer, Relation):
            names = [symbols_in(tree) - _CONSTANTS - {"R", "Z", "N", "Q"} for tree in (right, answer)]
            if names[0] != names[1] and not self.options.rename_variables:
                return False
        self.stage = "regions"
        return same_region(one, other, self.same, self.steps)

    def _same_two_relations(self, right: Relation, answer: Relation) -> bool:
        if set(right.signs) == set(answer.signs) == {"="}:
            return self._same_equations(right, answer)
        if len(right.signs) != len(answer.signs):
            return False
        for flipped in (answer, _turned(answer)):
            if flipped.signs == right.signs and self._same_in_order(right.sides, flipped.sides):
                return True
        return self._same_inequalities(right, answer)

    def _same_inequalities(self, right: Relation, answer: Relation) -> bool:
        if len(right.signs) != 1:
            return False
        for candidate in (answer, _turned(answer)):
            if candidate.signs == right.signs:
                factor = self._factor(shifted(right), shifted(candidate))
                if factor is not None and factor > 0:
                    return True
        return False

    def _same_equations(self, right: Relation, answer: Relation) -> bool:
        mine, yours = _named(right), _named(answer)
        if mine is not None and yours is not None:
            return self._same_named(mine, yours) or self._proportional(right, answer)
        if len(right.sides) == len(answer.sides) and self._same_in_order(right.sides, answer.sides):
            return True
        return self._proportional(right, answer)

    def _proportional(self, right: Relation, answer: Relation) -> bool:
        if len(right.sides) != _TWO_SIDES or len(answer.sides) != _TWO_SIDES:
            return False
        return self._factor(shifted(right), shifted(answer)) is not None

    def _same_named(self, mine: tuple[Tree, Tree], yours: tuple[Tree, Tree]) -> bool:
        (name, value), (other, theirs) = mine, yours
        renamed_arguments = _bound_renamed(name, other, theirs)
        if renamed_arguments is not None:
            return self.same(value, renamed_arguments)
        if key_of(name) == key_of(other):
            return self.same(value, theirs)
        if isinstance(name, Call) and isinstance(other, Call):
            return False
        functions = bool(symbols_in(value) - _CONSTANTS) and {_head(name), _head(other)} & set("yfghFG")
        return bool(functions or self.options.rename_variables) and self.same(value, theirs)

    def _factor(self, one: Tree, other: Tree) -> Fraction | None:
        """Return the constant that one expression is of the other; None if it is none, or zero."""
        one, other = _named_calls(one), _named_calls(other)
        names = sorted(symbols_in(one) - _CONSTANTS)
        if set(names) != symbols_in(other) - _CONSTANTS or not names:
            return None
        for offset in (0, 7):
            spot: dict[str, Tree] = {
                name: Constant(Fraction(3 + offset + 2 * index, 7)) for index, name in enumerate(names)
            }
            top, bottom = renamed(one, spot), renamed(other, spot)
            ratio = numeric_value(multiplied([top, inverted(bottom)]), self.steps)
            if ratio:
                same, self.stage = same_value(multiplied([one, bottom]), multiplied([other, top]), self.steps)
                return ratio if same else None
        return None


def _peeled(tree: Tree) -> Tree:
    """Take approximations, lists of one, and the signs of a chain away."""
    if isinstance(tree, Relation) and "≈" in tree.signs:
        cut = tree.signs.index("≈")
        if not cut:
            return tree.sides[0] if not _is_name(tree.sides[0]) else tree.sides[1]
        return Relation(tree.signs[:cut], tree.sides[: cut + 1])
    if isinstance(tree, Collection) and tree.opening == "" and len(tree.items) == 1:
        return tree.items[0]
    return tree


def _is_name(tree: Tree) -> bool:
    """Say whether a side of an equation is a name for the other: x, f(x), (x, y), AB, an angle."""
    match tree:
        case Symbol(name=name):
            return name not in _CONSTANTS
        case Call(name=name, arguments=arguments):
            opaque = name in {"f", "g", "h", "F", "G", "P", "Q", "overline", "vec", "abs"} or name.startswith("_")
            return opaque and all(isinstance(each, Constant) or _is_name(each) for each in arguments)
        case Collection(opening="(" | "", items=items):
            return all(_is_name(item) for item in items)
        case Product(factors=(Symbol(name=first), *rest)):
            letters = [each.name for each in rest if isinstance(each, Symbol)]
            if len(letters) != len(rest):
                return False
            return (
                first.startswith("\\")
                or all(name.isupper() for name in (first, *letters))
                or (letters == ["x"] and first in {"p", "q"})
            )
        case Words():
            return True
        case _:
            return False


def _head(tree: Tree) -> str:
    match tree:
        case Symbol(name=name) | Call(name=name):
            return name[:1]
        case _:
            return "?"


def _named(relation: Relation) -> tuple[Tree, Tree] | None:
    """Return the name and the value of an equation that gives one."""
    if set(relation.signs) != {"="}:
        return None
    first, last = relation.sides[0], relation.sides[-1]
    if _is_name(first):
        return first, last
    return (last, first) if _is_name(last) and len(relation.sides) == _TWO_SIDES else None


def _value_of(relation: Relation, *, asked: bool) -> Tree | None:
    """Return the value that an equation gives; an unsolved one gives none."""
    if relation.signs == ("∈",):
        return relation.sides[1]
    named = _named(relation)
    if named is not None:
        free = symbols_in(named[0]) & symbols_in(named[1]) - _CONSTANTS
        return None if isinstance(named[0], Symbol) and free else named[1]
    # "m+n = 25", "f(-2)+f(0) = 2+5/3 = 11/3": the last side is the value of what was asked.
    if asked and set(relation.signs) == {"="}:
        last = relation.sides[-1]
        plain = isinstance(relation.sides[0], Sum) and all(_is_name(term) for term in relation.sides[0].terms)
        constant = not symbols_in(last) - _CONSTANTS
        if constant and (plain or not symbols_in(relation.sides[0]) - _CONSTANTS):
            return last
    return None


def _bound_renamed(name: Tree, other: Tree, value: Tree) -> Tree | None:
    """Rename a function's variable to the other's; None if these are not two functions of as many variables."""
    mine, yours = (_arguments(tree) for tree in (name, other))
    if not mine or not yours or len(mine) != len(yours):
        return None
    if isinstance(name, Call) and isinstance(other, Call) and name.name != other.name:
        return None
    # What is free in the value stays apart from the name that a bound letter takes on.
    pairs: dict[str, Tree] = {each.name: Symbol(f"{each.name} free") for each in mine if isinstance(each, Symbol)}
    pairs |= {old.name: new for old, new in zip(yours, mine, strict=True) if isinstance(old, Symbol)}
    return renamed(value, pairs)


def _arguments(tree: Tree) -> tuple[Tree, ...]:
    if isinstance(tree, Call) and all(isinstance(each, Symbol) for each in tree.arguments):
        return tree.arguments
    return ()


def _turned(relation: Relation) -> Relation:
    """Read a relation from right to left."""
    turned = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
    return Relation(tuple(turned.get(sign, sign) for sign in reversed(relation.signs)), relation.sides[::-1])


def _renaming(right: Tree, answer: Tree, options: GradeOptions) -> dict[str, Tree]:
    """Give the answer's constant of integration the reference's name, and letters where the options allow it."""
    mine, theirs = (symbols_in(_valued(tree)) - _CONSTANTS for tree in (right, answer))
    extra, missing = sorted(theirs - mine), sorted(mine - theirs)
    if not options.letter_case and extra:
        lower = {name.lower(): name for name in missing}
        if len(lower) == len(extra) and all(name.lower() in lower for name in extra):
            return {name: Symbol(lower[name.lower()]) for name in extra}
    if len(extra) != 1 or len(missing) != 1:
        return {}
    old, new = extra[0], missing[0]
    added_on = Symbol(new) in _terms(right) and Symbol(old) in _terms(answer)
    sums = isinstance(right, Sum) and isinstance(answer, Sum)
    constant = sums and added_on and {new, old} <= _INTEGRATION_CONSTANTS
    return {old: Symbol(new)} if constant or options.rename_variables else {}


def _valued(tree: Tree) -> Tree:
    """Take the names of values away."""
    if isinstance(tree, Collection):
        return Collection(tree.opening, tree.closing, tuple(_valued(item) for item in tree.items))
    named = _named(tree) if isinstance(tree, Relation) else None
    return named[1] if named is not None and isinstance(named[0], Symbol) else tree


def _named_calls(tree: Tree) -> Tree:
    """Put a symbol in the place of each unknown function's value."""
    match tree:
        case Call(name="f" | "g" | "h" | "F" | "G" | "P" | "Q"):
            return Symbol(key_of(tree))
        case Sum(terms=parts):
            return Sum(tuple(_named_calls(part) for part in parts))
        case Product(factors=parts):
            return Product(tuple(_named_calls(part) for part in parts))
        case Power(base=base, exponent=exponent):
            return Power(_named_calls(base), _named_calls(exponent))
        case _:
            return tree


def _infinity(tree: Tree) -> str:
    """Return the sign of an infinite value, or nothing."""
    key = key_of(tree)
    if "∞" not in key:
        return ""
    return {"∞": "+", "(* -1 ∞)": "-"}.get(key, key)


def _terms(tree: Tree) -> tuple[Tree, ...]:
    return tree.terms if isinstance(tree, Sum) else (tree,)


def _measured(tree: Tree) -> tuple[Tree, str]:
    return (tree.value, tree.unit.lower()) if isinstance(tree, Quantity) else (tree, "")


def _terminates(tree: Tree) -> bool:
    """Say whether a tree is a rational that can be written out as a decimal: nothing rounds it but itself."""
    value = rational_of(tree)
    if value is None:
        return False
    # A power of ten that is long enough holds every power of two and of five in the denominator.
    return bool(10 ** value.denominator.bit_length() % value.denominator == 0)


def _rounds(tree: Tree, target: Fraction, digits: int) -> bool:
    """Say whether a written decimal is a value rounded or cut, with enough significant digits."""
    written, sign = tree, 1
    if isinstance(tree, Product) and len(tree.factors) == _TWO_SIDES and tree.factors[0] == Constant(Fraction(-1)):
        written, sign = tree.factors[1], -1
    if not isinstance(written, Constant) or written.places < 0:
        return False
    scaled = written.value * 10**written.places
    if scaled.denominator != 1 or len(str(abs(scaled.numerator))) < digits:
        return False
    return abs(sign * written.value - target) <= Fraction(1, 10**written.places)


def _text_of(tree: Tree) -> str:
    match tree:
        case Words(text=text):
            return text.removesuffix(" .")
        case Symbol(name=name):
            return "".join(name.lower().split("\\"))
        case Product(factors=factors) if all(isinstance(each, Symbol) for each in factors):
            return "".join(_text_of(each) for each in factors)
        case Constant(value=value):
            return str(value)
        case Quantity(value=value, unit=unit):
            return f"{_text_of(value)} {unit.lower()}"
        case _:
            return ""


def _is_region(tree: Tree) -> bool:
    """Say whether a collection can only be a stretch of the real line."""
    if not isinstance(tree, Collection):
        return False
    if tree.opening in {"∪", "∖", "∩"}:
        return True
    mixed = (tree.opening, tree.closing) in {("(", "]"), ("[", ")")}
    two = len(tree.items) == _TWO_SIDES and tree.opening in {"(", "["}
    return two and (mixed or any("∞" in key_of(item) for item in tree.items))


def _flattened(tree: Collection) -> Collection:
    items: list[Tree] = []
    for item in tree.items:
        value = _value_of(item, asked=False) if isinstance(item, Relation) else item
        inner = value if isinstance(value, Collection) and value.opening in {"", "{"} else None
        items.extend(inner.items if inner is not None else (item,))
    return Collection(tree.opening, tree.closing, tuple(items))


def _summed(tree: Tree) -> Tree:
    """Add matrices of one shape."""
    if not isinstance(tree, Sum) or not all(isinstance(term, Grid) for term in tree.terms):
        return tree
    grids = [term.rows for term in tree.terms if isinstance(term, Grid)]
    if len({tuple(len(row) for row in rows) for rows in grids}) != 1:
        return tree
    return Grid(
        tuple(
            tuple(Sum(tuple(rows[at][column] for rows in grids)) for column in range(len(row)))
            for at, row in enumerate(grids[0])
        )
    )


def has_plus_minus(tree: Tree) -> bool:
    """Say whether a plus/minus sign stands anywhere in a tree."""
    if isinstance(tree, Call) and tree.name == "±":
        return True
    return any(has_plus_minus(child) for child in children(tree))


def expanded(tree: Tree) -> Tree:
    """Write a tree with plus/minus signs as the list of what it stands for."""
    match tree:
        case Collection(opening="" | "{" as opening, closing=closing, items=items):
            flat: list[Tree] = []
            for item in items:
                each = expanded(item)
                flat.extend(each.items if isinstance(each, Collection) and each.opening == "" else (each,))
            return Collection(opening, closing, tuple(flat))
        case Collection(opening="(" | "[" as opening, closing=closing, items=items):
            choices = [_both(item) for item in items]
            total = 1
            for choice in choices:
                total *= len(choice)
            if total > VARIANTS_LIMIT:
                raise OverLimitError(f"plus/minus signs for more than {VARIANTS_LIMIT} values")
            made = tuple(Collection(opening, closing, variant) for variant in product(*choices))
            return made[0] if len(made) == 1 else Collection("", "", made)
        case Relation(signs=signs, sides=sides) if has_plus_minus(tree):
            name, value = sides[0], expanded(sides[-1])
            if isinstance(value, Collection) and value.opening == "" and _is_name(name) and set(signs) == {"="}:
                return Collection("", "", tuple(Relation(("=",), (name, each)) for each in value.items))
            return tree
        case Quantity(value=value, unit=unit) if has_plus_minus(tree):
            return Collection("", "", tuple(Quantity(each, unit) for each in _both(value)))
        case _:
            variants = _both(tree)
            return variants[0] if len(variants) == 1 else Collection("", "", variants)


def _both(tree: Tree) -> tuple[Tree, ...]:
    """Return an expression with all its plus/minus signs as plus, and with all as minus."""
    return (_resolved(tree, plus=True), _resolved(tree, plus=False)) if has_plus_minus(tree) else (tree,)


def _resolved(tree: Tree, *, plus: bool) -> Tree:
    match tree:
        case Call(name="±", arguments=(left, right)):
            one, other = _resolved(left, plus=plus), _resolved(right, plus=plus)
            if plus:
                return Sum((one, other))
            return minus(one, other) if one != Constant(Fraction(0)) else negated(other)
        case Call(name=name, arguments=arguments):
            return Call(name, tuple(_resolved(each, plus=plus) for each in arguments))
        case Sum(terms=terms):
            return Sum(tuple(_resolved(each, plus=plus) for each in terms))
        case Product(factors=factors):
            return Product(tuple(_resolved(each, plus=plus) for each in factors))
        case Power(base=base, exponent=exponent):
            return Power(_resolved(base, plus=plus), _resolved(exponent, plus=plus))
        case _:
            return tree
