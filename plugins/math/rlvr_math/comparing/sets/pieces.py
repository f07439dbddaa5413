"""Pieces of the real line, and the operations on sets of them.

Ends with a value are placed by balls at one working precision, so that an order is proven.
Everything here runs within :func:`~rlvr_math.comparing.balls.precision`.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any, NamedTuple

from rlvr_math.comparing.balls import UndecidedError, ball
from rlvr_math.limits import OverLimitError
from rlvr_math.reading.tree import Tree, key_of

# Honest solution sets have a few pieces.
PIECES_LIMIT = 32
# Whole numbers that a condition allows are listed up to this many.
LISTED_LIMIT = 200
# Two balls that overlap are one place only if both are narrower than this share of it.
_NARROW_BITS = 100


class End(NamedTuple):
    """An end of a piece.

    Attributes:
        tree: How it was written; None if it was calculated or is infinite.
        place: Its value as an ``arb``; None if it is infinite, or depends on letters.
        infinite: -1 or 1 for an infinite end, else 0.
    """

    tree: Tree | None = None
    place: Any = None
    infinite: int = 0

    @property
    def is_symbolic(self) -> bool:
        """Whether the end depends on letters, so that it has no place."""
        return self.place is None and not self.infinite


BELOW = End(infinite=-1)
ABOVE = End(infinite=1)


class Piece(NamedTuple):
    """An interval: its ends, and whether each belongs to it. A single number has the same end twice."""

    low: End
    high: End
    with_low: bool
    with_high: bool


class Region(NamedTuple):
    """Pieces in rising order that do not touch; ``whole`` if only the whole numbers in them are meant."""

    pieces: tuple[Piece, ...]
    whole: bool = False

    @property
    def is_symbolic(self) -> bool:
        """Whether an end depends on letters; such pieces are sorted as they are written."""
        return any(piece.low.is_symbolic or piece.high.is_symbolic for piece in self.pieces)


EMPTY = Region(())
LINE = Region((Piece(BELOW, ABOVE, with_low=False, with_high=False),))


def placed(value: Fraction) -> End:
    """Return the end at a rational."""
    return End(place=ball(value).real)


def order(one: End, other: End) -> int:
    """Return -1, 0 or 1 as one end lies below, at or above the other.

    Raises:
        UndecidedError: An end depends on letters, or the balls do not tell.
    """
    if one.infinite or other.infinite:
        return (one.infinite > other.infinite) - (one.infinite < other.infinite)
    if one.place is None or other.place is None:
        raise UndecidedError("an end that depends on letters")
    if one.place < other.place:
        return -1
    if one.place > other.place:
        return 1
    if is_narrow(one.place) and is_narrow(other.place):
        return 0
    raise UndecidedError("ends that cannot be told apart")


def is_narrow(place: Any) -> bool:
    """Return whether a ball is so narrow that two of them that overlap are the same number."""
    radius = place.rad()
    return bool(radius * 2**_NARROW_BITS < 1 + abs(place.mid()))


def region_of_pieces(pieces: Iterable[Piece]) -> Region:
    """Sort pieces, join those that touch and drop those that are empty.

    Raises:
        OverLimitError: There are too many.
        UndecidedError: Their order cannot be told.
    """
    waiting = list(pieces)
    if len(waiting) > LISTED_LIMIT:
        raise OverLimitError(f"more than {LISTED_LIMIT} pieces of the real line")
    if any(piece.low.is_symbolic or piece.high.is_symbolic for piece in waiting):
        return Region(tuple(sorted(waiting, key=_written)))
    merged: list[Piece] = []
    for piece in _sorted([piece for piece in waiting if not _is_empty(piece)]):
        if merged and _touches(merged[-1], piece):
            merged[-1] = _joined(merged[-1], piece)
        else:
            merged.append(piece)
    return Region(tuple(merged))


def _written(piece: Piece) -> tuple[int, int, str]:
    """Return what pieces with letters are sorted by, whose order on the line is unknown."""
    keys = [key_of(end.tree) for end in (piece.low, piece.high) if end.tree is not None]
    return (piece.low.infinite, piece.high.infinite, " ".join(keys))


def _is_empty(piece: Piece) -> bool:
    if piece.low.is_symbolic or piece.high.is_symbolic:
        return False
    gap = order(piece.low, piece.high)
    return gap > 0 or (gap == 0 and not (piece.with_low and piece.with_high))


def _sorted(pieces: list[Piece]) -> list[Piece]:
    """Sort by the lower end; of two pieces with the same one, the piece that contains it comes first."""
    out: list[Piece] = []
    for piece in pieces:
        at = len(out)
        while at and _comes_before(piece, out[at - 1]):
            at -= 1
        out.insert(at, piece)
    return out


def _comes_before(one: Piece, other: Piece) -> bool:
    gap = order(one.low, other.low)
    return gap < 0 or (gap == 0 and one.with_low and not other.with_low)


def _touches(left: Piece, right: Piece) -> bool:
    """Return whether no number lies between two pieces, of which the left one starts first."""
    gap = order(right.low, left.high)
    return gap < 0 or (gap == 0 and (left.with_high or right.with_low))


def _joined(left: Piece, right: Piece) -> Piece:
    gap = order(left.high, right.high)
    if gap == 0:
        return Piece(left.low, left.high, left.with_low, left.with_high or right.with_high)
    further = left if gap > 0 else right
    return Piece(left.low, further.high, left.with_low, further.with_high)


def union(regions: Iterable[Region]) -> Region:
    """Unite sets.

    Raises:
        UndecidedError: Some hold whole numbers only, and others all numbers between.
    """
    parts = list(regions)
    if all(region.whole for region in parts) and parts:
        return whole_numbers(region_of_pieces(piece for region in parts for piece in region.pieces))
    return region_of_pieces(piece for region in parts for piece in listed(region).pieces)


def intersection(one: Region, other: Region) -> Region:
    """Intersect two sets.

    Raises:
        UndecidedError: An end depends on letters.
    """
    if one.whole != other.whole:
        one, other = (one, other) if one.whole else (other, one)
        if all(order(piece.low, piece.high) == 0 for piece in other.pieces):
            return region_of_pieces(piece for piece in other.pieces if _is_whole(piece.low) and _covers(one, piece))
        return whole_numbers(intersection(Region(one.pieces), other))
    if len(one.pieces) * len(other.pieces) > LISTED_LIMIT * PIECES_LIMIT:
        raise OverLimitError("too many pieces of the real line")
    found = [_overlap(left, right) for left in one.pieces for right in other.pieces]
    region = region_of_pieces(piece for piece in found if piece is not None)
    return whole_numbers(region) if one.whole else region


def _is_whole(end: End) -> bool:
    return end.place is not None and nearest_whole(end.place) is not None


def _covers(region: Region, point: Piece) -> bool:
    return any(_overlap(piece, point) is not None for piece in region.pieces)


def _overlap(one: Piece, other: Piece) -> Piece | None:
    """Return what two pieces share; None if that is nothing."""
    gap = order(one.low, other.low)
    low, with_low = (
        (one.low, one.with_low and other.with_low)
        if gap == 0
        else ((one.low, one.with_low) if gap > 0 else (other.low, other.with_low))
    )
    gap = order(one.high, other.high)
    high, with_high = (
        (one.high, one.with_high and other.with_high)
        if gap == 0
        else ((one.high, one.with_high) if gap < 0 else (other.high, other.with_high))
    )
    piece = Piece(low, high, with_low, with_high)
    return None if _is_empty(piece) else piece


def complement(region: Region) -> Region:
    """Return the real numbers that are not in a set.

    Raises:
        UndecidedError: An end depends on letters.
    """
    region = listed(region)
    pieces: list[Piece] = []
    low, with_low = BELOW, False
    for piece in region.pieces:
        pieces.append(Piece(low, piece.low, with_low, not piece.with_low))
        low, with_low = piece.high, not piece.with_high
    # Beside a piece without end stands one from infinity to infinity, which is empty.
    pieces.append(Piece(low, ABOVE, with_low, with_high=False))
    return region_of_pieces(pieces)


def difference(one: Region, other: Region) -> Region:
    """Return what is in a set and not in another."""
    if one.whole and other.whole:
        return whole_numbers(intersection(Region(one.pieces), complement(Region(other.pieces))))
    return intersection(one, complement(other))


def whole_numbers(region: Region) -> Region:
    """Return the whole numbers of a set, its pieces from whole number to whole number.

    Raises:
        UndecidedError: It cannot be told whether an end is whole.
    """
    pieces: list[Piece] = []
    for piece in region.pieces:
        low = _first_whole(piece.low, 1, with_end=piece.with_low)
        high = _first_whole(piece.high, -1, with_end=piece.with_high)
        if low is not None and high is not None and low > high:
            continue
        if pieces and low is not None and _follows(pieces[-1], low):
            pieces[-1] = pieces[-1]._replace(high=_whole_end(high, ABOVE), with_high=high is not None)
            continue
        pieces.append(
            Piece(_whole_end(low, BELOW), _whole_end(high, ABOVE), with_low=low is not None, with_high=high is not None)
        )
    return Region(tuple(pieces), whole=True)


def _follows(piece: Piece, low: int) -> bool:
    return piece.high.place is not None and bool(piece.high.place == low - 1)


def _whole_end(value: int | None, infinite: End) -> End:
    return infinite if value is None else placed(Fraction(value))


def _first_whole(end: End, step: int, *, with_end: bool) -> int | None:
    """Return the first whole number from an end inwards; None if the end is infinite."""
    if end.infinite:
        return None
    if end.place is None:
        raise UndecidedError("an end that depends on letters")
    whole = nearest_whole(end.place)
    if whole is not None:
        return whole if with_end else whole + step
    rounded = (step * end.place).ceil().unique_fmpz()
    if rounded is None:
        raise UndecidedError("an end that may be whole")
    return step * int(rounded)


def nearest_whole(place: Any) -> int | None:
    """Return the whole number that a narrow ball contains; None if it contains none.

    Raises:
        UndecidedError: The ball is too wide to tell.
    """
    if not is_narrow(place):
        raise UndecidedError("a place that may be whole")
    middle = (place.mid() + 0.5).floor().unique_fmpz()
    return int(middle) if middle is not None and (place - middle).contains(0) else None


def listed(region: Region) -> Region:
    """Return the same set as one of all real numbers: whole numbers one by one.

    Raises:
        UndecidedError: They are without end.
        OverLimitError: They are too many.
    """
    if not region.whole:
        return region
    points: list[Piece] = []
    for piece in region.pieces:
        if piece.low.infinite or piece.high.infinite:
            raise UndecidedError("whole numbers without end")
        low, high = (nearest_whole(end.place) or 0 for end in (piece.low, piece.high))
        if len(points) + high - low >= LISTED_LIMIT:
            raise OverLimitError(f"more than {LISTED_LIMIT} whole numbers")
        points.extend(point(placed(Fraction(value))) for value in range(low, high + 1))
    return Region(tuple(points))


def point(end: End) -> Piece:
    """Return the piece of one number."""
    return Piece(end, end, with_low=True, with_high=True)


def two_between(low: End, high: End) -> tuple[Any, Any]:
    """Return two numbers between two ends, the smaller first.

    Raises:
        UndecidedError: The ends lie too near together.
    """
    import flint

    if low.place is None and high.place is None:
        return flint.arb(0), flint.arb(1)
    if low.place is None:
        return (high.place - 2).mid(), (high.place - 1).mid()
    if high.place is None:
        return (low.place + 1).mid(), (low.place + 2).mid()
    third = (high.place - low.place) / 3
    one, other = (low.place + third).mid(), (high.place - third).mid()
    if not low.place < one < other < high.place:
        raise UndecidedError("ends that lie too near together")
    return one, other
