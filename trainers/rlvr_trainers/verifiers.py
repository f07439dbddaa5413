"""verifiers 0.4.0 (v1) and prime-rl: a reward function ``(task, trace) -> float`` in the config of the task.

verifiers calls it with one trace at a time and reads the metrics from the trace. A raise becomes a typed ``TaskError``
and leaves the reward unset, so what could not be scored raises.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from rlvr import Reward
from rlvr_trainers.bridge import Bridge, SuiteLike, Turns, metrics_of, scored_or_raise


def reward_function(
    suite: SuiteLike | None = None, reference: str = "answer", *, turns: Turns = "last"
) -> Callable[[Any, Any], Coroutine[Any, Any, float]]:
    """Return a reward function, to name in the config of a task: ``fn = "my_module:my_reward"``.

    Args:
        suite: The suite; None for the path in ``RLVR_SUITE``.
        reference: The field of the task with the reference; "" for what the suite or the field's name says.
        turns: Which turns of the model are the completion.
    """
    bridge = Bridge(given=suite, prompt="prompt", reference=reference, turns=turns)

    async def rlvr(task: Any, trace: Any) -> float:
        reward = await _score(bridge, task, trace)
        trace.record_metrics(metrics_of(reward))
        return scored_or_raise(reward).value

    return rlvr


async def reward(task: Any, trace: Any) -> float:
    """Return the reward of a trace by the suite in ``RLVR_SUITE``, and record the metrics.

    Raises:
        NotScoredError: The completion was not scored.
    """
    return await reward_function()(task, trace)


async def _score(bridge: Bridge, task: Any, trace: Any) -> Reward:
    return await bridge.score_one_async(_fields_of(task), completion_of(trace))


def completion_of(trace: Any) -> Any:
    """Return what the model wrote in a trace: the reply of the root agent, else its turns with the tools' between.

    None if the model had no turn.
    """
    if getattr(trace, "root_reply", None) is not None:
        return trace.root_reply
    turns = [_fields_of(node.message) for node in trace.nodes if node.sampled or node.message.role == "tool"]
    return turns if any(turn.get("role") == "assistant" for turn in turns) else None


def _fields_of(model: Any) -> dict[str, Any]:
    """Return the fields of a model of pydantic, or those that any object has."""
    return dict(model.model_dump(exclude_none=True)) if hasattr(model, "model_dump") else dict(vars(model))
