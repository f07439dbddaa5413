"""Points at which two expressions are compared: numbers of many scales, drawn from the pair itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import shake_128
from struct import unpack
from typing import Any, NamedTuple

from rlvr_math.comparing.balls import rational

# Each scale is used twice. The scales near 1 come first, since most differences show there.
SCALES = (
    (1, 1),
    (3, 1),
    (1, 7),
    (10, 1),
    (40, 1),
    (300, 1),
    (5_000, 1),
    (10**5, 1),
    (10**7, 1),
    (10**9, 1),
    (1, 1_000),
)
# Where the domain of the reference is narrow, points from here follow: the lower end and the width.
_NARROW = ((0, 1), (-1, 2), (1, 9), (-4, 8), (4, 30), (0, 1), (-1, 2), (-2, 4))
_UNIT = 1 << 62
# Nobody asks for more rounds of narrow ranges.
_ROUNDS_LIMIT = 8


class Place(NamedTuple):
    """A point: a rational of FLINT for each letter, and whether it is one of the scales or of the narrow ranges."""

    values: dict[str, Any]
    is_narrow: bool = False


def draw_places(names: Sequence[str], seed: str, more: int = 0) -> Iterator[Place]:
    r"""Draw points for some letters: at each scale once all positive, then with signs drawn; then in narrow ranges.

    The numbers come from a hash of the texts of both sides. An answer that vanishes at its own points would have to
    contain them, and so change them; and a search for one that is right by luck needs a right value at every scale.
    Denominators are drawn as well: ``\sin(2^{40}\pi x)`` is zero at every binary fraction.

    Args:
        names: The letters.
        seed: The texts of both sides.
        more: How many rounds of narrow ranges to add.
    """
    points = _points_of(seed, tuple(names))
    yield from map(points.at, range(2 * len(SCALES) + more * len(_NARROW)))


class _Points:
    """The points of some letters for one pair; each is made when it is first asked for."""

    def __init__(self, seed: str, names: tuple[str, ...]) -> None:
        self.names = names
        length = 2 * len(names) * (2 * len(SCALES) + _ROUNDS_LIMIT * len(_NARROW))
        self.numbers = unpack(f">{length}Q", shake_128(seed.encode("utf-8", "replace")).digest(8 * length))
        self.made: dict[int, Place] = {}

    def at(self, draw: int) -> Place:
        """Return the point of a draw."""
        found = self.made.get(draw)
        return self.made.setdefault(draw, self._made(draw)) if found is None else found

    def _made(self, draw: int) -> Place:
        is_narrow = draw >= 2 * len(SCALES)
        names, values = self.names, dict[str, Any]()
        first = 2 * len(names) * draw
        for name, top, bottom in zip(names, self.numbers[first::2], self.numbers[first + 1 :: 2], strict=False):
            share, whole = top & (_UNIT - 1), _UNIT | bottom & (_UNIT - 1) | 1
            if is_narrow:
                low, width = _NARROW[draw % len(_NARROW)]
                values[name] = rational(low * whole + width * share, whole)
            else:
                above, below = SCALES[draw // 2]
                sign = -1 if draw % 2 and (len(names) == 1 or top >> 63) else 1
                values[name] = rational(sign * above * (2 * share + whole), 2 * below * whole)
        return Place(values, is_narrow)


# All stages of a comparison ask for the same points.
_points_of = lru_cache(maxsize=16)(_Points)
