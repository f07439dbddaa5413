"""Pairs of rows of long arrays, by the values that they share; the exact pairing of ``matching`` is for short ones.

Every row is read once.
A value that is rare in both arrays is a vote for each pair of rows that share it.
Of a frequent value, the first occurrences are paired in order from the start, and in order from the end.
The pairs with the most votes are chosen.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from rlvr import JsonValue
from rlvr_schema.reading.identity import identity

# A value that occurs more often in one of the arrays says little about which rows belong together.
RARE = 3
# A value that occurs once in both arrays outweighs the frequent ones of its row.
WEIGHT_OF_RARE = 1_000
Pair = tuple[int, int]


def likely_pairs(reference: Sequence[JsonValue], answer: Sequence[JsonValue], *, ordered: bool) -> list[Pair]:
    """Return pairs of rows that share values, each row at most once; without crossing if ``ordered``.

    Takes n log n time in the number of values.
    """
    votes = _votes(reference, answer)
    return _best_chain(votes) if ordered else _greedy(votes)


def _votes(reference: Sequence[JsonValue], answer: Sequence[JsonValue]) -> Counter[Pair]:
    places_in_reference, places_in_answer = _places(reference), _places(answer)
    votes: Counter[Pair] = Counter()
    for value, rows in places_in_reference.items():
        columns = places_in_answer.get(value, [])
        if len(rows) <= RARE and len(columns) <= RARE:
            weight = WEIGHT_OF_RARE // (len(rows) * (len(columns) or 1))
            votes.update({(row, column): weight for row in rows for column in columns})
        else:
            votes.update({*zip(rows, columns, strict=False), *zip(reversed(rows), reversed(columns), strict=False)})
    return votes


def _places(rows: Sequence[JsonValue]) -> dict[str, list[int]]:
    """Return the rows in which each value occurs, by its path and value."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        for leaf in dict.fromkeys(_leaves(row, "")):
            places[leaf].append(place)
    return places


def _leaves(value: JsonValue, path: str) -> Iterator[str]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}/{key}")
    elif isinstance(value, list) and value:
        for inner in value:
            yield from _leaves(inner, f"{path}/*")
    else:
        yield f"{path}={identity(value)}"


def _greedy(votes: Counter[Pair]) -> list[Pair]:
    chosen: list[Pair] = []
    rows, columns = set[int](), set[int]()
    for (row, column), _ in sorted(votes.items(), key=lambda item: (-item[1], item[0])):
        if row not in rows and column not in columns:
            chosen.append((row, column))
            rows.add(row)
            columns.add(column)
    return sorted(chosen)


def _best_chain(votes: Counter[Pair]) -> list[Pair]:
    """Return the chain of pairs, rising in both, with the most votes.

    ``ends`` are the columns at which a chain may end, ``sums`` the most votes of a chain up to there; both rise.
    """
    ends: list[int] = []
    sums: list[int] = []
    lasts: list[Pair] = []
    before: dict[Pair, Pair | None] = {}
    # In one row from the right to the left, so that no chain uses a row twice.
    for pair in sorted(votes, key=lambda pair: (pair[0], -pair[1])):
        at = bisect_left(ends, pair[1])
        total = votes[pair] + (sums[at - 1] if at else 0)
        before[pair] = lasts[at - 1] if at else None
        if at < len(ends) and ends[at] == pair[1] and sums[at] >= total:
            continue
        stop = at
        while stop < len(ends) and sums[stop] <= total:
            stop += 1
        ends[at:stop], sums[at:stop], lasts[at:stop] = [pair[1]], [total], [pair]
    chain: list[Pair] = []
    last = lasts[-1] if lasts else None
    while last is not None:
        chain.append(last)
        last = before[last]
    return chain[::-1]
