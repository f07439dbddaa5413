"""Remarks of scorers: counted for the person who reads the summary."""

from collections.abc import Callable
from typing import Any

from rlvr import Record, Score, scorer
from rlvr.cli.remarks import REMARKS_LIMIT, Remarks
from rlvr.pipeline import score_records
from rlvr.runs import remarks_of
from rlvr.testing import suite_of


def _remarks(remark: Callable[[Record, Any], Any] | None, count: int) -> Remarks:
    blunt = scorer(remark=remark)(lambda _record, _options: Score(value=1.0))
    suite = suite_of("tasks: {t: {scorers: [test.blunt]}}", test={"blunt": blunt})
    remarks = Remarks()
    for number in range(count):
        record = suite.routed(Record(completion=str(number)))
        remarks.add(1, {text: len(numbers) for text, numbers in remarks_of(suite, [record]).items()})
    return remarks


def test_equal_sentences_are_counted() -> None:
    """None is no remark."""
    remarks = _remarks(lambda record, _: "is even" if int(record.completion) % 2 == 0 else None, 5)

    assert list(remarks.lines()) == ["3 of 5 records: test.blunt: is even"]


def test_a_remark_has_the_numbers_of_its_records() -> None:
    """Those of the batch, so that a report can show the rows."""
    blunt = scorer(remark=lambda record, _: "is even" if record.completion == "2" else None)(
        lambda _record, _options: Score(value=0.5)
    )
    suite = suite_of("tasks: {t: {scorers: [test.blunt]}}", test={"blunt": blunt})
    records = [suite.routed(Record(completion=text)) for text in ("1", "2", "3", "2")]

    assert remarks_of(suite, records) == {"test.blunt: is even": [1, 3]}


def test_a_remark_that_raises_stops_nothing() -> None:
    """Its name and the type of the error are the remark."""
    remarks = _remarks(lambda record, _: record.metadata["nonsense"].strip(), 2)

    assert remarks.counts == {"test.blunt: its remark raised KeyError": 2}


def test_remarks_that_differ_by_record_fill_no_memory() -> None:
    """The first ones are kept."""
    assert len(_remarks(lambda record, _: record.completion, REMARKS_LIMIT + 20).counts) == REMARKS_LIMIT


def test_a_suite_without_remarks_has_none() -> None:
    """And so has a record that could not be read."""
    assert _remarks(None, 3).counts == {}


def test_a_scorer_is_not_asked_about_a_record_that_it_gave_full_marks() -> None:
    """Only where the rewards are known."""
    asked: list[str] = []
    given = scorer(bounded=True, remark=lambda record, _: asked.append(record.completion))(
        lambda record, _options: float(record.completion)
    )
    suite = suite_of("tasks: {t: {scorers: [test.given]}}", test={"given": given})
    records = [suite.routed(Record(completion=text)) for text in ("1", "0.5", "0", "broken")]
    remarks_of(suite, records, score_records(suite, records).rewards)

    assert asked == ["0.5", "0", "broken"]


def test_a_scorer_is_asked_only_after_the_reasons_that_it_names() -> None:
    """The class of its own reason decides; a blank completion, which the scorer never saw, has a class too."""
    asked: list[str] = []
    given = scorer(
        bounded=True,
        remark=lambda record, _: asked.append(record.completion),
        remark_classes=["no_answer", "blank"],
    )(lambda record, _options: Score.of(0.0, "why not", reason_class=record.completion))
    suite = suite_of("tasks: {t: {scorers: [test.given]}}", test={"given": given})
    records = [suite.routed(Record(completion=text)) for text in ("no_answer", "incorrect", " ", "no_answer")]
    remarks_of(suite, records, score_records(suite, records).rewards)

    assert asked == ["no_answer", " ", "no_answer"]
