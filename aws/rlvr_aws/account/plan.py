"""What a command would change in an account: steps that are shown first, and taken only if they are wanted.

No step deletes anything; a step of a thing that is as it should be is ``keep``, so that a second run changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, TypeAlias

import msgspec

Action: TypeAlias = Literal["create", "update", "keep"]


def _nothing() -> None:
    """Do nothing, for what is kept."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One thing in the account, and what becomes of it.

    Attributes:
        kind: What it is, such as ``role``.
        name: Its name.
        action: What is done.
        changes: What is new, a line each.
        apply: Does it; may lean on the steps before it.
    """

    kind: str
    name: str
    action: Action
    changes: tuple[str, ...] = ()
    apply: Callable[[], None] = _nothing

    def as_json(self) -> dict[str, Any]:
        """Return the step as JSON values."""
        return {"kind": self.kind, "name": self.name, "action": self.action, "changes": list(self.changes)}


def changed(steps: Iterable[Step]) -> bool:
    """Say whether any step changes anything."""
    return any(step.action != "keep" for step in steps)


def take(steps: Sequence[Step], told: Callable[[Step], None] = lambda _step: None) -> None:
    """Take the steps in order; ``told`` hears of each before it is taken."""
    for step in steps:
        if step.action != "keep":
            told(step)
            step.apply()


def differences(have: dict[str, Any], want: dict[str, Any]) -> tuple[str, ...]:
    """Say in what a thing differs from what is wanted, a line per member; members that are not wanted do not count."""
    return tuple(
        f"{name}: {_short(have.get(name))} -> {_short(value)}"
        for name, value in want.items()
        if have.get(name) != value
    )


def _short(value: object) -> str:
    text = "none" if value is None else str(value)
    return text if len(text) <= 60 else text[:60] + "…"  # noqa: PLR2004  # a line of a table
