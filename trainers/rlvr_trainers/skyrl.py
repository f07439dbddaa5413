"""SkyRL, skyrl-gym 0.4.0 (`skyrl_gym/envs/base_text_env.py`): an environment of one turn, registered by name.

Read again at 48554913. ``step`` must return a number, so what could not be scored has that of the task's ``on_error``;
the metrics count it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rlvr import Reward
from rlvr_trainers.bridge import Bridge, SuiteLike, metrics_of

_classes: dict[str, type] = {}


def score_action(action: str, extras: Mapping[str, Any] | None, suite: SuiteLike | None = None) -> Reward:
    """Return the reward of an action.

    Args:
        action: What the model wrote.
        extras: The row of the data set, with ``reward_spec.ground_truth``.
        suite: The suite; None for the path in ``RLVR_SUITE``.
    """
    return Bridge(given=suite).score_one(extras or {}, action)


def environment(suite: SuiteLike | None = None) -> type:
    """Return a class of environments.

    Raises:
        ImportError: skyrl-gym is not installed.
    """
    from skyrl_gym.envs.base_text_env import BaseTextEnv, BaseTextEnvStepOutput

    given = suite

    class RlvrEnv(BaseTextEnv):  # type: ignore[misc,unused-ignore]  # skyrl-gym has no types
        """Scores one answer."""

        def __init__(self, _env_config: Any = None, extras: Mapping[str, Any] | None = None) -> None:
            super().__init__()
            self.extras = dict(extras or {})
            self.metrics: dict[str, float] = {}

        def step(self, action: str) -> Any:
            reward = score_action(action, self.extras, given)
            self.metrics = metrics_of(reward)
            metadata = {"verdict": reward.verdict.value, "reason": reward.reason}
            return BaseTextEnvStepOutput(observations=[], reward=reward.value, done=True, metadata=metadata)

        def get_metrics(self) -> dict[str, float]:
            return self.metrics

    return RlvrEnv


def register(name: str = "rlvr", suite: SuiteLike | None = None) -> None:
    """Register the environment; a second time does nothing, since the registry refuses a name that it has.

    Raises:
        ImportError: skyrl-gym is not installed.
        ValueError: The name is taken by another environment, or by one of another suite.
    """
    from skyrl_gym.envs.registration import register as register_environment
    from skyrl_gym.envs.registration import registry

    key = f"{name} {Bridge(given=suite).suite.fingerprint}"
    if name in registry:
        if key not in _classes:
            raise ValueError(f"skyrl-gym has another environment '{name}'; give this one another name")
        return
    _classes[key] = environment(suite)
    register_environment(id=name, entry_point=_classes[key])
