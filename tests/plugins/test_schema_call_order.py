"""Calls in an order, with groups that run in parallel."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr import JsonValue
from rlvr_schema import grade_calls
from rlvr_schema.comparing.matching import best_pairs, ordered_pairs, stepwise_pairs


def _call(name: str) -> JsonValue:
    return {"name": name, "arguments": {"x": 1}}


STEPS: JsonValue = [[_call("a"), _call("b")], _call("c"), [_call("d"), _call("e")]]


@pytest.mark.each("order", list(itertools.permutations("abcde")))
def test_parallel_calls_come_in_any_order_but_not_over_steps(order: tuple[str, ...]) -> None:
    """Each of the 120 orders earns 1.0 exactly if no step is broken."""
    right = set(order[:2]) == {"a", "b"} and order[2] == "c"

    ordered = grade_calls(STEPS, calls=[_call(name) for name in order], ordered=True).value
    unordered = grade_calls(STEPS, calls=[_call(name) for name in order]).value

    assert (ordered == 1.0) == right
    assert unordered == 1.0


WEIGHTS = st.integers(1, 5).flatmap(
    lambda columns: st.lists(
        st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=columns, max_size=columns), min_size=1, max_size=5
    )
)


@given(WEIGHTS, st.data())
def test_steps_of_one_row_are_an_order_and_one_step_is_none(weights: list[list[float]], data: st.DataObject) -> None:
    """Between the two, a coarser order allows no less."""
    rows = len(weights)
    steps = sorted(data.draw(st.lists(st.integers(0, 3), min_size=rows, max_size=rows)))

    def total(pairs: list[tuple[int, int]]) -> float:
        assert len({row for row, _ in pairs}) == len({column for _, column in pairs}) == len(pairs)
        return sum(weights[row][column] for row, column in pairs)

    some = total(stepwise_pairs(weights, steps))

    assert total(stepwise_pairs(weights, list(range(rows)))) == total(ordered_pairs(weights))
    assert total(ordered_pairs(weights)) <= some <= total(best_pairs(weights))


def _greatest(
    weights: list[list[float]], steps: list[int], row: int = 0, taken: tuple[tuple[int, int], ...] = ()
) -> float:
    """Try every way to pair the rows from one on; pairs of a later step stand behind those of an earlier one."""
    if row == len(weights):
        return 0.0
    behind = max((column for other, column in taken if steps[other] < steps[row]), default=-1)
    free = set(range(behind + 1, len(weights[row]))) - {column for _, column in taken}
    paired = (weights[row][column] + _greatest(weights, steps, row + 1, (*taken, (row, column))) for column in free)
    return max((_greatest(weights, steps, row + 1, taken), *paired))


@given(WEIGHTS.filter(lambda weights: len(weights) < 5), st.data())
def test_the_sum_is_the_greatest_and_nothing_is_paired_for_nothing(
    weights: list[list[float]], data: st.DataObject
) -> None:
    """By trying every way; rows of large steps are looked for in stretches, which small ones here allow."""
    rows = len(weights)
    steps = sorted(data.draw(st.lists(st.integers(0, 2), min_size=rows, max_size=rows)))
    for pairs, its_steps in (
        (best_pairs(weights), [0] * rows),
        (ordered_pairs(weights), list(range(rows))),
        (stepwise_pairs(weights, steps), steps),
    ):
        assert sum(weights[row][column] for row, column in pairs) == _greatest(weights, its_steps)
        assert all(weights[row][column] > 0.0 for row, column in pairs)


def test_a_large_step_is_paired_within_stretches() -> None:
    """Seven calls in any order, then one; a call that is not wanted stands between them."""
    steps: JsonValue = [[_call(name) for name in "abcdefg"], _call("h")]

    def value(order: str) -> float | None:
        return grade_calls(steps, calls=[_call(name) for name in order], ordered=True).value

    assert value("gfedcbah") == 1.0
    assert value("hgfedcba") == 7 / 8
    assert value("gfedcbha") == 7 / 8
    assert value("gfedcba") == 7 / 8
    assert value("abcdefxh") == 7 / 8


@given(WEIGHTS, st.data())
def test_pairs_of_a_later_step_stand_behind_those_of_an_earlier_one(
    weights: list[list[float]], data: st.DataObject
) -> None:
    """Whatever the weights are."""
    rows = len(weights)
    steps = sorted(data.draw(st.lists(st.integers(0, 3), min_size=rows, max_size=rows)))

    pairs = stepwise_pairs(weights, steps)

    assert all(
        column < other_column
        for row, column in pairs
        for other_row, other_column in pairs
        if steps[row] < steps[other_row]
    )
