"""Files of rows: logs that evaluations write as one JSON document."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rlvr.record import record_from
from rlvr.runs import values_of
from rlvr.runs.rows import json_of_line

TURNS = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "x"}]
SAMPLE = {
    "id": 1,
    "input": "q",
    "target": "x",
    "messages": TURNS,
    "output": {"choices": [{"message": TURNS[-1], "stop_reason": "stop"}]},
}


@pytest.mark.parametrize(
    "document",
    [
        {"version": 2, "status": "success", "eval": {}, "samples": [SAMPLE, SAMPLE]},
        {"version": 3, "results": {"results": [{"promptIdx": 0, "response": {"output": "x"}}] * 2}},
        {"evaluation_data": [{"prompt": "q", "response": "x", "message_log": "", "extra_env_info": ""}] * 2},
        {
            "request_states": [
                {"instance": {"id": "i"}, "request": {}, "result": {"success": True, "completions": [{"text": "x"}]}}
            ]
            * 2
        },
        {"score": 0.5, "metrics": {}, "convos": [TURNS, TURNS]},
        {"0": {"origin_prompt": "q", "prediction": "x", "gold": "x"}, "1": {"origin_prompt": "q", "prediction": "x"}},
        [{"completion": "x"}, {"completion": "x"}],
        {"trajectories": [{"completion": "x"}, {"completion": "x"}]},
    ],
)
def test_the_rows_of_a_document_are_found(document: Any, tmp_path: Path) -> None:
    """Each row holds an answer."""
    path = tmp_path / "log.json"
    path.write_text(json.dumps(document))

    assert [record_from(row).completion for row in values_of(path)] == ["x", "x"]


def test_a_numbered_row_has_its_number_as_id(tmp_path: Path) -> None:
    """OpenCompass writes an object with the numbers as keys."""
    path = tmp_path / "predictions.json"
    path.write_text(json.dumps({"7": {"origin_prompt": "q", "prediction": "x", "gold": "x"}}))

    assert [record_from(row).id for row in values_of(path)] == ["7"]


ODD_LINES = (
    *(b"-0", b"-0.0", b"18446744073709551616", b"-9223372036854775809", b"1e400", b"1E5", b"4.9e-324", b"0.1"),
    *(b"NaN", b"[Infinity, -Infinity]", b"9" * 5_000, b"01", b"1.", b".5", b"-", b"", b"[1,]", b'{"a":1}x'),
    *(b'"\\ud800"', b'"\\ud83d\\ude00"', b'"\\u0000"', b'"\xff"', b'"\xed\xa0\x80"', b'"a\tb"', b'"a\nb"'),
    *(b'{"a":1,"a":2}', b' {"a" : [1, 2.50, null , true]} \r\n', '{"a":"\u00e9"}'.encode("utf-16"), b"[" * 2_000),
)


@pytest.mark.each("line", ODD_LINES)
def test_a_line_is_read_as_the_standard_library_reads_it(line: bytes) -> None:
    """The same value of the same type, or an error of the same kind."""

    def read(decode: Callable[[bytes], Any]) -> str:
        try:
            return repr(decode(line))
        except RecursionError:
            return "too deep"
        except ValueError as error:
            return f"{type(error).__name__}: {error}"

    assert read(json_of_line) == read(json.loads)
