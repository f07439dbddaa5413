"""Routing: the task of a record by the values of its fields, and the reason where no task fits."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from functools import lru_cache

import msgspec

from rlvr.record import JsonValue, Record

# A longer value is no name; it is cut in messages and not compared with the names of tasks.
NAME_LIMIT_CHARACTERS = 100

# More names do not help a reader.
TASKS_SHOWN = 10


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """Field paths to read, and the task of each of their values.

    Attributes:
        by: The paths, in order.
        tasks: Task by value, for values that are not names of tasks.
        default: The task of records that name none.
        is_fixed: Whether every record has the default task, as in a suite of one task.
    """

    by: tuple[str, ...]
    tasks: Mapping[str, str]
    default: str | None
    is_fixed: bool = False

    def task_of(self, record: Record, tasks: Container[str]) -> str | None:
        """Return the first of the tasks that a field of a record names, else the default; None if there is none."""
        if self.is_fixed:
            return self.default
        for path in self.by:
            value = record.field(path)
            if isinstance(value, str):
                name = self.tasks.get(value, value)
                if name in tasks:
                    return name
        return self.default

    def problem_of(self, record: Record, tasks: Sequence[str]) -> str:
        """Return why no task fits a record: the values that it has, the nearest name, and what to do."""
        values = [(path, value) for path in self.by if (value := record.field(path)) is not None]
        known = (*self.tasks, *tasks)
        if not values:
            paths = " nor ".join(f"`{path}`" for path in self.by)
            neither = "neither " if len(self.by) > 1 else "no "
            column = next((name for name, value in record.metadata.items() if _names_task(name, value, known)), "FIELD")
            remedy = f"name the field that does by `route: {{by: {column}}}`, or {_default_hint(tasks)}"
            return f"no route: the row has {neither}{paths}, which would name its task; {remedy}"
        found = " and ".join(f"`{path}` is {_shown(value)}" for path, value in values)
        texts = [value for _, value in values if isinstance(value, str)]
        near = next((each for text in texts if (each := suggestion(text, known))), "")
        remedy = near or f"name it in `route: {{tasks: ...}}`, or {_default_hint(tasks)}"
        more = ", ..." if len(tasks) > TASKS_SHOWN else ""
        return f"no route: {found}, and the tasks are {', '.join(tasks[:TASKS_SHOWN])}{more}; {remedy}"


def suggestion(name: str, known: Sequence[str]) -> str:
    """Return the question whether the nearest known name is meant; "" if none is near."""
    near = _nearest(name, tuple(known)) if len(name) <= NAME_LIMIT_CHARACTERS else ""
    return f"did you mean '{near}'?" if near else ""


@lru_cache(maxsize=1_000)  # rows without a route repeat a few values, and a comparison takes 50 µs
def _nearest(name: str, known: tuple[str, ...]) -> str:
    from difflib import get_close_matches  # only errors need it

    folded = {each.casefold(): each for each in reversed(known)}
    wanted = name.strip().casefold()
    parts = [part for part in re.split(r"[^\w.-]+", wanted) if part in folded]  # the name in `openai/gsm8k`
    close = [wanted] if wanted in folded else parts or get_close_matches(wanted, folded, n=1)
    return folded[close[-1]] if close else ""


def _shown(value: JsonValue) -> str:
    if isinstance(value, str):
        return f"{value[:NAME_LIMIT_CHARACTERS]!r}{'...' if len(value) > NAME_LIMIT_CHARACTERS else ''}"
    return f"of type {type(value).__name__}, not text"


def _names_task(column: object, value: JsonValue, known: Sequence[str]) -> bool:
    """Return True if a column could be the one to route by: its value is a known name, and its own can be shown."""
    return isinstance(value, str) and value in known and isinstance(column, str) and column.isprintable()


def _default_hint(tasks: Sequence[str]) -> str:
    return f"give such rows a task by `route: {{default: {tasks[0]}}}`"
