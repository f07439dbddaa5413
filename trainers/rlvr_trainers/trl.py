"""TRL, and the trainers that take its reward functions: Unsloth and Axolotl.

TRL 1.16.0 (`trl/trainer/grpo_trainer.py`, `_calculate_rewards`) calls ``f(prompts=, completions=, completion_ids=,
**columns)`` with all columns as lists, beside ``trainer_state``, ``log_metric`` and ``log_extra``. None becomes NaN,
which it leaves out. Unsloth keeps that call, and names the columns of its log by ``__name__`` of each function of a
list (`unsloth/models/rl_replacements.py`, at 0050c73e, `grpo_trainer_metrics`); one without a name has no column.
Axolotl 0.21.0 refuses a callable of fewer than two parameters.
"""

from __future__ import annotations

import operator
import os
from collections.abc import Callable, Sequence
from typing import Any

from rlvr import ConfigError, Reward
from rlvr_trainers.bridge import Bridge, SuiteLike, Turns, masked_number, mean_metrics, rows_of_columns

# What TRL hands over beside the columns of the data set.
_NO_COLUMNS = ("completion_ids", "environments", "trainer_state")


class SuiteReward:
    """A reward function of TRL; can be pickled, as the asynchronous trainers need.

    Attributes:
        bridge: The suite.
        entry: The entry whose value is the reward; "" for the reward of the suite.
    """

    def __init__(self, bridge: Bridge, name: str, entry: str = "", shared: _Latest | None = None) -> None:
        self.bridge = bridge
        self.entry = entry
        self.__name__ = name
        self._latest = shared or _Latest(bridge)

    def __call__(
        self,
        prompts: Sequence[Any] | None = None,
        completions: Sequence[Any] | None = None,
        *,
        log_metric: Callable[[str, float], None] | None = None,
        log_extra: Callable[[str, list[Any]], None] | None = None,
        **columns: Any,
    ) -> list[float | None]:
        """Return a reward per completion, None where it could not be scored; log each metric under its name.

        Args:
            prompts: One for each completion; if it is the only list by position, it is that of the completions.
            completions: Texts, or lists of messages.
            log_metric: TRL's own way to log a number.
            log_extra: TRL's own way to add a column to the table of completions.
            columns: The columns of the data set, each a list with an element for each completion.

        Raises:
            TypeError: There are no completions.
            ConfigError: The column of the reference is missing, and no task of the suite can do without it.
            ValueError: A column, or the prompts, have another number of elements than the completions.
        """
        if completions is None:
            prompts, completions = None, prompts
        if completions is None:
            raise TypeError("a reward function of TRL needs `completions`")
        given = {name: column for name, column in columns.items() if name not in _NO_COLUMNS}
        self.bridge.check_reference_column(given)
        if prompts is not None:
            given["prompt"] = prompts
        rewards, is_new = self._latest.score(self, completions, given)
        if is_new and log_metric is not None:
            for name, mean in mean_metrics(rewards).items():
                log_metric(name, mean)
        if is_new and log_extra is not None:
            log_extra("rlvr", [f"{reward.arithmetic} ({reward.reason})" for reward in rewards])
        return [self._number(reward) for reward in rewards]

    def _number(self, reward: Reward) -> float | None:
        if not self.entry or masked_number(reward) is None:
            return masked_number(reward)
        return next((part.value for part in reward.parts if part.name == self.entry), None)


class _Latest:
    """The rewards of the last batch: functions of one suite that TRL calls one after the other score it once.

    A batch is the same one if the lists are the same objects, and the function has not asked for it yet: whoever asks
    twice asks for a new batch, whose lists may have been filled anew.
    """

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._lists: tuple[Any, ...] = ()
        self._rewards: tuple[Reward, ...] = ()
        self._asked: list[SuiteReward] = []

    def __reduce__(self) -> tuple[Any, ...]:
        return _Latest, (self._bridge,)

    def score(
        self, caller: SuiteReward, completions: Sequence[Any], columns: dict[str, Any]
    ) -> tuple[tuple[Reward, ...], bool]:
        """Return the rewards, and whether they were not known."""
        lists = (completions, *columns.values())  # held, so no other list can have their identity
        is_same = len(lists) == len(self._lists) and all(map(operator.is_, lists, self._lists))
        if is_same and not any(each is caller for each in self._asked):
            self._asked.append(caller)
            return self._rewards, False
        self._rewards = self._bridge.score(rows_of_columns(columns, len(completions)), completions)
        self._lists, self._asked = lists, [caller]
        return self._rewards, True


def reward(
    suite: SuiteLike | None = None,
    reference: str = "answer",
    *,
    name: str = "rlvr",
    turns: Turns = "last",
    num_generations: int | None = None,
) -> SuiteReward:
    """Return a reward function for ``GRPOTrainer(reward_funcs=...)``.

    Args:
        suite: The suite; None for the path in ``RLVR_SUITE``.
        reference: The column of the reference; "" for what the suite or the column's name says.
        name: The name in TRL's log.
        turns: Which turns of the model are the completion.
        num_generations: The completions of each prompt; scorers of groups abstain where the device has other numbers.

    Raises:
        ConfigError: The suite has an error, or it ranks groups, which several processes share, and nobody said how
            large they are.
    """
    return SuiteReward(_bridge(suite, reference, turns, num_generations), name)


def components(
    suite: SuiteLike | None = None,
    reference: str = "answer",
    *,
    turns: Turns = "last",
    num_generations: int | None = None,
) -> list[SuiteReward]:
    """Return a function for each entry that counts, for trainers that normalize each by itself (GDPO).

    Each batch is scored once. Gates and the range of the task are not in the numbers; ``reward`` has them.
    """
    bridge = _bridge(suite, reference, turns, num_generations)
    shared = _Latest(bridge)
    tasks = bridge.suite.tasks.values()
    names = dict.fromkeys(entry.name for task in tasks for entry in task.entries if entry.weight != 0.0)
    return [SuiteReward(bridge, name, entry=name, shared=shared) for name in names]


def _bridge(suite: SuiteLike | None, reference: str, turns: Turns, num_generations: int | None) -> Bridge:
    bridge = Bridge(given=suite, prompt="prompt", reference=reference, turns=turns, group_records=num_generations)
    if bridge.ranks_groups and num_generations is None and os.environ.get("WORLD_SIZE", "1") != "1":
        raise ConfigError(
            bridge.suite.source,
            "",
            "compares the completions of a prompt, and several processes may each have a part of them",
            "give `num_generations=`; parts of groups then abstain",
        )
    return bridge
