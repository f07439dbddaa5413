"""Plans: the steps by which a command would change an account, shown first and taken only if the user says so.

No step deletes anything. A resource that needs no change has the action ``keep``, so that a second run changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, TypeAlias, assert_never

import msgspec

Action: TypeAlias = Literal["create", "update", "keep"]


def _do_nothing() -> None:
    """Do nothing; the default for a resource that is kept."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One resource of the account, and what a plan does with it.

    Attributes:
        kind: The kind of resource, such as ``role``.
        name: Its name.
        action: What the step does.
        changes: One line per change.
        apply: Takes the step; may rely on the steps before it.
    """

    kind: str
    name: str
    action: Action
    changes: tuple[str, ...] = ()
    apply: Callable[[], None] = _do_nothing

    @property
    def is_change(self) -> bool:
        """Whether the step changes the account."""
        match self.action:
            case "create" | "update":
                return True
            case "keep":
                return False
            case _:
                assert_never(self.action)

    @property
    def is_new(self) -> bool:
        """Whether the resource does not exist before the step."""
        match self.action:
            case "create":
                return True
            case "update" | "keep":
                return False
            case _:
                assert_never(self.action)

    def as_json(self) -> dict[str, Any]:
        """Return the step as JSON values."""
        return {"kind": self.kind, "name": self.name, "action": self.action, "changes": list(self.changes)}


def has_changes(steps: Iterable[Step]) -> bool:
    """Return True if any step changes something."""
    return any(step.is_change for step in steps)


def take(steps: Sequence[Step], announce: Callable[[Step], None] = lambda _step: None) -> None:
    """Take the steps in order; ``announce`` is called with each step before it is taken."""
    for step in steps:
        if step.is_change:
            announce(step)
            step.apply()


def differences(have: dict[str, Any], want: dict[str, Any]) -> tuple[str, ...]:
    """Return one line per member of ``want`` that ``have`` lacks or has another value for; others are ignored."""
    return tuple(
        f"{name}: {_short(have.get(name))} -> {_short(value)}"
        for name, value in want.items()
        if have.get(name) != value
    )


def _short(value: object) -> str:
    text = "none" if value is None else str(value)
    return text if len(text) <= 60 else text[:60] + "…"  # noqa: PLR2004  # the width of a table's cell
