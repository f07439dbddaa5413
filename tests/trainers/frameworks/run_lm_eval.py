"""Evaluate a task with a `!function` by lm-eval itself; prints its results and the reward of each document."""

import json
import sys
from pathlib import Path
from typing import Any

import lm_eval
from lm_eval.api.model import LM
from lm_eval.tasks import TaskManager

from rlvr_trainers.lm_eval import metric_list

TASK = """
task: own
dataset_path: json
dataset_kwargs: {{data_files: {{test: {data}}}}}
test_split: test
output_type: generate_until
doc_to_text: "{{{{question}}}}"
doc_to_target: "{{{{answer}}}}"
process_results: !function task.process_results
metric_list: {metrics}
"""


class Says(LM):
    """A model that says what the document has as its completion."""

    def generate_until(self, requests: list[Any], *_more: Any, **_named: Any) -> list[str]:
        """Return the answers."""
        return [request.doc["said"] for request in requests]

    def loglikelihood(self, requests: list[Any], *_more: Any, **_named: Any) -> list[Any]:
        """Is not asked."""
        raise NotImplementedError

    loglikelihood_rolling = loglikelihood


if __name__ == "__main__":
    rows = json.loads(Path(sys.argv[1]).read_text())
    folder = Path(sys.argv[2])
    data = folder / "docs.json"
    docs = [
        {"said": row["completion"], **{key: row[key] for key in ("question", "answer", "data_source")}} for row in rows
    ]
    data.write_text("\n".join(map(json.dumps, docs)))
    code = (
        "from rlvr_trainers.lm_eval import results_processor\nprocess_results = results_processor(reference='answer')\n"
    )
    (folder / "task.py").write_text(code)
    (folder / "own.yaml").write_text(TASK.format(data=data, metrics=json.dumps(metric_list())))
    manager = TaskManager(include_path=str(folder), include_defaults=False)
    found = lm_eval.simple_evaluate(
        model=Says(), tasks=["own"], task_manager=manager, bootstrap_iters=0, log_samples=True
    )
    samples = sorted(found["samples"]["own"], key=lambda each: each["doc_id"])
    json.dump(
        {"means": found["results"]["own"], "rewards": [each["rlvr"] for each in samples]}, sys.stdout, default=str
    )
