"""Score made traces by verifiers itself; prints what it recorded."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import verifiers.v1 as vf


class Data(vf.TaskData):
    """A question, with its answer."""

    answer: Any = None
    data_source: str = ""


async def score(row: dict[str, Any]) -> dict[str, object]:
    """Return the reward and the metrics of a trace, or the type of the error."""
    config = vf.TaskConfig(rewards={"rlvr": vf.RewardFunctionConfig(fn="rlvr_trainers.verifiers:reward")})
    data = Data(prompt=row["question"], answer=row["answer"], data_source=row["data_source"])

    class OwnTask(vf.Task[Data]):
        """A task without anything of its own."""

    nodes = [
        vf.MessageNode(message=vf.UserMessage(content=row["question"])),
        vf.MessageNode(message=vf.AssistantMessage(content="Let me look."), parent=0, sampled=True),
        vf.MessageNode(message=vf.ToolMessage(tool_call_id="1", content=str(row["answer"])), parent=1),
        vf.MessageNode(message=vf.AssistantMessage(content=row["completion"]), parent=2, sampled=True),
    ]
    trace = vf.Trace.model_construct(task=data, nodes=nodes)  # the agent, which scoring does not look at, is left out
    try:
        await OwnTask(data, config).score(trace)
    except vf.TaskError as error:
        return {"error": type(error).__name__, "metrics": trace.metrics}
    return {"reward": trace.reward, "metrics": trace.metrics}


async def score_all(rows: list[dict[str, Any]]) -> list[dict[str, object]]:
    """Score traces at once."""
    return list(await asyncio.gather(*map(score, rows)))


if __name__ == "__main__":
    json.dump(asyncio.run(score_all(json.loads(Path(sys.argv[1]).read_text()))), sys.stdout)
