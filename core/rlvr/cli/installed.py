"""Commands of installed distributions, which announce them in the entry-point group ``rlvr.commands``.

An entry point names a function, which becomes a command, or a ``typer.Typer`` with several commands.
It is imported when its command runs or help is shown; a broken command does not affect the others.
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
    """The commands of rlvr, then those of installed distributions, which cannot take names of the former."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  # typer's signature
        """Return the names of all commands, those of rlvr first."""
        return [*self.commands, *(name for name in _announced() if name not in self.commands)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002  # typer's signature
        """Return a command by its name; a command that prints the error if it cannot be loaded."""
        own = self.commands.get(cmd_name)
        if own is not None:
            return own
        found = _announced().get(cmd_name)
        return None if found is None else _load_command(cmd_name, found)


def _announced() -> Mapping[str, tuple[FoundPlugin, ...]]:
    return find(entry_points(group=GROUP))


def _load_command(name: str, found: tuple[FoundPlugin, ...]) -> Any:
    distributions = " and ".join(each.display_name for each in found)
    if len(found) > 1:
        return _broken_command(name, f"command '{name}' is offered by {distributions}; uninstall all but one")
    try:
        return _command_of(name, found[0].entry_point.load())
    except Exception as error:  # noqa: BLE001  # a third-party module may raise anything
        problem = f"command '{name}' of {distributions} cannot be loaded: {type(error).__name__}: {error}"
        return _broken_command(name, f"{problem}; report it to its author, or uninstall it")


def _command_of(name: str, announced: Any) -> Any:
    if isinstance(announced, typer.Typer):
        return typer.main.get_group(announced)
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    alone.command(name, context_settings={"help_option_names": ["-h", "--help"]})(announced)
    return typer.main.get_command(alone)


def _broken_command(name: str, problem: str) -> Any:
    """Return a command that accepts any arguments and prints a problem."""

    def show_problem() -> None:
        tell_error(problem)
        raise typer.Exit(WRONG)

    show_problem.__doc__ = f"Broken: {problem}"
    alone = typer.Typer(add_completion=False)
    alone.command(name, context_settings={"ignore_unknown_options": True, "allow_extra_args": True})(show_problem)
    return typer.main.get_command(alone)
