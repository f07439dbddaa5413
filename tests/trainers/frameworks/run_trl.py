"""Score rows by the method of TRL that calls reward functions; prints a reward of each, and what it logged."""

import json
import math
import sys
from pathlib import Path
from types import SimpleNamespace

from accelerate import Accelerator
from trl import GRPOTrainer

from rlvr_trainers.trl import reward

if __name__ == "__main__":
    rows = json.loads(Path(sys.argv[1]).read_text())
    metrics: dict[str, float] = {}
    rewarded = reward(reference="answer")
    trainer = SimpleNamespace(
        accelerator=Accelerator(cpu=True),
        args=SimpleNamespace(report_to=[]),
        state=SimpleNamespace(global_step=0),
        reward_funcs=[rewarded],
        reward_processing_classes=[None],
        reward_func_names=[rewarded.__name__],
        environments=None,
        _log_completion_extra=lambda _name, _column: None,
        _log_metric=metrics.__setitem__,
    )
    columns = [{key: row[key] for key in ("answer", "data_source")} for row in rows]
    prompts = [[{"role": "user", "content": row["question"]}] for row in rows]
    turns = [[{"role": "assistant", "content": row["completion"]}] for row in rows]
    texts = [row["completion"] for row in rows]
    found = []
    for asked, said in ((prompts, turns), ([row["question"] for row in rows], texts)):
        rewards = GRPOTrainer._calculate_rewards(trainer, columns, asked, said, [[1]] * len(rows))
        found.append([None if math.isnan(each) else each for each in rewards[:, 0].tolist()])
    json.dump({"rewards": found, "metrics": metrics}, sys.stdout)
