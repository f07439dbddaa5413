"""Evaluate rows by Inspect itself with its mock model; prints the metrics and the reward of each sample."""

import json
import math
import os
import sys
from pathlib import Path

from inspect_ai import Task
from inspect_ai import eval as evaluate
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.solver import generate

from rlvr_trainers.inspect_ai import rlvr

if __name__ == "__main__":
    rows = json.loads(Path(sys.argv[1]).read_text())
    samples = [
        Sample(
            id=place, input=row["question"], target=row["answer"] or "", metadata={"data_source": row["data_source"]}
        )
        for place, row in enumerate(rows, 1)
    ]
    outputs = [ModelOutput.from_content("mockllm/model", row["completion"]) for row in rows]
    for output in outputs:
        output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)  # else it downloads a tokenizer
    task = Task(dataset=MemoryDataset(samples), solver=generate(), scorer=rlvr(os.environ["RLVR_SUITE"]))
    model = get_model("mockllm/model", custom_outputs=outputs)
    (log,) = evaluate(task, model=model, display="none", log_dir=sys.argv[2], max_samples=1)
    scores = log.results.scores if log.results else []
    found = {score.name: {name: metric.value for name, metric in score.metrics.items()} for score in scores}
    unscored = {score.name: score.unscored_samples for score in scores}
    values = [sample.scores["rlvr"].value for sample in sorted(log.samples or [], key=lambda each: int(each.id))]
    rewards = [value["reward"] if isinstance(value, dict) else value for value in values]
    rewards = [None if isinstance(each, float) and math.isnan(each) else each for each in rewards]
    json.dump({"status": log.status, "metrics": found, "unscored": unscored, "rewards": rewards}, sys.stdout)
