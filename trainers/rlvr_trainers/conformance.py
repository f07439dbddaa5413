"""Conformance: the same rows through every adapter, the handler, the service and plain ``score_rows`` earn the same.

Rows that a shape cannot express, such as tool calls in a text, are left out there, and counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from importlib.util import find_spec
from typing import Any, NamedTuple

from rlvr import Reward, Suite, score_records
from rlvr.record import records_from
from rlvr_trainers.bridge import Bridge
from rlvr_trainers.shapes import SHAPES, Sample, Shape, Value, sample_of

TOLERANCE = 1e-9


class Difference(NamedTuple):
    """A row that a shape pays differently."""

    row: int
    expected: Value
    found: Value
    why: str


class Outcome(NamedTuple):
    """What a shape paid.

    Attributes:
        shape: Its name.
        installed: Whether the trainer is installed here; the adapter is run in either case.
        rows: The number of rows that it was given.
        left_out: The number of rows that it cannot express.
        differences: The rows that it pays differently.
        problem: Why it was not run; "" if it was.
    """

    shape: str
    installed: bool
    rows: int
    left_out: int
    differences: tuple[Difference, ...]
    problem: str = ""


def conform(suite: Suite, rows: Iterable[Any]) -> Iterator[Outcome]:
    """Yield the outcome of each shape.

    Rows without a completion, which no trainer hands over, are left out.
    """
    records = [each for place, row in enumerate(rows) for each in records_from(row, suite.rules, position=place)]
    kept = [(place, record) for place, record in enumerate(records) if not record.problem]
    places = [place for place, _ in kept]
    samples = [sample_of(record) for _, record in kept]
    expected = score_records(suite, [record for _, record in kept]).rewards
    ranks = Bridge(given=suite).ranks_groups
    for shape in SHAPES:
        yield _outcome(shape, suite, samples, expected, places, ranks_groups=ranks)


def _outcome(  # noqa: PLR0913  # the parts of one comparison
    shape: Shape,
    suite: Suite,
    samples: Sequence[Sample],
    expected: Sequence[Reward],
    places: Sequence[int],
    *,
    ranks_groups: bool,
) -> Outcome:
    is_installed = find_spec(shape.module) is not None
    if ranks_groups and shape.by_one:
        problem = "compares completions of a prompt, which come one by one here: such scorers abstain"
        return Outcome(shape.name, is_installed, 0, len(samples), (), problem)
    chosen = [
        number
        for number, sample in enumerate(samples)
        if (sample.is_text or shape.takes_turns) and (shape.takes_reference or sample.reference is None)
    ]
    if not chosen:
        problem = "hands over no reference, and each row has one" if not shape.takes_reference else "no row fits"
        return Outcome(shape.name, is_installed, 0, len(samples), (), problem)
    found = shape.score(suite, [samples[number] for number in chosen])
    if len(found) != len(chosen):
        problem = f"gave {len(found)} rewards for {len(chosen)} rows"
        return Outcome(shape.name, is_installed, len(chosen), len(samples) - len(chosen), (), problem)
    differences = []
    for number, value in zip(chosen, found, strict=True):
        reward = expected[number]
        wanted = None if shape.masks and reward.verdict.value != "scored" else reward.value
        if not _is_same(wanted, value):
            differences.append(Difference(places[number], wanted, value, f"{reward.verdict.value}: {reward.reason}"))
    return Outcome(shape.name, is_installed, len(chosen), len(samples) - len(chosen), tuple(differences))


def _is_same(wanted: Value, found: Value) -> bool:
    if wanted is None or found is None:
        return wanted is found
    return abs(wanted - found) <= TOLERANCE
