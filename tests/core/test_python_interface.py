"""The everyday case from Python: ``rlvr.score``, and what a report gives back."""

import builtins
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import rlvr
from rlvr import ConfigError, Report, Verdict, parse_suite, score_rows, score_stream

SUITE = {"tasks": {"t": {"scorers": ["text.exact"]}}}
ROWS: list[dict[str, Any]] = [
    {"id": 1, "completion": "Paris", "answer": "Paris"},
    {"id": "b", "completion": "Rome <b>", "answer": "Paris"},
    {"id": 3, "completion": "Rome"},
]


def _report() -> Report:
    return rlvr.score(SUITE, ROWS)


def test_score_takes_a_suite_its_path_or_its_dict(tmp_path: Path) -> None:
    """The three give the same rewards."""
    path = tmp_path / "suite.yaml"
    path.write_text("tasks: {t: {scorers: [text.exact]}}")

    found = [rlvr.score(each, ROWS).rewards for each in (parse_suite(SUITE), path, str(path), SUITE)]

    assert [[reward.value for reward in rewards] for rewards in found] == [[1.0, 0.0, 0.0]] * 4


def test_one_row_is_a_batch_of_one() -> None:
    """A mapping is one row for ``score``; any iterable is many."""
    assert [reward.value for reward in rlvr.score(SUITE, ROWS[0]).rewards] == [1.0]
    assert [reward.id for reward in rlvr.score(SUITE, iter(ROWS)).rewards] == [1, "b", 3]


@pytest.mark.parametrize("rows", [{"completion": "4", "answer": "4"}, "4", b"4", 4, None])
def test_what_is_no_list_of_rows_is_refused(rows: Any) -> None:
    """Its keys or characters would be scored as rows, silently."""
    suite = parse_suite(SUITE)

    with pytest.raises(TypeError, match="a list of rows is expected"):
        score_rows(suite, rows)
    with pytest.raises(TypeError, match="a list of rows is expected"):
        next(score_stream(suite, rows))


class DataSet:
    """As ``datasets.Dataset``: its items are rows, or tables of one row with the format of another library."""

    def __init__(self, rows: list[dict[str, Any]], form: str | None) -> None:
        self._rows, self._form = rows, form

    def with_format(self, form: str | None) -> "DataSet":
        """Return it with another format."""
        return DataSet(self._rows, form)

    def __iter__(self) -> Iterator[Any]:
        """Yield the rows."""
        return iter(self._rows if self._form is None else [object() for _ in self._rows])


class Splits(dict[str, DataSet]):
    """As ``datasets.DatasetDict``."""

    def with_format(self, form: str | None) -> "Splits":
        """Return them with another format."""
        return Splits({name: each.with_format(form) for name, each in self.items()})


@pytest.mark.parametrize("form", [None, "pandas", "arrow"])
def test_a_data_set_of_hugging_face_is_its_rows(form: str | None) -> None:
    """Whatever its format; a mapping of splits is refused, and the splits are named."""
    data = DataSet(ROWS, form)
    suite = parse_suite(SUITE)

    assert [reward.id for reward in rlvr.score(suite, data).rewards] == [1, "b", 3]
    assert sum(len(report.rewards) for report in score_stream(suite, data, batch_records=2)) == 3
    for score in (rlvr.score, score_rows):
        with pytest.raises(TypeError, match=r"items are splits; give one of them: \['train'\]"):
            score(suite, Splits({"train": data}))


def test_what_is_no_suite_is_refused() -> None:
    """The message names the function that reads one."""
    with pytest.raises(TypeError, match="load_suite"):
        score_rows("suite.yaml", [])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="expected a Suite, the path"):
        rlvr.score(7, [])  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r"nothing\.yaml"):
        rlvr.score("nothing.yaml", [])


def test_a_table_is_its_rows() -> None:
    """Tables iterate over their columns, so they are read through the Arrow interface that all of them have."""
    pa = pytest.importorskip("pyarrow")
    table = pa.table({"completion": ["Paris", "Rome"], "answer": ["Paris", "Paris"]})

    assert [reward.value for reward in rlvr.score(SUITE, table).rewards] == [1.0, 0.0]


def test_the_mean_is_over_scored_rows() -> None:
    """A row that cannot be scored says nothing of the model."""
    assert _report().mean == 0.5
    assert rlvr.score(SUITE, ROWS[2]).mean is None
    assert rlvr.score(SUITE, []).mean is None


def test_dicts_have_the_columns_of_files() -> None:
    """Id, reward, verdict, reasons and their classes."""
    rows = _report().to_dicts()

    assert [(row["id"], row["reward"], row["verdict"], row["reason_class"]) for row in rows] == [
        (1, 1.0, "scored", "correct"),
        ("b", 0.0, "scored", "incorrect"),
        (3, 0.0, "invalid_task", "missing_field"),
    ]
    assert rows[0]["metrics"] == {"text.exact": 1.0, "text.exact/answer_found": 1.0, **dict.fromkeys(SHARED, 0.0)}
    assert rows[1]["reasons"] == {"text.exact": "differs from the reference"}
    assert rows[1]["reason_classes"] == {"text.exact": "incorrect"}


SHARED = ("rlvr/failed", "rlvr/invalid_task", "rlvr/vetoed")


def test_metric_names_are_known_before_the_first_record() -> None:
    """They are those of every row."""
    suite = parse_suite(SUITE)

    assert suite.metric_names == ("text.exact", "text.exact/answer_found", *SHARED)
    assert tuple(rlvr.score(suite, ROWS).to_dicts()[2]["metrics"]) == suite.metric_names


@pytest.mark.parametrize("library", ["arrow", "pandas", "polars"])
def test_tables_have_a_column_for_each_metric(library: str) -> None:
    """Each in the type of its library, where that is installed."""
    pytest.importorskip({"arrow": "pyarrow"}.get(library, library))
    table = getattr(_report(), f"to_{library}")()
    columns: Mapping[str, Any] = table.to_pydict() if library == "arrow" else {n: list(table[n]) for n in table.columns}

    assert columns["id"] == ["1", "b", "3"]
    assert columns["reward"] == [1.0, 0.0, 0.0]
    assert columns["metrics.text.exact"] == [1.0, 0.0, 0.0]
    assert columns["reason_classes.text.exact"] == ["correct", "incorrect", "missing_field"]


@pytest.mark.parametrize("name", ["pyarrow", "pandas", "polars"])
def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The message says what to install."""
    known = builtins.__import__

    def absent(wanted: str, *rest: Any) -> Any:
        if wanted == name:
            raise ImportError(name)
        return known(wanted, *rest)

    monkeypatch.setattr("importlib.import_module", absent)
    with pytest.raises(ImportError, match="pip install"):
        getattr(_report(), "to_" + name.removeprefix("py"))()


def test_what_people_see_is_short_and_escaped() -> None:
    """In a shell a line; in a notebook a table, in which a completion is text."""
    report = _report()

    assert repr(report).startswith("<Report: 3 rewards, mean 0.5 of 2 scored, 1 invalid_task, fingerprint ")
    assert repr(report.rewards[1]) == "<Reward 0 of 'b', scored, incorrect>"
    odd = rlvr.score(SUITE, [{"id": "<script>", "completion": "x", "answer": "y"}] * 30)
    assert "<script>" not in odd._repr_html_()
    assert "&lt;script&gt;" in odd._repr_html_()
    assert "and 10 more" in odd._repr_html_()


def test_a_report_without_rewards() -> None:
    """Nothing divides by their number."""
    report = rlvr.score(SUITE, [])

    assert report.to_dicts() == []
    assert "0 rewards" in repr(report)
    assert report.verdicts[Verdict.SCORED] == 0
