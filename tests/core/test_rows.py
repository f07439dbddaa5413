"""Files of rows: logs that evaluations write as one JSON document."""

import json
from pathlib import Path
from typing import Any

import pytest

from rlvr.record import record_from
from rlvr.runs import values_of

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
