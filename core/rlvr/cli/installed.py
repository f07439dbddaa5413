"""Commands of installed distributions, announced in the entry-point group ``rlvr.commands``.

A name leads to a plain function that typer makes a command of, or to a ``typer.Typer`` with commands of its own.
Nothing is imported until a command is asked for or help is shown, and a broken one never touches the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Any

import typer
from typer.core import TyperGroup

from rlvr.cli.console import WRONG, tell_error
from rlvr.plugins import FoundPlugin, find

GROUP = "rlvr.commands"


class Commands(TyperGroup):
    """The commands of rlvr itself, then those of installed distributions; rlvr's own names cannot be taken."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  # typer's signature
        """Name every command, rlvr's own first."""
        return [*self.commands, *(name for name in _announced() if name not in self.commands)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002  # typer's signature
        """Find a command; one that cannot be loaded is a command that says so."""
        own = self.commands.get(cmd_name)
        if own is not None:
            return own
        found = _announced().get(cmd_name)
        return None if found is None else _command(cmd_name, found)


def _announced() -> Mapping[str, tuple[FoundPlugin, ...]]:
    return find(entry_points(group=GROUP))


def _command(name: str, found: tuple[FoundPlugin, ...]) -> Any:
    distributions = " and ".join(each.display_name for each in found)
    if len(found) > 1:
        return _broken(name, f"command '{name}' is offered by {distributions}; uninstall all but one")
    try:
        return _made(name, found[0].entry_point.load())
    except Exception as error:  # noqa: BLE001  # a stranger's module may raise anything
        problem = f"command '{name}' of {distributions} cannot be loaded: {type(error).__name__}: {error}"
        return _broken(name, f"{problem}; report it to its author, or uninstall it")


def _made(name: str, announced: Any) -> Any:
    if isinstance(announced, typer.Typer):
        return typer.main.get_group(announced)
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    alone.command(name, context_settings={"help_option_names": ["-h", "--help"]})(announced)
    return typer.main.get_command(alone)


def _broken(name: str, problem: str) -> Any:
    """Make a command that takes anything and tells its trouble."""

    def tell() -> None:
        tell_error(problem)
        raise typer.Exit(WRONG)

    tell.__doc__ = f"Broken: {problem}"
    alone = typer.Typer(add_completion=False)
    alone.command(name, context_settings={"ignore_unknown_options": True, "allow_extra_args": True})(tell)
    return typer.main.get_command(alone)
