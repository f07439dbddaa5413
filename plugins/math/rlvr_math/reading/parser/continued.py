r"""Sums and products that go on by their pattern, such as ``1+2+\cdots+n``: each becomes the one that it stands for.

The last term says what the terms are, if it contains a letter that the first ones do not: ``n^2`` behind ``1^2+2^2``.
Numbers go on by their difference, or else by their quotient. What fits neither stays as it stands.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from rlvr_math.reading.binding import bound
from rlvr_math.reading.exact import UndefinedError, rational_of
from rlvr_math.reading.parser.sequences import (
    INDEX,
    LONGEST,
    POWERS,
    TERMS_OF_QUOTIENT,
    coefficient,
    fitted,
    fitted_numbers,
    followers,
    line_of,
    quotient_of,
    whole,
    whole_root,
)
from rlvr_math.reading.tree import (
    ONE,
    ZERO,
    Call,
    Constant,
    Power,
    Product,
    Sum,
    Symbol,
    Tree,
    added,
    children,
    inverted,
    key_of,
    multiplied,
    nodes_of,
    renamed,
    symbols_in,
    with_children,
)

ELLIPSIS = Symbol("...")
_INFINITY = Symbol("∞")
# Where the index of the first term may start.
_STARTS = (1, 0, 2, 3)
_TERMS_BEFORE = 2


def continued_sum(terms: Sequence[Tree]) -> Tree | None:
    """Return the sum that some terms with an ellipsis among them stand for; None if that is not known."""
    if terms.count(ELLIPSIS) != 1:
        return None
    at = terms.index(ELLIPSIS)
    first, last = terms[:at], terms[at + 1 :]
    if len(first) < _TERMS_BEFORE or len(last) > 1:
        return None
    if last:
        return (
            _to_letter(first, last[0], "sum")
            or _to_number(first, last[0])
            or _by_sequence(first, last[0])
            or _to_end(first, last[0], "sum")
        )
    return _endless(first) or _by_pattern(first)


def continued_product(factors: Sequence[Tree]) -> Tree | None:
    """Return the product that some factors with an ellipsis among them stand for; None if that is not known."""
    if factors.count(ELLIPSIS) != 1:
        return None
    at = factors.index(ELLIPSIS)
    first, last = factors[:at], list(factors[at + 1 :])
    if len(first) < _TERMS_BEFORE or not last:
        return None
    falling = _falling(first, last)
    end = multiplied(last)
    return falling or _to_letter(first, end, "prod") or _in_steps(first, end, "prod") or _to_end(first, end, "prod")


def _falling(first: Sequence[Tree], last: Sequence[Tree]) -> Tree | None:
    """Return the product of whole numbers down from a letter, as ``n(n-1)(n-2)...2*1``; None if it is another one."""
    values = [_value(each) for each in last]
    end = values[-1]
    if end is None or end.denominator != 1 or any(value != end + place for place, value in enumerate(values[::-1])):
        return None
    is_falling = all(_is_same(added([first[0], whole(-place)]), each) for place, each in enumerate(first))
    return bound("prod", INDEX, INDEX, Constant(end), first[0]) if is_falling and any(map(symbols_in, first)) else None


def _by_pattern(terms: Sequence[Tree]) -> Tree | None:
    """Return the series whose terms differ by numbers that go on steadily, as ``x-x^3/3!+x^5/5!-...``.

    The first terms are often written shorter than the pattern, so the last ones give it, and the first ones must fit.
    """
    if len(terms) < TERMS_OF_QUOTIENT:
        return None
    for skipped in range(len(terms) - 1):
        parts = [coefficient(term) for term in terms[skipped:]]
        number, rest = fitted_numbers([part[0] for part in parts]), fitted([part[1] for part in parts])
        if number is None or rest is None:
            continue
        body = multiplied([number, rest])
        if all(_is_same(_at(body, INDEX.name, place - skipped), terms[place]) for place in range(skipped)):
            return bound("sum", body, INDEX, whole(-skipped), _INFINITY)
    return None


def _by_sequence(first: Sequence[Tree], last: Tree) -> Tree | None:
    """Return the sum of reciprocals of steady numbers, or of products of these, up to a last one."""
    values, end = [_value(term) for term in first], _value(last)
    if not end or not all(values):
        return None
    below = [1 / value for value in values if value is not None]
    if any(value.denominator != 1 for value in below):
        return None
    for body, at in followers(below[0]):
        if all(at(place) == value for place, value in enumerate(below)):
            count = bisect_left(range(LONGEST), int(1 / end), key=at)
            if at(count) == 1 / end:
                return _counted(inverted(body), Fraction(count))
    step, line = below[1] - below[0], line_of(below)
    return _counted(inverted(line), (1 / end - below[0]) / step) if line is not None and step else None


def _to_letter(first: Sequence[Tree], last: Tree, name: str) -> Tree | None:
    """Return the sum whose last term contains its upper bound, as ``n`` in ``1+2+...+(2n-1)``; or the product."""
    letters = symbols_in(last) - {name for term in first for name in symbols_in(term)} - {"e", "pi", "i", "∞"}
    if len(letters) != 1:
        return None
    (letter,) = letters
    for start in _STARTS:
        if all(_is_same(_at(last, letter, start + step), term) for step, term in enumerate(first)):
            return bound(name, renamed(last, {letter: INDEX}), INDEX, whole(start), Symbol(letter))
    return None


def _to_end(first: Sequence[Tree], last: Tree, name: str) -> Tree | None:
    """Return the sum or product whose terms go on steadily up to a last one: ``1/(n+1) + 1/(n+2) + ... + 1/(2n)``.

    The place of the last term is solved for: its parts are those of the pattern, with one number steps further.
    """
    body = fitted(first) or _fitted_lines(first)
    places = [] if body is None else _places_of(body, last)
    if body is None or not places or None in places or len(set(places)) > 1:
        return None
    # Counted as people count, so that the pattern is 1/(n+k), with k from 1, and not 1/(n+1+k).
    start = _count_of(body)
    return bound(name, _recounted(body, start), INDEX, Constant(start), added([places[0] or ZERO, Constant(start)]))


def _count_of(body: Tree) -> Fraction:
    """Return the number that the innermost sum with the index starts with, if that is a whole number of its steps."""
    lines = [line for each in nodes_of(body) if (line := _line_in(each)) is not None]
    starts = [begin / step for step, first in lines if (begin := _value(first))]
    return next((start for start in reversed(starts) if start.denominator == 1), ZERO.value)


def _recounted(tree: Tree, start: Fraction) -> Tree:
    """Return a pattern whose index starts later by a number."""
    line = _line_in(tree)
    begin = None if line is None else _value(line[1])
    if line is None or begin is None:
        return with_children(tree, tuple(_recounted(part, start) for part in children(tree)))
    return added([multiplied([Constant(line[0]), INDEX]), Constant(begin - line[0] * start)])


def _fitted_lines(first: Sequence[Tree]) -> Tree | None:
    """Return the pattern of terms that are linear in one letter and differ by one number, as ``n`` and ``n+1``."""
    letters = {name for term in first for name in symbols_in(term)}
    lines = [_linear(term, letter) for letter in letters for term in first] if len(letters) == 1 else []
    known = [line for line in lines if line is not None]
    steps = {(after[0] - before[0], after[1] - before[1]) for before, after in pairwise(known)}
    if len(known) < len(first) or len(steps) != 1 or next(iter(steps))[0] or not next(iter(steps))[1]:
        return None
    return added([first[0], multiplied([Constant(steps.pop()[1]), INDEX])])


def _places_of(body: Tree, last: Tree) -> list[Tree | None]:
    """Return for each part of a pattern that goes on which place of the index the last term has there."""
    line = _line_in(body)
    if line is not None:
        step, begin = line
        return [_steps_between(begin, last, step)]
    parts, ends = children(body), children(last)
    if len(parts) != len(ends) or body != with_children(last, parts):
        return [None]
    return [place for part, end in zip(parts, ends, strict=True) for place in _places_of(part, end)]


def _line_in(tree: Tree) -> tuple[Fraction, Tree] | None:
    """Return the step and the first value of a sum in which the index stands once, with a number before it."""
    if tree == INDEX:
        return Fraction(1), ZERO
    match tree:
        case Product(factors=(Constant(value=step), inner)) if inner == INDEX:
            return step, ZERO
        case Sum(terms=terms):
            found = [(place, _line_in(term)) for place, term in enumerate(terms) if INDEX.name in symbols_in(term)]
            if len(found) != 1 or found[0][1] is None:
                return None
            place, (step, begin) = found[0][0], found[0][1]
            return step, added([*terms[:place], begin, *terms[place + 1 :]])
        case _:
            return None


def _steps_between(begin: Tree, end: Tree, step: Fraction) -> Tree | None:
    """Return how many steps lie between two terms; None if that is no whole number that grows with their one letter."""
    letters = symbols_in(begin) | symbols_in(end)
    if len(letters) != 1:
        return None
    (letter,) = letters
    low, high = _linear(begin, letter), _linear(end, letter)
    if low is None or high is None:
        return None
    slope, offset = (high[0] - low[0]) / step, (high[1] - low[1]) / step
    if slope.denominator != 1 or offset.denominator != 1 or slope <= 0:
        return None
    return added([multiplied([Constant(slope), Symbol(letter)]), Constant(offset)])


def _linear(tree: Tree, letter: str) -> tuple[Fraction, Fraction] | None:
    """Return the slope and the offset of a tree that is linear in a letter; None if it is not."""
    value = _value(tree)
    if value is not None:
        return Fraction(0), value
    match tree:
        case Symbol(name=name) if name == letter:
            return Fraction(1), Fraction(0)
        case Product(factors=(Constant(value=factor), inner)):
            line = _linear(inner, letter)
            return None if line is None else (factor * line[0], factor * line[1])
        case Sum(terms=terms):
            lines = [line for term in terms if (line := _linear(term, letter)) is not None]
            if len(lines) < len(terms):
                return None
            return sum((line[0] for line in lines), Fraction(0)), sum((line[1] for line in lines), Fraction(0))
        case _:
            return None


def _to_number(first: Sequence[Tree], last: Tree) -> Tree | None:
    """Return the sum of numbers up to a last one: with one difference, one quotient, or powers of whole numbers."""
    exponent = _shared_exponent([*first, last])
    if exponent is not None:
        bases = [each.base for each in (*first, last) if isinstance(each, Power)]
        inner = _to_number(bases[:-1], bases[-1])
        if isinstance(inner, Call):
            body, *places = inner.arguments
            return Call("sum", (Power(body, exponent), *places))
    values, end = [_value(term) for term in first], _value(last)
    if end is None or any(value is None for value in values):
        return None
    known = [value for value in values if value is not None]
    steady = _in_steps(first, last, "sum")
    if steady is not None:
        return steady
    count = _place_among_powers(known, end)
    if count is not None:
        return _counted(multiplied([Constant(known[0]), Power(Constant(known[1] / known[0]), INDEX)]), count)
    for power in POWERS:
        base = next((Fraction(whole) for whole in range(5) if whole**power == known[0]), None)
        top = whole_root(end, power)
        if (
            base is not None
            and top is not None
            and all((base + place) ** power == value for place, value in enumerate(known))
        ):
            return _counted(Power(added([Constant(base), INDEX]), whole(power)), top - base)
    return None


def _in_steps(first: Sequence[Tree], last: Tree, name: str) -> Tree | None:
    """Return the sum or product of numbers with one difference up to a last one; None if they have none."""
    known = [value for value in map(_value, (*first, last)) if value is not None]
    if len(known) <= len(first):
        return None
    *known, end = known
    step = known[1] - known[0]
    if not step or any(after - before != step for before, after in pairwise(known)):
        return None
    if len(known) < TERMS_OF_QUOTIENT and step.denominator > max(value.denominator for value in known):
        return None  # 1/5 + 1/4 goes on by what stands below
    line = added([Constant(known[0]), multiplied([Constant(step), INDEX])])
    return _counted(line, (end - known[0]) / step, name)


def _shared_exponent(terms: Sequence[Tree]) -> Tree | None:
    """Return the exponent of terms that are all written as powers with the same one; None if they are not."""
    found = {each.exponent if isinstance(each, Power) else None for each in terms}
    return found.pop() if len(found) == 1 else None


def _place_among_powers(values: list[Fraction], end: Fraction) -> Fraction | None:
    """Return how many factors lie between the first and the last of some numbers; None if it is not reached."""
    quotient = quotient_of(values)
    if quotient is None or abs(quotient) == 1 or not end:
        return None
    ratio, count = end / values[0], 0
    # The longer side of a power is a power of the longer side, so that no power is longer than the ratio.
    is_rising = abs(quotient) > 1
    base, rest = (abs(each.numerator) if is_rising else each.denominator for each in (quotient, ratio))
    while rest % base == 0:
        rest //= base
        count += 1
    return Fraction(count) if quotient**count == ratio else None


def _endless(first: Sequence[Tree]) -> Tree | None:
    """Return the series of the powers of a number or term, as ``1+x+x^2+...``."""
    base = _plain(first[1])
    is_series = all(_is_same(Power(base, whole(place)), term) for place, term in enumerate(first))
    if not is_series or len(first) < TERMS_OF_QUOTIENT:
        return None
    return bound("sum", Power(base, INDEX), INDEX, ZERO, _INFINITY)


def _counted(body: Tree, count: Fraction, name: str = "sum") -> Tree | None:
    """Return the sum or product of a body from zero to a whole number of steps, at least two."""
    if count.denominator != 1 or not 1 < count <= LONGEST:
        return None
    return bound(name, body, INDEX, ZERO, Constant(count))


def _at(tree: Tree, letter: str, place: int) -> Tree:
    return _plain(renamed(tree, {letter: whole(place)}))


def _plain(tree: Tree) -> Tree:
    """Return a tree with its constants folded, and without powers of one and zero."""
    value = _value(tree)
    if value is not None:
        return Constant(value)
    parts = tuple(map(_plain, children(tree)))
    match tree:
        case Sum():
            return added(list(parts))
        case Product():
            return multiplied(list(parts))
        case Power():
            if parts[1] in (ZERO, ONE):
                return ONE if parts[1] == ZERO else parts[0]
            return Power(parts[0], parts[1])
        case _:
            return with_children(tree, parts) if parts else tree


def _is_same(one: Tree, other: Tree) -> bool:
    return key_of(_plain(one)) == key_of(_plain(other))


def _value(tree: Tree) -> Fraction | None:
    try:
        return rational_of(tree)
    except UndefinedError:
        return None
