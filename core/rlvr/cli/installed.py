"""Commands of installed distributions, which announce them in the entry-point group ``rlvr.commands``.

An entry point names a function, which becomes a command, or a ``typer.Typer`` with several commands.
It is imported when its command runs or help is shown; a broken command does not affect the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import typer
from typer.core import TyperGroup

from rlvr.cli.console import WRONG, tell_error
from rlvr.distributions import announced_in, how_to_install
from rlvr.plugins import FoundPlugin, find

GROUP = "rlvr.commands"

_BROKEN = "Broken: "

# Commands of the other distributions of this project, for the message where one is not installed.
_COMMANDS = {
    "rlvr-aws": ("aws", "simulate"),
    "rlvr-judge": ("judge",),
    "rlvr-lab": (*("attack", "calibrate", "compare", "export", "import", "init", "label", "new", "trial", "view"),),
    "rlvr-trainers": ("conformance", "serve"),
}
_HOMES = {name: home for home, names in _COMMANDS.items() for name in names}


class Commands(TyperGroup):
    """The commands of rlvr, then those of installed distributions, which cannot take names of the former."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  # typer's signature
        """Return the names of all commands, those of rlvr first."""
        return [*self.commands, *(name for name in _announced() if name not in self.commands)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002  # typer's signature
        """Return a command by its name; if it cannot be loaded or is not installed, one that prints the error."""
        own = self.commands.get(cmd_name)
        if own is not None:
            return own
        found = _announced().get(cmd_name)
        if found is not None:
            return _load_command(cmd_name, found)
        home = _HOMES.get(cmd_name)
        if home is None:
            return None
        problem = f"command '{cmd_name}' comes with {home}, which is not installed; run {how_to_install(home)}"
        return _broken_command(cmd_name, problem)


def _announced() -> Mapping[str, tuple[FoundPlugin, ...]]:
    return find(announced_in(GROUP))


def command_problems(no_problem: str) -> Iterator[tuple[str, str]]:
    """Yield each command of an installed distribution, with its problem; ``no_problem`` if it has none."""
    for name, found in _announced().items():
        command = _load_command(name, found)
        problem = (command.help or "").removeprefix(_BROKEN) if (command.help or "").startswith(_BROKEN) else ""
        yield f"command {name}", problem or no_problem


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
        group = typer.main.get_group(announced)
        group.name = name  # help lists a group without a name as a blank
        return group
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    alone.command(name, context_settings={"help_option_names": ["-h", "--help"]})(announced)
    return typer.main.get_command(alone)


def _broken_command(name: str, problem: str) -> Any:
    """Return a command that accepts any arguments and prints a problem."""

    def show_problem() -> None:
        tell_error(problem)
        raise typer.Exit(WRONG)

    show_problem.__doc__ = f"{_BROKEN}{problem}"
    alone = typer.Typer(add_completion=False)
    alone.command(name, context_settings={"ignore_unknown_options": True, "allow_extra_args": True})(show_problem)
    return typer.main.get_command(alone)
