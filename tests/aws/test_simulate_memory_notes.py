"""Notes on suites that need more memory than the function has."""

import pytest

from rlvr import parse_suite
from rlvr_aws.simulate.memory_notes import memory_notes


def _notes(memory: int, options: str = "", workers: str = "") -> list[str]:
    suite = parse_suite(f"tasks: {{t: {{scorers: [{{scorer: code.tests{options}}}]}}}}\n{workers}")
    return list(memory_notes(suite, memory))


@pytest.mark.parametrize(
    ("memory", "limit", "share"), [(512, 1_024, 224), (1_024, 1_024, 565), (512, 225, 224), (2_048, 1_024, 608)]
)
def test_a_limit_above_two_thirds_of_the_share_is_noted(memory: int, limit: int, share: int) -> None:
    """The note says what is left."""
    (note,) = _notes(memory, f", options: {{memory_mb: {limit}}}")

    assert f"memory_mb {limit}" in note
    assert f"{share} MB, for a process" in note


@pytest.mark.parametrize(("memory", "limit"), [(512, 224), (1_024, 565), (10_240, 1_024), (1_769, 1_024)])
def test_a_limit_that_fits_is_not_noted(memory: int, limit: int) -> None:
    """The workers follow the memory."""
    assert _notes(memory, f", options: {{memory_mb: {limit}}}") == []


@pytest.mark.parametrize(("count", "memory", "fitting"), [(2, 1_536, 1), (4, 3_008, 2)])
def test_more_workers_than_the_memory_is_enough_for_are_noted(count: int, memory: int, fitting: int) -> None:
    """Each needs a gigabyte."""
    note = _notes(memory, ", options: {memory_mb: 128}", f"workers: {{count: {count}}}")[0]

    assert f"{count} workers need {count * 1_024} MB" in note
    assert note.endswith(f"enough for {fitting}")


def test_bounded_scorers_need_no_share() -> None:
    """They run in the process of the handler."""
    suite = parse_suite("tasks: {t: {scorers: [text.exact]}}")

    assert list(memory_notes(suite, 128)) == []
