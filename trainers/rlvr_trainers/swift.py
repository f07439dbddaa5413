"""ms-swift 4.6.0 (`swift/rewards/orm.py`): a class in the dict ``orms``, made by ``cls(args=args)`` or ``cls()``.

Read again at 0431a5d5. It is called with the texts of the last messages and the columns, among them ``messages`` with
the completion as the last turn. None becomes NaN, which GRPO leaves out; with GDPO one None spoils a batch, so a number
is given there. The name in the log is that of the class.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rlvr_trainers.bridge import Bridge, SuiteLike, masked_number, rows_of_columns


def orm(suite: SuiteLike | None = None, reference: str = "solution", *, name: str = "Rlvr", masks: bool = True) -> type:
    """Return a class for ``orms``.

    Args:
        suite: The suite; None for the path in ``RLVR_SUITE``.
        reference: The column of the reference; "" for what the suite or the column's name says.
        name: The name of the class, which ms-swift logs.
        masks: False to give the number of the task's ``on_error`` for None.
    """
    bridge = Bridge(given=suite, reference=reference)
    return type(name, (_SuiteRewards,), {"bridge": bridge, "made_by": (bridge.given, reference, name, masks)})


class _SuiteRewards:
    """Rewards of a suite of rlvr."""

    bridge: Bridge
    made_by: tuple[SuiteLike | None, str, str, bool]

    def __init__(self, *_arguments: Any, **_named: Any) -> None:
        """Take whatever ms-swift hands over, such as its ``args``."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _made_anew, self.made_by

    def __call__(self, completions: Sequence[Any], **columns: Any) -> list[float | None]:
        """Return a reward per completion; None, or a number, where it could not be scored.

        Raises:
            ConfigError: The column of the reference is missing, and no task of the suite can do without it.
        """
        masks = self.made_by[-1]
        self.bridge.check_reference_column(columns)
        rewards = self.bridge.score(rows_of_columns(columns, len(completions)), completions)
        return [masked_number(reward) if masks else reward.value for reward in rewards]


def _made_anew(suite: SuiteLike | None, reference: str, name: str, masks: bool) -> Any:  # noqa: FBT001  # of a pickle
    return orm(suite, reference, name=name, masks=masks)()
